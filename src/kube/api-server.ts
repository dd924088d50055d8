import {setTimeout as delay} from 'node:timers/promises'
import {BOUNDS} from '../support/bounds.ts'
import type {Clock} from '../support/clock.ts'
import {ApiConnection} from './api-connection.ts'
import type {Endpoint} from './api-connection.ts'
import {ApiError, ENDED} from './api-error.ts'
import {exchange, withinTime} from './api-request.ts'
import {followWatch} from './api-watch.ts'
import type {LoadedAccess} from './config.ts'
import type {Credentials, CredentialSource} from './credentials.ts'
import type {ApiServer, RequestLimits} from './types.ts'

export {ApiError} from './api-error.ts'

const pageSize = 500

/** How often a request that the API server put off is sent again, and how long its Retry-After is believed. */
const retries = 5
const longestWaitMs = 5000

/** How much later than in due time the end of a watch may arrive. */
const endMarginMs = 2000
/** Timers of two machines differ by less. */
const earlyMs = 500

/** Hundreds of lost tunnels asking for fresh credentials within this time share them. */
const refreshSharedMs = 5000

/** What requests need beside the access itself. */
export interface ApiWorld {
  readonly clock: Clock
  readonly sleep?: (ms: number, signal?: AbortSignal) => Promise<unknown>
}

/** @param known endpoints to use if the server's name can't be resolved */
export function createApiServer(loaded: LoadedAccess, world: ApiWorld, known?: Promise<readonly Endpoint[]>): ApiServer {
  const {access, impersonation, credentials} = loaded
  const {clock, sleep = (ms, signal) => delay(ms, undefined, {signal})} = world
  const connection = new ApiConnection(loaded, known)
  const headers = async () => ({...authorization(await credentials()), ...impersonation})

  const answer = async (method: string, path: string, options: Parameters<ApiServer['request']>[2] = {}, most?: number) => {
    const timeoutMs = options.timeoutMs ?? access.requestTimeoutMs
    const body = options.body === undefined ? undefined : JSON.stringify(options.body)
    const send = (held: Credentials) => exchange(connection, {
      method, path, body, timeoutMs, most, signal: options.signal, repeatAfterMs: options.repeatAfterMs,
      headers: {
        ...authorization(held),
        ...impersonation,
        Accept: 'application/json',
        ...body !== undefined && {'Content-Type': options.contentType ?? 'application/json', 'Content-Length': Buffer.byteLength(body)},
      },
    })
    const hold: CredentialSource = fresh =>
      withinTime(connection, {method, path, timeoutMs, signal: options.signal}, () => credentials(fresh))
    const patient = (held: Credentials) => retryPutOff(() => send(held), method, ms => sleep(ms, options.signal))
    return retryUnauthorized(patient, hold)
  }

  const request: ApiServer['request'] = async <T>(...asked: Parameters<ApiServer['request']>) => parse<T>(await answer(...asked))

  const list = async <T>(path: string, query: Record<string, string> = {}, limits: RequestLimits = {}) => {
    const items: T[] = []
    let next = ''
    let left: number = BOUNDS.list
    for (let pages = 0; pages < BOUNDS.listPages; pages++) {
      const parameters = new URLSearchParams({...query, limit: String(pageSize), ...next && {continue: next}})
      const text = await answer('GET', `${path}?${parameters.toString()}`, limits, left)
      left = Math.max(0, left - text.length)
      const page = parse<unknown>(text)
      if (!isPage<T>(page)) break
      for (const item of page.items ?? []) items.push(item)
      next = page.metadata?.continue ?? ''
      if (!next) return {items, resourceVersion: page.metadata?.resourceVersion ?? ''}
    }
    throw new ApiError(`the API server answered with no list, or with one that does not end (GET ${path})`)
  }

  return {
    access,
    request,
    list,
    headers,
    watch: async (path, query, onEvent, signal) => {
      const [late, begunMs, dueMs] = [new AbortController(), clock().monoMs, Number(query.timeoutSeconds) * 1000]
      const either = AbortSignal.any([signal, late.signal])
      const asked = {method: 'GET', path: `${path}?${new URLSearchParams({...query, watch: 'true'}).toString()}`, timeoutMs: access.requestTimeoutMs, signal: either}
      const send = async () => ({...asked, headers: {...await withinTime(connection, asked, headers), 'Accept': 'application/json', 'Accept-Encoding': 'identity'}})
      const limit = query.timeoutSeconds === undefined ? undefined : setTimeout(() => { late.abort() }, dueMs + endMarginMs)
      const failure = await followWatch(connection, send, onEvent, either)
      clearTimeout(limit)
      // Ended before, the server is going away: who answers next may be another.
      if (failure?.reason === ENDED && !(clock().monoMs - begunMs >= dueMs - earlyMs)) return new ApiError(failure.message)
      if (signal.aborted || !late.signal.aborted) return failure
      connection.forgetKept()
      return new ApiError('the watch died unnoticed')
    },
    endpoints: () => connection.endpoints(),
    connect: socket => connection.connect(socket),
    refreshed: sharedFor(refreshSharedMs, clock, async () =>
      createApiServer({...loaded, credentials: await renewed(loaded)}, world, connection.endpoints())),
  }
}

