import {BY_HAND} from '../backup/record-database.ts'
import {buildPlan} from './build.ts'
import {databasesGiven, databasesOf} from './databases.ts'
import {frameOf} from './frame.ts'
import {parseRestoreTime, restoreTime} from './time.ts'
import {CliError, EXIT, usageError} from '../support/errors.ts'
import {printable} from '../support/printable.ts'
import type {RestorePoint} from '../backup/restore-point.ts'
import type {DatabaseGiven} from '../cli/database-flag.ts'
import type {Database, PlanMode} from '../databases/types.ts'
import type {KnownDatabase} from './databases.ts'
import type {RestorePlan, RestoreTime, Variant} from './model.ts'
import type {ValuesFiles} from './servers.ts'

/** What is asked for, beside the restore point. */
export interface PlanRequest {
  readonly version: string
  readonly nowMs: number
  readonly databases: readonly DatabaseGiven[]
  readonly mode: PlanMode
  readonly prefix?: string
  /** Instead of those of the record, where there is one database alone. */
  readonly tables?: readonly string[]
  readonly snapshots: ReadonlyArray<{readonly name: string; readonly identifier: string}>
  /** Plan also for a restore point that is not known to be consistent. */
  readonly insist: boolean
  readonly scaleWith: Variant
  readonly values: ValuesFiles
  /** Every kind of database; the registry where nothing is said. */
  readonly known?: readonly Database[]
}

/** The plan that restores what a record names. @throws CliError (usage) for a record without a restore point to rely on */
export function planOfRecord(record: RestorePoint, request: PlanRequest): RestorePlan {
  const {metadata: {name}, verdict, window, targets, databases = [], snapshots = []} = record
  const time = restorePointOf(record, request)
  const known = databasesOf(targets, databases, request.databases, request.known)
  const late = known.flatMap(each => beyondRetention(each, time, request.nowMs))
  refuseLate(late, request)
  return planned({time, targets, databases: known, consistent: record.consistent, record: {name, verdict, window: {pausedAt: window.pausedAt, unpausedAt: window.unpausedAt}}}, {
    ...request, snapshots: [...snapshots, ...request.snapshots],
  }, [...doubts(record), ...late, ...known.flatMap(each => recordedWarnings(each, request.nowMs))])
}

/** The plan for a time that is all that is known. @throws CliError (usage) */
export function planOfTime(text: string, request: PlanRequest): RestorePlan {
  const time = parseRestoreTime(text, request.nowMs)
  if (request.databases.length === 0) {
    throw usageError('--at says when, and nothing says which database', 'give each: --database kind=KIND,NAME=VALUE')
  }
  const databases = databasesGiven(request.databases, request.known)
  const late = databases.flatMap(each => beyondRetention(each, time, request.nowMs))
  refuseLate(late, request)
  return planned({time, targets: [], databases, consistent: false}, request, [
    `no record says that ${time.rfc3339} lies within a pause: what was under way then is restored half done, and Ledger and Auditor may not agree`,
    ...late,
  ])
}

const DAY_MS = 86_400_000

/** A restore point is in the databases' time, so that a database's clock that is ahead puts it ahead of this machine's for a while. */
function restorePointOf(record: RestorePoint, {insist, nowMs}: PlanRequest): RestoreTime {
  const {metadata: {name}, verdict, reasons, restorePoint, clock: {offsets}} = record
  if (restorePoint === undefined) {
    throw new CliError(`the record ${name} has no restore point: it is ${verdict}`, {exitCode: EXIT.usage, hints: [...reasons, 'choose another: kubectl scalardl restore-points']})
  }
  if (!record.consistent && !insist) {
    throw new CliError(`the restore point of ${name} is not known to be consistent: it is ${verdict}`, {
      exitCode: EXIT.usage, hints: [...reasons, 'choose another: kubectl scalardl restore-points', 'or, when nothing better is there: --insist'],
    })
  }
  return parseRestoreTime(restorePoint, nowMs + Math.max(0, ...offsets.map(({hiMs}) => hiMs)))
}

/** What no recovery reaches any more is planned for only when one insists: there may be copies, or the figures may be wrong. */
function refuseLate([first, ...others]: readonly string[], {insist}: PlanRequest): void {
  if (first === undefined || insist) return
  throw usageError(first, ...others, 'choose a newer one: kubectl scalardl restore-points', 'or, when a copy was made in time, or it is kept for longer: --insist')
}

