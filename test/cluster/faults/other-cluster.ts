import assert from 'node:assert/strict'
import type {V1PolicyRule} from '@kubernetes/client-node'
import {chartLedger} from '../../support/manifests.ts'
import {asked, inTheWindow, outcome, says, stage, type Stage} from '../../scenarios/backup.ts'
import {startCluster, type RealCluster} from '../cluster.ts'
import {confirming, givenUp, kubeconfigAt, type FaultRig} from './rig.ts'

// All that a backup has to have; kube-system may not be read.
const LEAST: readonly V1PolicyRule[] = [
  {apiGroups: [''], resources: ['pods'], verbs: ['get', 'list', 'watch']},
  {apiGroups: [''], resources: ['pods/portforward'], verbs: ['get', 'create']},
]

const VOID = {code: 3, verdict: 'void', reasons: ['pod ns/pod-0 was deleted or lost its labels', 'pod ns/pod-1 was deleted or lost its labels', 'pod ns/new-pod joined']}

/**
 * Another cluster answers at the API server's address, as after a failover: the same certificates and users, other pods. What
 * it says of ours is worth nothing.
 */
export function otherClusterFaults(rig: () => FaultRig): void {
  let other: RealCluster
  let least: string

  before(async () => {
    const {cluster, wire} = rig()
    other = await startCluster({name: 'other', ca: cluster.ca})
    const paths = [await cluster.user('least', LEAST), await other.user('least', LEAST)]
    least = await kubeconfigAt(wire.port, paths[0] ?? '')
  })

  after(() => other.stop())

  /** A stage whose namespace exists in the other cluster too, with pods of other names. */
  async function stageInBoth(kubeconfig: string): Promise<Stage> {
    const on = await stage(rig().cluster, {}, kubeconfig)
    await other.deploy(chartLedger({namespace: on.namespace, replicas: 1}))
    return on
  }

  const swap = () => {
    const {wire, apiServer} = rig()
    wire.targetPort = wire.targetPort === apiServer.port ? Number(new URL(other.url).port) : apiServer.port
    wire.cut()
  }

  for (const [what, kubeconfig, unproven] of [
    ['', () => rig().kubeconfig, '(another cluster answers)'],
    [', also where kube-system may not be read', () => least, '(nothing proves which cluster answers)'],
  ] as const) {
    it(`is void when another cluster answers in the window, and unpauses when the first is back${what}`, async () => {
      const on = await stageInBoth(kubeconfig())
      const run = on.backup('--hold', '20s', '--ledger-only')
      await inTheWindow(on, run)
      swap()
      await says(run, unproven)
      swap()
      assert.deepEqual(await outcome(on, run), VOID)
    })

    it(`takes no pod for gone because another cluster does not have it, and names it when told to give up${what}`, async () => {
      const on = await stageInBoth(kubeconfig())
      for (const index of on.pods.keys()) on.server(index).misbehave('Unpause', {executes: false, answer: 'never'})
      const run = on.backup('--ledger-only')
      await asked(on.server(0), 'Unpause')
      swap()
      await says(run, unproven)
      assert.deepEqual(await givenUp(on, run, ['pod-0', 'pod-1']), {
        code: 4, verdict: 'consistent', reasons: [], named: on.pods.map(pod => `${pod}: ours`),
      })
      for (const index of on.pods.keys()) on.server(index).gate.open()
    })
  }

  it('is void when another cluster answers while it confirms', async () => {
    const on = await stageInBoth(rig().kubeconfig)
    const run = on.backup('--hold', '6s', '--lock', 'off')
    await inTheWindow(on, run)
    await confirming(rig().wire, on)
    swap()
    await says(run, '✖ Confirmed')
    swap()
    assert.deepEqual(await outcome(on, run), VOID)
  })
}
