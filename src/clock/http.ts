import {request} from 'node:http'
import {setTimeout as delay} from 'node:timers/promises'
import type {Agent, IncomingMessage} from 'node:http'
import type {Clock} from '../support/clock.ts'
import type {Sample} from './interval.ts'
import type {Asked} from './sampling.ts'

/** A server that speaks HTTP over the agent's connections, which have any proxy and TLS behind them. */
export interface HttpServer {
  readonly url: URL
  readonly agent: Agent
  /** False: nothing proves who answers. */
  readonly verified: boolean
}

/** Wall clocks are read in whole milliseconds, cut off: it may be later than we think, never earlier. */
const WALL_CLOCK_STEP_MS = 1

/** Asks a server for its `Date`, over one connection that is kept; `address` is who answered last. */
export function httpClock({url, agent, verified}: HttpServer, clock: Clock, signal: AbortSignal): Asked & {readonly address: () => string | undefined} {
  const began = clock()
  // Steps of our wall clock while it is measured would be taken for the server's.
  const nowMs = () => began.wallMs + clock().monoMs - began.monoMs
  let address: string | undefined

  const ask = () => {
    const {promise, resolve, reject} = Promise.withResolvers<Sample>()
    let sentMs: number | undefined
    // A request hears of the signal only when it has a connection: names that nobody resolves would be waited for.
    const giveUp = () => { reject(signal.reason) }
    if (signal.aborted) giveUp()
    signal.addEventListener('abort', giveUp)
    const asked = request({
      agent, signal, method: 'HEAD', host: url.hostname, port: url.port || undefined, path: `${url.pathname}${url.search}`,
      headers: {Host: url.host, 'User-Agent': 'kubectl-scalardl', 'Cache-Control': 'no-cache'},
    })
    // The connection is ready, and the question leaves now.
    asked.once('socket', () => { sentMs = nowMs() })
    asked.once('response', answer => {
      const receivedMs = nowMs() + WALL_CLOCK_STEP_MS
      address = answer.socket.remoteAddress
      answer.resume()
      try {
        resolve({sentMs: sentMs ?? began.wallMs, receivedMs, dateMs: dateOf(answer, verified)})
      } catch (error) {
        reject(error)
      }
    })
    asked.once('error', reject)
    asked.end()
    return promise.finally(() => { signal.removeEventListener('abort', giveUp) })
  }
  return {ask, nowMs, sleep: ms => delay(ms, undefined, {signal}).catch(() => undefined), address: () => address}
}

/** @throws when the answer's `Date` does not tell the server's clock */
export function dateOf({statusCode = 0, headers}: Pick<IncomingMessage, 'statusCode' | 'headers'>, verified: boolean): number {
  // 502 to 504 are a gateway's own words; a redirect without TLS may be anybody's, as in a hotel.
  if (statusCode >= 500) throw new Error(`it answers ${statusCode}`)
  if (!verified && statusCode >= 300 && statusCode < 400) throw new Error('it sends us elsewhere')
  if (Number(headers.age ?? 0) > 0) throw new Error('its answers come from a cache')
  if (headers.date === undefined) throw new Error('its answers have no Date')
  const dateMs = Date.parse(headers.date)
  if (!/ GMT$/.test(headers.date) || Number.isNaN(dateMs)) throw new Error('the Date of its answers cannot be read')
  return dateMs
}
