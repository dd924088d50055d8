import assert from 'node:assert/strict'
import {once} from 'node:events'
import {setTimeout as sleep} from 'node:timers/promises'
import type {V1Pod, V1PolicyRule} from '@kubernetes/client-node'
import type {TestCluster} from '../support/cluster.ts'
import {ask, dialPod, everythingOf, linesOf, loginOf, open, refusalOf} from '../support/kube-client.ts'
import type {Login} from '../support/kube-client.ts'
import {chartLedger} from '../support/manifests.ts'

const NS = 'ledger'
const DEPLOYMENT = 'my-ledger-scalardl-ledger'
const PODS = `/api/v1/namespaces/${NS}/pods`
const DEPLOYMENTS = `/apis/apps/v1/namespaces/${NS}/deployments`
const MERGE = {'content-type': 'application/merge-patch+json'}
const FORWARD = (...verbs: string[]): V1PolicyRule[] => [{apiGroups: [''], resources: ['pods/portforward'], verbs}]

interface Answer {
  readonly message: string
  readonly reason?: string
  readonly details?: object
}

/** What scenarios rely on, asked of a real and of a simulated cluster in the same words. */
export function behavesAsCluster(name: string, start: () => Promise<TestCluster>): void {
  describe(`${name}, behaving as a cluster`, () => {
    let cluster: TestCluster
    let admin: Login
    const podsNow = async () => (await cluster.pods(NS)).filter(({status}) => status?.phase !== 'Failed')
    const names = async () => (await podsNow()).map(({metadata}) => metadata?.name ?? '').sort()
    const pod = async (podName: string) => (await cluster.pods(NS)).find(({metadata}) => metadata?.name === podName)
    const someUser = async (user: string, rules: V1PolicyRule[], namespace?: string) => loginOf(await cluster.user(user, rules, namespace))

    before(async () => {
      cluster = await start()
      // The API server stamps whole seconds: of a grace of one second nothing may be left.
      await cluster.deploy(chartLedger({terminationGracePeriodSeconds: 3}))
      admin = await loginOf(cluster.kubeconfig)
    })
    after(() => cluster.stop())

    it('answers refusals in exact words', async () => {
      const nobody = await someUser('nobody', [])
      const answer = async (login: Login, method: string, path: string, body?: object) => {
        const {code, body: {message, reason, details}} = await ask<Answer>(login, method, path, {body})
        return {code, message, reason, details}
      }
      assert.deepEqual(await answer(nobody, 'GET', PODS), {
        code: 403, reason: 'Forbidden', details: {kind: 'pods'},
        message: 'pods is forbidden: User "nobody" cannot list resource "pods" in API group "" in the namespace "ledger"',
      })
      assert.deepEqual(await answer(nobody, 'GET', '/apis/apps/v1/deployments'), {
        code: 403, reason: 'Forbidden', details: {group: 'apps', kind: 'deployments'},
        message: 'deployments.apps is forbidden: User "nobody" cannot list resource "deployments" in API group "apps" at the cluster scope',
      })
      assert.deepEqual(await answer(nobody, 'GET', `${PODS}?watch=true&fieldSelector=metadata.name%3Da`), {
        code: 403, reason: 'Forbidden', details: {name: 'a', kind: 'pods'},
        message: 'pods "a" is forbidden: User "nobody" cannot watch resource "pods" in API group "" in the namespace "ledger"',
      })
      assert.deepEqual(await answer(admin, 'GET', `${DEPLOYMENTS}/nope`), {
        code: 404, reason: 'NotFound', details: {name: 'nope', group: 'apps', kind: 'deployments'}, message: 'deployments.apps "nope" not found',
      })
      assert.deepEqual(await answer(admin, 'POST', '/api/v1/namespaces/nope/configmaps', {metadata: {name: 'x'}}), {
        code: 404, reason: 'NotFound', details: {name: 'nope', kind: 'namespaces'}, message: 'namespaces "nope" not found',
      })
      assert.deepEqual(await answer({...admin, cert: undefined, key: undefined, token: 'wrong'}, 'GET', PODS), {
        code: 401, reason: 'Unauthorized', details: undefined, message: 'Unauthorized',
      })
    })

    it('reviews access by the rules of a namespace', async () => {
      const login = await someUser('reviewed', FORWARD('get'), NS)
      const may = async (verb: string, namespace: string) => {
        const body = {apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', spec: {resourceAttributes: {verb, resource: 'pods', subresource: 'portforward', namespace}}}
        const {code, body: {status}} = await ask<{status: {allowed: boolean}}>(login, 'POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', {body})
        return [code, status.allowed]
      }
      assert.deepEqual(await may('get', NS), [201, true])
      assert.deepEqual(await may('create', NS), [201, false])
      assert.deepEqual(await may('get', 'default'), [201, false])
    })

    it('keeps a lease from two writers', async () => {
      const leases = `/apis/coordination.k8s.io/v1/namespaces/${NS}/leases`
      const draft = {apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: {name: 'lock'}, spec: {holderIdentity: 'me'}}
      const {code, body: lease} = await ask<object>(admin, 'POST', leases, {body: draft})
      assert.equal(code, 201)
      const again = await ask<Answer>(admin, 'POST', leases, {body: draft})
      assert.deepEqual([again.code, again.body.message], [409, 'leases.coordination.k8s.io "lock" already exists'])
      assert.equal((await ask(admin, 'PUT', `${leases}/lock`, {body: {...lease, spec: {holderIdentity: 'you'}}})).code, 200)
      const late = await ask<Answer>(admin, 'PUT', `${leases}/lock`, {body: {...lease, spec: {holderIdentity: 'late'}}})
      assert.deepEqual([late.code, late.body.reason, late.body.message], [409, 'Conflict', 'Operation cannot be fulfilled on leases.coordination.k8s.io '
        + '"lock": the object has been modified; please apply your changes to the latest version and try again'])
      assert.deepEqual((await ask<Answer>(admin, 'DELETE', `${leases}/lock`)).code, 200)
    })

    it('watches a selection from a version on', async () => {
      const maps = `/api/v1/namespaces/${NS}/configmaps`
      const draft = (mapName: string) => ({apiVersion: 'v1', kind: 'ConfigMap', metadata: {name: mapName, labels: {made: 'here'}}})
      const {body: {metadata: {resourceVersion}}} = await ask<{metadata: {resourceVersion: string}}>(admin, 'GET', maps)
      await ask(admin, 'POST', maps, {body: draft('one')})
      const lines = linesOf(await open(admin, 'GET', `${maps}?watch=true&labelSelector=made%3Dhere&resourceVersion=${resourceVersion}`))
      await ask(admin, 'PATCH', `${maps}/one`, {body: {data: {a: '1'}}, headers: MERGE})
      await ask(admin, 'PATCH', `${maps}/one`, {body: {metadata: {labels: {made: null}}}, headers: MERGE})
      await ask(admin, 'POST', maps, {body: draft('two')})
      await ask(admin, 'DELETE', `${maps}/two`)
      const seen: string[] = []
      for await (const {type, object} of lines) if (seen.push(`${type} ${object.metadata.name}`) === 5) break
      assert.deepEqual(seen, ['ADDED one', 'MODIFIED one', 'DELETED one', 'ADDED two', 'DELETED two'])
    })

    it('lists in pieces', async () => {
      interface List {items: V1Pod[]; metadata: {continue?: string; remainingItemCount?: number; resourceVersion: string}; kind: string}
      const first = (await ask<List>(admin, 'GET', `${PODS}?limit=2`)).body
      assert.deepEqual([first.kind, first.items.length, first.metadata.remainingItemCount, first.items[0]?.kind], ['PodList', 2, 1, undefined])
      const second = (await ask<List>(admin, 'GET', `${PODS}?limit=2&continue=${first.metadata.continue}`)).body
      assert.deepEqual([second.items.length, second.metadata.continue ?? '', second.metadata.resourceVersion], [1, '', first.metadata.resourceVersion])
    })

    it('forwards a port by WebSocket: its number on both channels, then what the server says', async () => {
      const tunnel = dialPod(admin, NS, (await names())[0] ?? '', 50053)
      const all = everythingOf(tunnel)
      await once(tunnel, 'open')
      const settings = [0, 0, 0, 4, 0, 0, 0, 0, 0]
      tunnel.send(Buffer.concat([Buffer.from([0]), Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), Buffer.from(settings)]))
      await new Promise<void>(resolve => tunnel.on('message', (data: Buffer) => data[0] === 0 && data.length > 3 && resolve()))
      tunnel.close(1000)
      const {data, error} = await all
      assert.deepEqual([[...data.subarray(0, 2)], [...error], data[2 + 3]], [[0x85, 0xc3], [0x85, 0xc3], 4])
    })

    it('says why a port-forward leads nowhere', async () => {
      const [first = ''] = await names()
      const {error, code} = await everythingOf(dialPod(admin, NS, first, 50054))
      const prefix = `error forwarding port 50054 to pod ${first}/${NS}, uid : `
      assert.deepEqual([error.subarray(2, 2 + prefix.length).toString(), code], [prefix, 1000])
      assert.deepEqual(await refusalOf(dialPod(admin, NS, 'nope', 50053)), [404, 'pods "nope" not found'])
    })

    it('wants get, and since 1.35 also create, for a port-forward', async () => {
      const [first = ''] = await names()
      const text = `pods "${first}" is forbidden: `
      const inFull = 'User "create-only" cannot get resource "pods/portforward" in API group "" in the namespace "ledger"'
      const createOnly = await someUser('create-only', FORWARD('create'), NS)
      assert.deepEqual(await refusalOf(dialPod(createOnly, NS, first, 50053)), [403, `${text}${inFull}`])
      const getOnly = dialPod(await someUser('get-only', FORWARD('get'), NS), NS, first, 50053)
      if (cluster.minor >= 35) assert.deepEqual(await refusalOf(getOnly), [403, text])
      else await once(getOnly, 'open').then(() => getOnly.close())
    })

    it('takes annotations and status patches without another pod; a Deployment counts its annotations as a change', async () => {
      const before = await names()
      const generation = async () => (await ask<{metadata: {generation: number}}>(admin, 'GET', `${DEPLOYMENTS}/${DEPLOYMENT}`)).body.metadata.generation
      const old = await generation()
      await cluster.annotate('pods', NS, before[0] ?? '', {note: 'x'})
      await cluster.annotate('deployments', NS, DEPLOYMENT, {note: 'x'})
      await cluster.patchStatus('pods', NS, before[0] ?? '', {message: 'touched'})
      assert.deepEqual([(await pod(before[0] ?? ''))?.metadata?.annotations?.['note'], (await pod(before[0] ?? ''))?.status?.message], ['x', 'touched'])
      assert.deepEqual([await names(), await generation()], [before, old + 1])
    })

    it('restarts a container at once, and tells so later', async () => {
      const [first = ''] = await names()
      const state = async () => (await pod(first))?.status?.containerStatuses?.[0]
      const before = await state()
      const restarted = cluster.restartContainer(NS, first, {statusDelayMs: 300})
      await sleep(50)
      assert.equal(cluster.server(NS, first).steps.at(-1)?.step, 'restarted')
      assert.equal((await state())?.containerID, before?.containerID)
      await restarted
      const after = await state()
      assert.notEqual(after?.containerID, before?.containerID)
      assert.equal(after?.restartCount, 1)
    })

    it('keeps a deleted pod Terminating for its grace, and replaces it', async () => {
      const old = await names()
      const [gone = ''] = old
      await cluster.deletePod(NS, gone)
      assert.match(String((await pod(gone))?.metadata?.deletionTimestamp), /^\d{4}-\d{2}-\d{2}T[\d:]{8}Z$/)
      await until(async () => !(await pod(gone)))
      assert.deepEqual((await podsNow()).length, 3)
    })

    it('forgets a pod at once that is deleted by force', async () => {
      const [gone = ''] = await names()
      await cluster.deletePod(NS, gone, {force: true})
      assert.equal(await pod(gone), undefined)
      await until(async () => (await podsNow()).filter(isRunning).length === 3)
    })

    it('scales up and down', async () => {
      await cluster.scale(NS, DEPLOYMENT, 4)
      await until(async () => (await podsNow()).filter(isRunning).length === 4)
      await cluster.scale(NS, DEPLOYMENT, 3)
      await until(async () => (await names()).length === 3)
    })

    it('replaces all pods in a rollout, each with a server of its own', async () => {
      const old = await names()
      await cluster.rolloutRestart(NS, DEPLOYMENT)
      await until(async () => (await names()).length === 3 && (await names()).every(each => !old.includes(each)))
      for (const each of await names()) assert.equal(cluster.server(NS, each).paused, false)
    })

    it('holds pods that no node runs', async () => {
      const spec = {containers: [{name: 'c', image: 'i'}]}
      await cluster.create({apiVersion: 'v1', kind: 'Pod', metadata: {name: 'unscheduled', namespace: NS}, spec} as object)
      const status = {phase: 'Failed', reason: 'Evicted'}
      await cluster.create({apiVersion: 'v1', kind: 'Pod', metadata: {name: 'evicted', namespace: NS}, spec, status} as object)
      assert.deepEqual([(await pod('unscheduled'))?.status?.phase, (await pod('evicted'))?.status?.reason], ['Pending', 'Evicted'])
      assert.deepEqual(await refusalOf(dialPod(admin, NS, 'unscheduled', 50053)), [400, 'pod unscheduled does not have a host assigned'])
    })
  })
}

const isRunning = ({status, metadata}: V1Pod) => status?.phase === 'Running' && !metadata?.deletionTimestamp

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await sleep(20)
}
