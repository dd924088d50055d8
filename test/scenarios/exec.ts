import assert from 'node:assert/strict'
import {mkdtempSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs'
import {readFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'
import type {RestorePoint} from '../../src/backup/restore-point.ts'
import {quietThroughout} from '../support/admin-gate.ts'
import type {TestCluster} from '../support/cluster.ts'
import {outcome, stage} from './backup.ts'

/** A command in the pause: when it runs, what it is told and tells, and that nothing it does keeps a server paused. */
export function execScenarios(cluster: () => TestCluster): void {
  let dir = ''
  const file = (name: string) => join(dir, name)
  const content = (name: string) => readFileSync(file(name), 'utf8').trim()

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'scalardl-exec-test-'))
  })
  afterEach(() => { rmSync(dir, {recursive: true, force: true}) })

  /** A script that keeps times, environment and process ids in `dir`. */
  function script(...lines: string[]): string {
    writeFileSync(file('script'), [`cd '${dir}'`, ...lines, ''].join('\n'))
    return file('script')
  }

  async function appears(name: string): Promise<void> {
    while (!statSync(file(name), {throwIfNoEntry: false})) await sleep(5)
  }

  /** Waits until a process is gone, or is no more than an entry that nobody has read yet. */
  async function ends(pid: string): Promise<void> {
    for (;;) {
      const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ') Z')
      if (/\) [ZX]/.test(stat)) return
      await sleep(20)
    }
  }

  it('holds for a command until it ends, shows what it prints and records what it took', async () => {
    const on = await stage(cluster())
    const path = script(
      'date +%s%3N > begin', 'env | grep ^SCALARDL_ > env', 'cat > stdin', 'stat -c %a "$SCALARDL_OUTPUT" "${SCALARDL_OUTPUT%/*}" > modes',
      'echo cassandra=tag-1 >> "$SCALARDL_OUTPUT"', 'printf "to stdout\\n\\033[31mred\\033[0m\\n"; echo "to stderr" >&2', 'sleep 4', 'date +%s%3N > end',
    )
    const run = on.backup('--exec', `sh ${path}`)
    const {stdout, stderr} = await run.ended
    assert.deepEqual(await outcome(on, run), {code: 0, verdict: 'consistent', reasons: []})
    for (const name of on.pods) assert.ok(quietThroughout(on.cluster.server(on.namespace, name).steps, Number(content('begin')), Number(content('end'))), name)
    const {snapshots, metadata: {name}, window} = JSON.parse(stdout) as RestorePoint
    assert.deepEqual(snapshots, [{name: 'cassandra', identifier: 'tag-1'}])
    assert.deepEqual(stderr.split('\n').filter(line => line.startsWith('│')).sort(), ['│ to stderr', '│ to stdout', '│  [31mred [0m'].sort())
    const env = Object.fromEntries(content('env').split('\n').map(line => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]))
    assert.deepEqual([env.SCALARDL_NAME, env.SCALARDL_PAUSED_AT, env.SCALARDL_NAMESPACES], [name, window.pausedAt, on.namespace])
    assert.deepEqual(env.SCALARDL_PODS?.split(' ').sort(), on.pods.map(pod => `${on.namespace}/${pod}`))
    assert.equal(Date.parse(env.SCALARDL_HOLD_UNTIL ?? '') - Date.parse(env.SCALARDL_PAUSED_AT ?? ''), 3000)
    const [target] = JSON.parse(env.SCALARDL_TARGETS ?? '[]') as Array<{namespace: string; kubectlFlags: string[]}>
    assert.deepEqual([target?.namespace, target?.kubectlFlags], [on.namespace, [`--kubeconfig=${cluster().kubeconfig}`, `--context=${cluster().context}`]])
    assert.deepEqual([content('stdin'), content('modes')], ['', '600\n700'])
    assert.equal(statSync(env.SCALARDL_OUTPUT ?? '', {throwIfNoEntry: false}), undefined)
  })

  it('is void and unpauses at once when the command fails, and says what is not safe to restore to', async () => {
    const on = await stage(cluster())
    const run = on.backup('--hold', '1m', '--', 'sh', '-c', 'echo pg=1 >> "$SCALARDL_OUTPUT"; exit 7')
    assert.deepEqual(await outcome(on, run), {code: 3, verdict: 'void', reasons: ['the command ended with exit code 7']})
    const {snapshots, statements} = JSON.parse((await run.ended).stdout) as RestorePoint
    assert.equal(snapshots, undefined)
    assert.equal(statements.at(-1), 'the command took what is not safe to restore to, and may be removed: pg=1')
  })

  it('is void when the command hands over what no plan could use', async () => {
    const on = await stage(cluster())
    const run = on.backup('--exec', 'echo "pg=1; reboot" >> "$SCALARDL_OUTPUT"')
    assert.deepEqual(await outcome(on, run), {code: 3, verdict: 'void', reasons: [
      'the command wrote into line 1 of $SCALARDL_OUTPUT what is no KEY=VALUE of letters, digits and . : / @ _ -: "pg=1; reboot"',
    ]})
  })

  it('is void when the command takes too long, and ends all that it started', async () => {
    const on = await stage(cluster())
    const run = on.backup('--exec-timeout', '1s', '--', 'sh', script('trap "" TERM', 'sleep 600 & echo $! > child', 'echo $$ > parent', 'while :; do sleep 600; done'))
    assert.deepEqual(await outcome(on, run), {code: 3, verdict: 'void', reasons: ['the command did not end within 1 s']})
    await Promise.all([ends(content('parent')), ends(content('child'))])
  })

  it('unpauses on Ctrl-C without waiting for the command, which is told to end', async () => {
    const on = await stage(cluster())
    const run = on.backup('--', 'sh', script('trap "sleep 1; date +%s%3N > ended; exit" TERM', 'echo > begun', 'while :; do sleep 0.1; done'))
    await appears('begun')
    run.kill('SIGINT')
    assert.deepEqual(await outcome(on, run), {code: 130, verdict: 'void', reasons: ['interrupted (SIGINT)']})
    const opened = on.pods.map(name => on.cluster.server(on.namespace, name).steps.findLast(({step}) => step === 'open'))
    for (const step of opened) assert.ok(step && step.at.wallMs < Number(content('ended')))
  })

  it('refuses a program that is not there before anything is paused', async () => {
    const on = await stage(cluster())
    assert.deepEqual(await outcome(on, on.backup('--', './no-such-program')), {code: 2, said: 'error: cannot find the program ./no-such-program that is to run in the pause'})
    assert.deepEqual(on.server(0).steps, [])
  })

  it('runs nothing in a dry run', async () => {
    const on = await stage(cluster())
    await on.backup('--dry-run', '--exec', `touch '${file('run')}'`).ended
    assert.equal(statSync(file('run'), {throwIfNoEntry: false}), undefined)
  })
}
