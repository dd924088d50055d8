import {connect, createServer} from 'node:net'
import type {AddressInfo, Server, Socket} from 'node:net'

/** A wire with a length: a TCP relay in front of a server that adds round-trip time, and can fall silent or break. */
export class Wire {
  /** Added to every round trip, milliseconds; holds for new bytes at once. */
  rttMs: number
  readonly #server: Server
  readonly #pairs = new Set<readonly [Socket, Socket]>()
  #silent = false

  constructor(targetPort: number, rttMs = 0) {
    this.rttMs = rttMs
    this.#server = createServer({noDelay: true}, client => this.#join(client, targetPort))
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  async listen(): Promise<this> {
    await new Promise<void>((resolve, reject) => this.#server.once('error', reject).listen(0, '127.0.0.1', resolve))
    return this
  }

  /** A black hole: connections stay open, and nothing gets through in either direction. What was sent meanwhile is lost. */
  silence(silent: boolean): void {
    this.#silent = silent
  }

  /** Resets every connection. */
  cut(): void {
    for (const pair of this.#pairs) for (const socket of pair) socket.resetAndDestroy()
  }

  async stop(): Promise<void> {
    const closed = new Promise<void>(resolve => void this.#server.close(() => resolve()))
    this.cut()
    await closed
  }

  #join(client: Socket, port: number): void {
    const server = connect({port, host: '127.0.0.1', noDelay: true})
    const pair = [client, server] as const
    this.#pairs.add(pair)
    // The relay's own handshake takes no time: the client's first bytes wait for it instead.
    this.#carry(client, server, this.rttMs)
    this.#carry(server, client, 0)
    for (const socket of pair) socket.on('close', () => this.#pairs.delete(pair))
  }

  #carry(from: Socket, to: Socket, handshakeMs: number): void {
    const openMs = performance.now() + handshakeMs
    // Timers may fire out of turn; what they carry may not.
    const queue: Array<() => unknown> = []
    const later = (act: () => unknown) => {
      queue.push(act)
      setTimeout(() => queue.shift()?.(), Math.max(0, openMs - performance.now()) + this.rttMs / 2)
    }
    from.on('data', data => {
      if (!this.#silent) later(() => to.writable && to.write(data))
    })
    from.on('end', () => later(() => to.end()))
    from.on('error', () => later(() => to.destroy()))
    from.on('close', hadError => hadError && later(() => to.destroy()))
  }
}
