import type {IncomingMessage} from 'node:http'
import {connect} from 'node:net'
import type {Socket} from 'node:net'
import type {Duplex} from 'node:stream'
import {WebSocket, WebSocketServer} from 'ws'
import {badRequest} from './objects.ts'
import type {StoredObject} from './objects.ts'

const PROTOCOL = 'v4.channel.k8s.io'
const [DATA, ERROR] = [0, 1]

/** How the node reaches a pod's port: the loopback port behind it, or undefined where nothing is. */
export type TargetOf = (uid: string, port: number) => number | undefined

/** The kubelet's end of WebSocket port-forwards: one connection to one port, channel 0 for data and 1 for errors. */
export class PortForwards {
  readonly #sockets = new WebSocketServer({noServer: true, perMessageDeflate: false, handleProtocols: offered => (offered.has(PROTOCOL) ? PROTOCOL : false)})
  readonly #targetOf: TargetOf

  constructor(targetOf: TargetOf) {
    this.#targetOf = targetOf
  }

  get size(): number {
    return this.#sockets.clients.size
  }

  /** @throws StatusError 400 for a request that no node would take */
  accept(request: IncomingMessage, socket: Duplex, head: Buffer, pod: StoredObject, ports: readonly number[]): void {
    const {name, namespace, uid} = pod.metadata
    if (!pod.spec?.['nodeName']) throw badRequest(`pod ${name} does not have a host assigned`)
    const [port] = ports
    if (ports.length !== 1 || !port) throw badRequest('exactly one port is supported')
    this.#sockets.handleUpgrade(request, socket, head, tunnel => {
      tunnel.on('error', () => {})
      for (const channel of [DATA, ERROR]) tunnel.send(Buffer.from([channel, port & 0xff, port >> 8]))
      const target = this.#targetOf(uid, port)
      const prefix = `error forwarding port ${port} to pod ${name}/${namespace}, uid : `
      if (target) relay(tunnel, target, prefix)
      else fail(tunnel, `${prefix}no forward found for port ${port} in pod "${namespace}/${name}"`)
    })
  }

  /** Cuts every tunnel without a goodbye, as a lost node or load balancer does. */
  drop(): void {
    for (const client of this.#sockets.clients) client.terminate()
  }
}

function fail(tunnel: WebSocket, text: string): void {
  tunnel.send(Buffer.concat([Buffer.from([ERROR]), Buffer.from(text)]))
  tunnel.close(1000)
}

function relay(tunnel: WebSocket, port: number, prefix: string): void {
  const socket = connect({port, host: '127.0.0.1', noDelay: true})
  let connected = false
  socket.on('connect', () => (connected = true))
  socket.on('data', (data: Buffer) => send(tunnel, socket, data))
  // One that never connected has a reason to tell; one that breaks later just ends, as a kubelet's copy loop does.
  socket.on('error', error => {
    if (!connected) fail(tunnel, `${prefix}failed to dial 127.0.0.1:${port}: dial tcp 127.0.0.1:${port}: connect: ${reason(error)}`)
  })
  socket.on('close', () => tunnel.close(1000))
  tunnel.on('message', (message: Buffer) => {
    if (message[0] === DATA && !socket.write(message.subarray(1))) {
      tunnel.pause()
      socket.once('drain', () => tunnel.resume())
    }
  })
  tunnel.on('close', () => socket.destroy())
}

const reason = (error: NodeJS.ErrnoException) => (error.code === 'ECONNREFUSED' ? 'connection refused' : error.message)

function send(tunnel: WebSocket, socket: Socket, data: Buffer): void {
  if (tunnel.readyState !== WebSocket.OPEN) return
  const tooMuch = tunnel.bufferedAmount > 1 << 20
  if (tooMuch) socket.pause()
  tunnel.send(Buffer.concat([Buffer.from([DATA]), data]), () => tooMuch && socket.resume())
}
