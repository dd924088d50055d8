import type {AdminAddress, AdminConnection, Transport} from '../admin/types.ts'
import type {Via} from '../protocol/types.ts'

/** Connections beyond this many are closed, oldest first: one that never answered by now will not. */
const KEPT = 4

/** The ways to one cluster's admin ports. */
export interface Ways {
  /** The one in use. */
  readonly current: Transport
  /** The same way with credentials read anew. */
  readonly refreshed: () => Promise<Transport>
  /** Another way altogether. */
  readonly fallback: () => Transport
}

/** The line to one server: the tunnel that was opened first, and those opened since in its place. */
export class Line {
  readonly #address: AdminAddress
  readonly #ways: Ways
  readonly #connections: AdminConnection[] = []

  constructor(address: AdminAddress, ways: Ways) {
    this.#address = address
    this.#ways = ways
  }

  /** The connection for a call; every way but `current` opens a new one, which is the current one from then on. */
  async through(via: Via): Promise<AdminConnection> {
    const current = this.#connections.at(-1)
    if (via === 'current' && current) return current
    const opened = (await this.#transport(via)).open(this.#address)
    this.#connections.push(opened)
    if (this.#connections.length > KEPT) this.#connections.shift()?.close()
    return opened
  }

  close(): void {
    for (const connection of this.#connections.splice(0)) connection.close()
  }

  async #transport(via: Via): Promise<Transport> {
    switch (via) {
      case 'current':
      case 'fresh': return this.#ways.current
      case 'credentials': return this.#ways.refreshed()
      case 'kubectl': return this.#ways.fallback()
    }
  }
}
