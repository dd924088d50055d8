import assert from 'node:assert/strict'
import type {TestCluster} from '../support/cluster.ts'
import {inTheWindow, outcome, stage, type Stage} from './backup.ts'

interface Event {
  readonly what: string
  readonly act: (on: Stage) => Promise<unknown>
  /** Why the backup is void; undefined: it is consistent all the same. */
  readonly reason?: string
}

const first = ({pods}: Stage) => pods[0] ?? ''

const EVENTS: readonly Event[] = [
  {
    what: 'a pod is deleted',
    act: on => on.cluster.deletePod(on.namespace, first(on)),
    reason: 'pod ns/pod-0 is being deleted',
  },
  {
    what: 'a container is restarted, and its status tells so long after',
    // The status is on time for nothing here: what tells is that the server is not paused any more.
    act: async on => void on.cluster.restartContainer(on.namespace, first(on), {statusDelayMs: 8000}),
    reason: 'ns/pod-0 is not paused any more',
  },
  {
    what: 'a pod is scaled up',
    act: on => on.cluster.scale(on.namespace, on.deployment, 3),
    reason: 'pod ns/new-pod joined',
  },
  {
    what: 'a rollout begins',
    act: on => on.cluster.rolloutRestart(on.namespace, on.deployment),
    reason: 'pod ns/new-pod joined',
  },
  {
    what: 'someone else unpauses a server',
    act: async on => on.server(0).gate.open(),
    reason: 'ns/pod-0 is not paused any more',
  },
  {
    what: 'pods and Deployment are annotated',
    act: async on => {
      await on.cluster.annotate('pods', on.namespace, first(on), {team: 'ledger'})
      await on.cluster.annotate('deployments', on.namespace, on.deployment, {team: 'ledger'})
    },
  },
  {
    what: 'a pod is not ready any more, and the statuses of both are patched',
    act: async on => {
      await on.cluster.patchStatus('pods', on.namespace, first(on), {conditions: [{type: 'Ready', status: 'False'}]})
      await on.cluster.patchStatus('deployments', on.namespace, on.deployment, {readyReplicas: 1})
    },
  },
]

/** What happens to pods while they are paused: what voids the restore point, and what does not. */
export function windowScenarios(cluster: () => TestCluster): void {
  for (const {what, act, reason} of EVENTS) {
    it(`${reason ? 'is void' : 'stays consistent'} when ${what} in the window`, async () => {
      const on = await stage(cluster())
      const run = on.backup()
      await inTheWindow(on, run)
      await act(on)
      const expected = reason ? {code: 3, verdict: 'void', reasons: [reason]} : {code: 0, verdict: 'consistent', reasons: []}
      assert.deepEqual(await outcome(on, run), expected)
    })
  }

  for (const [signal, code] of [['SIGINT', 130], ['SIGTERM', 143], ['SIGHUP', 129], ['SIGQUIT', 131]] as const) {
    it(`unpauses and verifies on ${signal} in the window`, async () => {
      const on = await stage(cluster())
      const run = on.backup()
      await inTheWindow(on, run)
      run.kill(signal)
      assert.deepEqual(await outcome(on, run), {code, verdict: 'void', reasons: [`interrupted (${signal})`]})
    })
  }

  it('unpauses when its stdout is closed in the window', async () => {
    const on = await stage(cluster())
    const run = on.backup()
    await inTheWindow(on, run)
    run.closeStdout()
    assert.equal((await outcome(on, run) as {code: number}).code, 0)
  })
}
