/** What a lease says, and what is written into it. Pure. */
import {createHash, randomUUID} from 'node:crypto'
import {hostname, userInfo} from 'node:os'
import {quote} from '../plan/shell.ts'
import {formatDuration} from '../support/duration.ts'
import {printable} from '../support/printable.ts'
import type {ApiServer} from '../kube/types.ts'

/** A `coordination.k8s.io/v1` Lease, as far as it is of use here. What others wrote may hold anything. */
export interface Lease {
  readonly apiVersion: 'coordination.k8s.io/v1'
  readonly kind: 'Lease'
  readonly metadata: {
    readonly name: string
    readonly namespace: string
    readonly uid?: string
    readonly resourceVersion?: string
    readonly labels?: Readonly<Record<string, string>>
  }
  readonly spec?: LeaseSpec
}

interface LeaseSpec {
  readonly holderIdentity?: string | null
  readonly leaseDurationSeconds?: number
  /** RFC 3339 with microseconds. */
  readonly acquireTime?: string
  readonly renewTime?: string
  readonly leaseTransitions?: number
}

/** An answer to a renewal that came later than this after it was sent is not counted: the lease may run out too soon after it. */
export const RENEWAL_MARGIN_MS = 5000

/** Names of objects are DNS subdomains (RFC 1123). */
const LONGEST_NAME = 253
const NAME = /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/

/** The name of the lease for a Deployment or a release; one whose name is too long, or none for an object, gets a hash of it. */
export function leaseName(owner: string): string {
  const name = `kubectl-scalardl-${owner}`
  if (NAME.test(name) && name.length <= LONGEST_NAME) return name
  const hash = createHash('sha256').update(owner).digest('hex').slice(0, 10)
  return `${name.toLowerCase().replace(/[^a-z0-9-]/g, '-').slice(0, LONGEST_NAME - hash.length - 1)}-${hash}`
}

/** `user@host/id`: who holds it, for people, and which run. */
export function newHolder(): string {
  return `${userName()}@${hostname()}/${randomUUID().slice(0, 8)}`
}

/** In a container the user may have no name. */
function userName(): string {
  try {
    return userInfo().username
  } catch {
    return `user-${process.getuid?.() ?? 'unknown'}`
  }
}

/** How long a lease is to last so that it outlasts the bound after every renewal that counts. */
export const durationFor = (boundMs: number) => Math.ceil((boundMs + RENEWAL_MARGIN_MS) / 1000)

/** A lease that nobody has held. */
export const newLease = (namespace: string, name: string, terms: Terms): Lease => ({
  apiVersion: 'coordination.k8s.io/v1',
  kind: 'Lease',
  metadata: {namespace, name, labels: {'app.kubernetes.io/managed-by': 'kubectl-scalardl', 'app.kubernetes.io/component': 'lock'}},
  spec: specOf(terms, 0),
})

interface Terms {
  readonly holder: string
  readonly durationSeconds: number
  readonly wallMs: number
}

const specOf = ({holder, durationSeconds, wallMs}: Terms, leaseTransitions: number): LeaseSpec =>
  ({holderIdentity: holder, leaseDurationSeconds: durationSeconds, acquireTime: microTime(wallMs), renewTime: microTime(wallMs), leaseTransitions})

/** One holder after the other: the count tells a lease that changed hands and came back. */
export const taken = (lease: Lease, terms: Terms): Lease => ({...lease, spec: specOf(terms, transitionsOf(lease) + 1)})

export const renewed = (lease: Lease, wallMs: number): Lease => ({...lease, spec: {...lease.spec, renewTime: microTime(wallMs)}})

/** Free for whoever comes; the count stays, so that nobody takes a later holder for an earlier one. */
export const released = (lease: Lease, wallMs: number): Lease => ({...lease, spec: {renewTime: microTime(wallMs), leaseTransitions: transitionsOf(lease)}})

/** MicroTime of the API server, which takes no other number of digits. */
const microTime = (wallMs: number) => new Date(wallMs).toISOString().replace('Z', '000Z')

export function transitionsOf({spec}: Lease): number {
  const count = spec?.leaseTransitions
  return typeof count === 'number' && Number.isSafeInteger(count) ? count : 0
}

