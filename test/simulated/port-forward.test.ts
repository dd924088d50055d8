import assert from 'node:assert/strict'
import {once} from 'node:events'
import type {IncomingMessage} from 'node:http'
import {WebSocket} from 'ws'
import {chartLedger} from '../support/manifests.ts'
import {loginOf} from './client.ts'
import type {Login} from './client.ts'
import {startSimulatedCluster} from './cluster.ts'
import type {SimulatedCluster} from './cluster.ts'

const HTTP2_PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')

const FORWARD = (...verbs: string[]) => [{apiGroups: [''], resources: ['pods/portforward'], verbs}]

function dial({server, ca, token}: Login, pod: string, port = 50053): WebSocket {
  const url = `${server.replace('https', 'wss')}/api/v1/namespaces/ledger/pods/${pod}/portforward?ports=${port}`
  return new WebSocket(url, ['v4.channel.k8s.io'], {ca, headers: {authorization: `Bearer ${token}`}, perMessageDeflate: false})
}

/** The refusal of an upgrade: its code and the text of its Status. */
async function refusal(socket: WebSocket): Promise<[number, string]> {
  const [, response] = (await once(socket, 'unexpected-response')) as [unknown, IncomingMessage]
  let text = ''
  for await (const chunk of response) text += String(chunk)
  return [response.statusCode ?? 0, (JSON.parse(text) as {message: string}).message]
}

/** Everything that comes on a tunnel until it closes, by channel, and the code of the closing. */
async function everything(socket: WebSocket): Promise<{channels: [Buffer, Buffer]; code: number}> {
  const channels: [Buffer, Buffer] = [Buffer.alloc(0), Buffer.alloc(0)]
  socket.on('message', (data: Buffer) => {
    const channel = data[0] === 1 ? 1 : 0
    channels[channel] = Buffer.concat([channels[channel], data.subarray(1)])
  })
  const [code] = (await once(socket, 'close')) as [number]
  return {channels, code}
}

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

  it('sends the port on both channels, then what the server says, and closes with 1000 when the pod is gone', async () => {
    const tunnel = dial(admin, pod)
    const all = everything(tunnel)
    await once(tunnel, 'open')
    tunnel.send(Buffer.concat([Buffer.from([0]), HTTP2_PREFACE, Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0])]))
    await new Promise<void>(resolve => tunnel.on('message', (data: Buffer) => data[0] === 0 && data.length > 3 && resolve()))
    await cluster.deletePod('ledger', pod, {force: true})
    const {channels: [data, error], code} = await all
    const portBytes = [50053 & 0xff, 50053 >> 8]
    assert.deepEqual([[...data.subarray(0, 2)], [...error]], [portBytes, portBytes])
    assert.equal(data[2 + 3], 4, 'the server sends SETTINGS first')
    assert.equal(code, 1000)
  })

  it('says on the error channel that nothing is behind a port, in the kubelet\'s words', async () => {
    const {channels: [, error], code} = await everything(dial(admin, pod, 50054))
    const text = `error forwarding port 50054 to pod ${pod}/ledger, uid : no forward found for port 50054 in pod "ledger/${pod}"`
    assert.deepEqual([error.subarray(2).toString(), code], [text, 1000])
  })

  it('says that the server refuses', async () => {
    await cluster.server('ledger', pod).stop()
    const {channels: [, error]} = await everything(dial(admin, pod))
    assert.match(error.subarray(2).toString(), /^error forwarding port 50053 to pod .+: connect: connection refused$/)
  })

  it('refuses an unknown pod, and one without a node', async () => {
    assert.deepEqual(await refusal(dial(admin, 'nope')), [404, 'pods "nope" not found'])
    await cluster.create({apiVersion: 'v1', kind: 'Pod', metadata: {name: 'waiting', namespace: 'ledger'}})
    assert.deepEqual(await refusal(dial(admin, 'waiting')), [400, 'pod waiting does not have a host assigned'])
  })

  it('wants get and create', async () => {
    const getOnly = await loginOf(await cluster.user('get-only', FORWARD('get'), 'ledger'))
    const createOnly = await loginOf(await cluster.user('create-only', FORWARD('create'), 'ledger'))
    const text = (user: string, verb: string) =>
      `pods "${pod}" is forbidden: User "${user}" cannot ${verb} resource "pods/portforward" in API group "" in the namespace "ledger"`
    assert.deepEqual(await refusal(dial(getOnly, pod)), [403, text('get-only', 'create')])
    assert.deepEqual(await refusal(dial(createOnly, pod)), [403, text('create-only', 'get')])
  })

  it('breaks when told', async () => {
    const tunnel = dial(admin, pod)
    await once(tunnel, 'open')
    cluster.api.forwards.drop()
    assert.deepEqual((await once(tunnel, 'close'))[0], 1006)
  })
})

describe('simulated port-forward of Kubernetes 1.34', () => {
  it('is content with get', async () => {
    const cluster = await startSimulatedCluster({minor: 34})
    try {
      const [pod = ''] = await cluster.deploy(chartLedger({replicas: 1}))
      const tunnel = dial(await loginOf(await cluster.user('get-only', FORWARD('get'), 'ledger')), pod)
      await once(tunnel, 'open')
      tunnel.close()
    } finally {
      await cluster.stop()
    }
  })
})
