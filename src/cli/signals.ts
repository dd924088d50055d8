import {EXIT} from '../support/errors.ts'

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** Why a command should wind up now, and the exit code that tells it; undefined: the outcome decides. */
export type Interruption =
  | {readonly cause: (typeof SIGNALS)[number]; readonly exitCode: number}
  | {readonly cause: 'stdout closed' | 'stderr closed'; readonly exitCode: undefined}
  | {readonly cause: 'uncaught error'; readonly exitCode: undefined; readonly error: unknown}

/** The part of `process` that interruptions come from. */
export type InterruptSource = Pick<NodeJS.Process, 'on' | 'off'> & {
  readonly stdout: Pick<NodeJS.WriteStream, 'on' | 'off'>
  readonly stderr: Pick<NodeJS.WriteStream, 'on' | 'off'>
}

/**
 * Calls `handler` for every signal, closed output and stray error, each time it happens, so that a second Ctrl-C is
 * seen as one. None of them ends the process until the returned function is called: what is paused must first be
 * unpaused. A closed pipe shows only when something is written to it.
 */
export function onInterrupt(handler: (interruption: Interruption) => void, source: InterruptSource = process): () => void {
  const onSignal = (cause: (typeof SIGNALS)[number]) => { handler({cause, exitCode: EXIT[cause]}) }
  const onStdout = () => { handler({cause: 'stdout closed', exitCode: undefined}) }
  const onStderr = () => { handler({cause: 'stderr closed', exitCode: undefined}) }
  const onError = (error: unknown) => { handler({cause: 'uncaught error', exitCode: undefined, error}) }

  for (const signal of SIGNALS) source.on(signal, onSignal)
  source.stdout.on('error', onStdout)
  source.stderr.on('error', onStderr)
  source.on('uncaughtException', onError)
  return () => {
    for (const signal of SIGNALS) source.off(signal, onSignal)
    source.stdout.off('error', onStdout)
    source.stderr.off('error', onStderr)
    source.off('uncaughtException', onError)
  }
}
