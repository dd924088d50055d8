import assert from 'node:assert/strict'
import {websocketTransport} from '../../src/kube/websocket-transport.ts'
import type {AdminConnection, Transport} from '../../src/admin/types.ts'
import {startAdminServer} from '../support/admin-server.ts'
import type {AdminServer} from '../support/admin-server.ts'
import {forwardTo, startTunnelServer} from '../support/tunnel-server.ts'
import type {TunnelServer} from '../support/tunnel-server.ts'

const deadlineMs = 5000

describe('an admin port through a WebSocket tunnel', () => {
  let cluster: TunnelServer
  let server: AdminServer
  let transport: Transport
  const open = (pod = 'ledger-0'): AdminConnection => transport.open({namespace: 'ledger', pod, port: 50053})

  beforeEach(async () => {
    cluster = await startTunnelServer()
    server = await startAdminServer()
    cluster.pods.set('ledger-0', forwardTo(server.port))
    transport = websocketTransport(cluster.api())
  })

  afterEach(async () => {
    transport.close()
    await cluster.stop()
    await server.stop()
  })

  it('pauses, checks and unpauses over one tunnel', async () => {
    const connection = open()
    assert.deepEqual(await connection.checkPaused({deadlineMs}), {kind: 'unpaused'})
    assert.deepEqual(await connection.pause({maxPauseWaitMs: 1000, deadlineMs}), {kind: 'ok'})
    assert.deepEqual(await connection.checkPaused({deadlineMs}), {kind: 'paused'})
    assert.deepEqual(await connection.unpause({deadlineMs}), {kind: 'ok'})
    assert.equal(server.paused, false)
    assert.deepEqual(cluster.requests, [
      {url: '/api/v1/namespaces/ledger/pods/ledger-0/portforward?ports=50053', authorization: 'Bearer good', protocol: 'v4.channel.k8s.io'},
    ])
  })

  it('a missing pod: the API server’s words, at every call, without waiting for the deadline', async () => {
    const connection = open('ledger-9')
    const expected = {kind: 'failed', code: 'UNAVAILABLE', message: 'pods "ledger-9" not found'}
    assert.deepEqual(await connection.checkPaused({deadlineMs}), expected)
    assert.deepEqual(await connection.unpause({deadlineMs}), expected)
    assert.deepEqual(await connection.pause({maxPauseWaitMs: 1000, deadlineMs}), {...expected, kind: 'unclear', tunnelLost: false})
  })
})
