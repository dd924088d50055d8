import {words} from '../support/printable.ts'
import type {ApiFailure} from './types.ts'

/** Why the API server did not do what was asked; the message never holds credentials. */
export class ApiError extends Error implements ApiFailure {
  readonly status: number
  readonly reason?: string
  /** From a Retry-After header, where there was one. */
  readonly retryAfterMs?: number
  /** Node's code where no answer came, e.g. ECONNREFUSED or ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED. */
  readonly code?: string

  constructor(message: string, options: {status?: number; reason?: string; retryAfterMs?: number; cause?: unknown} = {}) {
    super(message, {cause: options.cause})
    this.name = 'ApiError'
    this.status = options.status ?? 0
    this.reason = options.reason
    this.retryAfterMs = options.retryAfterMs
    this.code = options.cause instanceof Error && 'code' in options.cause ? String(options.cause.code) : undefined
  }
}

/** `reason` of a watch that the API server ended in due time: it can go on from its last line. */
export const ENDED = 'Ended'

/** The error of an answer that is not 2xx: the text of its Status object, or its first line where there is none (a proxy's answer). */
export function answerError(status: number, body: string, retryAfter?: string): ApiError {
  const {message, reason} = statusObject(body)
  const plain = body.trimStart().startsWith('<') ? '' : words(body.split('\n', 1)[0]?.slice(0, 200) ?? '').trim()
  return new ApiError(message || `HTTP ${status} from the API server${plain && !reason ? `: ${plain}` : ''}`, {
    status,
    reason,
    retryAfterMs: retryAfter && /^\d+$/.test(retryAfter) ? Number(retryAfter) * 1000 : undefined,
  })
}

/** `message` and `reason` of a Status object, also of one that came as the ERROR line of a watch. */
export function statusObject(body: unknown): Partial<Status> {
  const status = (typeof body === 'string' ? parsed(body) : body) as Readonly<Record<string, unknown>> | null | undefined
  if (status?.kind !== 'Status') return {}
  const {code, message, reason} = status
  return {
    code: typeof code === 'number' ? code : undefined,
    message: typeof message === 'string' ? words(message) : undefined,
    reason: typeof reason === 'string' ? words(reason) : undefined,
  }
}

interface Status {
  readonly code: number
  readonly message: string
  readonly reason: string
}

/** The value of a JSON text, undefined if it is none. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The error of no answer at all: refused, unresolved, not trusted, too late. */
export const noAnswer = (server: string, error: unknown) => error instanceof ApiError
  ? error
  : new ApiError(`cannot reach the API server ${server}: ${errorText(error)}`, {cause: error})

/** Node reports several refused addresses as one error without a text of its own. */
export const errorText = (error: unknown): string => {
  if (error instanceof AggregateError && error.errors.length > 0) return [...new Set(error.errors.map(errorText))].join('; ')
  return error instanceof Error ? error.message : String(error)
}
