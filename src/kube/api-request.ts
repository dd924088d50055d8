import {request as httpRequest} from 'node:http'
import type {IncomingMessage, OutgoingHttpHeaders} from 'node:http'
import {promisify} from 'node:util'
import {gunzip} from 'node:zlib'
import {BOUNDS, readBounded, TooLong} from '../support/bounds.ts'
import {CliError} from '../support/errors.ts'
import type {ApiConnection} from './api-connection.ts'
import {answerError, ApiError, noAnswer} from './api-error.ts'
import {within} from '../support/within.ts'

/** One HTTP request, with everything but where it goes. */
export interface ApiRequest {
  readonly method: string
  readonly path: string
  readonly headers: OutgoingHttpHeaders
  /** JSON text. */
  readonly body?: string
  /** 0 = none. */
  readonly timeoutMs: number
  readonly signal?: AbortSignal
  /** Without an answer by then it is sent once more over a new connection: only for what may be done twice. */
  readonly repeatAfterMs?: number
  /** The most bytes that a 2xx may have; undefined = those of one object. */
  readonly most?: number
}

interface Answer {
  readonly status: number
  readonly body: string
  readonly retryAfter?: string
}

const unzip = promisify(gunzip)

/**
 * Sends one request and reads its answer whole.
 * @returns the body of a 2xx
 * @throws ApiError otherwise
 */
export const exchange = (connection: ApiConnection, request: ApiRequest): Promise<string> =>
  withinTime(connection, request, async signal => {
    const {status, body, retryAfter} = await insist(connection, {...request, signal})
    if (status >= 200 && status < 300) return body
    throw answerError(status, body, retryAfter)
  })

/** A connection that has died unnoticed swallows what is sent: where no answer comes, a new one is tried beside it. */
async function insist(connection: ApiConnection, request: ApiRequest): Promise<Answer> {
  const {repeatAfterMs, signal} = request
  if (repeatAfterMs === undefined) return answerTo(connection, request)
  const asked: AbortController[] = []
  const ask = async () => {
    const own = new AbortController()
    asked.push(own)
    const answer = await answerTo(connection, {...request, signal: AbortSignal.any([own.signal, ...signal ? [signal] : []])})
    for (const other of asked) if (other !== own) other.abort()
    return answer
  }
  const first = ask()
  const early = await within(repeatAfterMs, first)
  if (early) return early
  connection.forgetKept()
  return Promise.any([first, ask()])
}

async function answerTo(connection: ApiConnection, request: ApiRequest): Promise<Answer> {
  const response = await respond(connection, request)
  const status = response.statusCode ?? 0
  const accepted = status >= 200 && status < 300
  const body = await (accepted ? readBody(response, request.most ?? BOUNDS.object, `the answer of the API server to ${askedOf(request)}`) : readRefusal(response))
  return {status, body, retryAfter: response.headers['retry-after']}
}

/**
 * Runs `work` under the request's signal and time limit, which covers credentials, connection and answer.
 * @throws ApiError that says what took too long, or why there was no answer
 */
export async function withinTime<T>(
  connection: ApiConnection, {timeoutMs, signal, method, path}: Pick<ApiRequest, 'timeoutMs' | 'signal' | 'method' | 'path'>,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const late = new AbortController()
  const either = signal ? AbortSignal.any([signal, late.signal]) : late.signal
  const limit = timeoutMs > 0 ? setTimeout(() => late.abort(), timeoutMs) : undefined
  try {
    return await Promise.race([work(either), aborted(either)])
  } catch (error) {
    if (late.signal.aborted) connection.forgetKept()
    if (late.signal.aborted) throw new ApiError(`no answer from the API server ${connection.server.origin} within ${timeoutMs} ms (${askedOf({method, path})})`)
    if (error instanceof TooLong) throw new ApiError(error.message, {cause: error})
    throw error instanceof CliError ? error : noAnswer(connection.server.origin, error)
  } finally {
    clearTimeout(limit)
  }
}

const askedOf = ({method, path}: Pick<ApiRequest, 'method' | 'path'>) => `${method} ${path.split('?')[0]}`

const aborted = (signal: AbortSignal) => new Promise<never>((_, reject) => {
  const stop = () => reject(new Error('the request was given up'))
  if (signal.aborted) stop()
  else signal.addEventListener('abort', stop, {once: true})
})

/** Sends the request and resolves with the head of the answer; a kept connection that the server just closed is tried anew for reads. */
export async function respond(connection: ApiConnection, request: ApiRequest): Promise<IncomingMessage> {
  const agent = await connection.agent()
  const {promise, resolve, reject} = Promise.withResolvers<IncomingMessage>()
  const sent = httpRequest({
    agent,
    host: connection.server.hostname,
    port: connection.server.port || undefined,
    method: request.method,
    path: connection.server.pathname.replace(/\/$/, '') + request.path,
    headers: {'Host': connection.server.host, 'User-Agent': 'kubectl-scalardl', 'Accept-Encoding': 'gzip', ...request.headers},
    signal: request.signal,
  })
  sent.once('response', resolve)
  sent.on('error', (error: NodeJS.ErrnoException) => {
    const closedMeanwhile = sent.reusedSocket && error.code === 'ECONNRESET' && request.method === 'GET'
    if (closedMeanwhile) resolve(respond(connection, request))
    else reject(error)
  })
  sent.end(request.body)
  return promise
}

/** The text of an answer that is not 2xx; one without an end, or that cannot be read, still has its status. */
export const readRefusal = (response: IncomingMessage): Promise<string> => readBody(response, BOUNDS.refusal, '').catch(() => '')

/** The whole body as text. @throws TooLong, also for what only unpacking makes too long */
export async function readBody(response: IncomingMessage, most: number, what: string): Promise<string> {
  const bytes = await readBounded(response as AsyncIterable<Buffer>, most, what)
  if (response.headers['content-encoding'] !== 'gzip') return bytes.toString()
  const unpacked = await unzip(bytes, {maxOutputLength: most}).catch((error: unknown) => {
    throw error instanceof RangeError ? new TooLong(what, most) : error
  })
  return unpacked.toString()
}
