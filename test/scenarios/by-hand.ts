import assert from 'node:assert/strict'
import {mkdtemp, readFile, readdir, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'
import type {RestorePoint} from '../../src/backup/restore-point.ts'
import type {StatusList} from '../../src/status/status.ts'
import type {PauseResult} from '../../src/by-hand/result.ts'
import type {Run} from '../../src/runs/types.ts'
import {quietThroughout} from '../support/admin-gate.ts'
import type {TestCluster} from '../support/cluster.ts'
import {command, type Ended} from '../support/command.ts'
import {validateBy, validateRecord} from '../support/record-schema.ts'
import {stage, type Stage} from './backup.ts'

/** A machine with a state directory of its own, on which servers are paused by hand. */
async function machine(on: Stage) {
  const home = await mkdtemp(join(tmpdir(), 'scalardl-by-hand-'))
  const run = (...args: string[]) => command(args, {HOME: home, XDG_STATE_HOME: home})
  return {
    run,
    pause: (...flags: string[]) => run('pause', '--kubeconfig', on.cluster.kubeconfig, '-n', on.namespace, '-o', 'json', ...flags.includes('--clock-guard') ? [] : ['--clock-guard', '100ms'], ...flags),
    unpause: (...args: string[]) => run('unpause', '-o', 'json', ...args),
    pauses: () => readdir(join(home, 'kubectl-scalardl', 'pauses')).catch(() => []),
    watchdog: async () => {
      const runs = join(home, 'kubectl-scalardl', 'runs')
      const [file = ''] = await readdir(runs)
      return (JSON.parse(await readFile(join(runs, file), 'utf8')) as Run).watchdog?.pid ?? assert.fail('no watchdog')
    },
    end: () => rm(home, {recursive: true}),
  }
}

function paused({code, stdout, stderr}: Ended): PauseResult {
  assert.equal(code, 0, stderr)
  const result = JSON.parse(stdout) as PauseResult
  validateBy('pause', result)
  return result
}

function recorded({code, stdout, stderr}: Ended): {code: number | null; record: RestorePoint} {
  assert.ok(stdout.startsWith('{'), stderr)
  const record = JSON.parse(stdout) as RestorePoint
  validateRecord(record)
  return {code, record}
}

const gates = (on: Stage) => on.pods.map((_, index) => on.server(index).paused)
const isAlive = (pid: number) => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

/** `pause`, work by hand, `unpause`. */
export function byHandScenarios(cluster: () => TestCluster): void {
  it('keeps everything paused after pause has returned, and records at unpause what a backup would have', async () => {
    const on = await stage(cluster())
    const at = await machine(on)
    const begun = paused(await at.pause().ended)
    assert.deepEqual([gates(on), begun.servers], [[true, true], on.pods.map(pod => `${on.namespace}/${pod}`)])
    await sleep(2500)
    assert.deepEqual([gates(on), isAlive(begun.pid)], [[true, true], true])
    const {stdout} = await at.run('status', '--kubeconfig', cluster().kubeconfig, '-n', on.namespace, '-o', 'json').ended
    const {items} = JSON.parse(stdout) as StatusList
    validateBy('server-status-list', JSON.parse(stdout))
    assert.deepEqual(items.map(({byHand}) => byHand), Array(2).fill({name: begun.name, since: begun.since, until: begun.until}))
    const {code, record} = recorded(await at.unpause().ended)
    assert.deepEqual([code, record.verdict, record.metadata.name, gates(on)], [0, 'consistent', begun.name, [false, false]])
    const fromMs = Date.parse(record.restorePoint ?? '')
    on.pods.forEach((name, index) => { assert.ok(quietThroughout(on.server(index).steps, fromMs, fromMs + 999), name) })
    assert.deepEqual(await at.pauses(), [])
    const listed = await at.run('restore-points', '--local', '-o', 'name').ended
    assert.equal(listed.stdout, `${begun.name}\n`)
    await at.end()
  })

  it('unpauses by itself after its longest time, and tells at the next unpause what it came to', async () => {
    const on = await stage(cluster())
    const at = await machine(on)
    paused(await at.pause('--max-duration', '3s').ended)
    while (gates(on).includes(true)) await sleep(50)
    const {code, record} = recorded(await at.unpause().ended)
    assert.deepEqual([code, record.verdict], [0, 'consistent'])
    await at.end()
  })

  it('is void when it was too short for a restore point, or when somebody unpaused meanwhile', async () => {
    const on = await stage(cluster())
    const at = await machine(on)
    paused(await at.pause('--clock-guard', '60s').ended)
    assert.deepEqual([recorded(await at.unpause().ended)].map(({code, record}) => [code, record.verdict, record.reasons]), [[3, 'void', ['the pause was too short for a restore point']]])
    paused(await at.pause().ended)
    on.server(0).gate.open()
    while (gates(on).includes(true)) await sleep(50)
    const {code, record} = recorded(await at.unpause().ended)
    assert.deepEqual([code, record.verdict, record.reasons], [3, 'void', [`${on.namespace}/${on.pods[0]} is not paused any more`]])
    await at.end()
  })

  it('pauses nothing where a backup would not', async () => {
    const on = await stage(cluster())
    const at = await machine(on)
    on.server(0).gate.close()
    const {code, record} = recorded(await at.pause().ended)
    assert.deepEqual([code, record.verdict, gates(on)], [4, 'failed', [true, false]])
    on.server(0).gate.open()
    const nothing = await at.unpause().ended
    assert.deepEqual([nothing.code, nothing.stderr.split('\n').find(line => line.startsWith('error:'))], [2, 'error: this user has begun no pause by hand on this machine'])
    assert.deepEqual(await at.pauses(), [])
    await at.end()
  })

  for (const signal of ['SIGINT', 'SIGKILL'] as const) {
    it(`unpauses when pause ends by ${signal} before it has said that everything is paused`, async () => {
      const on = await stage(cluster())
      const at = await machine(on)
      on.server(0).gate.holdRequests(1)
      const run = at.pause('--drain-timeout', '20s')
      while (!on.server(0).paused) await sleep(5)
      run.kill(signal)
      const {code} = await run.ended
      assert.equal(code, signal === 'SIGINT' ? 130 : null)
      while (gates(on).includes(true)) await sleep(50)
      while ((await at.pauses()).length > 0) await sleep(50)
      assert.deepEqual(gates(on), [false, false])
      await at.end()
    })
  }

  it('is unpaused by its watchdog when its keeper is killed, which unpause tells', async () => {
    const on = await stage(cluster())
    const at = await machine(on)
    const {pid, name} = paused(await at.pause().ended)
    process.kill(pid, 'SIGKILL')
    while (gates(on).includes(true)) await sleep(50)
    const {code, stderr} = await at.unpause().ended
    assert.equal(code, 3)
    assert.match(stderr, new RegExp(`an earlier pause \\(pid ${pid}, since \\S+\\) was killed`))
    assert.ok(stderr.includes(`error: the process that kept the pause ${name} died, and so there is no restore point\n`), stderr)
    assert.deepEqual(await at.pauses(), [])
    // What a watchdog does in the minutes of its second looks is not waited for.
    const watchdog = await at.watchdog()
    process.kill(watchdog, 'SIGKILL')
    while (isAlive(watchdog)) await sleep(20)
    await at.end()
  })
}
