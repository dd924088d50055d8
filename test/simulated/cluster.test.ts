import assert from 'node:assert/strict'
import {once} from 'node:events'
import {behavesAsCluster} from '../scenarios/cluster-behaviour.ts'
import {ask, dialPod, loginOf} from '../support/kube-client.ts'
import {chartLedger} from '../support/manifests.ts'
import {startSimulatedCluster} from './cluster.ts'
import type {SimulatedCluster} from './cluster.ts'

behavesAsCluster('the simulated cluster', () => startSimulatedCluster())

describe('the simulated cluster of Kubernetes 1.34', () => {
  it('forwards ports for who may only get', async () => {
    const cluster = await startSimulatedCluster({minor: 34})
    try {
      const [pod = ''] = await cluster.deploy(chartLedger({replicas: 1}))
      const rules = [{apiGroups: [''], resources: ['pods/portforward'], verbs: ['get']}]
      const tunnel = dialPod(await loginOf(await cluster.user('get-only', rules, 'ledger')), 'ledger', pod, 50053)
      await once(tunnel, 'open')
      tunnel.close()
    } finally {
      await cluster.stop()
    }
  })
})

describe('a wire before the simulated cluster', () => {
  let cluster: SimulatedCluster

  beforeEach(async () => {
    cluster = await startSimulatedCluster({rttMs: 20})
  })
  afterEach(() => cluster.stop())

  it('makes every round trip longer: TCP, TLS, and the request itself', async () => {
    const login = await loginOf(cluster.kubeconfig)
    const startMs = performance.now()
    await ask(login, 'GET', '/version')
    assert.ok(performance.now() - startMs >= 2.5 * 20)
  })

  it('breaks all tunnels at once, and takes new ones', async () => {
    const [pod = ''] = await cluster.deploy(chartLedger({replicas: 1}))
    const login = await loginOf(cluster.kubeconfig)
    const tunnel = dialPod(login, 'ledger', pod, 50053)
    await once(tunnel, 'open')
    cluster.wire?.cut()
    await once(tunnel, 'close')
    const next = dialPod(login, 'ledger', pod, 50053)
    await once(next, 'open')
    next.close()
  })

  it('swallows everything when silent, without breaking', async () => {
    const [pod = ''] = await cluster.deploy(chartLedger({replicas: 1}))
    const tunnel = dialPod(await loginOf(cluster.kubeconfig), 'ledger', pod, 50053)
    await once(tunnel, 'open')
    cluster.wire?.silence(true)
    tunnel.ping()
    let answered = false
    tunnel.on('pong', () => (answered = true)).on('close', () => (answered = true))
    await new Promise(resolve => setTimeout(resolve, 100))
    assert.equal(answered, false)
    tunnel.terminate()
  })
})
