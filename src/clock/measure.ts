import {systemClock} from '../support/clock.ts'
import {ApiError, errorText} from '../kube/api-error.ts'
import {ApiConnection, ConnectionAgent, dial} from '../kube/api-connection.ts'
import {proxyOf} from '../kube/proxy.ts'
import {httpClock} from './http.ts'
import {intervalOf} from './interval.ts'
import {sampleClock} from './sampling.ts'
import type {ApiServer} from '../kube/types.ts'
import type {Clock} from '../support/clock.ts'
import type {HttpServer} from './http.ts'
import type {Interval} from './interval.ts'

/** A clock minus ours lies in `[loMs, hiMs]`. */
export interface Measured extends Interval {
  readonly host: string
  /** Who answered, e.g. a private endpoint's address; absent where a proxy stands between. */
  readonly address?: string
  /** Host and port of the proxy through which it was measured. */
  readonly proxy?: string
  /** False: over plain http nothing proves who answered. */
  readonly verified: boolean
  readonly samples: number
  /** False: the answers contradict each other, as those of several machines do; the interval holds all of them. */
  readonly agree: boolean
}

export interface Unmeasured {
  /** Why, in words. */
  readonly unmeasured: string
}

export type Measurement = Measured | Unmeasured

export interface MeasureOptions {
  /** For HTTPS_PROXY, HTTP_PROXY and NO_PROXY. */
  readonly env?: NodeJS.ProcessEnv
  readonly clock?: Clock
  /** Ends the asking; what was told until then counts. */
  readonly signal?: AbortSignal
  /** How long the first answer may take. */
  readonly firstMs?: number
}

/** A laptop without a route to the database must not hold up a backup. */
const FIRST_ANSWER_MS = 3000
/** A question after the first that is not answered by then is given up; the answers before it count. */
const LATER_ANSWERS_MS = 1500

/**
 * Compares the clock of an HTTP server with ours by the `Date` of its answers (any status, no credentials). Takes about 2.5 s,
 * or 3 s where nobody answers. Never throws: what goes wrong is why it is unmeasured.
 */
export async function measureClock(endpoint: string, options: MeasureOptions = {}): Promise<Measurement> {
  try {
    const url = new URL(endpoint)
    if (url.protocol !== 'https:' && url.protocol !== 'http:') return {unmeasured: `${url.host} is not reached by HTTP`}
    const verified = url.protocol === 'https:'
    const proxy = proxyOf(url, '', options.env ?? process.env)
    const connection = new ApiConnection({
      access: {server: url.origin, proxy: proxy?.href},
      trust: verified ? {insecure: false} : undefined,
      credentials: async () => ({}),
    })
    return await measure({url, agent: await connection.agent(), verified}, proxy?.host, options)
  } catch (error) {
    return {unmeasured: reasonOf(error)}
  }
}

/** The same for an API server, over a connection as kubectl would make it. */
export async function measureApiServer(api: ApiServer, options: MeasureOptions = {}): Promise<Measurement> {
  const url = new URL(`${api.access.server}/version`)
  const agent = new ConnectionAgent(async () => api.connect(await dial(await api.endpoints())))
  const proxy = api.access.proxy === undefined ? undefined : new URL(api.access.proxy).host
  return measure({url, agent, verified: api.access.verified}, proxy, options)
}

async function measure(server: HttpServer, proxy: string | undefined, options: MeasureOptions): Promise<Measurement> {
  const {clock = systemClock, signal, firstMs = FIRST_ANSWER_MS} = options
  const {url: {hostname: host}, agent, verified} = server
  const ending = new AbortController()
  const either = signal ? AbortSignal.any([signal, ending.signal]) : ending.signal
  const asked = httpClock(server, clock, either)
  let limit = setTimeout(() => ending.abort(new Error(`no answer within ${firstMs / 1000} s`)), firstMs)
  const ask = async () => {
    const sample = await asked.ask()
    clearTimeout(limit)
    limit = setTimeout(() => ending.abort(), LATER_ANSWERS_MS)
    return sample
  }
  try {
    const samples = await sampleClock({...asked, ask})
    const address = proxy === undefined ? asked.address() : undefined
    return {...intervalOf(samples), host, address, proxy, verified, samples: samples.length}
  } catch (error) {
    return {unmeasured: `${host}: ${reasonOf(either.aborted ? either.reason : error)}`}
  } finally {
    clearTimeout(limit)
    agent.destroy()
  }
}

/** What Node calls a certificate that proves nothing. */
const UNTRUSTED = /CERT|SELF_SIGNED|UNABLE_TO_|ERR_TLS_CERT/

/** What lies beneath the words for API servers, with what may help. */
function reasonOf(error: unknown): string {
  const cause = error instanceof ApiError && error.cause !== undefined ? error.cause : error
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  const text = errorText(cause)
  return UNTRUSTED.test(code) ? `its certificate is not trusted (${text}); NODE_EXTRA_CA_CERTS names a CA that is` : text
}
