import {once} from 'node:events'
import type {IncomingMessage} from 'node:http'
import {createServer} from 'node:https'
import {connect as connectTcp, createServer as createTcpServer} from 'node:net'
import type {AddressInfo, Socket} from 'node:net'
import type {Duplex} from 'node:stream'
import {connect as connectTls} from 'node:tls'
import {WebSocketServer} from 'ws'
import type {WebSocket} from 'ws'
import type {ApiServer, ClusterAccess} from '../../src/kube/types.ts'
import {makeCa, makeServerCert} from './certificates.ts'

/** What happens to a port-forward request: an open WebSocket is dealt with, or its upgrade. */
export type PodBehaviour =
  | {readonly tunnel: (ws: WebSocket, port: number) => void}
  | {readonly upgrade: (socket: Duplex, request: IncomingMessage) => void}

/** The API server's port-forward and nothing else, able to break in every way. */
export interface TunnelServer {
  readonly port: number
  /** A pod that is not named here is answered as the real API server does. */
  readonly pods: Map<string, PodBehaviour>
  /** What was asked: path, `authorization` and sub-protocol. */
  readonly requests: Array<{url: string; authorization: string | undefined; protocol: string | undefined}>
  /** TCP connections that are open now. */
  readonly sockets: ReadonlySet<Socket>
  /** Tokens that are not accepted. */
  readonly expired: Set<string>
  api(options?: {token?: string; next?: () => Promise<ApiServer>; server?: string}): ApiServer
  /** Breaks every connection with a RST. */
  reset(): void
  /** From now on nothing is read or answered on the connections that are open, as behind a load balancer that dropped them. */
  freeze(): void
  stop(): Promise<void>
}

export async function startTunnelServer(): Promise<TunnelServer> {
  const ca = await makeCa()
  const server = createServer(await makeServerCert(ca, {ips: ['127.0.0.1']}))
  const upgrades = new WebSocketServer({noServer: true, handleProtocols: offered => (offered.has('v4.channel.k8s.io') ? 'v4.channel.k8s.io' : false)})
  const [pods, requests, sockets, expired] = [new Map<string, PodBehaviour>(), [] as TunnelServer['requests'], new Set<Socket>(), new Set<string>()]
  const front = createTcpServer(socket => {
    const back = connectTcp((server.address() as AddressInfo).port, '127.0.0.1').setNoDelay(true)
    sockets.add(socket.setNoDelay(true))
    socket.on('error', () => undefined).on('close', () => (sockets.delete(socket), back.destroy()))
    back.on('error', () => undefined).on('close', () => socket.destroy())
    socket.pipe(back).pipe(socket)
  })
  server.on('tlsClientError', () => undefined)
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => undefined)
    const {authorization} = request.headers
    requests.push({url: request.url ?? '', authorization, protocol: request.headers['sec-websocket-protocol']})
    const [, name = '', port = ''] = /\/pods\/([^/]+)\/portforward\?ports=(\d+)$/.exec(request.url ?? '') ?? []
    const pod = pods.get(decodeURIComponent(name))
    if (expired.has(authorization ?? '')) answer(socket, 401, 'Unauthorized')
    else if (!pod) answer(socket, 404, `pods "${name}" not found`)
    else if ('upgrade' in pod) pod.upgrade(socket, request)
    else upgrades.handleUpgrade(request, socket, head, ws => { pod.tunnel(ws.on('error', () => undefined), Number(port)) })
  })
  await Promise.all([once(server.listen(0, '127.0.0.1'), 'listening'), once(front.listen(0, '127.0.0.1'), 'listening')])
  const {port} = front.address() as AddressInfo
  const reset = () => { sockets.forEach(socket => socket.resetAndDestroy()) }
  return {
    port, pods, requests, sockets, expired, reset,
    api: options => fakeApi(port, ca.cert, options),
    freeze: () => { sockets.forEach(socket => socket.removeAllListeners('data').unpipe().pause()) },
    stop: async () => {
      const closed = Promise.all([once(server.close(), 'close'), once(front.close(), 'close')])
      reset()
      await closed
    },
  }
}

/** Refuses an upgrade with a Kubernetes Status, or with `body` as it is. */
export function answer(socket: Duplex, status: number, message: string, body = JSON.stringify({kind: 'Status', message, code: status})): void {
  socket.end(`HTTP/1.1 ${status} X\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`)
}

/** A message of the sub-protocol: channel, port header if it is the channel's first, payload. */
export const frame = (channel: number, port: number | undefined, payload: Buffer | string): Buffer => {
  const header = Buffer.alloc(port === undefined ? 0 : 2)
  if (port !== undefined) header.writeUInt16LE(port)
  return Buffer.concat([Buffer.from([channel]), header, Buffer.from(payload)])
}

/** As the container runtime does it: every port of the pod leads to a TCP port of this machine. */
export const forwardTo = (target: number): PodBehaviour => ({
  tunnel(ws, port) {
    ws.send(frame(0, port, ''))
    ws.send(frame(1, port, ''))
    const socket = connectTcp(target, '127.0.0.1').setNoDelay(true)
    socket.on('data', data => { ws.send(frame(0, undefined, data)) })
    ws.on('message', data => socket.write((data as Buffer).subarray(1)))
    socket.on('error', error => { ws.send(frame(1, undefined, `error forwarding port ${port} to pod x, uid : ${error.message}`)) })
    socket.on('close', () => { ws.close(1000) })
    ws.on('close', () => socket.destroy())
  },
})

function fakeApi(port: number, ca: string, options: {token?: string; next?: () => Promise<ApiServer>; server?: string} = {}): ApiServer {
  const server = options.server ?? `https://127.0.0.1:${port}`
  const access: ClusterAccess = {cluster: 'fake', server, namespace: 'ledger', requestTimeoutMs: 0, verified: true}
  const unused = () => Promise.reject(new Error('nothing but tunnels here'))
  const self: ApiServer = {
    access,
    request: unused,
    list: unused,
    watch: unused,
    endpoints: () => Promise.resolve([{host: '127.0.0.1', port}]),
    connect: socket => new Promise((resolve, reject) => {
      const secure = connectTls({socket, host: '127.0.0.1', servername: '', ca, ALPNProtocols: ['http/1.1']}, () => { resolve(secure) })
      secure.once('error', reject)
    }),
    headers: () => Promise.resolve({authorization: options.token ?? 'Bearer good'}),
    refreshed: options.next ?? (() => Promise.resolve(self)),
  }
  return self
}
