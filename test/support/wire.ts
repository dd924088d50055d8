import {connect, createServer} from 'node:net'
import type {AddressInfo, Server, Socket} from 'node:net'

/** Which way bytes go: from the client, or to it. */
export type Direction = 'up' | 'down'

/** One connection through a wire. */
export interface WireConnection {
  /** How often the client has sent something so far. */
  readonly sent: number
  /** From now on nothing gets through any more in these directions, by default in both; nobody is told. */
  silence(...directions: Direction[]): void
}

const BOTH: readonly Direction[] = ['up', 'down']

/** A wire with a length: a TCP relay in front of a server that adds round-trip time, falls silent, breaks, or leads elsewhere. */
export class Wire {
  /** Added to every round trip, milliseconds; holds for new bytes at once. */
  rttMs: number
  /** The loopback port that new connections lead to. */
  targetPort: number
  readonly #server: Server
  readonly #lines = new Set<Line>()
  #silent: ReadonlySet<Direction> = new Set()

  constructor(targetPort: number, rttMs = 0) {
    this.targetPort = targetPort
    this.rttMs = rttMs
    this.#server = createServer({noDelay: true}, client => this.#join(client))
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** Those that are open now. */
  get connections(): readonly WireConnection[] {
    return [...this.#lines]
  }

  async listen(): Promise<this> {
    await new Promise<void>((resolve, reject) => this.#server.once('error', reject).listen(0, '127.0.0.1', resolve))
    return this
  }

  /** A black hole: connections stay open or open anew, and nothing gets through in these directions, not even their end. What was sent meanwhile is lost. */
  silence(silent: boolean, directions = BOTH): void {
    this.#silent = new Set(silent ? directions : [])
  }

  /** Resets every connection. */
  cut(): void {
    for (const line of this.#lines) line.cut()
  }

  async stop(): Promise<void> {
    const closed = new Promise<void>(resolve => void this.#server.close(() => resolve()))
    this.cut()
    await closed
  }

  #join(client: Socket): void {
    const server = connect({port: this.targetPort, host: '127.0.0.1', noDelay: true})
    const line = new Line(client, server, direction => this.#silent.has(direction), () => this.rttMs)
    this.#lines.add(line)
    let open = 2
    for (const socket of [client, server]) socket.on('close', () => --open === 0 && this.#lines.delete(line))
  }
}

class Line implements WireConnection {
  sent = 0
  readonly #sockets: readonly [Socket, Socket]
  readonly #silent = new Set<Direction>()
  readonly #rttMs: () => number

  constructor(client: Socket, server: Socket, silent: (direction: Direction) => boolean, rttMs: () => number) {
    this.#sockets = [client, server]
    this.#rttMs = rttMs
    client.on('data', () => (this.sent += 1))
    const isSilent = (direction: Direction) => this.#silent.has(direction) || silent(direction)
    // The relay's own handshake takes no time: the client's first bytes wait for it instead.
    this.#carry(client, server, rttMs(), () => isSilent('up'))
    this.#carry(server, client, 0, () => isSilent('down'))
  }

  silence(...directions: Direction[]): void {
    for (const direction of directions.length > 0 ? directions : BOTH) this.#silent.add(direction)
  }

  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy()
  }

  #carry(from: Socket, to: Socket, handshakeMs: number, silent: () => boolean): void {
    const openMs = performance.now() + handshakeMs
    // Timers may fire out of turn; what they carry may not.
    const queue: Array<() => unknown> = []
    const later = (act: () => unknown) => {
      queue.push(act)
      setTimeout(() => queue.shift()?.(), Math.max(0, openMs - performance.now()) + this.#rttMs() / 2)
    }
    const unlessSilent = (act: () => unknown) => {
      if (!silent()) later(act)
    }
    from.on('data', data => unlessSilent(() => to.writable && to.write(data)))
    from.on('end', () => unlessSilent(() => to.end()))
    from.on('error', () => unlessSilent(() => to.destroy()))
    from.on('close', hadError => hadError && unlessSilent(() => to.destroy()))
  }
}
