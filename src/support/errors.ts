/** Exit codes of every command; 4 goes before the signals, they go before 3, and 3 before 1 (protocol.md, Answers). */
export const EXIT = {
  ok: 0,
  /** Failed before anything was paused, or the result of what succeeded could not be printed. */
  failed: 1,
  usage: 2,
  /** Everything is unpaused; the restore point is void or unverified. */
  notConsistent: 3,
  /** Something may still be paused, or another operator's pause was met and left. */
  stillPaused: 4,
  SIGHUP: 129,
  SIGINT: 130,
  SIGQUIT: 131,
  SIGTERM: 143,
} as const

/** The one error class: what failed, with which exit code, and what to do next. */
export class CliError extends Error {
  readonly exitCode: number
  /** The next thing to do, a command where possible; printed below the message, one line each. */
  readonly hints: readonly string[]

  /** @param message lower-case phrase naming the object and the step, without a final period */
  constructor(message: string, options: {exitCode?: number; hints?: readonly string[]; cause?: unknown} = {}) {
    super(message, {cause: options.cause})
    this.name = 'CliError'
    this.exitCode = options.exitCode ?? EXIT.failed
    this.hints = options.hints ?? []
  }
}

/** A usage error: bad flags or an ambiguity; nothing was touched. */
export const usageError = (message: string, ...hints: string[]) => new CliError(message, {exitCode: EXIT.usage, hints})
