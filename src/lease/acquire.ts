import {setTimeout as delay} from 'node:timers/promises'
import {describePermission} from '../kube/permissions.ts'
import {createLease, messageOf, readLease, statusOf, writeLease} from './calls.ts'
import {Hold} from './hold.ts'
import {RENEWAL_MARGIN_MS, clockTime, deleteCommand, durationFor, durationOf, holderOf, holderText, isUntouched, leaseName, newLease, standingOf, taken, timeOf, transitionsOf} from './lease.ts'
import type {Lease, Standing} from './lease.ts'
import type {LeasePlace, LockOptions} from './types.ts'

/** What became of all leases together; unless they are held, none is. */
export type Acquired =
  | {
    readonly kind: 'held'
    readonly holds: readonly Hold[]
    /** Targets with a lease whose holder was dead. */
    readonly inherited: readonly number[]
    readonly warnings: readonly string[]
  }
  | {readonly kind: 'refused'; readonly holder: string}
  | {readonly kind: 'failed'; readonly reason: string}

/** Another holds it; the message says who. */
class Refused extends Error {}

/** Not permitted, or there is no such API; the message says what is missing. */
class Unavailable extends Error {}

type Place = LeasePlace & {readonly name: string}

/** Losing to another writer as often as this is no accident. */
const ATTEMPTS = 4
/** How often a lease whose holder seems to be dead is looked at. */
const WATCH_EVERY_MS = 2000

/**
 * Takes all leases, or none. A holder that is alive is not waited for. One that seems to be dead is watched for as long as its
 * lease lasts, since its clock may not be ours, and only then is anything taken. All take them in the same order: of two who come
 * together one gets them all.
 */
export async function acquire(places: readonly LeasePlace[], options: LockOptions): Promise<Acquired> {
  const over = new AbortController()
  const [holds, inherited, warnings]: [Hold[], number[], string[]] = [[], [], []]
  const orWithout = <T>(place: Place, asked: Promise<T>): Promise<T | 'without'> => asked.catch((error: unknown) => {
    if (!(error instanceof Unavailable) || options.mode === 'require') throw error
    warnings.push(`no lease holds other operators off ${place.namespace}/${place.owner}: ${error.message}`)
    return 'without'
  })
  try {
    const seen = await Promise.all(inOrder(places).map(async place => ({place, silent: await orWithout(place, survey(place, options))})))
    if (options.dryRun) return {kind: 'held', holds, inherited, warnings}
    const watched = await Promise.all(seen.map(async ({place, silent}) =>
      silent === 'without' ? [] : [{place, dead: silent && await watch(place, silent, options, over.signal)}]))
    for (const {place, dead} of watched.flat()) {
      const hold = await orWithout(place, take(place, dead, options))
      if (hold === 'without') continue
      holds.push(hold)
      if (dead === undefined) continue
      if (isRecent(dead, options)) inherited.push(place.target)
      warnings.push(`the lease of a holder that is dead was taken over: ${describe(place, dead, options)}`)
    }
    await renewSlow(holds)
    return {kind: 'held', holds, inherited: [...new Set(inherited)], warnings}
  } catch (error) {
    await Promise.allSettled(holds.map(hold => hold.release()))
    return error instanceof Refused ? {kind: 'refused', holder: error.message} : {kind: 'failed', reason: messageOf(error)}
  } finally {
    over.abort()
  }
}

/** Each lease once, however many targets or contexts lead to it. */
function inOrder(places: readonly LeasePlace[]): Place[] {
  const named = places.map(place => ({...place, name: leaseName(place.owner)}))
  const keyOf = ({api, namespace, name}: Place) => JSON.stringify([namespace, name, api.access.server])
  return [...new Map(named.map(place => [keyOf(place), place])).entries()].sort(([a], [b]) => a < b ? -1 : 1).map(([, place]) => place)
}

/** @returns the lease of a holder that seems to be dead @throws Refused by one that is alive */
async function survey(place: Place, options: LockOptions): Promise<Lease | undefined> {
  const lease = await read(place)
  return lease && silentLease(place, lease, options)
}

function silentLease(place: Place, lease: Lease, options: LockOptions): Lease | undefined {
  const {kind} = standing(lease, options)
  if (kind === 'alive') throw new Refused(describe(place, lease, options))
  return kind === 'silent' ? lease : undefined
}

