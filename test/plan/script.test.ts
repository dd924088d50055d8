import assert from 'node:assert/strict'
import {execFileSync} from 'node:child_process'
import {once} from 'node:events'
import {existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync} from 'node:fs'
import {hostname} from 'node:os'
import {join} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'
import {afterEach, describe, it} from 'mocha'
import {renderScript} from '../../src/plan/script.ts'
import {command, shell} from '../../src/plan/shell.ts'
import {planOfRecord} from '../../src/plan/plan.ts'
import {planOf} from '../support/plan-of.ts'
import {fakeDatabase} from './fakes.ts'
import {pairRecord} from './records.ts'
import {ended, ScriptPlace} from './scripts.ts'
import type {Section} from '../../src/databases/types.ts'
import type {Step} from '../../src/plan/model.ts'

/** A database that answers as it should: copies exist once they are made. */
const FAKECTL = `
case $1 in
  --version) echo 'fakectl 2.10.3' ;;
  window) echo open ;;
  exists) [ -e "$HOME/$2" ] ;;
  copy) touch "$HOME/r20261123t124407z" ;;
  copied) [ "$(grep -o -a copied "$CALLS" | wc -l)" -ge 3 ] ;;
esac`

const plan = (section: Partial<Section> = {}) => planOf(fakeDatabase(section), {settings: {host: 'db.example.com'}, tables: ['scalar.asset']})

let place: ScriptPlace | undefined
afterEach(() => place?.remove())

function placeFor(section: Partial<Section> = {}, commands: Readonly<Record<string, string>> = {}): ScriptPlace {
  place = new ScriptPlace(renderScript(plan(section)), {fakectl: FAKECTL, ...commands})
  return place
}

const step = (fields: Partial<Step>): Step => ({id: 'fake.one', phase: 'copy', title: 'One', why: 'So.', commands: [], ...fields})

