import {request as httpRequest} from 'node:http'
import type {IncomingMessage, OutgoingHttpHeaders} from 'node:http'
import {promisify} from 'node:util'
import {gunzip} from 'node:zlib'
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
  const body = await readBody(response)
  return {status: response.statusCode ?? 0, body, retryAfter: response.headers['retry-after']}
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
    const asked = `${method} ${path.split('?')[0]}`
    if (late.signal.aborted) connection.forgetKept()
    if (late.signal.aborted) throw new ApiError(`no answer from the API server ${connection.server.origin} within ${timeoutMs} ms (${asked})`)
    throw error instanceof CliError ? error : noAnswer(connection.server.origin, error)
  } finally {
    clearTimeout(limit)
  }
}

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

/** The whole body as text. */
export async function readBody(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk as Buffer)
  const bytes = Buffer.concat(chunks)
  return (response.headers['content-encoding'] === 'gzip' ? await unzip(bytes) : bytes).toString()
}