/** @returns the lease, not touched for all its duration; undefined where it was released meanwhile @throws Refused where its holder lives */
async function watch(place: Place, silent: Lease, options: LockOptions, over: AbortSignal): Promise<Lease | undefined> {
  const {clock, giveUp, waiting, sleep = (ms, signal) => delay(ms, undefined, {signal})} = options
  const now = standing(silent, options)
  const durationMs = now.kind === 'silent' ? now.durationMs : 0
  const signal = AbortSignal.any([over, giveUp])
  const untilMs = clock().monoMs + durationMs
  if (durationMs > 0) waiting(`until ${clockTime(clock().wallMs + durationMs, clock().wallMs)}, to see whether a holder is dead: ${describe(place, silent, options)}; Ctrl-C ends the wait`)
  for (;;) {
    const leftMs = untilMs - clock().monoMs
    try {
      await sleep(Math.max(0, Math.min(WATCH_EVERY_MS, leftMs)), signal)
    } catch {
      throw new Refused(describe(place, silent, options))
    }
    const seen = await read(place)
    if (seen === undefined) return undefined
    if (!isUntouched(silent, seen)) {
      if (silentLease(place, seen, options)) throw new Refused(describe(place, seen, options))
      return undefined
    }
    if (clock().monoMs >= untilMs) return seen
  }
}

/** A pause that outlasts its lease by more is known to people by now: what is paused then may well be somebody else's. */
const INHERITED_MS = 3_600_000

function isRecent(dead: Lease, {clock, boundMs, dead: known}: LockOptions): boolean {
  const renewedMs = timeOf(dead.spec?.renewTime)
  const endedMs = renewedMs === undefined ? undefined : renewedMs + (durationOf(dead) ?? durationFor(boundMs) * 1000)
  return known?.has(holderOf(dead) ?? '') || (endedMs !== undefined && clock().wallMs - endedMs < INHERITED_MS)
}

/** @param dead the lease as it was left by a holder that is dead */
async function take(place: Place, dead: Lease | undefined, options: LockOptions): Promise<Hold> {
  const {clock, holder, boundMs} = options
  const durationSeconds = durationFor(boundMs)
  let sentAt = clock()
  for (let left = ATTEMPTS; ; left--) {
    const lease = await read(place)
    if (lease && standing(lease, options).kind === 'ours') return holdOf(lease)
    if (lease && silentLease(place, lease, options) && !(dead && isUntouched(dead, lease))) throw new Refused(describe(place, lease, options))
    sentAt = clock()
    const terms = {holder, durationSeconds, wallMs: sentAt.wallMs}
    try {
      return holdOf(lease ? await writeLease(place, taken(lease, terms)) : await createLease(place, newLease(place.namespace, place.name, terms)))
    } catch (error) {
      if (statusOf(error) === 403) throw unavailable(place, lease ? 'update' : 'create')
      if (statusOf(error) === 404 && !lease) throw new Unavailable('the API server has no leases (coordination.k8s.io/v1)')
      // Another was first, or the answer got lost: what is there now tells.
      if (left <= 1) throw error
    }
  }

  function holdOf(lease: Lease): Hold {
    const {api, sameCluster, namespace, name, target} = place
    return new Hold({api, sameCluster, namespace, name, uid: lease.metadata.uid ?? '', holder, transitions: transitionsOf(lease), durationSeconds, target}, clock, sentAt, lease)
  }
}

/** Where taking the others took long, the first are not as fresh as `locked` says. */
async function renewSlow(holds: readonly Hold[]): Promise<void> {
  const isSlow = (hold: Hold) => hold.ageMs() > RENEWAL_MARGIN_MS
  if (!holds.some(isSlow)) return
  await Promise.all(holds.map(hold => hold.renew()))
  if (holds.some(isSlow)) throw new Error(`the API server takes longer than ${RENEWAL_MARGIN_MS / 1000} s to write a lease`)
}

async function read(place: Place): Promise<Lease | undefined> {
  try {
    return await readLease(place, place.namespace, place.name)
  } catch (error) {
    throw statusOf(error) === 403 ? unavailable(place, 'get') : error
  }
}

function standing(lease: Lease, {clock, holder, boundMs, dead}: LockOptions): Standing {
  const other = holderOf(lease)
  if (other !== undefined && dead?.has(other)) return {kind: 'silent', durationMs: 0}
  return standingOf(lease, holder, clock().wallMs, durationFor(boundMs) * 1000)
}

const describe = (place: Place, lease: Lease, {clock}: LockOptions) =>
  `${holderText(lease, clock().wallMs, deleteCommand(place))}, for ${place.namespace}/${place.owner}`

const unavailable = ({namespace}: Place, verb: string) =>
  new Unavailable(`cannot ${describePermission({verb, group: 'coordination.k8s.io', resource: 'leases', namespace})}; docs/rbac.yaml has the Role`)