/** What speaks against the restore point as a whole. */
function doubts({consistent, verdict, reasons, statements, stillPaused}: RestorePoint): string[] {
  return [
    ...consistent ? [] : [`this restore point is not known to be consistent (${verdict}): ${reasons.join('; ')}`],
    ...stillPaused.map(({namespace, pod, command}) => `when the record was made, ${namespace}/${pod} may still have been paused; if it is: ${command}`),
    ...statements,
  ]
}

function beyondRetention({database, settings, recorded}: KnownDatabase, {epochSeconds}: RestoreTime, nowMs: number): string[] {
  const days = database.restorable(settings)?.retentionDays
  const until = recorded?.restorableUntil ?? (days === undefined ? undefined : new Date(epochSeconds * 1000 + days * DAY_MS).toISOString())
  if (until === undefined || nowMs <= Date.parse(until)) return []
  const now = restoreTime(Math.floor(nowMs / 1000)).rfc3339
  return [`${database.name(settings)}: the restore point left its retention on ${until}, it is ${now} now; only copies and backups that were made before can bring it back`]
}

function recordedWarnings({database, settings, recorded}: KnownDatabase, nowMs: number): string[] {
  const name = database.name(settings)
  if (!recorded) return [`${name}: found in the properties alone; the backup has not looked at it`]
  const {check, findings, restorableFrom} = recorded
  const now = restoreTime(Math.floor(nowMs / 1000)).rfc3339
  // The plan has a step that looks, with commands of its own.
  const reasons = findings.filter(finding => !finding.startsWith(BY_HAND))
  const found = reasons.length > 0 ? `: ${reasons.join('; ')}` : ''
  return [
    ...restorableFrom !== undefined && nowMs < Date.parse(restorableFrom) ? [`${name}: restorable from about ${restorableFrom} on, it is ${now} now`] : [],
    ...check === 'failed' ? [`${name}: its recovery did not reach the restore point when the backup was made${found}`] : [],
    ...check === 'unverified' || check === 'skipped' ? [`${name}: whether its recovery reaches the restore point was not verified by the backup${found}`] : [],
  ]
}

type Known = Pick<Parameters<typeof buildPlan>[0], 'time' | 'record' | 'consistent'> & {readonly targets: RestorePoint['targets']; readonly databases: readonly KnownDatabase[]}

function planned({targets, databases, ...rest}: Known, request: PlanRequest, warnings: readonly string[]): RestorePlan {
  const {version, mode, prefix, snapshots, scaleWith, values} = request
  const stray = Object.keys(values).find(release => !targets.some(target => target.release === release))
  if (stray !== undefined) throw usageError(`--values: no release is called "${stray}"`, `the releases are: ${targets.map(({release}) => release).join(', ') || 'none, without a record'}`)
  if (mode === 'prefix' && !databases.some(({database}) => database.takesPrefix)) {
    throw usageError(`--mode prefix: no database of this plan has tables under a prefix (${databases.map(({database}) => database.kind).join(', ')})`, 'leave it out: what goes to a new server or account is beside the old one anyway')
  }
  return buildPlan({
    ...rest, version, mode, prefix, snapshots, scaleWith,
    warnings: warnings.map(printable),
    databases: withTables(databases, request.tables),
  }, sections => frameOf({targets, mode, scaleWith, values, time: rest.time}, sections))
}

/** What no database allows in a name of a table, schema or container, and a shell or a command could take for something else. */
const TABLE = /^[\w$][\w.$/-]*$/

function withTables(databases: readonly KnownDatabase[], given: readonly string[] | undefined): KnownDatabase[] {
  if (given && databases.length > 1) throw usageError(`--tables is for one database, and there are ${databases.length}`, 'make a plan for each: --at TIME --database kind=KIND,…')
  return databases.map(database => {
    // A restore of no table at all would look as if it had been one.
    const tables = given ?? (database.tables?.length === 0 ? undefined : database.tables)
    const illegal = tables?.find(table => !TABLE.test(table))
    if (illegal !== undefined) throw usageError(`${JSON.stringify(illegal)} is no legal name of a table`)
    return {...database, tables}
  })
}
