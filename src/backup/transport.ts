import {autoTransport} from '../kube/auto-transport.ts'
import {kubectlRoutes, kubectlTransport} from '../kube/kubectl-transport.ts'
import {websocketTransport} from '../kube/websocket-transport.ts'
import type {Transport} from '../admin/types.ts'
import type {Cluster} from './cluster.ts'
import type {Ways} from './line.ts'

/** `--transport`. */
export type TransportChoice = 'auto' | 'websocket' | 'kubectl'

/**
 * The ways to the admin ports of every cluster.
 * @param announce told when `auto` has to fall back to `kubectl port-forward`
 */
export function transportsBy(choice: TransportChoice, announce: (text: string) => void): {waysOf: (cluster: Cluster) => Ways; close: () => void} {
  const opened: Transport[] = []
  const ways = new Map<Cluster, Ways>()
  const keep = (transport: Transport) => {
    opened.push(transport)
    return transport
  }
  return {
    waysOf(cluster) {
      const known = ways.get(cluster) ?? waysTo(cluster, choice, announce, keep)
      ways.set(cluster, known)
      return known
    },
    close() {
      for (const transport of opened) transport.close()
    },
  }
}

function waysTo({api, options}: Cluster, choice: TransportChoice, announce: (text: string) => void, keep: (transport: Transport) => Transport): Ways {
  const byKubectl = () => kubectlTransport(api.access, options)
  let fallback: Transport | undefined
  return {
    current: keep(choice === 'kubectl' ? byKubectl()
      : choice === 'websocket' ? websocketTransport(api)
      : autoTransport(api, () => kubectlRoutes(api.access, options), announce)),
    refreshed: async () => keep(websocketTransport(await api.refreshed())),
    fallback: () => fallback ??= keep(choice === 'websocket' ? websocketTransport(api) : byKubectl()),
  }
}
