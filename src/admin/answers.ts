import type {CheckAnswer, PauseAnswer, UnpauseAnswer} from './types.ts'

/** How a call ended, in plain data: what the server said, or what the way to it did. */
export type Outcome<T> =
  | {readonly ok: true; readonly value: T}
  | {
    readonly ok: false
    /** The gRPC status' name, e.g. FAILED_PRECONDITION. */
    readonly code: string
    readonly message: string
    /** `google.rpc.ErrorInfo.reason` out of the trailer `grpc-status-details-bin`; its domain differs per product. */
    readonly reason?: string
    /** The way to the server broke after the call may have been sent. */
    readonly tunnelLost: boolean
  }

type Failure = Extract<Outcome<unknown>, {ok: false}>

/** "Answers to Pause" (docs/protocol.md): the reason decides, never the description or the version. */
export function pauseAnswer(outcome: Outcome<unknown>): PauseAnswer {
  if (outcome.ok) return {kind: 'ok'}
  return byReason(outcome) ?? byCode(outcome)
}

/** An Unpause is OK or has to be repeated; nothing in between. */
export const unpauseAnswer = (outcome: Outcome<unknown>): UnpauseAnswer =>
  outcome.ok ? {kind: 'ok'} : {kind: 'failed', code: outcome.code, message: outcome.message}

/** UNIMPLEMENTED = a server older than CheckPaused. */
export function checkAnswer(outcome: Outcome<{readonly paused: boolean}>): CheckAnswer {
  if (outcome.ok) return {kind: outcome.value.paused ? 'paused' : 'unpaused'}
  if (outcome.code === 'UNIMPLEMENTED') return {kind: 'unsupported'}
  return {kind: 'failed', code: outcome.code, message: outcome.message}
}

function byReason({reason, message}: Failure): PauseAnswer | undefined {
  switch (reason) {
    case 'TIMED_OUT':
    case 'GATE_OPEN':
      return {kind: 'open', reason, message}
    case 'TIMED_OUT_STILL_PAUSED':
    case 'PAUSE_IN_PROGRESS':
      return {kind: 'foreign', reason, message}
    case undefined:
    default:
      return undefined
  }
}

function byCode({code, reason, message, tunnelLost}: Failure): PauseAnswer {
  if (code === 'INVALID_ARGUMENT') return {kind: 'invalid', message}
  // A reason that we do not know may mean a gate that we do not know: only a bare FAILED_PRECONDITION is the old servers' answer.
  if (code === 'FAILED_PRECONDITION' && reason === undefined) return {kind: 'failed', message}
  return {kind: 'unclear', code, message, tunnelLost}
}
