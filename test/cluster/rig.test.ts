import assert from 'node:assert/strict'
import {setTimeout as sleep} from 'node:timers/promises'
import type {V1Pod} from '@kubernetes/client-node'
import {makeCa, makeServerCert} from '../support/certificates.ts'
import {chartLedger, chartServer} from '../support/manifests.ts'
import {hasRenderings, readRendering} from '../support/renderings.ts'
import {startCluster, type RealCluster} from './cluster.ts'
import {directAdmin} from './direct-admin.ts'
import {portForward} from './port-forward.ts'
import {makeDatabase, startLoad, startScalarDbServer, type ScalarDbServer} from './scalardb.ts'

const LEDGER = 'my-ledger-scalardl-ledger'
const containerID = ({status}: V1Pod) => status?.containerStatuses?.[0]?.containerID

describe('the rig of real parts', () => {
  let cluster: RealCluster
  const ledger = async (name: string) => (await cluster.pods('ledger')).find(pod => pod.metadata?.name === name)

  before(async () => {
    cluster = await startCluster()
  })

  after(() => cluster.stop())

  it('runs the pods of a Deployment, each container with an ID of its own', async () => {
    assert.equal((await cluster.deploy(chartLedger({terminationGracePeriodSeconds: 3}))).length, 3)
    const pods = await cluster.pods('ledger')
    assert.deepEqual(pods.map(({status}) => status?.phase), ['Running', 'Running', 'Running'])
    const ids = pods.map(containerID)
    ids.forEach(id => assert.match(String(id), /^containerd:\/\/[0-9a-f]{64}$/))
    assert.equal(new Set(ids).size, 3)
  })

  it('leads each pod\'s admin port to its own server, by the real kubectl', async () => {
    const [first = '', second = ''] = [...cluster.servers('ledger').keys()]
    const tunnel = await portForward(cluster, 'ledger', second, 50053)
    const admin = directAdmin(tunnel.port)
    try {
      await admin.pause()
      assert.equal(cluster.server('ledger', first).paused, false)
      assert.equal(cluster.server('ledger', second).paused, true)
      await admin.unpause()
      assert.equal(cluster.server('ledger', second).paused, false)
    } finally {
      admin.close()
      tunnel.stop()
    }
  })

  it('lets a deleted pod serve for its grace period, then closes its port', async () => {
    const [name = ''] = await podNames()
    const {port} = cluster.server('ledger', name)
    await cluster.deletePod('ledger', name)
    assert.ok((await ledger(name))?.metadata?.deletionTimestamp)
    const admin = directAdmin(port)
    try {
      assert.equal(await admin.checkPaused(), false)
      await until(async () => !await ledger(name))
      await until(() => admin.checkPaused(200).then(() => false, () => true))
    } finally {
      admin.close()
    }
  })

  it('restarts a container: open gate at once, new ID and count when the kubelet gets to it', async () => {
    const [name = ''] = await podNames()
    const before = await ledger(name)
    const restarted = cluster.restartContainer('ledger', name, {statusDelayMs: 500})
    assert.deepEqual((await ledger(name))?.status?.containerStatuses, before?.status?.containerStatuses)
    assert.equal(cluster.server('ledger', name).steps.at(-1)?.step, 'restarted')
    await restarted
    const after = await ledger(name)
    assert.notEqual(after && containerID(after), before && containerID(before))
    assert.equal(after?.status?.containerStatuses?.[0]?.restartCount, 1)
  })

  it('replaces all pods in a rollout', async () => {
    const old = await podNames()
    await cluster.rolloutRestart('ledger', LEDGER)
    await until(async () => (await podNames()).every(name => !old.includes(name)))
    assert.equal((await podNames()).length, 3)
  })

  it('pauses a real ScalarDB Server under load, as it says itself, and the load goes on afterwards', async () => {
    const database = await makeDatabase(cluster.dir)
    const [pod = ''] = await cluster.deployServers(chartServer({replicas: 1}), () => startScalarDbServer(database))
    const server = cluster.podServer('scalardb', pod) as ScalarDbServer
    const load = await startLoad(database, [server])
    const tunnel = await portForward(cluster, 'scalardb', pod, 60051)
    const admin = directAdmin(tunnel.port)
    try {
      await admin.pause()
      const fromMs = Date.now()
      await sleep(1500)
      const toMs = Date.now()
      await admin.unpause()
      assert.equal(server.view.pausedThroughout(fromMs, toMs), true)
      assert.equal(server.view.pausedThroughout(fromMs - 1000, toMs), false)
      const during = (await load.counts()).filter(({atMs}) => atMs > fromMs && atMs < toMs)
      assert.equal(during[0]?.committed, during.at(-1)?.committed)
      await until(async () => ((await load.counts()).at(-1)?.committed ?? 0) > (during[0]?.committed ?? 0))
    } finally {
      admin.close()
      tunnel.stop()
      await load.stop()
    }
  })

  it('takes a real rendering as it is, TLS included, and Envoy beside it', async function () {
    if (!hasRenderings()) return this.skip()
    const ca = await makeCa()
    const tls = await makeServerCert(ca, {dnsNames: ['auditor.example.com']})
    const pods = await cluster.deployRendering(await readRendering('auditor-dynamo-tls'), {tls})
    assert.equal(pods.length, 3)
    await until(async () => (await cluster.pods('auditor')).filter(({status}) => status?.phase === 'Running').length === 6)
    const tunnel = await portForward(cluster, 'auditor', pods[0] ?? '', 40053)
    const admin = directAdmin(tunnel.port, {ca: ca.cert, serverName: 'auditor.example.com'})
    try {
      assert.equal(await admin.checkPaused(), false)
    } finally {
      admin.close()
      tunnel.stop()
    }
  })

  it('gives a user exactly the permissions asked for', async () => {
    const kubeconfig = await cluster.user('jane', [{apiGroups: [''], resources: ['pods'], verbs: ['list']}], 'ledger')
    assert.equal((await cluster.kubectl(['get', 'pods', '-o', 'name'], {kubeconfig})).stdout.split('\n').length, 4)
    assert.deepEqual(await cluster.kubectl(['get', 'deployments'], {kubeconfig}), {
      code: 1,
      stdout: '',
      stderr: 'Error from server (Forbidden): deployments.apps is forbidden: '
        + 'User "jane" cannot list resource "deployments" in API group "apps" in the namespace "ledger"\n',
    })
  })

  it('creates pods that never run: an evicted one, and one that no node takes', async () => {
    const pod = (name: string, status: object, spec: object = {}) => ({
      apiVersion: 'v1', kind: 'Pod', metadata: {name, namespace: 'odd'}, status,
      spec: {automountServiceAccountToken: false, containers: [{name: 'app', image: 'app'}], ...spec},
    })
    await cluster.create({apiVersion: 'v1', kind: 'Namespace', metadata: {name: 'odd'}})
    await cluster.create(pod('evicted', {phase: 'Failed', reason: 'Evicted'}, {nodeName: 'node-1'}))
    await cluster.create(pod('waiting', {conditions: [{type: 'PodScheduled', status: 'False', reason: 'Unschedulable'}]}))
    await sleep(500)
    assert.deepEqual((await cluster.pods('odd')).map(({status}) => status?.phase), ['Failed', 'Pending'])
  })

  const podNames = async () => (await cluster.pods('ledger')).map(({metadata}) => metadata?.name ?? '')
})

async function until(condition: () => Promise<boolean>, timeoutMs = 20_000): Promise<void> {
  const end = performance.now() + timeoutMs
  while (!await condition()) {
    assert.ok(performance.now() < end, `still not after ${timeoutMs} ms: ${condition.toString()}`)
    await sleep(50)
  }
}
