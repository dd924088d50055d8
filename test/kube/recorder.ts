import {once} from 'node:events'
import {createServer as createHttp} from 'node:http'
import type {IncomingMessage, RequestListener, Server, ServerResponse} from 'node:http'
import {createServer as createHttps} from 'node:https'
import {connect, createServer as createTcp} from 'node:net'
import type {AddressInfo, Server as TcpServer, Socket} from 'node:net'
import {TLSSocket} from 'node:tls'
import type {PeerCertificate} from 'node:tls'
import {makeCa, makeClientCert, makeServerCert} from '../support/certificates.ts'
import type {Certificate} from '../support/certificates.ts'

/** What a server saw of one request, as far as it says who asks for what. */
export interface Seen {
  readonly method: string
  readonly url: string
  readonly host: string
  readonly authorization?: string
  /** All Impersonate-… lines, sorted. */
  readonly impersonate: readonly string[]
  readonly sni?: string
  readonly clientCertificate?: string
  readonly resumed: boolean
}

/** A server for tests, with what it saw; `close` ends its connections too. */
export interface Recorder<T> {
  readonly port: number
  readonly seen: T[]
  close(): void
}

/** Certificates of one run: the server's is good for localhost, 127.0.0.1, ::1, api.example.test. */
export async function makeCertificates(): Promise<{ca: Certificate; server: Certificate; client: Certificate}> {
  const ca = await makeCa()
  const [server, client] = await Promise.all([
    makeServerCert(ca, {dnsNames: ['localhost', 'api.example.test'], ips: ['127.0.0.1', '::1']}),
    makeClientCert(ca, 'carol'),
  ])
  return {ca, server, client}
}

export type Answer = (request: IncomingMessage, response: ServerResponse, body: string) => void

const emptyObject: Answer = (_, response) => response.end('{}')

/** An HTTPS API server that answers `{}`, or what the test says. */
export const recordHttps = (certificates: {ca: Certificate; server: Certificate}, answer = emptyObject): Promise<Recorder<Seen>> =>
  record(listener => createHttps({
    cert: certificates.server.cert, key: certificates.server.key, ca: certificates.ca.cert, requestCert: true, rejectUnauthorized: false,
  }, listener), answer)

/** The same without TLS. */
export const recordHttp = (answer = emptyObject): Promise<Recorder<Seen>> => record(createHttp, answer)

async function record(create: (listener: RequestListener) => Server, answer: Answer): Promise<Recorder<Seen>> {
  const seen: Seen[] = []
  const server = create((request, response) => {
    seen.push(whatIsSeen(request))
    let body = ''
    request.setEncoding('utf8').on('data', (chunk: string) => {
      body += chunk
    }).on('end', () => answer(request, response, body))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const close = () => {
    server.closeAllConnections()
    server.close()
  }
  return {port: (server.address() as AddressInfo).port, seen, close}
}

function whatIsSeen({method = '', url = '', headers, rawHeaders, socket}: IncomingMessage): Seen {
  const lines = rawHeaders.flatMap((name, i) => i % 2 || !/^impersonate/i.test(name) ? [] : [`${name.toLowerCase()}: ${rawHeaders[i + 1]}`])
  const secure = socket instanceof TLSSocket ? socket : undefined
  const peer: Partial<PeerCertificate> | undefined = secure?.getPeerCertificate()
  return {
    method,
    url,
    host: headers.host ?? '',
    authorization: headers.authorization,
    impersonate: lines.sort(),
    sni: secure?.servername || undefined,
    clientCertificate: [peer?.subject?.CN].flat()[0],
    resumed: secure?.isSessionReused() ?? false,
  }
}

/** An HTTP proxy for CONNECT; every name leads to 127.0.0.1. With certificates it is an https proxy. */
export async function recordProxy(certificates?: {server: Certificate}): Promise<Recorder<string>> {
  const seen: string[] = []
  const server = certificates ? createHttps({cert: certificates.server.cert, key: certificates.server.key}) : createHttp()
  const sockets = new Set<Socket>()
  server.on('connect', (request: IncomingMessage, socket: Socket) => {
    seen.push(`${request.method} ${request.url} ${request.headers['proxy-authorization'] ?? ''}`.trim())
    sockets.add(socket)
    const target = connect(Number(request.url?.split(':').at(-1)), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
      socket.pipe(target).pipe(socket)
    })
    for (const end of [socket, target]) end.on('error', () => end.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const close = () => {
    for (const socket of sockets) socket.destroy()
    server.closeAllConnections()
    server.close()
  }
  return {port: (server.address() as AddressInfo).port, seen, close}
}

/** A SOCKS5 proxy without authentication; every name leads to 127.0.0.1. Sees the address as it was sent. */
export async function recordSocks(): Promise<Recorder<string>> {
  const seen: string[] = []
  const sockets = new Set<Socket>()
  const server: TcpServer = createTcp(socket => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.once('data', () => {
      socket.write(Buffer.from([5, 0]))
      socket.once('data', request => serveSocks(socket, request, seen))
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const close = () => {
    for (const socket of sockets) socket.destroy()
    server.close()
  }
  return {port: (server.address() as AddressInfo).port, seen, close}
}

function serveSocks(socket: Socket, request: Buffer, seen: string[]): void {
  const isName = request[3] === 3
  const host = isName ? request.subarray(5, 5 + (request[4] ?? 0)).toString() : request.subarray(4, 8).join('.')
  const port = request.readUInt16BE(request.length - 2)
  seen.push(`${isName ? 'name' : 'address'} ${host}:${port}`)
  const target = connect(port, '127.0.0.1', () => {
    socket.write(Buffer.from([5, 0, 0, 1, 127, 0, 0, 1, 0, 0]))
    socket.pipe(target).pipe(socket)
  })
  target.on('error', () => socket.destroy())
}
