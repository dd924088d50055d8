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
  readonly verified?: boolean
  readonly pod: string | Error
}

/** Where the edge says that pod ledger-0 with the UID `uid-0` is. */
async function located({noted, now = noted, verified = true, pod}: Cluster): Promise<Happening> {
  const api = {
    access: {verified},
    request: async (_method: string, path: string) => {
      if (path === '/api/v1/namespaces/kube-system') return {metadata: {uid: now}}
      assert.equal(path, '/api/v1/namespaces/ledger/pods/ledger-0')
      if (pod instanceof Error) throw pod
      return {metadata: {uid: pod}}
    },
  } as unknown as ApiServer
  const unused = (): never => assert.fail('no tunnel is needed')
  const site: Site = {
    pods: {target: 0, api, namespace: 'ledger', selector: '', container: ''}, clusterUID: noted,
    ways: {current: {name: 'websocket', open: unused, close: unused}, refreshed: unused, fallback: unused},
    addresses: new Map([['uid-0', {namespace: 'ledger', pod: 'ledger-0', port: 50053}]]),
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
    ['is gone when another pod has its name', {noted: 'c', pod: 'uid-1'}, 'gone'],
    ['is gone on a 404 of the cluster that was noted', {noted: 'c', pod: notFound}, 'gone'],
    ['is unknown when another cluster answers in its place', {noted: 'c', now: 'd', pod: notFound}, 'unknown: another cluster answers'],
    ['is gone on a 404 behind a verified certificate where the cluster has no readable name', {pod: notFound}, 'gone'],
    ['is unknown on a 404 that anybody could have sent', {verified: false, pod: notFound}, 'unknown: nothing proves which cluster answers'],
    ['is unknown when the API server refuses', {noted: 'c', pod: new ApiError('pods is forbidden', {status: 403, reason: 'Forbidden'})}, 'unknown: pods is forbidden'],
    ['is unknown on a 404 without a Kubernetes reason', {noted: 'c', pod: new ApiError('no such route', {status: 404})}, 'unknown: no such route'],
  ] satisfies Array<[string, Cluster, string]>) {
    it(what, async () => { assert.equal(await answer(cluster), expected) })
  }
})
