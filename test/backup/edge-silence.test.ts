import assert from 'node:assert/strict'
import {edgeOf} from '../../src/backup/edge.ts'
import {leaseWay} from '../../src/backup/leases.ts'
import {watchPods} from '../../src/backup/pods.ts'
import {withoutCommand, withoutWatchdog} from '../../src/backup/without.ts'
import {ENDED} from '../../src/kube/api-error.ts'
import {createApiServer} from '../../src/kube/api-server.ts'
import {loadAccess, systemWorld} from '../../src/kube/config.ts'
import {leaseLock} from '../../src/lease/lock.ts'
import {initial} from '../../src/protocol/machine.ts'
import {systemClock} from '../../src/support/clock.ts'
import {startSimulatedCluster, type SimulatedCluster} from '../simulated/cluster.ts'
import {chartLedger} from '../support/manifests.ts'
import type {Site} from '../../src/backup/edge.ts'
import type {PodSet} from '../../src/backup/pods.ts'
import type {ApiServer, WatchEvent} from '../../src/kube/types.ts'
import type {Effect, Happening, Plan} from '../../src/protocol/types.ts'

const PLAN: Plan = {servers: [], pods: [], targets: 0, holdMs: 0, drainMs: 0, guardMs: 0, offsets: [], dryRun: false, allowUnverified: false}
const unused = (): never => assert.fail('not needed here')
const NS = 'ledger'

describe('an API server whose connections die unnoticed', function () {
  this.timeout(60_000)
  let cluster: SimulatedCluster
  let api: ApiServer
  let set: PodSet

  before(async () => {
    cluster = await startSimulatedCluster({rttMs: 0})
    await cluster.deploy(chartLedger({namespace: NS, replicas: 1}))
    const access = await loadAccess({kubeconfig: cluster.kubeconfig}, systemWorld())
    api = createApiServer(access, {clock: systemClock})
    set = {target: 0, api, namespace: NS, selector: 'app.kubernetes.io/app=ledger', container: 'scalardl-ledger'}
  })

  after(() => cluster.stop())

  it('swallows neither a list of the pods, nor the reading of a lease, nor where a pod is', async () => {
    const [pod] = await cluster.pods(NS)
    const [name = '', uid = ''] = [pod?.metadata?.name, pod?.metadata?.uid]
    const site: Site = {
      pods: set, deployments: new Set(), addresses: new Map([[uid, {namespace: NS, pod: name, port: 50_053}]]),
      ways: {current: {name: 'websocket', open: unused, close: unused}, refreshed: unused, fallback: unused},
    }
    const lock = leaseLock([{...leaseWay(site), namespace: NS, owner: 'my-ledger', target: 0}], {
      mode: 'require', boundMs: 600_000, holder: 'me@here/00000001', clock: systemClock, warn: unused, waiting: unused, giveUp: new AbortController().signal,
    })
    const {edge, close} = edgeOf([site], [{site, pod: name, uid}], {record: unused, measure: unused, lock, watchdog: withoutWatchdog, command: withoutCommand})
    const told = (effect: Effect) => new Promise<Happening>(resolve => { edge(effect, resolve, initial(PLAN, systemClock())) })
    try {
      assert.equal((await told({type: 'lock'})).type, 'locked')
      await Promise.all([1, 2, 3, 4, 5, 6].map(() => api.request('GET', '/version')))
      for (const connection of cluster.wire?.connections ?? []) connection.silence()
      const answers = await Promise.all([told({type: 'list', purpose: 'confirm', target: 0}), told({type: 'read lock'}), told({type: 'locate', server: 0})])
      assert.deepEqual(answers.map(answer => answer.type === 'listed' ? answer.pods.map(({name: listed}) => listed) : answer), [
        [`${NS}/${name}`], {type: 'lock read', answer: 'unchanged'}, {type: 'located', server: 0, answer: 'there'},
      ])
    } finally {
      close()
    }
  })

  it('has its watch begun anew, with what has changed meanwhile', async () => {
    const over = new AbortController()
    const seen = Promise.withResolvers<readonly string[]>()
    const {items, resourceVersion} = await api.list<{metadata: {uid: string}}>(`/api/v1/namespaces/${NS}/pods`)
    void watchPods(set, {pods: [], resourceVersion}, pods => { seen.resolve(pods.map(({uid}) => uid)) }, over.signal, 1)
    while (cluster.api.watches.size === 0) await new Promise(resolve => setTimeout(resolve, 5))
    for (const connection of cluster.wire?.connections ?? []) connection.silence()
    await cluster.annotate('pods', NS, (await cluster.pods(NS))[0]?.metadata?.name ?? '', {note: 'x'})
    assert.deepEqual(await seen.promise, items.map(({metadata}) => metadata.uid))
    over.abort()
  })
})

describe('a watch of pods that ends in due time', () => {
  it('goes on from its last line, without another list', async () => {
    const over = new AbortController()
    const versions: string[] = []
    const watch: ApiServer['watch'] = async <T>(_path: string, query: Record<string, string>, onEvent: (event: WatchEvent<T>) => void) => {
      versions.push(query.resourceVersion ?? '')
      if (versions.length === 2) over.abort()
      else onEvent({type: 'BOOKMARK', object: {metadata: {resourceVersion: '12'}} as T})
      return {status: 0, reason: ENDED, message: 'the API server ended the watch'}
    }
    const api = {watch, list: unused} as unknown as ApiServer
    await watchPods({target: 0, api, namespace: NS, selector: '', container: ''}, {pods: [], resourceVersion: '7'}, unused, over.signal)
    assert.deepEqual(versions, ['7', '12'])
  })
})
