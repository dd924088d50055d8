import {backup} from '../backup/backup.ts'
import {resultViews} from '../backup/result.ts'
import {print} from './output.ts'
import {onInterrupt} from './signals.ts'
import type {BackupRequest, Prepared} from '../backup/prepare.ts'
import type {Observer} from '../backup/run.ts'
import type {OutputFormat} from './output.ts'

/** Runs a backup on this terminal: progress to stderr, the result to stdout. @returns the exit code */
export async function runBackup(request: BackupRequest, output: OutputFormat | undefined, version: string): Promise<number> {
  const say = (text: string) => { process.stderr.write(`${text}\n`) }
  const observer = (_: Prepared): Observer => (state, _event, before) => {
    if (state.phase !== before.phase) say(`… ${state.phase}`)
  }
  const {outcome, record, stored} = await backup(request, {
    version,
    tell: {line: (title, text) => { say(`✔ ${title.padEnd(14)}${text}`) }, warn: text => { say(`warning: ${text}`) }},
    observer,
    onInterrupt,
  })
  for (const warning of stored?.warnings ?? []) say(`warning: ${warning}`)
  await print(record, {output, ...resultViews(stored ?? {configMaps: [], warnings: []})})
  return outcome.exitCode
}
