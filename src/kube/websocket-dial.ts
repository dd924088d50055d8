import type {IncomingMessage} from 'node:http'
import type {Socket} from 'node:net'
import {WebSocket} from 'ws'
import type {ClientOptions} from 'ws'
import {LinkError} from '../admin/link.ts'
import type {AdminAddress} from '../admin/types.ts'
import {BOUNDS} from '../support/bounds.ts'
import type {Clock} from '../support/clock.ts'
import {words} from '../support/printable.ts'
import {PodTunnel} from './pod-tunnel.ts'
import type {ApiServer} from './types.ts'

export interface TunnelTimes {
  /** From the TCP connection to the open tunnel. */
  readonly handshakeTimeoutMs: number
  readonly pingMs: number
  readonly answerTimeoutMs: number
  readonly clock: Clock
}

/** An upgrade that the other side refused or did not understand; network failures are plain LinkErrors. */
export class UpgradeError extends LinkError {
  /** The answer is a Kubernetes Status: it was not some proxy on the way that refused. */
  readonly fromKubernetes: boolean

  constructor(message: string, options: {status?: number; fromKubernetes?: boolean} = {}) {
    super(message, {status: options.status, final: isFinal(options.status)})
    this.name = 'UpgradeError'
    this.fromKubernetes = options.fromKubernetes ?? false
  }
}

const SUBPROTOCOL = 'v4.channel.k8s.io'
/** How long the other side may take to answer our Close; a tunnel that is left needs no politeness. */
const CLOSE_TIMEOUT_MS = 1000

/**
 * Makes a tunnel out of a fresh TCP socket: proxy and TLS by the ApiServer, then the upgrade.
 * @throws LinkError in every case, within `handshakeTimeoutMs`; the socket is destroyed then
 */
export async function dialTunnel(api: ApiServer, address: AdminAddress, socket: Socket, times: TunnelTimes, signal: AbortSignal): Promise<PodTunnel> {
  const {promise: over, reject} = Promise.withResolvers<never>()
  const stop = (message: string) => {
    reject(new LinkError(message))
    socket.destroy()
  }
  const aborted = () => { stop('the connection was closed') }
  const timer = setTimeout(() => { stop(`no tunnel within ${times.handshakeTimeoutMs} ms: ${api.access.server} does not answer`) }, times.handshakeTimeoutMs)
  signal.addEventListener('abort', aborted)
  if (signal.aborted) aborted()
  try {
    return await Promise.race([connectAndUpgrade(api, address, socket, times), over])
  } catch (error) {
    socket.destroy()
    throw error instanceof LinkError ? error : new LinkError(error instanceof Error ? error.message : String(error), {cause: error})
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', aborted)
  }
}

async function connectAndUpgrade(api: ApiServer, address: AdminAddress, socket: Socket, times: TunnelTimes): Promise<PodTunnel> {
  if (socket.destroyed) throw new LinkError('the API server closed the connection')
  const [connection, headers] = await Promise.all([endingWith(socket, api.connect(socket)), api.headers()])
  if (connection.destroyed) throw new LinkError('the API server closed the connection')
  // The types of ws know neither `closeTimeout` nor that node:http sends a list as several lines of one name.
  const options: ClientOptions & {closeTimeout: number} = {
    headers: headers as Record<string, string>,
    createConnection: () => connection,
    perMessageDeflate: false,
    maxPayload: BOUNDS.tunnelMessage,
    closeTimeout: CLOSE_TIMEOUT_MS,
  }
  const tunnel = await upgraded(new WebSocket(tunnelUrl(api.access.server, address), [SUBPROTOCOL], options), address.port, times)
  connection.once('error', (error: Error) => { tunnel.lost(error) })
  return tunnel
}

/** The path prefix of the server's URL stays, as behind Rancher and Teleport. */
function tunnelUrl(server: string, {namespace, pod, port}: AdminAddress): string {
  const [ns, name] = [encodeURIComponent(namespace), encodeURIComponent(pod)]
  return `${server.replace(/^http/, 'ws')}/api/v1/namespaces/${ns}/pods/${name}/portforward?ports=${port}`
}

/** A handshake on a socket that just closes may never settle by itself. */
function endingWith<T>(socket: Socket, handshake: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    socket.once('error', error => { reject(new LinkError(error.message, {cause: error})) })
    socket.once('close', () => { reject(new LinkError('the API server closed the connection')) })
    handshake.then(resolve, reject)
  })
}

function upgraded(ws: WebSocket, port: number, times: TunnelTimes): Promise<PodTunnel> {
  return new Promise((resolve, reject) => {
    ws.once('open', () => { resolve(new PodTunnel(ws, {port, ...times})) })
    ws.on('error', error => { reject(isRefusal(error) ? new UpgradeError(error.message) : new LinkError(error.message, {cause: error})) })
    ws.once('unexpected-response', (_request, response) => {
      void bodyOf(response).then(body => {
        reject(refusal(response.statusCode ?? 0, body))
        ws.terminate()
      })
    })
  })
}

/** The other side speaks HTTP, but not this WebSocket; ws says so in words only. */
const isRefusal = (error: Error) => /subprotocol|Invalid Upgrade header|Sec-WebSocket/i.test(error.message)

/** Kubernetes puts its reason into a Status object. */
function refusal(status: number, body: string): UpgradeError {
  const message = statusMessage(body)
  return new UpgradeError(message ?? `HTTP ${status} from the API server`, {status, fromKubernetes: message !== undefined})
}

function statusMessage(body: string): string | undefined {
  try {
    const parsed: unknown = JSON.parse(body)
    if (typeof parsed !== 'object' || parsed === null || !('message' in parsed)) return undefined
    return typeof parsed.message === 'string' ? words(parsed.message) : undefined
  } catch {
    return undefined
  }
}

/** As much of a body as comes; never fails. */
async function bodyOf(response: IncomingMessage): Promise<string> {
  let body = ''
  try {
    for await (const chunk of response.setEncoding('utf8')) {
      body += String(chunk)
      if (body.length > BOUNDS.refusal) break
    }
  } catch {
    // What has come so far still says something.
  }
  return body
}

/** Asking again at once cannot help: the request itself is refused. 401 is left to the credentials. */
const isFinal = (status: number | undefined) =>
  status === undefined || (status >= 300 && status < 500 && ![401, 408, 409, 425, 429].includes(status))
