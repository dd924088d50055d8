import assert from 'node:assert/strict'
import {Server, ServerCredentials, Metadata, status} from '@grpc/grpc-js'
import {fromJSON} from '@grpc/proto-loader'
import type {ServiceDefinition} from '@grpc/proto-loader'
import {descriptor} from '../../src/admin/descriptor.ts'
import type {AdminConnection, Transport} from '../../src/admin/types.ts'
import {websocketTransport} from '../../src/kube/websocket-transport.ts'
import type {Generation} from '../support/admin-pauser.ts'
import {startAdminServer} from '../support/admin-server.ts'
import type {AdminServer} from '../support/admin-server.ts'
import {forwardTo, startTunnelServer} from '../support/tunnel-server.ts'
import type {TunnelServer} from '../support/tunnel-server.ts'

const deadlineMs = 5000

describe('answers of servers of all generations, read from the wire', () => {
  let cluster: TunnelServer
  let transport: Transport
  let server: AdminServer
  let connection: AdminConnection

  const start = async (generation: Generation) => {
    server = await startAdminServer({generation})
    cluster.pods.set('server-0', forwardTo(server.port))
    connection = transport.open({namespace: 'ledger', pod: 'server-0', port: 60053})
  }

  beforeEach(async () => {
    cluster = await startTunnelServer()
    transport = websocketTransport(cluster.api())
  })

  afterEach(async () => {
    transport.close()
    await cluster.stop()
    await server.stop()
  })

  for (const generation of ['scalardl-3.14', 'cluster-3.19'] as const) {
    it(`${generation}: a drain that timed out has its reason, whatever the domain`, async () => {
      await start(generation)
      server.gate.holdRequests(1)
      const {kind, ...rest} = await connection.pause({maxPauseWaitMs: 50, deadlineMs})
      assert.equal(kind, 'open')
      assert.equal('reason' in rest && rest.reason, 'TIMED_OUT')
    })
  }

  it('scalardl-3.9: the same has none', async () => {
    await start('scalardl-3.9')
    server.gate.holdRequests(1)
    assert.equal((await connection.pause({maxPauseWaitMs: 50, deadlineMs})).kind, 'failed')
  })

  it('a wait of nothing is invalid', async () => {
    await start('scalardl-3.14')
    assert.equal((await connection.pause({maxPauseWaitMs: 0, deadlineMs})).kind, 'invalid')
  })

  it('a server older than CheckPaused', async () => {
    await start('scalardl-3.1')
    assert.deepEqual(await connection.checkPaused({deadlineMs}), {kind: 'unsupported'})
  })

  it('details that cannot be read are no reason', async () => {
    await start('scalardl-3.14')
    const broken = new Server()
    const trailer = new Metadata()
    trailer.set('grpc-status-details-bin', Buffer.from([0xff, 0xff, 0xff]))
    const definition = fromJSON(descriptor as Parameters<typeof fromJSON>[0])['rpc.Admin'] as ServiceDefinition
    broken.addService(definition, {
      Pause: (_call: object, callback: (error: object) => void) => { callback({code: status.FAILED_PRECONDITION, details: 'who knows', metadata: trailer}) },
    })
    const port = await new Promise<number>((resolve, reject) => { broken.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(),
      (error, bound) => { if (error) reject(error); else resolve(bound) }) })
    cluster.pods.set('server-0', forwardTo(port))
    assert.deepEqual(await connection.pause({maxPauseWaitMs: 50, deadlineMs}), {kind: 'failed', message: 'who knows'})
    broken.forceShutdown()
  })
})
