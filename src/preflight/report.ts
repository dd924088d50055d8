import {API_VERSION} from '../backup/restore-point.ts'
import {redact} from '../support/redact.ts'
import {readingText} from '../clock/words.ts'
import {defined} from '../support/defined.ts'
import type {ClockReading} from '../clock/clocks.ts'
import type {Found} from '../backup/search.ts'
import type {Product} from '../discovery/types.ts'
import type {Timestamp} from '../backup/restore-point.ts'
import type {Finding} from '../databases/types.ts'
import type {Preflight} from './preflight.ts'

export const CHECK_KIND = 'DatabaseCheck'

/** What `check` found out: could a restore point of these targets be restored to? `-o json|yaml` prints it as it is (schema/database-check.schema.json). */
export interface CheckReport {
  readonly apiVersion: typeof API_VERSION
  readonly kind: typeof CHECK_KIND
  readonly tool: {readonly name: 'kubectl-scalardl'; readonly version: string}
  readonly checkedAt: Timestamp
  /** `failed`: a backup would stop. `unverified`: it would go on, and say so. */
  readonly result: 'passed' | 'failed' | 'unverified'
  readonly targets: readonly CheckedTarget[]
  readonly databases: readonly ReportedDatabase[]
  /** Databases of which nothing is known, and why. */
  readonly unknown: readonly string[]
  readonly clocks: readonly ReportedClock[]
}

/** A clock minus this machine's lies in `[loMs, hiMs]`, or `unmeasured` says why that is not known. */
export interface ReportedClock {
  /** `Amazon DynamoDB in eu-west-1`, `the API server of prod`. */
  readonly of: string
  readonly text: string
  readonly loMs?: number
  readonly hiMs?: number
  readonly unmeasured?: string
}

export interface CheckedTarget {
  readonly product: Product
  readonly release: string
  readonly namespace: string
  readonly context?: string
  readonly cluster: string
  readonly version?: string
}

export interface ReportedDatabase {
  readonly kind: string
  /** For people: `Amazon DynamoDB in eu-west-1`. */
  readonly name: string
  /** Indexes in `targets` of those who use it. */
  readonly targets: readonly number[]
  readonly check: 'passed' | 'failed' | 'unverified'
  readonly summary: string
  readonly findings: readonly Finding[]
  /** Commands that answer by hand what could not be verified. */
  readonly byHand: readonly string[]
  readonly settings: Readonly<Record<string, string>>
  readonly tables?: readonly string[]
  /** How long after a moment it can be restored to, and for how long. */
  readonly lagSeconds?: number
  readonly retentionDays?: number
}

/** The report of one check. Free text of the services goes through `redact`. */
export function reportOf({databases, unknown, clocks}: Preflight, found: readonly Found[], version: string, now: Date): CheckReport {
  const checks = databases.map(({check}) => check === 'skipped' ? 'unverified' : check)
  return {
    apiVersion: API_VERSION,
    kind: CHECK_KIND,
    tool: {name: 'kubectl-scalardl', version},
    checkedAt: now.toISOString(),
    result: checks.includes('failed') ? 'failed' : checks.includes('unverified') || unknown.length > 0 ? 'unverified' : 'passed',
    targets: found.map(({release: {product, release, namespace, version: installed}, cluster: {api: {access: {context, cluster}}}}) =>
      defined({product, release, namespace, context, cluster, version: installed})),
    databases: databases.map(({database: {kind}, name, owners, summary, findings, byHand, settings, tables, restorable}, index) => defined({
      kind, name, targets: owners, check: checks[index] ?? 'unverified', summary: redact(summary),
      findings: findings.map(({level, text, fix}) => defined({level, text: redact(text), fix})),
      byHand, settings, tables, lagSeconds: restorable?.lagSeconds, retentionDays: restorable?.retentionDays,
    })),
    unknown: unknown.map(redact),
    clocks: [...clocks.databases, ...clocks.apiServers].map(clockOf),
  }
}

function clockOf(reading: ClockReading): ReportedClock {
  const {database: of, measurement} = reading
  if ('unmeasured' in measurement) return {of, text: redact(readingText(reading)), unmeasured: redact(measurement.unmeasured)}
  return {of, text: readingText(reading), loMs: measurement.loMs, hiMs: measurement.hiMs}
}
