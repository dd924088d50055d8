import type {ApiConnection} from './api-connection.ts'
import {answerError, ApiError, noAnswer, statusObject} from './api-error.ts'
import {readBody, respond, withinTime} from './api-request.ts'
import type {ApiRequest} from './api-request.ts'
import type {ApiFailure, WatchEvent} from './types.ts'

/** No object of Kubernetes comes near; etcd takes 1.5 MiB at most. */
const longestLine = 16 * 1024 * 1024

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
  if (status !== 200) return answerError(status, await readBody(response))
  response.setEncoding('utf8')
  return await eachLine(response, line => event(line, onEvent)) ?? new ApiError('the API server ended the watch')
}

async function eachLine(chunks: AsyncIterable<string>, onLine: (line: string) => ApiError | undefined): Promise<ApiError | undefined> {
  let rest = ''
  for await (const chunk of chunks) {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    if (rest.length > longestLine) return new ApiError('the API server sent an endless line in a watch')
    for (const line of lines) {
      const failure = line.trim() ? onLine(line) : undefined
      if (failure) return failure
    }
  }
  return undefined
}

function event<T>(line: string, onEvent: (event: WatchEvent<T>) => void): ApiError | undefined {
  const event = JSON.parse(line) as WatchEvent<T>
  if (event.type !== 'ERROR') {
    onEvent(event)
    return undefined
  }
  const {code, message, reason} = statusObject(event.object)
  return new ApiError(message ?? 'the API server reported an error in a watch', {status: code, reason})
}
