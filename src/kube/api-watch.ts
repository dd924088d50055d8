import {BOUNDS} from '../support/bounds.ts'
import type {ApiConnection} from './api-connection.ts'
import {answerError, ApiError, ENDED, noAnswer, parsed, statusObject} from './api-error.ts'
import {readRefusal, respond, withinTime} from './api-request.ts'
import type {ApiRequest} from './api-request.ts'
import type {ApiFailure, WatchEvent} from './types.ts'

/**
 * Follows a watch until `signal` aborts.
 * @param request makes the request; that it cannot, for want of credentials, is a failure of the watch like any other
 * @returns why it ended before, undefined after an abort
 */
export async function followWatch<T>(
  connection: ApiConnection, request: () => Promise<ApiRequest>, onEvent: (event: WatchEvent<T>) => void, signal: AbortSignal,
): Promise<ApiFailure | undefined> {
  const failure = await request().then(made => follow(connection, made, onEvent)).catch((error: unknown) => noAnswer(connection.server.origin, error))
  return signal.aborted ? undefined : failure
}

async function follow<T>(connection: ApiConnection, request: ApiRequest, onEvent: (event: WatchEvent<T>) => void): Promise<ApiFailure> {
  const response = await withinTime(connection, request, () => respond(connection, request))
  const status = response.statusCode ?? 0
  if (status !== 200) return answerError(status, await withinTime(connection, request, () => readRefusal(response)))
  response.setEncoding('utf8')
  return await eachLine(response, line => event(line, onEvent)) ?? new ApiError('the API server ended the watch', {reason: ENDED})
}

/** Hands over line by line, however the text is cut; a line may be as long as BOUNDS says. @returns the first failure */
export async function eachLine(chunks: AsyncIterable<string> | Iterable<string>, onLine: (line: string) => ApiError | undefined): Promise<ApiError | undefined> {
  let begun: string[] = []
  let length = 0
  for await (const chunk of chunks) {
    const [first = '', ...others] = chunk.split('\n')
    begun.push(first)
    length += first.length
    for (const next of others) {
      const line = begun.join('')
      const failure = line.trim() ? onLine(line) : undefined
      if (failure) return failure
      begun = [next]
      length = next.length
    }
    if (length > BOUNDS.watchLine) return new ApiError('the API server sent an endless line in a watch')
  }
  return undefined
}

/** One line: an object that changed is handed over. @returns the failure that it tells, or is */
export function event<T>(line: string, onEvent: (event: WatchEvent<T>) => void): ApiError | undefined {
  const told = parsed(line)
  if (!isEvent<T>(told)) return new ApiError('the API server sent something that is no event in a watch')
  if (told.type !== 'ERROR') {
    onEvent(told)
    return undefined
  }
  const {code, message, reason} = statusObject(told.object)
  return new ApiError(message ?? 'the API server reported an error in a watch', {status: code, reason})
}

const isEvent = <T>(value: unknown): value is WatchEvent<T> =>
  typeof value === 'object' && value !== null && 'type' in value && 'object' in value && typeof value.object === 'object' && value.object !== null
