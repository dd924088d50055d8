import assert from 'node:assert/strict'
import {setTimeout as sleep} from 'node:timers/promises'
import type {TestCluster} from '../support/cluster.ts'
import {command, type Running} from '../support/command.ts'
import {validateBy} from '../support/record-schema.ts'
import type {StatusList} from '../../src/status/status.ts'
import type {UnpauseResult} from '../../src/unpause/result.ts'
import {stage, type Stage} from './backup.ts'

const unpause = ({cluster, namespace}: Pick<Stage, 'cluster' | 'namespace'>, ...flags: string[]) =>
  command(['unpause', '--all-pods', '--kubeconfig', cluster.kubeconfig, '-n', namespace, ...flags])

async function resultOf(run: Running, code = 0): Promise<UnpauseResult> {
  const ended = await run.ended
  assert.equal(ended.code, code, ended.stderr)
  const result = JSON.parse(ended.stdout) as UnpauseResult
  validateBy('unpause-result', result)
  return result
}

const became = ({items}: UnpauseResult) => items.map(({found, result}) => `${found}: ${result}`)
const unpauses = (on: Stage, index: number) => on.server(index).calls.filter(({method}) => method === 'Unpause').length

function lease({namespace, deployment}: Stage, renewedAgoMs: number, seconds: number): object {
  const at = new Date(Date.now() - renewedAgoMs).toISOString().replace('Z', '000Z')
  return {
    apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: {name: `kubectl-scalardl-${deployment}`, namespace},
    spec: {holderIdentity: 'alice@laptop/1a2b3c4d', leaseDurationSeconds: seconds, acquireTime: at, renewTime: at, leaseTransitions: 0},
  }
}

