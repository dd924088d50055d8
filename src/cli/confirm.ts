import {createInterface} from 'node:readline/promises'
import {usageError} from '../support/errors.ts'

/** Where it is asked. */
export interface Terminal {
  readonly stdin: NodeJS.ReadableStream & {readonly isTTY?: boolean}
  readonly stderr: NodeJS.WritableStream
}

/**
 * Asks on the terminal, and takes nothing but the whole word yes; the end of input is no yes.
 * @param yes `--yes`: nothing is asked
 * @returns whether to go on
 * @throws CliError (usage) without a terminal to ask on
 */
export async function confirm(question: string, yes: boolean, {stdin, stderr}: Terminal = process): Promise<boolean> {
  if (yes) return true
  if (!stdin.isTTY) throw usageError('there is no terminal to ask on, and nothing was changed', 'to go on without being asked: --yes', 'to see what would be done: --dry-run')
  const terminal = createInterface({input: stdin, output: stderr})
  const {promise: ended, resolve} = Promise.withResolvers<string>()
  terminal.once('close', () => { resolve('') })
  try {
    return (await Promise.race([terminal.question(`${question} Type yes to go on: `), ended])).trim() === 'yes'
  } finally {
    terminal.close()
  }
}
