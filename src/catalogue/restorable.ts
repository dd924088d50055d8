import {findDatabases} from '../databases/find.ts'
import {CliError} from '../support/errors.ts'
import type {RecordedDatabase, RestorePoint, Timestamp} from '../backup/restore-point.ts'

const DAY_MS = 86_400_000

/** Whether a restore point can be restored to now, as far as the databases' lag and retention tell. */
export interface Restorable {
  /**
   * `no`: there is none. `yes` only where every database was found to have point-in-time recovery; `unverified`: it would be,
   * by the same figures. `unknown`: of some database neither is known.
   */
  readonly state: 'no' | 'unknown' | 'not yet' | 'yes' | 'unverified' | 'expired'
  /** When the slowest database is about to have it. */
  readonly from?: Timestamp
  /** When the shortest retention ends. */
  readonly until?: Timestamp
}

type Span = Pick<RecordedDatabase, 'targets' | 'check' | 'restorableFrom' | 'restorableUntil'>

/** @param nowMs since the epoch */
export function restorableOf(record: RestorePoint, nowMs: number): Restorable {
  if (record.restorePoint === undefined) return {state: 'no'}
  const spans = record.databases ?? spansBehind(record, record.restorePoint)
  const from = spans.flatMap(({restorableFrom}) => restorableFrom ?? []).toSorted().at(-1)
  const until = spans.flatMap(({restorableUntil}) => restorableUntil ?? []).toSorted()[0]
  const bounds = {...from !== undefined && {from}, ...until !== undefined && {until}}
  return {state: stateOf(record, spans, bounds, nowMs), ...bounds}
}

function stateOf({targets}: RestorePoint, spans: readonly Span[], {from, until}: Omit<Restorable, 'state'>, nowMs: number): Restorable['state'] {
  if (until !== undefined && Date.parse(until) < nowMs) return 'expired'
  if (from !== undefined && Date.parse(from) > nowMs) return 'not yet'
  const known = targets.every((_, index) => spans.some(span => span.targets.includes(index))) && spans.every(span => span.restorableFrom !== undefined)
  if (!known) return 'unknown'
  return spans.every(({check}) => check === 'passed') ? 'yes' : 'unverified'
}

/** Records of version 0.1.0 have only the properties of their products. */
function spansBehind({targets}: RestorePoint, restorePoint: string): Span[] {
  const after = (ms: number) => new Date(Date.parse(restorePoint) + ms).toISOString()
  try {
    return findDatabases(targets).found.map(({database, settings, owners}): Span => {
      const span = database.restorable(settings)
      return {
        targets: owners, check: 'skipped',
        restorableFrom: span && after(span.lagSeconds * 1000),
        restorableUntil: span?.retentionDays === undefined ? undefined : after(span.retentionDays * DAY_MS),
      }
    })
  } catch (error) {
    // Properties with names that cannot be legal: a list says unknown, the plan will say why.
    if (error instanceof CliError) return []
    throw error
  }
}

/** For a cell of a table: `until 2026-12-28`. */
export function describeRestorable({state, from, until}: Restorable): string {
  switch (state) {
    case 'no': return 'no'
    case 'unknown': return 'unknown'
    case 'expired': return `expired ${until?.slice(0, 10) ?? ''}`
    case 'not yet': return `not yet, from about ${from?.slice(0, 16) ?? ''}Z`
    case 'unverified': return until === undefined ? 'unverified' : `unverified, until ${until.slice(0, 10)}`
    case 'yes': return until === undefined ? 'yes' : `until ${until.slice(0, 10)}`
  }
}