export const holderOf = ({spec}: Lease) => spec?.holderIdentity || undefined

/** How a lease that may be another's stands. */
export type Standing =
  /** Nobody holds it. */
  | {readonly kind: 'free'}
  | {readonly kind: 'ours'}
  /** Renewed in time by this machine's clock, or in its future. */
  | {readonly kind: 'alive'}
  /** Not renewed in time: dead, if it stays as it is for all its duration. */
  | {readonly kind: 'silent'; readonly durationMs: number}

/** @param defaultMs the duration of a lease that does not say how long it lasts */
export function standingOf(lease: Lease, holder: string, wallMs: number, defaultMs: number): Standing {
  const other = holderOf(lease)
  if (other === undefined) return {kind: 'free'}
  if (other === holder) return {kind: 'ours'}
  const durationMs = durationOf(lease) ?? defaultMs
  const renewedMs = timeOf(lease.spec?.renewTime)
  return renewedMs !== undefined && renewedMs + durationMs > wallMs ? {kind: 'alive'} : {kind: 'silent', durationMs}
}

/** Whether nothing was written by its holder in between. */
export const isUntouched = (before: Lease, now: Lease) => JSON.stringify(before.spec) === JSON.stringify(now.spec)

/** How long it lasts after its last renewal; undefined = it does not say. */
export function durationOf({spec}: Lease): number | undefined {
  const seconds = spec?.leaseDurationSeconds
  return typeof seconds === 'number' && seconds > 0 && Number.isFinite(seconds) ? seconds * 1000 : undefined
}

export function timeOf(text: string | undefined): number | undefined {
  const ms = Date.parse(text ?? '')
  return Number.isNaN(ms) ? undefined : ms
}

/** The clocks of two machines differ by seconds, not by minutes. */
const PLAUSIBLE_MS = 60_000

/**
 * Who holds a lease, for people: `alice@laptop since 12:40:03Z (renewed 3 s ago, until about 12:41:08Z)`.
 * @param remove the command that deletes the lease, told where its times cannot be believed
 */
export function holderText(lease: Lease, wallMs: number, remove: string): string {
  const {spec = {}} = lease
  const who = printable(holderOf(lease) ?? 'nobody').replace(/\/[0-9a-f]{8}$/, '').slice(0, 200)
  const [since, renewedMs] = [timeOf(spec.acquireTime), timeOf(spec.renewTime)]
  const named = since === undefined ? who : `${who} since ${clockTime(since, wallMs)}`
  if (renewedMs === undefined) return named
  if (renewedMs - wallMs > PLAUSIBLE_MS) {
    return `${named} (renewed ${formatDuration(renewedMs - wallMs)} in the future by this machine's clock; if no such backup is running: ${remove})`
  }
  const ago = renewedMs >= wallMs ? 'just now' : `${formatDuration(wholeSeconds(wallMs - renewedMs))} ago`
  const durationMs = durationOf(lease)
  return `${named} (renewed ${ago}${durationMs === undefined ? '' : `, until about ${clockTime(renewedMs + durationMs, wallMs)}`})`
}

const wholeSeconds = (ms: number) => Math.max(1, Math.round(ms / 1000)) * 1000

const HALF_A_DAY_MS = 43_200_000
/** Beyond this there is no date. */
const LAST_MS = 8.64e15

/** `12:40:03Z`; with its date where that may not be today's. */
export function clockTime(ms: number, wallMs: number): string {
  const text = new Date(Math.max(-LAST_MS, Math.min(LAST_MS, ms))).toISOString().replace(/\.\d+Z$/, 'Z')
  return Math.abs(ms - wallMs) < HALF_A_DAY_MS ? text.slice(-9) : text
}

/** What a person types to delete it, for the same cluster. */
export function deleteCommand({api: {access}, namespace, name}: {readonly api: Pick<ApiServer, 'access'>; readonly namespace: string; readonly name: string}): string {
  return `kubectl ${access.context === undefined ? '' : `--context ${quote(access.context)} `}-n ${namespace} delete lease ${name}`
}
