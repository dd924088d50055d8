import {EXIT} from '../support/errors.ts'

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const

/** Why a command should wind up now, and the exit code that tells it; undefined: the outcome decides. */
export type Interruption =
  | {readonly cause: (typeof SIGNALS)[number]; readonly exitCode: number}
  | {readonly cause: 'stdout closed' | 'stderr closed'; readonly exitCode: undefined}
  | {readonly cause: 'uncaught error'; readonly exitCode: undefined; readonly error: unknown}

/** An interruption in a few words: `SIGINT`, `uncaught error: out of range`. */
export const causeText = (interruption: Interruption): string => 'error' in interruption ? `${interruption.cause}: ${errorText(interruption.error)}` : interruption.cause

/** The first line of what was thrown. */
export const errorText = (error: unknown): string => (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? ''

/** The part of `process` that interruptions come from. */
export type InterruptSource = Pick<NodeJS.Process, 'on' | 'off'> & {
  readonly stdout: Pick<NodeJS.WriteStream, 'on' | 'off'>
  readonly stderr: Pick<NodeJS.WriteStream, 'on' | 'off'>
}

/**
 * Calls `handler` for every signal, closed output and stray error, each time it happens, so that a second Ctrl-C is
 * seen as one; that an output is closed, or its disk full, is told once. None of them ends the process until the returned
 * function is called: what is paused must first be unpaused. A closed pipe shows only when something is written to it.
 */
export function onInterrupt(handler: (interruption: Interruption) => void, source: InterruptSource = process): () => void {
  const onSignal = (cause: (typeof SIGNALS)[number]) => { handler({cause, exitCode: EXIT[cause]}) }
  // Ctrl-Break, on Windows alone.
  const onBreak = () => { onSignal('SIGINT') }
  const onStdout = once(() => { handler({cause: 'stdout closed', exitCode: undefined}) })
  const onStderr = once(() => { handler({cause: 'stderr closed', exitCode: undefined}) })
  const onError = (error: unknown) => { handler({cause: 'uncaught error', exitCode: undefined, error}) }

  for (const signal of SIGNALS) source.on(signal, onSignal)
  source.on('SIGBREAK', onBreak)
  source.stdout.on('error', onStdout)
  source.stderr.on('error', onStderr)
  source.on('uncaughtException', onError)
  return () => {
    for (const signal of SIGNALS) source.off(signal, onSignal)
    source.off('SIGBREAK', onBreak)
    source.stdout.off('error', onStdout)
    source.stderr.off('error', onStderr)
    source.off('uncaughtException', onError)
  }
}

function once(act: () => void): () => void {
  let done = false
  return () => {
    if (done) return
    done = true
    act()
  }
}
