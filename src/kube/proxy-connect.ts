import {request} from 'node:http'
import {isIP} from 'node:net'
import type {Socket} from 'node:net'
import {connect as tlsConnect} from 'node:tls'
import type {SecureContext, TLSSocket} from 'node:tls'
import {bareHost, portOf} from './proxy.ts'

/** How to begin TLS over a connected socket. */
export interface TlsOptions {
  readonly secureContext: SecureContext
  readonly insecure: boolean
  /** Expected in the certificate instead of the host. */
  readonly serverName?: string
  readonly session?: Buffer
  readonly timeoutMs: number
}

/**
 * Speaks to a proxy over a socket that is connected to it until the socket leads to `target`.
 * An https proxy is trusted by the cluster's CA, as in kubectl.
 */
export async function throughProxy(socket: Socket, proxy: URL, target: URL, tls: TlsOptions): Promise<Socket> {
  if (proxy.protocol.startsWith('socks')) return throughSocks(socket, proxy, target, tls.timeoutMs)
  const outer = proxy.protocol === 'https:' ? await startTls(socket, proxy, {...tls, session: undefined}) : socket
  return throughConnect(outer, proxy, target, tls.timeoutMs)
}

/** TLS to the host of `url` over `socket`, which need not be a TCP socket; destroys it when TLS fails. */
export function startTls(socket: Socket, url: URL, options: TlsOptions): Promise<TLSSocket> {
  const {promise, resolve, reject} = Promise.withResolvers<TLSSocket>()
  const host = options.serverName ?? bareHost(url)
  const secure = tlsConnect({
    socket,
    // With a socket and no server name, Node checks the certificate against `host`; an address may not be sent as a name.
    host,
    servername: isIP(host) ? '' : host,
    secureContext: options.secureContext,
    session: options.session,
    rejectUnauthorized: !options.insecure,
    ALPNProtocols: ['http/1.1'],
  })
  const fail = (error: Error) => {
    secure.destroy()
    reject(error)
  }
  const ended = () => fail(new Error('the connection was closed during the TLS handshake'))
  const limit = setTimeout(() => fail(new Error(`no TLS handshake within ${options.timeoutMs} ms`)), options.timeoutMs)
  secure.once('error', fail).once('close', ended)
  secure.once('secureConnect', () => {
    clearTimeout(limit)
    secure.off('error', fail).off('close', ended)
    resolve(secure)
  })
  return promise.finally(() => clearTimeout(limit))
}

function throughConnect(socket: Socket, proxy: URL, target: URL, timeoutMs: number): Promise<Socket> {
  const {promise, resolve, reject} = Promise.withResolvers<Socket>()
  const authority = `${target.hostname}:${portOf(target)}`
  const connecting = request({
    method: 'CONNECT',
    path: authority,
    createConnection: () => socket,
    headers: {Host: authority, ...proxyAuthorization(proxy)},
    timeout: timeoutMs,
  })
  const fail = (message: string) => {
    socket.destroy()
    reject(new Error(`proxy ${proxy.host}: ${message}`))
  }
  connecting.once('connect', (response, _socket, head) => {
    socket.setTimeout(0)
    if (response.statusCode !== 200) return fail(`${response.statusCode} ${response.statusMessage ?? ''}`.trim())
    if (head.length > 0) socket.unshift(head)
    resolve(socket)
  })
  connecting.once('response', response => fail(`${response.statusCode} ${response.statusMessage ?? ''}`.trim()))
  connecting.once('timeout', () => fail(`no answer within ${timeoutMs} ms`))
  connecting.once('error', error => fail(error.message))
  connecting.end()
  return promise
}

const proxyAuthorization = ({username, password}: URL) => username || password
  ? {'Proxy-Authorization': `Basic ${Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64')}`}
  : {}

/** Names are resolved by the proxy, for socks5 as for socks5h, as Go does it. */
async function throughSocks(socket: Socket, proxy: URL, target: URL, timeoutMs: number): Promise<Socket> {
  const {SocksClient} = await import('socks')
  try {
    const {socket: connected} = await SocksClient.createConnection({
      proxy: {
        host: bareHost(proxy),
        port: Number(portOf(proxy)),
        type: 5,
        ...proxy.username && {userId: decodeURIComponent(proxy.username), password: decodeURIComponent(proxy.password)},
      },
      command: 'connect',
      destination: {host: bareHost(target), port: Number(portOf(target))},
      existing_socket: socket,
      timeout: timeoutMs,
    })
    return connected
  } catch (error) {
    socket.destroy()
    throw new Error(`proxy ${proxy.host}: ${(error as Error).message}`, {cause: error})
  }
}
