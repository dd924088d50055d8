import {defined} from '../support/defined.ts'
import {redact} from '../support/redact.ts'
import type {CheckedDatabase} from '../preflight/types.ts'
import type {RecordedDatabase, Timestamp} from './restore-point.ts'

const SECOND_MS = 1000
const DAY_MS = 86_400_000

/** A database as the record has it; with a restore point also from and until when it is restorable, as far as its lag and retention tell. */
export function databaseOf(database: CheckedDatabase, restorePoint: string | undefined): RecordedDatabase {
  const {database: {kind}, name, key, owners, check, settings, tables, restorable} = database
  return defined({
    kind, name, key, targets: owners, check,
    findings: findingsOf(database).map(redact),
    settings, tables,
    restorableFrom: restorable && after(restorePoint, restorable.lagSeconds * SECOND_MS),
    restorableUntil: restorable?.retentionDays === undefined ? undefined : after(restorePoint, restorable.retentionDays * DAY_MS),
  })
}

/** Unverified: first the reason, last the commands that answer it by hand. */
function findingsOf({check, summary, findings, byHand}: CheckedDatabase): string[] {
  return [...check === 'unverified' ? [summary] : [], ...findings.map(({text}) => text), ...byHand.map(command => `${BY_HAND}${command}`)]
}

/** How a finding that is a command begins. */
export const BY_HAND = 'by hand: '

const after = (restorePoint: string | undefined, ms: number): Timestamp | undefined =>
  restorePoint === undefined ? undefined : new Date(Date.parse(restorePoint) + ms).toISOString()