interface ListPage<T> {
  readonly metadata?: {readonly continue?: string; readonly resourceVersion?: string}
  readonly items?: readonly T[] | null
}

const isPage = <T>(value: unknown): value is ListPage<T> =>
  typeof value === 'object' && value !== null && (!('items' in value) || value.items === null || Array.isArray(value.items))

const authorization = (held: Credentials): Record<string, string> => held.authorization ? {Authorization: held.authorization} : {}

function parse<T>(body: string): T {
  try {
    return JSON.parse(body) as T
  } catch (error) {
    throw new ApiError('the API server answered with something that is not JSON', {cause: error})
  }
}

/** A 429 was not done, whatever it was, so it may be sent again; a 503 only if it was a read. */
async function retryPutOff<T>(send: () => Promise<T>, method: string, sleep: (ms: number) => Promise<unknown>): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await send()
    } catch (error) {
      const putOff = error instanceof ApiError && error.retryAfterMs !== undefined
        && (error.status === 429 || (error.status === 503 && method === 'GET'))
      if (!putOff || attempt >= retries) throw error
      await sleep(Math.min(error.retryAfterMs ?? 0, longestWaitMs))
    }
  }
}

/** After a 401 once more, if there are other credentials to be had: fetched by another request meanwhile, or afresh. */
async function retryUnauthorized<T>(send: (held: Credentials) => Promise<T>, credentials: CredentialSource): Promise<T> {
  const used = await credentials()
  try {
    return await send(used)
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 401) throw error
    const now = await credentials()
    const fresh = sameCredentials(now, used) ? await credentials(true) : now
    if (sameCredentials(fresh, used)) throw error
    return send(fresh)
  }
}

const sameCredentials = (one: Credentials, other: Credentials) => one.authorization === other.authorization && one.cert === other.cert

/** New credentials; the old ones where there are none to be had, for they may still be good and something may be paused. */
async function renewed(loaded: LoadedAccess): Promise<CredentialSource> {
  try {
    const source = await loaded.reloadCredentials()
    await source()
    return source
  } catch {
    return loaded.credentials
  }
}

/** One run for all who ask while it runs or within `shareMs` after it. */
function sharedFor<T>(shareMs: number, clock: Clock, run: () => Promise<T>): () => Promise<T> {
  let last: {readonly value: Promise<T>; endedAtMs?: number} | undefined
  return () => {
    if (last && (last.endedAtMs === undefined || clock().monoMs - last.endedAtMs < shareMs)) return last.value
    const running: {readonly value: Promise<T>; endedAtMs?: number} = {value: run()}
    const end = () => {
      running.endedAtMs = clock().monoMs
    }
    running.value.then(end, end)
    last = running
    return running.value
  }
}
