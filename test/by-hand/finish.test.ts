import assert from 'node:assert/strict'
import {execFileSync} from 'node:child_process'
import {mkdtemp, readdir, rm, stat, symlink, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {finishPause} from '../../src/by-hand/finish.ts'
import {keptPauses} from '../../src/by-hand/kept.ts'
import {findPauses, isEndAsked, writeEnd, writePause} from '../../src/by-hand/pause-file.ts'
import {leftLines} from '../../src/runs/describe.ts'
import {runPath, writeRun} from '../../src/runs/run-file.ts'
import {CliError} from '../../src/support/errors.ts'
import {ownId} from '../../src/support/process-id.ts'
import {RUN, WATCHED, reported} from '../runs/builders.ts'
import type {Finishing} from '../../src/by-hand/finish.ts'
import type {Pause} from '../../src/by-hand/pause-file.ts'
import type {RunsWorld} from '../../src/runs/earlier.ts'
import type {Run} from '../../src/runs/types.ts'

const DEAD = {pid: 999_999_999, start: '1'}
const pause = (name: string, namespace: string, keeper: Pause['keeper'] = DEAD): Pause =>
  ({version: 1, name, keeper, since: '2026-11-23T12:44:07.000Z', until: '2026-11-23T12:54:07.000Z', servers: [`${namespace}/pod-0`], uids: [`uid-${name}`]})

async function refusal(finishing: Promise<unknown>): Promise<{exitCode: number; lines: readonly string[]}> {
  const error = await finishing.then(() => assert.fail('it went on'), (caught: unknown) => caught)
  assert.ok(error instanceof CliError, String(error))
  return {exitCode: error.exitCode, lines: [error.message, ...error.hints]}
}

describe('the end of a pause by hand', () => {
  let stateDir: string
  let alive: readonly number[]
  const warnings: string[] = []
  const world = (): RunsWorld => ({stateDir, host: 'desk', isRunning: async ({pid}) => alive.includes(pid), nowMs: Date.now})
  const finish = (wanted = {}, waiting: (text: string) => void = () => undefined, more: Partial<Finishing> = {}) =>
    finishPause(wanted, {world: world(), waiting, warn: text => { warnings.push(text) }, onInterrupt: () => () => undefined, patienceMs: 300, ...more})
  const at = (name: string) => join(stateDir, 'pauses', `${name}.pause.json`)
  const keepRun = (run: Run) => writeRun(runPath(stateDir, run), run)
  const files = (): Promise<string[]> => readdir(join(stateDir, 'pauses')).catch(() => [])

  beforeEach(async () => {
    stateDir = await mkdtemp(join(tmpdir(), 'scalardl-pauses-'))
    alive = [process.pid]
    warnings.length = 0
  })

  afterEach(() => rm(stateDir, {recursive: true}))

  it('is refused where there is none, with what else may be meant', async () => {
    assert.deepEqual(await refusal(finish()), {exitCode: 2, lines: [
      'this user has begun no pause by hand on this machine', 'everything that is paused, whoever paused it: --all-pods', 'see first what is: kubectl scalardl status',
    ]})
    assert.equal((await refusal(finish({name: 'x'}))).lines[0], 'this user has begun no pause by hand of the name x on this machine')
  })

  it('needs to be told which, where there are several; a namespace may tell', async () => {
    await writePause(stateDir, pause('a', 'ledger'))
    await writePause(stateDir, pause('b', 'auditor'))
    assert.deepEqual(await refusal(finish()), {exitCode: 2, lines: [
      '2 pauses by hand, and nothing tells which is meant', 'a: 1 server since 2026-11-23T12:44:07Z', 'b: 1 server since 2026-11-23T12:44:07Z', 'choose one: kubectl scalardl unpause NAME',
    ]})
    assert.match((await refusal(finish({namespace: 'auditor'}))).lines[0] ?? '', /the pause b died/)
    assert.deepEqual((await findPauses(stateDir)).pauses.map(({name}) => name), ['a', 'b'])
  })

  it('says what may still be paused and what to type when its keeper is dead, and nothing tells of its servers', async () => {
    await writePause(stateDir, pause('a', 'ledger'))
    assert.deepEqual(await keptPauses(stateDir), {pauses: [], unreadable: []})
    assert.deepEqual(await refusal(finish()), {exitCode: 4, lines: [
      'the process that kept the pause a died, and so there is no restore point; what it had paused may still be paused',
      'may still be paused: ledger/pod-0', 'to unpause: kubectl scalardl unpause --all-pods -n ledger', `this is said until ${at('a')} is deleted`,
    ]})
    assert.equal((await refusal(finish())).exitCode, 4)
  })

  it('says so by the run file, too, when the keeper died without a watchdog or with it', async () => {
    for (const run of [RUN, WATCHED]) {
      await keepRun(run)
      await writePause(stateDir, pause('a', 'ledger', run.process))
      const {exitCode, lines} = await refusal(finish())
      assert.deepEqual([exitCode, lines.slice(1)], [4, leftLines(RUN, RUN.servers.map((_, server) => ({server, whose: 'ours'})))])
      assert.deepEqual(await files(), [])
    }
  })

  it('waits for the watchdog of a dead keeper, and then tells that everything is unpaused', async () => {
    alive = [WATCHED.watchdog?.pid ?? 0]
    await keepRun(WATCHED)
    await writePause(stateDir, pause('a', 'ledger', RUN.process))
    const waited: string[] = []
    const finished = refusal(finish({}, text => waited.push(text), {patienceMs: 60_000}))
    while (waited.length < 2) await new Promise(resolve => setTimeout(resolve, 5))
    await keepRun(reported({}))
    const {exitCode, lines} = await finished
    assert.deepEqual([exitCode, lines[0], waited[1]], [3, 'the process that kept the pause a died, and so there is no restore point', `process ${RUN.process.pid} died; its watchdog (pid ${WATCHED.watchdog?.pid}) unpauses`])
    assert.deepEqual(await files(), [])
  })

  it('waits for a watchdog only so long, and keeps what it knows', async () => {
    alive = [WATCHED.watchdog?.pid ?? 0]
    await keepRun(WATCHED)
    await writePause(stateDir, pause('a', 'ledger', RUN.process))
    const {exitCode, lines} = await refusal(finish())
    assert.equal(exitCode, 4)
    assert.match(lines[0] ?? '', /; its watchdog \(pid \d+\) is still unpausing$/)
    assert.match(lines[2] ?? '', /^to unpause: kubectl scalardl unpause --all-pods /)
    assert.ok((await files()).includes('a.pause.json'))
  })

  it('takes a run file that is gone for told, where there was one', async () => {
    await writePause(stateDir, {...pause('a', 'ledger'), hasRun: true})
    assert.equal((await refusal(finish())).exitCode, 3)
    assert.deepEqual(await files(), [])
  })

  it('waits no longer for a keeper without a sign of life, nor after Ctrl-C, and says what to type', async () => {
    await writePause(stateDir, pause('a', 'ledger', await ownId()))
    const typed = [`to end that process: kill -9 ${process.pid}; then, where its watchdog does not unpause:`, 'may still be paused: ledger/pod-0', 'to unpause: kubectl scalardl unpause --all-pods -n ledger']
    assert.deepEqual(await refusal(finish()), {exitCode: 4, lines: [`the pause a has not ended: process ${process.pid}, which keeps it, gives no sign of life`, ...typed]})
    const interrupted = finish({}, () => undefined, {patienceMs: 60_000, onInterrupt: handler => { handler({cause: 'SIGINT'}); return () => undefined }})
    assert.deepEqual(await refusal(interrupted), {exitCode: 4, lines: [`the pause a has not ended: SIGINT: process ${process.pid} has been asked to end it and may still be at it`, ...typed]})
  })

  it('asks the keeper, and waits for what it came to', async () => {
    await writePause(stateDir, pause('a', 'ledger', await ownId()))
    assert.deepEqual((await keptPauses(stateDir)).pauses.map(({name}) => name), ['a'])
    const finished = finish({}, text => { assert.match(text, /^process \d+ confirms the pause/) })
    while (!await isEndAsked(stateDir, 'a')) await new Promise(resolve => setTimeout(resolve, 5))
    await writeEnd(stateDir, 'a', {exitCode: 3, error: {message: 'over', hints: []}})
    assert.deepEqual(await finished, {exitCode: 3, error: {message: 'over', hints: []}})
    assert.deepEqual(await files(), [])
  })

  it('is told once of a pause that has ended by itself', async () => {
    await writePause(stateDir, pause('a', 'ledger'))
    await writeEnd(stateDir, 'a', {exitCode: 0})
    assert.equal((await refusal(finish({namespace: 'auditor'}))).exitCode, 2)
    assert.deepEqual(await finish(), {exitCode: 0})
    assert.equal((await refusal(finish())).exitCode, 2)
  })

  it('takes a damaged file for a pause that may be kept', async () => {
    await writePause(stateDir, pause('a', 'ledger', await ownId()))
    await rm(at('a'))
    await writeFile(at('b'), '{broken')
    assert.deepEqual(await refusal(finish()), {exitCode: 4, lines: [
      `a pause by hand may be kept: ${at('b')} is damaged: it is not JSON`,
      'see what is paused: kubectl scalardl status', 'to unpause: kubectl scalardl unpause --all-pods, with the flags of the pause', 'then delete the file',
    ]})
    assert.equal((await refusal(finish({name: 'x'}))).exitCode, 2)
    await writeEnd(stateDir, 'a', {exitCode: 0})
    await finish()
    assert.deepEqual(warnings, [`another pause may be kept: ${at('b')} is damaged: it is not JSON`])
  })

  it('believes no file of another name, and reads only regular files of a bounded size', async () => {
    await writePause(stateDir, pause('a', 'ledger'))
    await writeFile(at('c'), JSON.stringify(pause('../../a', 'ledger')))
    await writeFile(at('d'), JSON.stringify(pause('a', 'ledger')))
    await symlink(at('a'), at('e'))
    await writeFile(at('f'), ' '.repeat(1_048_577))
    execFileSync('mkfifo', [at('g')])
    const {pauses, unreadable} = await findPauses(stateDir)
    assert.deepEqual(pauses.map(({name}) => name), ['a'])
    assert.deepEqual(unreadable.map(({name, problem}) => `${name} ${problem.replace(stateDir, '')}`), [
      'g cannot be read: it is no regular file',
      'f cannot be read: /pauses/f.pause.json is longer than 1 MiB, which is the most that is taken',
      'e cannot be read: it is no regular file',
      'd is damaged: it has the name of another',
      'c is damaged: name cannot be "../../a"',
    ])
  })

  it('has files for the user alone', async () => {
    await writePause(stateDir, pause('a', 'ledger'))
    const modes = await Promise.all([join(stateDir, 'pauses'), join(stateDir, 'pauses', 'a.pause.json')].map(async path => ((await stat(path)).mode & 0o777).toString(8)))
    assert.deepEqual(modes, ['700', '600'])
  })
})