/** What `unpause --all-pods` repairs, and what it leaves alone. */
export function unpauseScenarios(cluster: () => TestCluster): void {
  it('unpauses who is paused, verifies everybody, and touches nobody else', async () => {
    const on = await stage(cluster(), {replicas: 3})
    on.server(1).gate.close()
    const {code, stdout, stderr} = await unpause(on, '--yes').ended
    assert.deepEqual([code, stdout], [0, `Unpaused        ${on.pods[1]}, verified\nNot paused      2 of 3\n`], stderr)
    assert.deepEqual([0, 1, 2].map(index => [on.server(index).paused, unpauses(on, index)]), [[false, 0], [false, 1], [false, 0]])
    assert.deepEqual(became(await resultOf(unpause(on, '-o', 'json'))), Array(3).fill('no: was not paused'))
  })

  it('asks before it unpauses, and shows in a dry run what it would do', async () => {
    const on = await stage(cluster())
    on.server(0).gate.close()
    const unasked = await unpause(on).ended
    assert.deepEqual([unasked.code, unasked.stderr.slice(unasked.stderr.indexOf('error:')).split('\n')], [2, [
      'error: there is no terminal to ask on, and nothing was changed', '  to go on without being asked: --yes', '  to see what would be done: --dry-run', '',
    ]])
    assert.deepEqual(became(await resultOf(unpause(on, '--dry-run', '-o', 'json'))), ['yes: would be unpaused', 'no: was not paused'])
    assert.deepEqual([on.server(0).paused, unpauses(on, 0)], [true, 0])
    on.server(0).gate.open()
  })

  it('goes on until a server takes its Unpause', async () => {
    const on = await stage(cluster())
    on.server(0).gate.close()
    on.server(0).misbehave('Unpause', {executes: false, answer: 'drop', times: 3})
    assert.deepEqual(became(await resultOf(unpause(on, '--yes', '-o', 'json'))), ['yes: unpaused', 'no: was not paused'])
    assert.ok(unpauses(on, 0) >= 4)
  })

  it('names a server that stays paused, and what to type, when told twice to stop', async () => {
    const on = await stage(cluster())
    on.server(0).gate.close()
    on.server(0).misbehave('Unpause', {executes: false, answer: 'never'})
    const run = unpause(on, '--yes', '-o', 'json')
    while (unpauses(on, 0) < 2) await sleep(20)
    run.kill('SIGINT')
    while (!run.said().includes('Ctrl-C')) await sleep(20)
    run.kill('SIGINT')
    const result = await resultOf(run, 4)
    assert.deepEqual(became(result), ['yes: may be paused', 'no: was not paused'])
    assert.deepEqual(result.stillPaused.map(({pod, whose, command: typed}) => [pod, whose, typed]), [
      [on.pods[0], 'ours', `kubectl --kubeconfig=${cluster().kubeconfig} --context=${cluster().context} -n ${on.namespace} delete pod ${on.pods[0]}`],
    ])
    on.server(0).behave()
    on.server(0).gate.open()
  })

  it('leaves a server alone that is paused again after it was unpaused', async () => {
    const on = await stage(cluster())
    on.server(0).gate.close()
    // Between its Unpause and the look after it.
    on.server(0).misbehave('CheckPaused', {delayMs: 500})
    const run = unpause(on, '--yes', '-o', 'json')
    while (on.server(0).paused) await sleep(2)
    on.server(0).gate.close()
    const result = await resultOf(run, 4)
    assert.deepEqual([became(result)[0], result.stillPaused[0]?.whose], ['yes: may be paused', "another's"])
    on.server(0).gate.open()
  })

  it('unpauses servers that are too old to say whether they are paused, and says so', async () => {
    const on = await stage(cluster(), {version: '3.4.0'})
    on.server(1).gate.close()
    const {code, stdout} = await unpause(on, '--yes').ended
    assert.deepEqual([code, stdout.split('\n')], [0, [
      ...on.pods.map((pod, i) => `${i === 0 ? 'Unpaused' : '        '}        ${pod}, which it confirmed; it is too old to say whether it is paused`), '',
    ]])
    assert.equal(on.server(1).paused, false)
  })

  it('takes over the lease of a holder that is dead, repairs what it left, and leaves the lease free', async () => {
    const on = await stage(cluster())
    on.server(1).gate.close()
    await cluster().create(lease(on, 60_000, 2))
    const run = unpause(on, '--yes', '-o', 'json')
    assert.deepEqual(became(await resultOf(run)), ['no: was not paused', 'yes: unpaused'])
    assert.match(run.said(), /waiting until \d\d:\d\d:\d\dZ, to see whether a holder is dead: alice@laptop/)
    const {stdout} = await command(['status', '--kubeconfig', cluster().kubeconfig, '-n', on.namespace, '-o', 'json']).ended
    assert.deepEqual((JSON.parse(stdout) as StatusList).items.map(item => item.lease), Array(2).fill({name: `kubectl-scalardl-${on.deployment}`}))
  })

  it('changes nothing when it is interrupted while it waits for a holder that may be dead', async () => {
    const on = await stage(cluster())
    on.server(0).gate.close()
    await cluster().create(lease(on, 120_000, 60))
    const run = unpause(on, '--yes')
    while (!run.said().includes('waiting until')) await sleep(20)
    run.kill('SIGINT')
    const {code, stderr} = await run.ended
    assert.deepEqual([code, on.server(0).paused, unpauses(on, 0)], [130, true, 0], stderr)
    assert.match(stderr, /\nerror: interrupted \(SIGINT\)\n[^]* {2}nothing was changed\n/)
    on.server(0).gate.open()
  })

  it('does not touch what somebody alive has paused, unless told to', async () => {
    const on = await stage(cluster())
    on.server(0).gate.close()
    await cluster().create(lease(on, 0, 60))
    const {code, stderr} = await unpause(on, '--yes').ended
    assert.match(stderr, new RegExp(`\\nerror: the lease of ${on.namespace}/my-ledger is held by alice@laptop since \\S+, renewed \\S+, until \\S+\\n {2}nothing was changed\\n`))
    assert.deepEqual([code, on.server(0).paused, unpauses(on, 0)], [1, true, 0])
    assert.deepEqual(became(await resultOf(unpause(on, '--yes', '--lock', 'off', '-o', 'json'))), ['yes: unpaused', 'no: was not paused'])
  })
}
