import {databasesBehind} from './behind.ts'
import {checkDatabases, refuseUnrestorable} from './check.ts'
import type {Narrator} from '../backup/prepare.ts'
import type {Client} from './behind.ts'
import type {CheckedDatabase} from './types.ts'

/** The databases behind the targets as they were found and checked. */
export interface Preflight {
  readonly databases: readonly CheckedDatabase[]
  /** Which databases are not known, and why. */
  readonly unknown: readonly string[]
}

/**
 * Finds the databases behind the targets and checks them, telling what comes out.
 * @throws CliError when a restore point would not be restorable
 */
export async function preflight(clients: readonly Client[], {skip}: {readonly skip: boolean}, tell: Narrator): Promise<Preflight> {
  const {databases, unknown} = databasesBehind(clients)
  for (const text of unknown) tell.warn('Databases', text)
  if (!skip && databases.length > 0) tell.busy('Databases', databases.map(({name}) => name).join(', '))
  const checked = await checkDatabases(databases, {skip, progress: (name, text) => { tell.busy('Databases', `${name}: ${text}`) }})
  for (const database of checked) say(database, tell)
  refuseUnrestorable(checked)
  return {databases: checked, unknown}
}

function say({name, check, summary, findings}: CheckedDatabase, tell: Narrator): void {
  switch (check) {
    case 'passed':
      tell.line('Databases', `${name}: ${summary}`)
      break
    case 'skipped':
      tell.warn('Databases', `${name}: ${summary}`)
      break
    case 'unverified':
      tell.warn('Databases', `${name}: not verified: ${summary}; see: kubectl scalardl check`)
      break
    // The error that follows says why.
    case 'failed': return
  }
  for (const {text} of findings) tell.warn('Databases', `${name}: ${text}`)
}
