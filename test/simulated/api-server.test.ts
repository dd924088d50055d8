import assert from 'node:assert/strict'
import type {V1PolicyRule} from '@kubernetes/client-node'
import {chartLedger} from '../support/manifests.ts'
import {ask, linesOf, loginOf, open} from '../support/kube-client.ts'
import type {Login} from '../support/kube-client.ts'
import {startSimulatedCluster} from './cluster.ts'
import type {SimulatedCluster} from './cluster.ts'
import {StatusError} from './objects.ts'

interface List {
  readonly items: ReadonlyArray<{readonly metadata: {readonly name: string}}>
  readonly metadata: {readonly resourceVersion: string; readonly continue?: string; readonly remainingItemCount?: number}
}

interface Status {
  readonly message: string
  readonly reason: string
}

const PODS = '/api/v1/namespaces/ledger/pods'
const MERGE = {'content-type': 'application/merge-patch+json'}

describe('simulated API server', () => {
  let cluster: SimulatedCluster
  let admin: Login
  const as = async (name: string, rules: V1PolicyRule[], namespace?: string) => loginOf(await cluster.user(name, rules, namespace))

  before(async () => {
    cluster = await startSimulatedCluster()
    await cluster.deploy(chartLedger())
    admin = await loginOf(cluster.kubeconfig)
  })
  after(() => cluster.stop())

  describe('list', () => {
    const found: Array<[string, number]> = [
      ['labelSelector=app.kubernetes.io/app in (ledger,auditor)', 3],
      ['labelSelector=app.kubernetes.io/app notin (ledger)', 0],
      ['labelSelector=app.kubernetes.io/app=ledger,app.kubernetes.io/instance=my-ledger', 3],
      ['labelSelector=app.kubernetes.io/app!=ledger', 0],
      ['labelSelector=pod-template-hash', 3],
      ['labelSelector=!pod-template-hash', 0],
      ['fieldSelector=status.phase=Running', 3],
      ['fieldSelector=status.phase!=Running', 0],
    ]
    for (const [query, count] of found) {
      it(`${query}: ${count}`, async () => {
        const {body} = await ask<List>(admin, 'GET', `${PODS}?${query.replaceAll(' ', '%20').replaceAll('!', '%21')}`)
        assert.equal(body.items.length, count)
      })
    }

    it('refuses a field that is not indexed', async () => {
      const {code, body} = await ask<Status>(admin, 'GET', `${PODS}?fieldSelector=spec.color=red`)
      assert.deepEqual([code, body.message], [400, 'field label not supported: spec.color'])
    })
  })

  describe('watch', () => {
    it('starts with what is there when no version is given, and ends with a bookmark', async () => {
      const seen: string[] = []
      const query = 'watch=1&allowWatchBookmarks=true&timeoutSeconds=0.05'
      for await (const {type} of linesOf(await open(admin, 'GET', `${PODS}?${query}`))) seen.push(type)
      assert.deepEqual(seen, ['ADDED', 'ADDED', 'ADDED', 'BOOKMARK'])
    })

    it('says 410 to a version that is forgotten, at the start and in the middle', async () => {
      cluster.store.compact()
      for await (const {type, object} of linesOf(await open(admin, 'GET', `${PODS}?watch=true&resourceVersion=1`))) {
        assert.deepEqual([type, object.code, object.message], ['ERROR', 410, `too old resource version: 1 (${cluster.store.version})`])
      }
      const running = linesOf(await open(admin, 'GET', `${PODS}?watch=true&resourceVersion=${cluster.store.version}`))
      cluster.api.watches.expire()
      const types: string[] = []
      for await (const {type} of running) types.push(type)
      assert.deepEqual(types, ['ERROR'])
    })
  })

  describe('change', () => {
    it('keeps status and the rest apart', async () => {
      const path = `/apis/apps/v1/namespaces/ledger/deployments/my-ledger-scalardl-ledger`
      interface Deployment { metadata: {generation: number}; status: {readyReplicas: number; note?: string} }
      const {body: before} = await ask<Deployment>(admin, 'GET', path)
      const {body: main} = await ask<Deployment>(admin, 'PATCH', path, {body: {status: {note: 'x'}}, headers: MERGE})
      assert.deepEqual([main.status.note, main.metadata.generation], [undefined, before.metadata.generation])
      const {body: status} = await ask<Deployment>(admin, 'PATCH', `${path}/status`, {body: {status: {note: 'x'}}, headers: MERGE})
      assert.deepEqual([status.status.note, status.metadata.generation], ['x', before.metadata.generation])
    })
  })

  describe('permissions', () => {
    it('holds in the namespace of the rules only, and for the named objects only', async () => {
      const rules = [{apiGroups: [''], resources: ['pods'], verbs: ['get', 'list']}, {apiGroups: [''], resources: ['secrets'], verbs: ['get'], resourceNames: ['mine']}]
      const login = await as('reader', rules, 'ledger')
      const code = async (path: string) => (await ask(login, 'GET', path)).code
      assert.equal(await code(PODS), 200)
      assert.equal(await code('/api/v1/namespaces/default/pods'), 403)
      assert.equal(await code('/api/v1/namespaces/ledger/secrets/mine'), 404)
      assert.equal(await code('/api/v1/namespaces/ledger/secrets/other'), 403)
    })

    it('knows nobody by a wrong token, and lets only who may impersonate', async () => {
      assert.equal((await ask<Status>({...admin, token: 'wrong'}, 'GET', PODS)).code, 401)
      await as('low', [{apiGroups: [''], resources: ['pods'], verbs: ['list']}], 'ledger')
      const headers = {'impersonate-user': 'low'}
      assert.equal((await ask(admin, 'GET', PODS, {headers})).code, 200)
      assert.equal((await ask(admin, 'GET', '/api/v1/pods', {headers})).code, 403)
      const {body} = await ask<Status>(await as('sly', []), 'GET', PODS, {headers})
      assert.equal(body.message, 'users "low" is forbidden: User "sly" cannot impersonate resource "users" in API group "" at the cluster scope')
    })
  })

  describe('faults', () => {
    afterEach(() => (cluster.api.fault = undefined))

    it('answers or drops as told', async () => {
      cluster.api.fault = ({path}) => (path.startsWith('/version') ? new StatusError(503, 'ServiceUnavailable', 'etcd is away') : undefined)
      assert.deepEqual((await ask<Status>(admin, 'GET', '/version')).body.message, 'etcd is away')
      assert.equal((await ask(admin, 'GET', PODS)).code, 200)
      cluster.api.fault = () => 'drop'
      await assert.rejects(ask(admin, 'GET', PODS), {code: 'ECONNRESET'})
    })

    it('notes calls that nobody expected', async () => {
      const {code, body} = await ask<Status>(admin, 'GET', '/apis/example.com/v1/things')
      assert.deepEqual([code, body.message], [404, 'the server could not find the requested resource'])
      assert.deepEqual(cluster.api.unexpected.map(({path}) => path), ['/apis/example.com/v1/things'])
    })
  })

  it('tells its version, its readiness and its identity', async () => {
    assert.deepEqual((await ask<{minor: string}>({...admin, token: ''}, 'GET', '/version')).body.minor, '37')
    assert.deepEqual(await ask({...admin, token: ''}, 'GET', '/readyz'), {code: 200, body: 'ok'})
    const {body} = await ask<{metadata: {uid: string}}>(admin, 'GET', '/api/v1/namespaces/kube-system')
    assert.match(body.metadata.uid, /^[0-9a-f-]{36}$/)
  })
})
