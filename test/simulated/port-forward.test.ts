import assert from 'node:assert/strict'
import {once} from 'node:events'
import {chartLedger} from '../support/manifests.ts'
import {dialPod, everythingOf, loginOf} from '../support/kube-client.ts'
import type {Login} from '../support/kube-client.ts'
import {startSimulatedCluster} from './cluster.ts'
import type {SimulatedCluster} from './cluster.ts'

const dial = (login: Login, pod: string, port = 50053) => dialPod(login, 'ledger', pod, port)

describe('simulated port-forward', () => {
  let cluster: SimulatedCluster
  let admin: Login
  let pod: string

  beforeEach(async () => {
    cluster = await startSimulatedCluster()
    pod = (await cluster.deploy(chartLedger({replicas: 1})))[0] ?? ''
    admin = await loginOf(cluster.kubeconfig)
  })
  afterEach(() => cluster.stop())

  it('closes with 1000 when the pod is gone', async () => {
    const tunnel = dial(admin, pod)
    const all = everythingOf(tunnel)
    await once(tunnel, 'open')
    tunnel.send(Buffer.concat([Buffer.from([0]), Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0])]))
    await new Promise<void>(resolve => tunnel.on('message', (data: Buffer) => data[0] === 0 && data.length > 3 && resolve()))
    await cluster.deletePod('ledger', pod, {force: true})
    assert.deepEqual((await all).code, 1000)
  })

  it('says on the error channel that nothing is behind a port, in the kubelet\'s words', async () => {
    const {error, code} = await everythingOf(dial(admin, pod, 50054))
    const text = `error forwarding port 50054 to pod ${pod}/ledger, uid : no forward found for port 50054 in pod "ledger/${pod}"`
    assert.deepEqual([error.subarray(2).toString(), code], [text, 1000])
  })

  it('says that the server refuses', async () => {
    await cluster.server('ledger', pod).stop()
    const {error} = await everythingOf(dial(admin, pod))
    assert.match(error.subarray(2).toString(), /^error forwarding port 50053 to pod .+: connect: connection refused$/)
  })

  it('breaks when told', async () => {
    const tunnel = dial(admin, pod)
    await once(tunnel, 'open')
    cluster.api.forwards.drop()
    assert.deepEqual((await once(tunnel, 'close'))[0], 1006)
  })
})
