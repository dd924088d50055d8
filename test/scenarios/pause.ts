import assert from 'node:assert/strict'
import {setTimeout as sleep} from 'node:timers/promises'
import type {TestCluster} from '../support/cluster.ts'
import {chartLedger} from '../support/manifests.ts'
import {outcome, stage} from './backup.ts'

/** A Pause without an answer: the server may still close later, so it is looked at again for some minutes. */
export function silentPauseScenarios(cluster: () => TestCluster): void {
  it('is void when one server never answers to Pause, though it closes', async function () {
    this.timeout(300_000)
    const on = await stage(cluster())
    on.server(0).misbehave('Pause', {answerDelayMs: 3_600_000})
    assert.deepEqual(await outcome(on, on.backup('--drain-timeout', '1s')), {code: 3, verdict: 'void', reasons: [
      'no clear answer from ns/pod-0 to Pause (DEADLINE_EXCEEDED): no answer within 4000 ms',
    ]})
    assert.equal(on.server(0).steps[0]?.step, 'closed')
  })
}

/** What servers do when they are looked at and paused. */
export function pauseScenarios(cluster: () => TestCluster): void {
  it('finds a restore point at which every server was closed and drained', async () => {
    const on = await stage(cluster())
    assert.deepEqual(await outcome(on, on.backup()), {code: 0, verdict: 'consistent', reasons: []})
  })

  it('waits for outstanding requests before it counts a server as paused', async () => {
    const on = await stage(cluster())
    const release = on.server(0).gate.holdRequests(3)
    const run = on.backup()
    while (!on.server(0).paused) await sleep(5)
    setTimeout(release, 500)
    assert.deepEqual(await outcome(on, run), {code: 0, verdict: 'consistent', reasons: []})
  })

  it('is void when one server\'s requests do not finish in time', async () => {
    const on = await stage(cluster())
    on.server(0).gate.holdRequests(1)
    assert.deepEqual(await outcome(on, on.backup('--drain-timeout', '1s')), {
      code: 3, verdict: 'void', reasons: ['ns/pod-0 could not finish its outstanding requests in time and opened again'],
    })
  })

  it('pauses nothing when one admin port is closed', async () => {
    const on = await stage(cluster())
    await on.server(0).stop()
    assert.deepEqual(await outcome(on, on.backup()), {
      code: 1,
      said: 'error: cannot ask ns/pod-0 whether it is paused: error forwarding port 50053 to pod pod-0/ns, uid : '
        + 'failed to dial 127.0.0.1:*: dial tcp 127.0.0.1:*: connect: connection refused',
    })
    assert.deepEqual(on.server(1).steps, [])
  })

  it('leaves a server alone that another has paused, and pauses nothing', async () => {
    const on = await stage(cluster())
    on.server(0).gate.close()
    assert.deepEqual(await outcome(on, on.backup(), ['pod-0']), {
      code: 4, verdict: 'failed', reasons: ['ns/pod-0 is already paused, by another operator or a backup that died'],
    })
    assert.deepEqual(on.server(1).steps, [])
  })

  for (const [signal, code] of [['SIGINT', 130], ['SIGTERM', 143], ['SIGHUP', 129], ['SIGQUIT', 131]] as const) {
    it(`unpauses on ${signal} while a server still drains`, async () => {
      const on = await stage(cluster())
      on.server(0).gate.holdRequests(1)
      const run = on.backup('--drain-timeout', '3s')
      while (!on.server(0).paused) await sleep(5)
      run.kill(signal)
      assert.deepEqual(await outcome(on, run), {code, verdict: 'void', reasons: [`interrupted (${signal})`]})
    })
  }

  it('is not held up by an evicted pod, nor by one that no node takes', async () => {
    const on = await stage(cluster())
    const {namespace} = on
    const {metadata, spec} = chartLedger({namespace}).pods[0] ?? {}
    const pod = (name: string) => ({apiVersion: 'v1', kind: 'Pod', metadata: {name, namespace, labels: metadata?.labels}})
    await on.cluster.create({...pod('evicted'), spec: {...spec, nodeName: 'node-1'}, status: {phase: 'Failed', reason: 'Evicted'}} as object)
    await on.cluster.create({
      ...pod('unscheduled'), spec: {...spec, nodeName: undefined},
      status: {phase: 'Pending', conditions: [{type: 'PodScheduled', status: 'False', reason: 'Unschedulable'}]},
    } as object)
    assert.deepEqual(await outcome(on, on.backup()), {code: 0, verdict: 'consistent', reasons: []})
  })
}