describe('the script of a restore plan', function () {
  this.timeout(30_000)

  it('does every step in order, and leaves what comes after acceptance to a person', async () => {
    const script = placeFor()
    const {code, stdout, stderr} = await script.run('--yes')
    assert.equal(code, 0, stderr)
    assert.deepEqual(script.calls, [
      ['fakectl', '--version'],
      ['fakectl', 'window', '--output', 'text'],
      ['fakectl', 'exists', 'r20261123t124407z'],
      ['fakectl', 'copy', '--host', 'db.example.com', '--at', '1795437847', '--to', 'r20261123t124407z', 'scalar.asset'],
      ['fakectl', 'copied', 'r20261123t124407z'],
      ['fakectl', 'copied', 'r20261123t124407z'],
      ['fakectl', 'copied', 'r20261123t124407z'],
      ['fakectl', 'replace', '--host', 'db.example.com', '--by', 'r20261123t124407z'],
    ])
    assert.equal(stderr, [
      'step 1 of 3: Ask for the window',
      'The window',
      'step 2 of 3: Copy the tables',
      'Start the copy',
      '$ fakectl copy --host db.example.com --at 1795437847 --to r20261123t124407z scalar.asset',
      'waiting until the copy is complete',
      'point of no return: the next step (Put the copy in the place of the original) cannot simply be undone',
      'confirmed by --yes',
      'step 3 of 3: Put the copy in the place of the original',
      '$ fakectl replace --host db.example.com --by r20261123t124407z',
      'all steps are done',
      '',
    ].join('\n'))
    assert.match(stdout, /When all is well:\n\nDelete the copy\. .*\n {2}fakectl delete r20261123t124407z\n$/)
  })

  it('runs nothing with --dry-run, and needs nothing for it', async () => {
    const script = placeFor({tools: [{name: 'not-installed'}]})
    const {code, stdout} = await script.run('--dry-run')
    assert.equal(code, 0)
    assert.match(stdout, /# 2\. Copy the tables\n[^]*run fakectl copy --host db\.example\.com[^]*# POINT OF NO RETURN: asks for 2026-11-23T12:44:07Z\n\n# 3\. /)
    assert.deepEqual(script.calls, [])
    assert.ok(!existsSync(script.state))
  })

  it('lists its steps', async () => {
    const {stdout} = await placeFor().run('--list')
    assert.deepEqual(stdout.split('\n').map(line => line.trim().split(/ {2,}/)), [
      ['1', 'check', 'fake.check', 'Ask for the window'],
      ['2', 'copy', 'fake.copy', 'Copy the tables'],
      ['3', 'replace', 'fake.replace', 'Put the copy in the place of the original'],
      [''],
    ])
  })

  it('without a terminal wants --yes before anything is run', async () => {
    const script = placeFor()
    const {code, stderr} = await script.run()
    assert.equal(code, 1)
    assert.equal(stderr, 'there is no terminal to ask at the point of no return: add --yes to go on without a question. Nothing was run\n')
    assert.deepEqual(script.calls, [])
  })

  it('goes on past the point of no return when the restore point is typed, and not otherwise', async () => {
    const script = placeFor()
    const refused = await script.typing(['yes'])
    assert.equal(refused.code, 1)
    assert.match(refused.stderr, /Type 2026-11-23T12:44:07Z to go on: .*not confirmed: nothing of this step was done\n/)
    assert.ok(!script.calls.some(([, word]) => word === 'replace'))
    const typed = await script.typing(['2026-11-23T12:44:07Z'])
    assert.equal(typed.code, 0, typed.stderr)
    assert.equal(script.calls.at(-1)?.[1], 'replace')
  })

  it('goes on where the databases stand', async () => {
    const script = placeFor()
    await script.typing(['no'])
    const made = script.calls.filter(([, word]) => word === 'copy').length
    const {stderr} = await script.run('--yes')
    assert.match(stderr, /already there: Start the copy\n/)
    assert.deepEqual([made, script.calls.filter(([, word]) => word === 'copy').length], [1, 1])
  })

  it('does nothing once it is finished', async () => {
    const script = placeFor()
    await script.run('--yes')
    const before = script.calls.length
    const {code, stderr} = await script.run('--yes')
    assert.equal(code, 1)
    assert.match(stderr, /^this plan was carried out by 2\d{3}-\d\d-\d\dT\d\d:\d\d:\d\dZ\. To do it once more: rm -f \S+\/finished \S+\/restored \n$/)
    assert.equal(script.calls.length, before)
  })

  describe('of two databases', () => {
    const KUBECTL = `
case "$*" in
  *audit*kube-system*) echo audit-uid ;;
  *kube-system*) echo kube-system-uid ;;
esac`
    // A copy is complete only when the other has begun, too.
    const BOTH = FAKECTL.replace(/exists\).*/, 'exists) false ;;').replace(/copied\).*/, 'copied) [ "$(grep -o -a -E "copy.--host" "$CALLS" | wc -l)" -ge 2 ] ;;')
    const known = [fakeDatabase()]
    const two = (fakectl: string) => {
      place = new ScriptPlace(renderScript(planOfRecord(pairRecord(), {
        version: '0.1.0', nowMs: Date.parse('2026-11-24T00:00:00Z'), databases: [], mode: 'same-name', snapshots: [], insist: false, scaleWith: 'kubectl', values: {}, known,
      })), {fakectl, kubectl: KUBECTL})
      return place
    }
    const args = ['--yes', '--done', 'stop-others', '--done', 'verify', '--done', 'start-others']

    it('restores both at once, and starts no server before both are back', async () => {
      const script = two(BOTH)
      const {code, stderr} = await script.run(...args)
      assert.equal(code, 0, stderr)
      assert.match(stderr, /^fake: step 6 of 12: Copy the tables \(fake\)$/m)
      assert.match(stderr, /^fake-2: step 7 of 12: Copy the tables \(fake-2\)$/m)
      assert.deepEqual(script.calls.filter(([, word]) => word === 'replace').map(words => words[3]).toSorted(), ['db.example.com', 'other.example.com'])
      const scale = script.calls.flatMap((words, i) => words.includes('scale') ? [[words.at(-1), words[4], i > script.calls.findLastIndex(([, word]) => word === 'replace')]] : [])
      assert.deepEqual(scale, [['--replicas=0', 'auditor', false], ['--replicas=0', 'ledger', false], ['--replicas=3', 'ledger', true], ['--replicas=3', 'auditor', true]])
    })

    it('lets the other finish what it has begun when one fails, and says which', async () => {
      const script = two(`[ "$1 $3" != 'replace other.example.com' ] || exit 5${BOTH}`)
      const {code, stderr} = await script.run(...args)
      assert.equal(code, 5)
      assert.match(stderr, /^fake-2: stopped with exit code 5; the other databases finish what they have begun$/m)
      assert.match(stderr, /^stopped in step 9 \(fake-2\.replace: Put the copy .*\), exit code 5, after: fakectl replace --host other\.example\.com --by r20261123t124405z$/m)
      assert.equal(script.calls.filter(([, word]) => word === 'replace').length, 2)
      assert.ok(!script.calls.some(words => words.includes('--replicas=3')))
    })

    it('ends both on a signal, and goes on with neither when it is killed', async () => {
      for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
        const script = two(BOTH.replace(/copied\).*/, 'copied) sleep 0.4; echo >>"$HOME/ended"; false ;;'))
        const ends = () => existsSync(join(script.dir, 'ended')) ? readFileSync(join(script.dir, 'ended'), 'utf8').length : 0
        const child = script.start(...args)
        const exit = once(child, 'exit')
        while (ends() < 2) await sleep(20)
        await sleep(150)
        child.kill(signal)
        await exit
        const under = ends()
        await sleep(900)
        const [calls, late] = [script.calls.length, ends()]
        // Only who is killed outright cannot wait for what is under way.
        assert.ok(late - under <= (signal === 'SIGTERM' ? 0 : 2), 'something was still under way')
        await sleep(500)
        assert.deepEqual([script.calls.length, ends()], [calls, late])
        script.remove()
      }
    })
  })

  it('leaves the databases alone once the servers have been started, and still knows what it has looked up', async () => {
    const commands = (name: string) => [command(['fakectl', name])]
    const script = placeFor({steps: [
      step({id: 'fake.look', phase: 'check', commands: [command(['fakectl', 'first']), shell('WINDOW=$(fakectl window)'), command(['fakectl', 'second'])]}),
      step({id: 'fake.replace', phase: 'replace', commands: commands('replace'), pointOfNoReturn: true}),
      step({id: 'scale-out', phase: 'scale-out', commands: commands('start')}),
      step({id: 'fake.verify', phase: 'verify', commands: [shell('fakectl verify "$WINDOW"')]}),
    ]}, {fakectl: `[ "$1" != verify ] || [ -e "$HOME/well" ] || exit 9${FAKECTL}`})
    assert.equal((await script.run('--yes')).code, 9)
    const before = script.calls.length
    writeFileSync(join(script.dir, 'well'), '')
    const {code, stderr} = await script.run('--yes')
    assert.equal(code, 0, stderr)
    assert.match(stderr, /^the databases were restored by \S+Z, and are left alone now\. To restore them once more: rm \S+\/restored\nstep 3 of 4/)
    assert.deepEqual(script.calls.slice(before), [['fakectl', '--version'], ['fakectl', 'window'], ['fakectl', 'start'], ['fakectl', 'verify', 'open']])
  })

  it('stops at the first failure, and says where, how to go on and how to go back', async () => {
    const script = placeFor({}, {fakectl: `[ "$1" != replace ] || { echo 'no permission' >&2; exit 7; }${FAKECTL}`})
    const {code, stderr} = await script.run('--yes')
    assert.equal(code, 7)
    assert.deepEqual(stderr.split('\n').slice(-5), [
      'no permission',
      'stopped in step 3 (fake.replace: Put the copy in the place of the original), exit code 7, after: fakectl replace --host db.example.com --by r20261123t124407z',
      `to go on, run it again: bash ${join(script.dir, 'plan.sh')}`,
      'to go back from step 3: restore the backup that was made before.',
      '',
    ])
  })

  it('stops where a condition does not hold', async () => {
    const script = placeFor({}, {fakectl: FAKECTL.replace('echo open', 'echo closed')})
    const {code, stderr} = await script.run('--yes')
    assert.equal(code, 1)
    assert.match(stderr, /this does not hold: test "\$FAKE_WINDOW" = open && echo open\nstopped in step 1 \(fake\.check: Ask for the window\), exit code 1\n/)
  })

  it('stops where the value of a variable cannot be had', async () => {
    const {code, stderr} = await placeFor({}, {fakectl: FAKECTL.replace('echo open', 'exit 254')}).run('--yes')
    assert.equal(code, 254)
    assert.match(stderr, /stopped in step 1 .*, exit code 254, after: FAKE_WINDOW=\$\(fakectl window --output text\)\n/)
  })

  it('gives up waiting at the limit, with the last words of the command', async () => {
    const waiting = step({commands: [command(['fakectl', 'wait'], {wait: {everySeconds: 15, limitSeconds: 1, what: 'it is there'}})]})
    const {code, stderr} = await placeFor({steps: [waiting]}, {fakectl: `[ "$1" != wait ] || { echo 'ExpiredToken' >&2; exit 1; }${FAKECTL}`}).run('--yes')
    assert.equal(code, 1)
    assert.match(stderr, /gave up after 0m01s of waiting until it is there; the last look said: ExpiredToken\nstopped in step 1/)
  })

  it('stops where a step is for a person, until it is said to be done', async () => {
    const script = placeFor({steps: [step({commands: [shell('stop the batch\nand the other', {byHand: true})]})]})
    const {code, stderr} = await script.run('--yes')
    assert.equal(code, 1)
    assert.match(stderr, /\n {4}stop the batch\n {4}and the other\n\nthis needs a person: do it, then run this script again with --done fake\.one\n/)
    assert.equal((await script.run('--yes', '--done', 'fake.one')).code, 0)
    const unknown = await script.run('--done', 'other')
    assert.deepEqual([unknown.code, unknown.stderr], [2, 'error: no step is called other, see --list\n'])
  })

  it('hands the names in commands for a person to another shell', async () => {
    const script = placeFor({steps: [step({commands: [shell('WINDOW=$(fakectl window)'), shell('echo "$WINDOW"', {byHand: true})]})]})
    const {stderr} = await script.run('--yes', '--done', 'fake.one')
    const [, file = ''] = /the names in it have their values after: \. (\S+)\n/.exec(stderr) ?? []
    assert.equal(execFileSync('bash', ['-c', `. ${file}; echo "$WINDOW"`], {encoding: 'utf8'}), 'open\n')
  })

  for (const [name, tool, words] of [
    ['missing', {name: 'not-installed', why: 'Get it from its maker.'}, 'not-installed is not installed. Get it from its maker.\n'],
    ['too old', {name: 'fakectl', atLeast: '2.11', why: 'Older ones cannot copy.'}, 'fakectl is 2.10.3, and 2.11 or newer is needed. Older ones cannot copy.\n'],
  ] as const) {
    it(`stops before anything is run when a program is ${name}`, async () => {
      const script = placeFor({tools: [tool]})
      const {code, stderr} = await script.run('--yes')
      assert.deepEqual([code, stderr], [1, words])
      assert.deepEqual(script.calls.filter(([, word]) => word !== '--version'), [])
    })
  }

  it('takes a version number as numbers', async () => {
    assert.equal((await placeFor({tools: [{name: 'fakectl', atLeast: '2.9.19'}]}).run('--yes')).code, 0)
  })

  it('ends on a signal, and says how to go on', async () => {
    const script = placeFor({}, {fakectl: FAKECTL.replace(/copied\).*/, 'copied) false ;;')})
    const child = script.start('--yes')
    const done = ended(child)
    while (!script.calls.some(([, word]) => word === 'copied')) await sleep(20)
    child.kill('SIGINT')
    const {code, stderr} = await done
    assert.equal(code, 130)
    assert.match(stderr, /interrupted in step 2 \(fake\.copy: Copy the tables\)\nto go on, run it again: bash .*\nto go back from step 2: fakectl delete r20261123t124407z\n$/)
  })

  it('excludes a second run of the same plan, and takes over from one that died', async () => {
    const script = placeFor({}, {fakectl: FAKECTL.replace(/copied\).*/, 'copied) [ -e "$HOME/go" ] ;;')})
    const child = script.start('--yes')
    const done = ended(child)
    while (!script.calls.some(([, word]) => word === 'copied')) await sleep(20)
    const second = await script.run('--yes')
    assert.equal(second.code, 1)
    assert.match(second.stderr, new RegExp(`^another run of this plan is under way \\(process ${child.pid}\\); if it is not: rm \\S+/lock\n$`))
    child.kill('SIGKILL')
    await done
    writeFileSync(join(script.dir, 'go'), '')
    const third = await script.run('--yes')
    assert.equal(third.code, 0, third.stderr)
  })

  it('leaves the lock of a run on another machine alone', async () => {
    const script = placeFor()
    const state = join(script.state, plan().metadata.name)
    mkdirSync(state, {recursive: true})
    writeFileSync(join(state, 'lock'), '1 elsewhere 1795437847\n')
    assert.equal((await script.run('--yes')).code, 1)
    writeFileSync(join(state, 'lock'), `999999999 ${hostname()} 1795437847\n`)
    assert.equal((await script.run('--yes')).code, 0)
    assert.deepEqual(readdirSync(state).filter(name => name.startsWith('lock')), [])
  })

  it('is nothing but words, whatever its names are', async () => {
    const evil = 'a\'"; touch pwned #\n$(touch pwned) `touch pwned` \\ \nEOF\n*'
    const script = placeFor({
      covers: [evil], leftOut: [evil], warnings: [evil],
      steps: [
        step({
          title: evil, why: evil, expect: evil, undo: evil, takes: evil,
          commands: [
            command(['fakectl', 'copy', evil], {note: evil, unless: `fakectl exists ${command([evil]).shell}`}),
            command(['fakectl', 'exists', evil], {wait: {everySeconds: 1, limitSeconds: 9, what: evil}, note: evil}),
            shell(`X=$(fakectl window) && ${command(['fakectl', evil]).shell}`, {note: evil}),
            shell(evil, {byHand: true, note: evil}),
          ],
        }),
        step({id: 'fake.later', phase: 'finish', title: evil, why: evil, commands: [command(['fakectl', 'delete', evil])]}),
      ],
    }, {fakectl: '[ "$1" != --version ] || echo 2.10.3\n[ "$1" != copy ] || touch "$HOME/copied"\n[ "$1" != exists ] || [ -e "$HOME/copied" ]'})
    const dry = await script.run('--dry-run')
    assert.equal(dry.code, 0, dry.stderr)
    assert.equal((await script.run('--list')).code, 0)
    const {code, stderr} = await script.run('--yes', '--done', 'fake.one')
    assert.equal(code, 0, stderr)
    assert.deepEqual(script.calls.filter(([, word]) => word !== '--version'), [
      ['fakectl', 'exists', evil], ['fakectl', 'copy', evil], ['fakectl', 'exists', evil], ['fakectl', 'window'], ['fakectl', evil],
    ])
    assert.deepEqual(readdirSync(script.dir).filter(name => name === 'pwned'), [])
  })

  it('says of an older bash, or another shell, what it needs', () => {
    const script = placeFor()
    assert.throws(() => execFileSync('dash', [join(script.dir, 'plan.sh'), '--list'], {stdio: 'pipe'}), /this script needs bash 4\.4 or newer/)
  })

  it('passes shellcheck', () => {
    const script = placeFor()
    execFileSync('shellcheck', [join(script.dir, 'plan.sh')], {stdio: 'pipe'})
  })
})
