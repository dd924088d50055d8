import {isIPv4, isIPv6} from 'node:net'
import type {Socket} from 'node:net'
import {LinkError} from '../admin/link.ts'
import type {Dial, Route} from '../admin/link.ts'
import {routedTransport} from '../admin/transport.ts'
import type {Routes} from '../admin/transport.ts'
import type {AdminAddress, Transport} from '../admin/types.ts'
import {systemClock} from '../support/clock.ts'
import {Turns} from '../support/turns.ts'
import type {ApiServer} from './types.ts'
import type {TunnelTimes} from './websocket-dial.ts'

export const DEFAULT_TIMES: TunnelTimes = {handshakeTimeoutMs: 10_000, pingMs: 5000, answerTimeoutMs: 10_000, clock: systemClock}

/** Refusals within this time of a renewal are taken for the API server's last word. */
const RENEW_AGAIN_MS = 30_000

/** A handshake costs milliseconds of processor time; one that still lasts after so long waits for the network. */
const DIALS_AT_ONCE = 100
const DIAL_TURN_MS = 500

/** Admin ports through the API server's port-forward over WebSockets, without a local listener. */
export function websocketTransport(api: ApiServer, options: Partial<TunnelTimes> = {}): Transport {
  const times = {...DEFAULT_TIMES, ...options}
  return routedTransport(() => 'websocket', websocketRoutes(api, times), times.clock)
}

export function websocketRoutes(api: ApiServer, times: TunnelTimes = DEFAULT_TIMES): Routes {
  const credentials = new Credentials(api, times)
  const turns = new Turns(DIALS_AT_ONCE, DIAL_TURN_MS)
  return {open: address => websocketRoute(address, credentials, times, turns), close: () => undefined}
}

async function websocketRoute(address: AdminAddress, credentials: Credentials, times: TunnelTimes, turns: Turns): Promise<Route> {
  const {dialTunnel} = await import('./websocket-dial.ts')
  const api = await credentials.current()
  const dialling = (socket: Socket, signal: AbortSignal) => async () => {
    const used = await credentials.current()
    try {
      return await dialTunnel(used, address, socket, times, signal)
    } catch (error) {
      throw await credentials.judged(used, error)
    }
  }
  // A socket that breaks before its turn says so when it is used.
  const dial: Dial = (socket, signal) => turns.take(dialling(socket.on('error', () => undefined), signal))
  return {target: channelTarget(await api.endpoints(), api.access.proxy ?? api.access.server), dial, close: () => undefined}
}

/**
 * A grpc-js target for these addresses, several = fail-over. One target holds one family only; for a name with addresses
 * of both families, and for names, grpc-js resolves itself.
 */
export function channelTarget(endpoints: ReadonlyArray<{readonly host: string; readonly port: number}>, url: string): string {
  const [first] = endpoints
  if (!first) throw new LinkError(`${url} has no address`)
  if (endpoints.every(({host}) => isIPv4(host))) return `ipv4:${endpoints.map(({host, port}) => `${host}:${port}`).join(',')}`
  if (endpoints.every(({host}) => isIPv6(host))) return `ipv6:${endpoints.map(({host, port}) => `[${host}]:${port}`).join(',')}`
  return `dns:${isIPv4(first.host) || isIPv6(first.host) ? new URL(url).hostname : first.host}:${first.port}`
}

/** The newest credentials for all tunnels of one API server, renewed once for everybody who was refused with the old ones. */
class Credentials {
  #api: ApiServer
  #renewal: Promise<void> | undefined
  #renewedMs = -Infinity
  readonly #times: TunnelTimes

  constructor(api: ApiServer, times: TunnelTimes) {
    this.#api = api
    this.#times = times
  }

  async current(): Promise<ApiServer> {
    await this.#renewal
    return this.#api
  }

  /** The failure of a dial made with `used`, final if new credentials cannot change it; starts their renewal if they can. */
  async judged(used: ApiServer, error: unknown): Promise<unknown> {
    if (!isRefused(error) || used !== this.#api || this.#renewal) return error
    if (this.#times.clock().monoMs - this.#renewedMs < RENEW_AGAIN_MS) return new LinkError(error.message, {status: error.status, final: true})
    this.#renewal = this.#renew().finally(() => {
      this.#renewal = undefined
    })
    return error
  }

  async #renew(): Promise<void> {
    this.#renewedMs = this.#times.clock().monoMs
    // With the old ones the next dial fails again, and says so.
    this.#api = await this.#api.refreshed().catch(() => this.#api)
  }
}

/** 401, or a client certificate that TLS itself refuses. */
function isRefused(error: unknown): error is LinkError {
  if (!(error instanceof LinkError)) return false
  return error.status === 401 || codesOf(error).some(code => /^ERR_SSL_.*ALERT/.test(code))
}

function codesOf(error: unknown): string[] {
  if (!(error instanceof Error)) return []
  return ['code' in error ? String(error.code) : '', ...codesOf(error.cause)]
}
