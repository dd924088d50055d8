import type {RecordedDatabase} from '../backup/restore-point.ts'
import type {DatabaseBehind} from '../databases/find.ts'
import type {CheckResult, CloudAccess} from '../databases/types.ts'

/** A database behind the targets, and whose credentials look at it. */
export interface DatabaseToCheck extends DatabaseBehind {
  /** For people: `Amazon DynamoDB in eu-west-1`. */
  readonly name: string
  readonly access: CloudAccess
}

/** What is known of a database before the pause. */
export interface CheckedDatabase extends DatabaseToCheck, Pick<CheckResult, 'summary' | 'findings' | 'tables' | 'restorable'> {
  readonly check: RecordedDatabase['check']
  /** The commands with which a person finds out what the check could not. */
  readonly byHand: readonly string[]
}

/** The databases behind the targets, and the storages of which nothing is known. */
export interface Behind {
  readonly databases: readonly DatabaseToCheck[]
  /** What could not be told, in words for the user, naming the release. */
  readonly unknown: readonly string[]
}
