import {openPlaces} from '../backup/targets.ts'
import {startKeeper} from '../by-hand/start.ts'
import {pauseResult, pauseViews} from '../by-hand/result.ts'
import {CliError, EXIT} from '../support/errors.ts'
import {tellEarlierRuns} from './earlier-runs.ts'
import {print} from './output.ts'
import {boardOn, isLive} from './progress.ts'
import {deliver} from './run-backup.ts'
import {onInterrupt} from './signals.ts'
import type {BackupRequest} from '../backup/prepare.ts'
import type {PauseEnd} from '../by-hand/pause-file.ts'
import type {OutputFormat} from './output.ts'

/** Pauses, and leaves it to a process of its own: progress to stderr, what there is to know to stdout. @returns the exit code */
export async function runPause(request: BackupRequest, output: OutputFormat | undefined, version: string): Promise<number> {
  await tellEarlierRuns()
  // Whoever has to log in does so while there is a terminal.
  await openPlaces(request.wanted)
  const board = boardOn(process.stderr)
  const begun = await startKeeper(request, {version, isTTY: isLive(process.stderr), board, onInterrupt}).finally(() => board.close())
  if (output === undefined) process.stderr.write('\n')
  if (begun.kind === 'ended') return deliverEnd(begun.end, output)
  // Only what the user has been told goes on without him.
  await print(pauseResult(begun.pause), {output, ...pauseViews})
  await begun.release()
  return EXIT.ok
}

/** What a pause by hand came to, as backup prints it. @throws CliError where it left no record */
export async function deliverEnd({exitCode, record, stored, error}: PauseEnd, output: OutputFormat | undefined): Promise<number> {
  if (!record) throw new CliError(error?.message ?? 'the pause ended without a record', {exitCode: exitCode || EXIT.failed, hints: error?.hints ?? []})
  return deliver({outcome: {exitCode}, record, stored}, output)
}
