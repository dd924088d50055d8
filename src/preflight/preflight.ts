import {readingText} from '../clock/words.ts'
import {databasesBehind} from './behind.ts'
import {checkDatabases, refuseUnrestorable} from './check.ts'
import {readClocks} from './clocks.ts'
import type {Narrator} from '../backup/prepare.ts'
import type {ApiServer} from '../kube/types.ts'
import type {Client} from './behind.ts'
import type {Clocks} from './clocks.ts'
import type {CheckedDatabase} from './types.ts'

/** The databases behind the targets as they were found and checked, and how far their clocks are off. */
export interface Preflight {
  readonly databases: readonly CheckedDatabase[]
  /** Which databases are not known, and why. */
  readonly unknown: readonly string[]
  readonly clocks: Clocks
}

/** A log need not hear of every table. */
const TELL_MS = 3000

/** Finds the databases behind the targets, checks them and measures their clocks, all at once. Never throws. */
export async function preflight(clients: readonly Client[], apis: readonly ApiServer[], {skip, tell}: {
  readonly skip: boolean
  readonly tell: Pick<Narrator, 'busy'>
}): Promise<Preflight> {
  const behind = databasesBehind(clients)
  if (behind.databases.length > 0) tell.busy('Databases', behind.databases.map(({name}) => name).join(', '))
  let toldMs = performance.now()
  const progress = (name: string, text: string) => {
    if (performance.now() - toldMs < TELL_MS) return
    toldMs = performance.now()
    tell.busy('Databases', `${name}: ${text}`)
  }
  const [databases, clocks] = await Promise.all([
    checkDatabases(behind.databases, {skip, progress}),
    readClocks(behind, apis, process.env),
  ])
  return {databases, unknown: behind.unknown, clocks}
}

/**
 * Tells what the preflight of a backup found.
 * @throws CliError when a restore point would not be restorable
 */
export function tellPreflight({databases, unknown, clocks}: Preflight, guardMs: number, tell: Narrator): void {
  for (const database of databases) say(database, tell)
  for (const text of unknown) tell.warn('Databases', text)
  refuseUnrestorable(databases)
  for (const reading of [...clocks.databases, ...clocks.apiServers]) {
    const measured = !('unmeasured' in reading.measurement)
    if (measured) tell.line('Clocks', readingText(reading, guardMs))
    else if (clocks.databases.includes(reading)) tell.warn('Clocks', readingText(reading, guardMs))
  }
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
