import {ApiError} from '../kube/api-error.ts'
import {CliError, EXIT} from '../support/errors.ts'
import {cut, printableLines} from '../support/printable.ts'
import {redact} from '../support/redact.ts'

/** What the error printer needs of the world. */
export interface ReportOptions {
  /** Prints whole stacks with their causes (KUBECTL_SCALARDL_DEBUG=1). */
  readonly debug: boolean
  readonly write: (text: string) => void
}

const HELP_HINT = 'see: kubectl scalardl --help'

/**
 * Prints an error as kubectl does, `error: <message>`, with its hints indented below.
 * @returns the exit code
 */
export function reportError(error: unknown, {debug, write}: ReportOptions): number {
  const exit = exitRequest(error)
  if (exit !== undefined) return exit
  const {message, exitCode, hints} = describe(error)
  write(`error: ${[message, ...hints].flatMap(linesOf).join('\n  ')}\n`)
  if (debug) write(`${stacksOf(error).map(safe).join('\n')}\n`)
  return exitCode
}

/** The words of others may be among them. */
const safe = (text: string) => redact(printableLines(text))

/** Lines beyond the first are moved to the right, so that none passes for one of ours. */
const linesOf = (text: string) => safe(cut(text, MOST_CHARS)).split('\n')
const MOST_CHARS = 8000

/** As many causes of causes are shown. */
const MOST_CAUSES = 8

/** Stacks alone: what else hangs on errors, such as the options of a connection, may hold passwords. */
function stacksOf(error: unknown): string[] {
  const stacks: string[] = []
  for (let cause = error; cause instanceof Error && stacks.length < MOST_CAUSES; cause = cause.cause) {
    stacks.push(`${stacks.length > 0 ? '[cause]: ' : ''}${cut(cause.stack ?? cause.message, MOST_CHARS)}${'code' in cause ? ` (${String(cause.code)})` : ''}`)
  }
  return stacks
}

/** oclif's `this.exit(code)` arrives as an error that wants no words. */
function exitRequest(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('code' in error) || error.code !== 'EEXIT' || !('oclif' in error)) return undefined
  return (error.oclif as {exit?: number}).exit ?? EXIT.ok
}

function describe(error: unknown): {message: string; exitCode: number; hints: readonly string[]} {
  if (error instanceof CliError) {
    const {message, exitCode, hints} = error
    return {message, exitCode, hints: exitCode === EXIT.usage && hints.length === 0 ? [HELP_HINT] : hints}
  }
  if (error instanceof ApiError) return describeApi(error)
  const message = error instanceof Error ? error.message : String(error)
  const unknown = /^command (.+) not found\.?$/i.exec(message)
  if (unknown) return {message: `unknown command "${unknown[1]?.replaceAll(':', ' ')}"`, exitCode: EXIT.usage, hints: [HELP_HINT]}
  return {message, exitCode: EXIT.failed, hints: ['the stack: set KUBECTL_SCALARDL_DEBUG=1 and try again']}
}

/** kubectl, with the same connection flags, meets the same and can be asked further. */
function describeApi({status, message}: ApiError): {message: string; exitCode: number; hints: readonly string[]} {
  switch (status) {
    case 0: return {message, exitCode: EXIT.failed, hints: ['see whether kubectl gets through: kubectl version, with the same connection flags']}
    case 401: return {message: `the API server does not accept the credentials: ${message}`, exitCode: EXIT.failed, hints: ['log in again, then: kubectl auth whoami']}
    default: return {message: `the API server refuses: ${message}`, exitCode: EXIT.failed, hints: ['see whether kubectl gets further: kubectl get pods, with the same flags']}
  }
}

/** An error of oclif's parser, in kubectl's words: what is wrong with the command line, and where its help is. */
export function parseError(error: unknown, commandId: string): CliError {
  const text = error instanceof Error ? error.message : String(error)
  const message = text
    .replaceAll(/\nSee more help with --help/g, '')
    .replace(/^Parsing --(\S+) \n\t/, 'invalid --$1: ')
    .replace(/^Nonexistent flag/, 'unknown flag')
    .replace(/^The following errors? occurred:\n\s*/, '')
  return new CliError(message.charAt(0).toLowerCase() + message.slice(1), {
    exitCode: EXIT.usage,
    hints: [...(error instanceof CliError ? error.hints : []), `see: kubectl scalardl ${commandId} --help`],
    cause: error,
  })
}
