import assert from 'node:assert/strict'
import {edgeOf} from '../../src/backup/edge.ts'
import {withoutCommand, withoutLock, withoutWatchdog} from '../../src/backup/without.ts'
import {ApiError} from '../../src/kube/api-error.ts'
import {initial} from '../../src/protocol/machine.ts'
import type {Site} from '../../src/backup/edge.ts'
import type {ApiServer} from '../../src/kube/types.ts'
import type {Happening, Plan} from '../../src/protocol/types.ts'

const PLAN: Plan = {servers: [], pods: [], targets: 0, holdMs: 0, drainMs: 0, guardMs: 0, offsets: [], dryRun: false, allowUnverified: false}
const notFound = new ApiError('pods "ledger-0" not found', {status: 404, reason: 'NotFound'})

interface Cluster {
  /** UID of kube-system when the backup began, and now; undefined = may not be read. */
  readonly noted?: string
  readonly now?: string
  readonly pod: string | Error
  /** What the second question for the pod is answered; default: the same. */
  readonly then?: string
  readonly phase?: string
  /** UIDs of pods that bear the target's labels now, and of Deployments. */
  readonly pods?: readonly string[]
  readonly deployments?: readonly string[]
}

/** Where the edge says that pod ledger-0 with the UID `uid-0` is. */
async function located({noted, now = noted, pod, then, phase = 'Running', pods = [], deployments = []}: Cluster): Promise<Happening> {
  let asked = 0
  const api = {
    request: async (_method: string, path: string) => {
      if (path === '/api/v1/namespaces/kube-system') return {metadata: {uid: now}}
      assert.equal(path, '/api/v1/namespaces/ledger/pods/ledger-0')
      const answer = asked++ > 0 ? then ?? pod : pod
      if (answer instanceof Error) throw answer
      return {metadata: {uid: answer}, status: {phase}}
    },
    list: async (path: string) => ({items: (path.endsWith('/pods') ? pods : deployments).map(uid => ({metadata: {uid}}))}),
  } as unknown as ApiServer
  const unused = (): never => assert.fail('no tunnel is needed')
  const site: Site = {
    pods: {target: 0, api, namespace: 'ledger', selector: '', container: ''}, clusterUID: noted,
    ways: {current: {name: 'websocket', open: unused, close: unused}, refreshed: unused, fallback: unused},
    deployments: new Set(['deployment']),
    addresses: new Map(['uid-0', 'uid-9'].map(uid => [uid, {namespace: 'ledger', pod: 'ledger-0', port: 50053}])),
  }
  const {edge, close} = edgeOf([site], [{site, pod: 'ledger-0', uid: 'uid-0'}], {record: unused, measure: unused, lock: withoutLock, watchdog: withoutWatchdog, command: withoutCommand})
  try {
    return await new Promise(resolve => { edge({type: 'locate', server: 0}, resolve, initial(PLAN, {monoMs: 0, wallMs: 0})) })
  } finally {
    close()
  }
}

describe('a pod that does not answer', () => {
  const answer = async (cluster: Cluster) => {
    const happening = await located(cluster)
    return happening.type === 'located' ? [happening.answer, happening.detail].filter(Boolean).join(': ') : happening.type
  }

  for (const [what, cluster, expected] of [
    ['is there while its UID is', {noted: 'c', pod: 'uid-0'}, 'there'],
    ['is gone when it has ended, as after an eviction', {noted: 'c', pod: 'uid-0', phase: 'Failed'}, 'gone'],
    ['is gone when another pod has its name', {noted: 'c', pod: 'uid-1'}, 'gone'],
    ['is gone on a 404 of the cluster that was noted', {noted: 'c', pod: notFound}, 'gone'],
    ['is unknown when another cluster answers in its place', {noted: 'c', now: 'd', pod: notFound}, 'unknown: another cluster answers'],
    ['is there when another cluster answered for a moment', {noted: 'c', pod: notFound, then: 'uid-0'}, 'there'],
    ['is unknown when another cluster has a pod of its name', {noted: 'c', now: 'd', pod: 'uid-1'}, 'unknown: another cluster answers'],
    ['is unknown on a 404 where the name of the cluster may not be read', {pod: notFound}, 'unknown: nothing proves which cluster answers'],
    ['is unknown there while only others bear the labels', {pod: notFound, pods: ['uid-7'], deployments: ['other']}, 'unknown: nothing proves which cluster answers'],
    ['is gone there where another pod of the target is known', {pod: notFound, pods: ['uid-9']}, 'gone'],
    ['is gone there where its Deployment is known', {pod: notFound, deployments: ['deployment']}, 'gone'],
    ['is there while it is listed, whatever a 404 says', {pod: notFound, pods: ['uid-0', 'uid-9']}, 'there'],
    ['is unknown when the API server refuses', {noted: 'c', pod: new ApiError('pods is forbidden', {status: 403, reason: 'Forbidden'})}, 'unknown: pods is forbidden'],
    ['is unknown on a 404 without a Kubernetes reason', {noted: 'c', pod: new ApiError('no such route', {status: 404})}, 'unknown: no such route'],
  ] satisfies Array<[string, Cluster, string]>) {
    it(what, async () => { assert.equal(await answer(cluster), expected) })
  }
})
