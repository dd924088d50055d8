import type {Clock} from '../support/clock.ts'
import {RoutedConnection} from './client.ts'
import type {Route} from './link.ts'
import type {AdminAddress, Transport} from './types.ts'

/** How a kind of transport reaches one admin port. */
export interface Routes {
  open(address: AdminAddress): Promise<Route>
  close(): void
}

/** A transport over these routes, and its open connections; `name` may change while it is in use. */
export function routedTransport(name: () => Transport['name'], routes: Routes, clock: Clock): Transport {
  const connections = new Set<RoutedConnection>()
  return {
    get name() {
      return name()
    },
    open(address) {
      const connection = new RoutedConnection(address, () => routes.open(address), clock, () => connections.delete(connection))
      connections.add(connection)
      return connection
    },
    close() {
      for (const connection of connections) connection.close()
      routes.close()
    },
  }
}
