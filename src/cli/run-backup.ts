import {backup} from '../backup/backup.ts'
import {isNowhere, resultViews} from '../backup/result.ts'
import {tellEarlierRuns} from './earlier-runs.ts'
import {colorsFor, print} from './output.ts'
import {picture} from './picture.ts'
import {createProgress} from './progress.ts'
import {onInterrupt} from './signals.ts'
import {CliError, EXIT} from '../support/errors.ts'
import type {BackupResult} from '../backup/backup.ts'
import type {BackupRequest} from '../backup/prepare.ts'
import type {State} from '../protocol/types.ts'
import type {OutputFormat, OutputStream} from './output.ts'

/** `record` (`--record -`): the record to stdout, and the text for people to stderr. */
export type ResultFormat = OutputFormat | 'record' | undefined

/** Runs a backup on this terminal: progress to stderr, the result to stdout. @returns the exit code */
export async function runBackup(request: BackupRequest, output: ResultFormat, version: string): Promise<number> {
  await tellEarlierRuns()
  const progress = createProgress({stream: process.stderr})
  const interrupts = heardToTheEnd()
  try {
    const result = await backup(request, {version, tell: progress, observe: progress.observe, onInterrupt: interrupts.listen, say: progress.output})
    interrupts.ends(result.outcome.exitCode)
    for (const warning of result.stored?.warnings ?? []) progress.warn('Recorded', warning)
    await progress.done()
    if (output === undefined || output === 'record') process.stderr.write('\n')
    const exitCode = await deliver(result, output)
    if (output === undefined) drawPicture(result.state)
    return exitCode
  } finally {
    await progress.done()
    interrupts.stop()
  }
}

/**
 * What interrupts is heard until the result is printed, since it says what is left paused and what to type: once the backup has
 * ended, the first signal is passed over, and the second ends the process, e.g. where stdout takes nothing.
 */
function heardToTheEnd() {
  let handler: Parameters<typeof onInterrupt>[0]
  let stop: () => void = () => undefined
  let exitCode: number = EXIT.failed
  let impatience = 0
  const ended: typeof handler = ({exitCode: signalled}) => {
    if (signalled !== undefined && ++impatience > 1) process.exit(exitCode)
  }
  return {
    listen: (next: typeof handler) => {
      handler = next
      stop = onInterrupt(interruption => { handler(interruption) })
      return () => { handler = ended }
    },
    ends: (code: number) => { exitCode = code },
    stop: () => { stop() },
  }
}

/**
 * Prints the result. Where stdout takes none of it, the text for people goes to stderr: what is paused and where the record is
 * must be heard.
 * @returns the exit code
 * @throws CliError when it could not be printed, with the backup's own exit code where that is not 0
 */
export async function deliver(
  {outcome, record, stored}: Pick<BackupResult, 'record' | 'stored'> & {readonly outcome: Pick<BackupResult['outcome'], 'exitCode'>}, output: ResultFormat,
  {stdout, stderr}: {readonly stdout: OutputStream; readonly stderr: OutputStream} = process,
): Promise<number> {
  const views = resultViews(stored ?? {configMaps: [], warnings: []})
  // A record that could be kept nowhere has no name and goes to stdout whole; the text ends with it anyway.
  const lost = stored !== undefined && isNowhere(stored)
  try {
    await print(record, {output: output === 'record' || (lost && output === 'name') ? 'json' : output, ...views}, stdout)
  } catch (error) {
    await print(record, views, stderr).catch(() => undefined)
    throw new CliError((error as Error).message, {
      exitCode: outcome.exitCode || EXIT.failed, hints: ['the result stands above; the backup itself went as it says'], cause: error,
    })
  }
  if (output === 'record') await print(record, views, stderr)
  return outcome.exitCode
}

/** Only on a terminal: one bar per pod over time. */
function drawPicture(state: State): void {
  const {stderr} = process
  if (!stderr.isTTY || !process.stdout.isTTY) return
  const lines = picture(state, {width: stderr.columns, colors: colorsFor(stderr)})
  if (lines.length > 0) stderr.write(`\n${lines.join('\n')}\n`)
}
