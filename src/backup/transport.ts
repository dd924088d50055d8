import {websocketTransport} from '../kube/websocket-transport.ts'
import type {Transport} from '../admin/types.ts'
import type {Cluster} from './cluster.ts'
import type {Ways} from './line.ts'

/** `--transport`. */
export type TransportChoice = 'auto' | 'websocket' | 'kubectl'

/** The ways to the admin ports of every cluster; each way is opened when it is first taken. */
export function transportFor(_choice: TransportChoice, _announce: (text: string) => void): {waysOf: (cluster: Cluster) => Ways; close: () => void} {
  const opened: Transport[] = []
  const keep = (transport: Transport) => {
    opened.push(transport)
    return transport
  }
  const ways = new Map<Cluster, Ways>()
  return {
    waysOf(cluster) {
      const known = ways.get(cluster) ?? {
        current: keep(websocketTransport(cluster.api)),
        refreshed: async () => keep(websocketTransport(await cluster.api.refreshed())),
        fallback: () => keep(websocketTransport(cluster.api)),
      }
      ways.set(cluster, known)
      return known
    },
    close() {
      for (const transport of opened) transport.close()
    },
  }
}
