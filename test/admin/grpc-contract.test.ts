import assert from 'node:assert/strict'
import {once} from 'node:events'
import {createRequire} from 'node:module'
import {Socket, createServer} from 'node:net'
import type {AddressInfo} from 'node:net'
import {ChannelCredentials, Client, credentials} from '@grpc/grpc-js'

/**
 * The tunnels hang on methods of grpc-js that it calls its own. When this fails after an upgrade: src/admin/credentials.ts
 * is the only file that has to follow.
 */
describe('grpc-js, as far as the tunnels rely on it', () => {
  it('is the version that was read', () => {
    const {version} = createRequire(import.meta.url)('@grpc/grpc-js/package.json') as {version: string}
    assert.equal(version, '1.14.7')
  })

  it('its credentials have the three methods that TunnelCredentials has', () => {
    const own = Object.getOwnPropertyNames(Object.getPrototypeOf(credentials.createInsecure()) as object)
    const base = Object.getOwnPropertyNames(ChannelCredentials.prototype)
    assert.deepEqual(own.filter(name => name.startsWith('_')).sort(), ['_createSecureConnector', '_equals', '_isSecure'])
    assert.deepEqual(base.filter(name => name.startsWith('_')), [])
  })

  for (const [kind, made] of [['plain', credentials.createInsecure()], ['TLS', credentials.createSsl()]] as const) {
    it(`its ${kind} connector has the four methods that ours delegates to`, () => {
      const connector = made._createSecureConnector({scheme: 'ipv4', path: '127.0.0.1:1'}, {})
      const names = ['connect', 'waitForReady', 'getCallCredentials', 'destroy'] as const
      assert.deepEqual(names.filter(name => typeof connector[name] !== 'function'), [])
    })
  }

  it('its plain connector hands the stream on as it is', async () => {
    const socket = new Socket()
    const connector = credentials.createInsecure()._createSecureConnector({scheme: 'ipv4', path: '127.0.0.1:1'}, {})
    assert.deepEqual(await connector.connect(socket), {socket, secure: false})
  })

  it('it hands a connected socket to connect(), after waitForReady(), and destroys the connector when the channel is closed', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const {port} = server.address() as AddressInfo
    const {promise, resolve} = Promise.withResolvers<string[]>()
    const seen: string[] = []
    class Spy extends ChannelCredentials {
      _isSecure() {
        return false
      }
      _equals(other: ChannelCredentials): boolean {
        return other === this
      }
      _createSecureConnector(...args: Parameters<ChannelCredentials['_createSecureConnector']>) {
        const inner = credentials.createInsecure()._createSecureConnector(...args)
        return {
          waitForReady: async () => void seen.push('waitForReady'),
          connect: async (socket: Socket) => {
            seen.push(`connect ${socket instanceof Socket && socket.remotePort === port}`)
            client.close()
            socket.destroy()
            throw new Error('enough')
          },
          getCallCredentials: () => inner.getCallCredentials(),
          destroy: () => { resolve([...seen, 'destroy']) },
        }
      }
    }
    const client = new Client(`ipv4:127.0.0.1:${port}`, new Spy(), {'grpc.use_local_subchannel_pool': 1})
    client.getChannel().getConnectivityState(true)
    assert.deepEqual(await promise, ['waitForReady', 'connect true', 'destroy'])
    server.close()
  })
})
