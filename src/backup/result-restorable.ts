import type {ChalkInstance} from 'chalk'
import {BY_HAND} from './record-database.ts'
import type {RecordedDatabase, RestorePoint} from './restore-point.ts'

const MINUTE_MS = 60_000

/**
 * From and until when the restore point can be restored to, as far as the databases' lag and retention tell, and what of it is
 * not verified. No lines without a restore point.
 */
export function restorableLines({restorePoint, databases = [], targets}: RestorePoint, colors: ChalkInstance): string[] {
  if (restorePoint === undefined) return []
  const doubts = [
    ...databases.flatMap(doubtsOf),
    ...targets.flatMap(({release}, index) => databases.some(database => database.targets.includes(index)) ? [] : [`the database behind ${release} is not known`]),
  ]
  const span = spanOf(databases)
  const when = span && doubts.length > 0 ? `${span} where point-in-time recovery is on, which is not verified everywhere:` : span
  return [...when === undefined ? [] : [when], ...doubts.map(text => text.startsWith('  ') ? text : colors.yellow(text))]
}

/** The whole is restorable when the slowest database is, and only as long as the shortest retention lasts. */
function spanOf(databases: readonly RecordedDatabase[]): string | undefined {
  const from = databases.flatMap(({restorableFrom}) => restorableFrom ?? []).toSorted().at(-1)
  const until = databases.flatMap(({restorableUntil}) => restorableUntil ?? []).toSorted()[0]
  if (from === undefined) return undefined
  return `from about ${minuteOf(from)}${until === undefined ? '' : ` until ${until.slice(0, 10)}`}`
}

const minuteOf = (stamp: string) => `${new Date(Math.round(Date.parse(stamp) / MINUTE_MS) * MINUTE_MS).toISOString().slice(11, 16)}Z`

function doubtsOf({name, check, findings}: RecordedDatabase): string[] {
  if (check === 'skipped') return [`not checked, as --skip-database-check says: ${name}`]
  if (check !== 'unverified') return []
  const commands = findings.flatMap(finding => finding.startsWith(BY_HAND) ? finding.slice(BY_HAND.length).split('\n').map(line => `  ${line}`) : [])
  return [`not verified: ${name}: ${findings[0] ?? 'no reason is known'}`, ...commands.length > 0 ? ['by hand:', ...commands] : []]
}
