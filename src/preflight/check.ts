import {CliError} from '../support/errors.ts'
import {mergeSame} from './same.ts'
import type {CheckResult} from '../databases/types.ts'
import type {CheckedDatabase, DatabaseToCheck} from './types.ts'

export interface CheckOptions {
  /** `--skip-database-check`: nothing is asked. */
  readonly skip: boolean
  /** How long a check may go on without a sign of life. */
  readonly silenceMs?: number
  /** Told how far a check has come. */
  readonly progress: (name: string, text: string) => void
}

/** A laptop without a route to the cloud must not hold up a backup. */
const SILENCE_MS = 20_000

/**
 * Asks every database, all at once and with the user's credentials, whether a restore point would be restorable. Never throws:
 * what could not be found out, be it by our own mistake, is unverified.
 */
export async function checkDatabases(databases: readonly DatabaseToCheck[], options: CheckOptions): Promise<CheckedDatabase[]> {
  return mergeSame(await Promise.all(databases.map(async database => {
    const {database: kind, settings} = database
    const restorable = kind.restorable(settings)
    if (options.skip) return {database: {...database, check: 'skipped', summary: 'not checked, as --skip-database-check says', findings: [], byHand: [], restorable}, learned: {}}
    const {status: check, ...found} = await checkOne(database, options)
    const byHand = check === 'unverified' ? commandsByHand(database) : []
    return {database: {...database, ...found, check, settings: {...settings, ...found.settings}, byHand, restorable: found.restorable ?? restorable}, learned: found.settings}
  })))
}

async function checkOne({database, name, settings, storages, access}: DatabaseToCheck, {silenceMs = SILENCE_MS, progress}: CheckOptions): Promise<CheckResult> {
  if (!database.check) return unverified(`there is no check for ${database.title}`)
  const silence = new AbortController()
  const {promise: silent, resolve} = Promise.withResolvers<CheckResult>()
  const timer = setTimeout(() => {
    resolve(unverified(`no answer within ${silenceMs / 1000} s`))
    silence.abort()
  }, silenceMs)
  const alive = (text: string) => {
    timer.refresh()
    progress(name, text)
  }
  try {
    return await Promise.race([database.check({settings, storages, access, signal: silence.signal, progress: alive}), silent])
  } catch (error) {
    return unverified(`the check itself failed: ${error instanceof Error ? error.message : String(error)}`)
  } finally {
    clearTimeout(timer)
  }
}

/** None for a database whose very name is not known well enough. */
function commandsByHand({database, settings, storages}: DatabaseToCheck): string[] {
  try {
    return database.checkByHand(settings, storages).map(({shell, note}) => note === undefined ? shell : `# ${note}\n${shell}`)
  } catch {
    return []
  }
}

const unverified = (summary: string): CheckResult => ({status: 'unverified', summary, findings: [], settings: {}})

/** Refuses databases whose restore point would not be restorable. @throws CliError naming each problem and what mends it */
export function refuseUnrestorable(databases: readonly CheckedDatabase[]): void {
  const failed = databases.filter(({check}) => check === 'failed')
  if (failed.length === 0) return
  throw new CliError(`no restore point would be restorable: ${failed.map(({name, summary}) => `${name}: ${summary}`).join('; ')}`, {
    hints: [
      ...failed.flatMap(({findings}) => findings.flatMap(({level, text, fix}) => level === 'problem' ? [text, ...fix === undefined ? [] : indented(fix)] : [])),
      'nothing was paused; --skip-database-check goes on without this check, and the record says so',
    ],
  })
}

const indented = (text: string) => text.split('\n').map(line => `  ${line}`)
