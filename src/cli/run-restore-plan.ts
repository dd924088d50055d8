import {findRecord} from '../catalogue/find.ts'
import {catalogueWorld} from '../catalogue/world.ts'
import {renderMarkdown} from '../plan/markdown.ts'
import {planOfRecord, planOfTime} from '../plan/plan.ts'
import {renderScript} from '../plan/script.ts'
import {renderText} from '../plan/text.ts'
import {CliError, usageError} from '../support/errors.ts'
import {readText} from '../support/files.ts'
import {printable} from '../support/printable.ts'
import {print} from './output.ts'
import type {PlanFlags} from '../commands/restore-plan.ts'
import type {PlanRequest} from '../plan/plan.ts'
import type {RestorePlan} from '../plan/model.ts'

/** Prints the plan to stdout, what to know about the choice of the record to stderr. */
export async function printRestorePlan(which: string | undefined, flags: PlanFlags, version: string): Promise<void> {
  const request = await requestOf(flags, version)
  await print(await planFor(which, flags, request), viewOf(flags.output))
}

async function planFor(which: string | undefined, flags: PlanFlags, request: PlanRequest): Promise<RestorePlan> {
  if (flags.at !== undefined) {
    if (which !== undefined) throw usageError(`the record ${which} and --at contradict each other`, 'leave one of them out')
    return planOfTime(flags.at, request)
  }
  const {record, notes} = await findRecord(which ?? 'latest', catalogueWorld(flags, flags.local))
  for (const note of notes) process.stderr.write(`note: ${printable(note)}\n`)
  return planOfRecord(record, request)
}

/** @throws CliError (usage) for flags that contradict each other */
async function requestOf(flags: PlanFlags, version: string): Promise<PlanRequest> {
  const {mode, prefix} = flags
  if (mode === 'prefix' && prefix === undefined) throw usageError('--mode prefix needs --prefix', 'e.g. --mode prefix --prefix r1_')
  if (mode !== 'prefix' && prefix !== undefined) throw usageError('--prefix is for --mode prefix alone')
  if (prefix !== undefined && !/^[\w.-]{1,40}$/.test(prefix)) throw usageError(`${JSON.stringify(prefix)} is no legal prefix: letters, digits, _ . - and 40 of them at most`)
  return {
    version,
    nowMs: Date.now(),
    databases: flags.database ?? [],
    mode,
    prefix,
    tables: await tablesOf(flags),
    snapshots: (flags.snapshot ?? []).map(([name, identifier]) => ({name, identifier})),
    insist: flags.insist,
    scaleWith: flags['scale-with'],
    values: Object.fromEntries(flags.values ?? []),
  }
}

async function tablesOf({tables, 'tables-file': file}: PlanFlags): Promise<string[] | undefined> {
  const text = file === undefined ? tables : await readTables(file)
  if (text === undefined) return undefined
  const names = text.split(file === undefined ? ',' : '\n').map(name => name.trim()).filter(Boolean)
  if (names.length === 0) throw usageError(`${file === undefined ? '--tables' : file} names no table`)
  return [...new Set(names)]
}

async function readTables(file: string): Promise<string> {
  try {
    return await readText(file)
  } catch (error) {
    throw new CliError(`the tables in ${file} cannot be read: ${(error as Error).message}`, {cause: error})
  }
}

function viewOf(format: PlanFlags['output']): Parameters<typeof print<RestorePlan>>[1] {
  switch (format) {
    case 'json': return {output: 'json', text: renderText}
    case 'yaml': return {output: 'yaml', text: renderText}
    case 'script': return {text: plan => renderScript(plan).trimEnd()}
    case 'markdown': return {text: plan => renderMarkdown(plan)}
    case 'text': return {text: renderText}
  }
}
