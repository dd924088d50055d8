import assert from 'node:assert/strict'
import type {V1PolicyRule} from '@kubernetes/client-node'
import {chartLedger} from '../support/manifests.ts'
import {ask, linesOf, loginOf, open} from './client.ts'
import type {Login} from './client.ts'
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
  let pods: string[]
  const as = async (name: string, rules: V1PolicyRule[], namespace?: string) => loginOf(await cluster.user(name, rules, namespace))
  const configMap = (name: string) => ({metadata: {name, labels: {made: 'here'}}, data: {}})

  before(async () => {
    cluster = await startSimulatedCluster()
    pods = await cluster.deploy(chartLedger())
    admin = await loginOf(cluster.kubeconfig)
  })
  after(() => cluster.stop())

  describe('list', () => {
    it('comes in pieces when asked so, all of one version', async () => {
      const first = await ask<List>(admin, 'GET', `${PODS}?limit=2`)
      assert.deepEqual(first.body.items.map(({metadata}) => metadata.name), pods.slice(0, 2))
      assert.equal(first.body.metadata.remainingItemCount, 1)
      const second = await ask<List>(admin, 'GET', `${PODS}?limit=2&continue=${first.body.metadata.continue}`)
      assert.deepEqual(second.body.items.map(({metadata}) => metadata.name), pods.slice(2))
      assert.equal(second.body.metadata.continue, undefined)
      assert.equal(second.body.metadata.resourceVersion, first.body.metadata.resourceVersion)
    })

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
    it('tells what came, changed and left its selection, from the given version on', async () => {
      const {body: {metadata: {resourceVersion}}} = await ask<List>(admin, 'GET', '/api/v1/namespaces/ledger/configmaps')
      const maps = '/api/v1/namespaces/ledger/configmaps'
      await ask(admin, 'POST', maps, {body: configMap('one')})
      const lines = linesOf(await open(admin, 'GET', `${maps}?watch=true&labelSelector=made%3Dhere&resourceVersion=${resourceVersion}`))
      await ask(admin, 'PATCH', `${maps}/one`, {body: {data: {a: '1'}}, headers: MERGE})
      await ask(admin, 'PATCH', `${maps}/one`, {body: {metadata: {labels: {made: null}}}, headers: MERGE})
      await ask(admin, 'POST', maps, {body: configMap('two')})
      await ask(admin, 'DELETE', `${maps}/two`)
      const seen: string[] = []
      for await (const {type, object} of lines) if (seen.push(`${type} ${object.metadata.name}`) === 5) break
      assert.deepEqual(seen, ['ADDED one', 'MODIFIED one', 'DELETED one', 'ADDED two', 'DELETED two'])
    })

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
      assert.equal((await running.next()).value?.type, 'ERROR')
      assert.equal((await running.next()).done, true)
    })
  })

  describe('change', () => {
    it('refuses a second object of the name, an old version, and a missing namespace', async () => {
      const leases = '/apis/coordination.k8s.io/v1/namespaces/ledger/leases'
      const {body: lease} = await ask<{metadata: object}>(admin, 'POST', leases, {body: {metadata: {name: 'lock'}, spec: {holderIdentity: 'me'}}})
      const again = await ask<Status>(admin, 'POST', leases, {body: {metadata: {name: 'lock'}}})
      assert.deepEqual([again.code, again.body.reason, again.body.message], [409, 'AlreadyExists', 'leases.coordination.k8s.io "lock" already exists'])
      assert.equal((await ask(admin, 'PUT', `${leases}/lock`, {body: {...lease, spec: {holderIdentity: 'you'}}})).code, 200)
      const late = await ask<Status>(admin, 'PUT', `${leases}/lock`, {body: lease})
      assert.deepEqual([late.code, late.body.message], [409, 'Operation cannot be fulfilled on leases.coordination.k8s.io "lock": '
        + 'the object has been modified; please apply your changes to the latest version and try again'])
      const nowhere = await ask<Status>(admin, 'POST', '/api/v1/namespaces/nope/configmaps', {body: configMap('x')})
      assert.deepEqual([nowhere.code, nowhere.body.message], [404, 'namespaces "nope" not found'])
    })

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
    it('words its refusals as the real one', async () => {
      const login = await as('nobody', [])
      const text = async (method: string, path: string) => (await ask<Status>(login, method, path)).body.message
      assert.equal(await text('GET', PODS), 'pods is forbidden: User "nobody" cannot list resource "pods" in API group "" in the namespace "ledger"')
      assert.equal(await text('GET', `${PODS}/a`), 'pods "a" is forbidden: User "nobody" cannot get resource "pods" in API group "" in the namespace "ledger"')
      assert.equal(await text('GET', '/apis/apps/v1/deployments'),
        'deployments.apps is forbidden: User "nobody" cannot list resource "deployments" in API group "apps" at the cluster scope')
      assert.equal(await text('GET', `${PODS}?watch=true&fieldSelector=metadata.name%3Da`),
        'pods "a" is forbidden: User "nobody" cannot watch resource "pods" in API group "" in the namespace "ledger"')
    })

    it('holds in the namespace of the rules only, and for the named objects only', async () => {
      const rules = [{apiGroups: [''], resources: ['pods'], verbs: ['get', 'list']}, {apiGroups: [''], resources: ['secrets'], verbs: ['get'], resourceNames: ['mine']}]
      const login = await as('reader', rules, 'ledger')
      const code = async (path: string) => (await ask(login, 'GET', path)).code
      assert.equal(await code(PODS), 200)
      assert.equal(await code('/api/v1/namespaces/default/pods'), 403)
      assert.equal(await code('/api/v1/namespaces/ledger/secrets/mine'), 404)
      assert.equal(await code('/api/v1/namespaces/ledger/secrets/other'), 403)
    })

    it('answers an access review by the same rules', async () => {
      const login = await as('forwarder', [{apiGroups: [''], resources: ['pods/portforward'], verbs: ['get']}], 'ledger')
      const may = async (verb: string, namespace = 'ledger') => {
        const resourceAttributes = {verb, resource: 'pods', subresource: 'portforward', namespace}
        const review = await ask<{status: object}>(login, 'POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', {body: {spec: {resourceAttributes}}})
        return [review.code, review.body.status]
      }
      assert.deepEqual(await may('get'), [201, {allowed: true}])
      assert.deepEqual(await may('create'), [201, {allowed: false}])
      assert.deepEqual(await may('get', 'default'), [201, {allowed: false}])
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
