import {createInterface} from 'node:readline/promises'
import {usageError} from '../support/errors.ts'

/**
 * Asks on the terminal, and takes nothing but the whole word yes.
 * @param yes `--yes`: nothing is asked
 * @returns whether to go on
 * @throws CliError (usage) without a terminal to ask on
 */
export async function confirm(question: string, yes: boolean): Promise<boolean> {
  if (yes) return true
  if (!process.stdin.isTTY) throw usageError('there is no terminal to ask on, and nothing was changed', 'to go on without being asked: --yes', 'to see what would be done: --dry-run')
  const terminal = createInterface({input: process.stdin, output: process.stderr})
  try {
    return (await terminal.question(`${question} Type yes to go on: `)).trim() === 'yes'
  } finally {
    terminal.close()
  }
}
