import {backup} from '../backup/backup.ts'
import {resultViews} from '../backup/result.ts'
import {colorsFor, print} from './output.ts'
import {picture} from './picture.ts'
import {createProgress} from './progress.ts'
import {onInterrupt} from './signals.ts'
import type {BackupRequest} from '../backup/prepare.ts'
import type {State} from '../protocol/types.ts'
import type {OutputFormat} from './output.ts'

/** Runs a backup on this terminal: progress to stderr, the result to stdout. @returns the exit code */
export async function runBackup(request: BackupRequest, output: OutputFormat | undefined, version: string): Promise<number> {
  const progress = createProgress({stream: process.stderr})
  try {
    const {state, outcome, record, stored} = await backup(request, {version, tell: progress, observe: progress.observe, onInterrupt})
    for (const warning of stored?.warnings ?? []) progress.warn('Recorded', warning)
    await progress.done()
    if (output === undefined) process.stderr.write('\n')
    const kept = stored ?? {configMaps: [], warnings: []}
    // A record that could be kept nowhere has no name and goes to stdout whole; the text ends with it anyway.
    const lost = stored !== undefined && stored.file === undefined && stored.configMaps.length === 0
    await print(record, {output: lost && output === 'name' ? 'json' : output, ...resultViews(kept)})
    if (output === undefined) drawPicture(state)
    return outcome.exitCode
  } finally {
    await progress.done()
  }
}

/** Only on a terminal: one bar per pod over time. */
function drawPicture(state: State): void {
  const {stderr} = process
  if (!stderr.isTTY || !process.stdout.isTTY) return
  const lines = picture(state, {width: stderr.columns, colors: colorsFor(stderr)})
  if (lines.length > 0) stderr.write(`\n${lines.join('\n')}\n`)
}
