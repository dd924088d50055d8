import {connect as tcpConnect} from 'node:net'
import type {Socket} from 'node:net'
import {once} from 'node:events'
import {routedTransport} from '../admin/transport.ts'
import type {Routes} from '../admin/transport.ts'
import type {AdminAddress, Transport} from '../admin/types.ts'
import type {ApiServer} from './types.ts'
import {DEFAULT_TIMES, websocketRoutes} from './websocket-transport.ts'
import type {TunnelTimes} from './websocket-dial.ts'

/** An upgrade that was refused; without a status, what came back was no WebSocket, or not the sub-protocol. */
export interface Refusal {
  readonly status: number | undefined
  readonly fromKubernetes: boolean
  readonly message: string
}

/** Refusals that kubectl would meet as well: they say nothing about WebSockets. */
const SAME_FOR_KUBECTL = [401, 403, 404, 429]

/**
 * Whether port-forward WebSockets get through to the API server, to judge by a refused upgrade. Kubernetes itself refuses
 * them only where a proxy took the upgrade out of the request; anybody else who refuses is that proxy.
 */
export function passesWebSocket({status, fromKubernetes, message}: Refusal): boolean {
  if (status === undefined) return false
  if (SAME_FOR_KUBECTL.includes(status)) return true
  if (!fromKubernetes) return false
  return status === 400 ? !/upgrade/i.test(message) : ![405, 406, 426, 501].includes(status)
}

/**
 * WebSocket tunnels, or kubectl where the cluster does not pass them: one tunnel is tried before the first connection.
 * @param announce told once, when it is kubectl
 */
export function autoTransport(api: ApiServer, kubectl: () => Routes, announce: (text: string) => void, options: Partial<TunnelTimes> = {}): Transport {
  const times = {...DEFAULT_TIMES, ...options}
  const websocket = websocketRoutes(api, times)
  let [chosen, choosing]: [Routes | undefined, Promise<Routes> | undefined] = [undefined, undefined]
  const choose = async (address: AdminAddress): Promise<Routes> => {
    const verdict = await probe(api, address, times)
    if (verdict === 'unknown') return websocket
    if (verdict === 'passes') return chosen = websocket
    announce(`port-forward over WebSockets is refused (${verdict.message}): using kubectl port-forward`)
    return chosen = kubectl()
  }
  return routedTransport(() => (chosen && chosen !== websocket ? 'kubectl' : 'websocket'), {
    async open(address) {
      choosing ??= choose(address).finally(() => { choosing = undefined })
      return (chosen ?? await choosing).open(address)
    },
    close: () => { chosen?.close() },
  }, times.clock)
}

/** Opens one tunnel and closes it. 'unknown': no answer, which kubectl would not change. */
async function probe(api: ApiServer, address: AdminAddress, times: TunnelTimes): Promise<'passes' | 'unknown' | Refusal> {
  const {UpgradeError, dialTunnel} = await import('./websocket-dial.ts')
  try {
    const tunnel = await dialTunnel(api, address, await firstSocket(api, times.handshakeTimeoutMs), times, new AbortController().signal)
    tunnel.destroy()
    return 'passes'
  } catch (error) {
    if (!(error instanceof UpgradeError)) return 'unknown'
    return passesWebSocket(error) ? 'passes' : error
  }
}

async function firstSocket(api: ApiServer, timeoutMs: number): Promise<Socket> {
  let last: unknown
  for (const {host, port} of await api.endpoints()) {
    const socket = tcpConnect({host, port, noDelay: true})
    try {
      await once(socket, 'connect', {signal: AbortSignal.timeout(timeoutMs)})
      return socket
    } catch (error) {
      last = error
      socket.destroy()
    }
  }
  throw last
}
