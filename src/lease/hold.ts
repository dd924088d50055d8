import {messageOf, readLease, statusOf, writeLease} from './calls.ts'
import {RENEWAL_MARGIN_MS, deleteCommand, holderOf, holderText, released, renewed, transitionsOf} from './lease.ts'
import type {LockAnswer} from '../protocol/types.ts'
import type {Clock, Instant} from '../support/clock.ts'
import type {Lease} from './lease.ts'
import type {HeldLease, HeldPlace} from './types.ts'

/** How a lease that was ours is found; `detail` is a phrase. */
export interface Reading {
  readonly answer: LockAnswer | 'unknown'
  readonly detail?: string
}

/** Losing to another writer as often as this is no accident. */
const ATTEMPTS = 4

/** Asleep, the monotonic clock may stand still; then the wall clock tells. */
export const sinceMs = (from: Instant, to: Instant) => Math.max(to.monoMs - from.monoMs, to.wallMs - from.wallMs)

/** One lease that is ours, for as long as it is. */
export class Hold {
  readonly held: HeldLease
  readonly #place: HeldPlace
  readonly #clock: Clock
  /** As it was written or read last; undefined = to be read. */
  #lease?: Lease
  /** When the last writing that succeeded was sent. */
  #writtenAt: Instant

  constructor(place: HeldPlace, clock: Clock, writtenAt: Instant, lease?: Lease) {
    const {namespace, name, uid, holder, transitions, durationSeconds, target} = place
    this.held = {namespace, name, uid, holder, transitions, durationSeconds, target}
    this.#place = place
    this.#clock = clock
    this.#writtenAt = writtenAt
    this.#lease = lease
  }

  /** Since it was written last. */
  ageMs(): number {
    return sinceMs(this.#writtenAt, this.#clock())
  }

  /** Writes it anew. @returns `unchanged` once that is done @throws ApiError where it may be done later */
  async renew(): Promise<Reading> {
    for (let left = ATTEMPTS; left > 0; left--) {
      const lease = await this.#proven(this.#lease ?? await this.#read())
      const reading = this.#judge(lease)
      if (lease === undefined || reading.answer !== 'unchanged') return reading
      const sentAt = this.#clock()
      try {
        this.#lease = await writeLease(this.#place, renewed(lease, sentAt.wallMs))
        this.#writtenAt = sentAt
        return reading
      } catch (error) {
        this.#lease = undefined
        if (!hasChanged(error)) throw error
      }
    }
    return {answer: 'unknown', detail: `${this.#name} is being written by somebody else all the time`}
  }

  /** Reads it past every cache. One that has run out is ours only once it was written anew. */
  async read(): Promise<Reading> {
    try {
      const lease = await this.#proven(await this.#read())
      const reading = this.#judge(lease)
      if (reading.answer !== 'unchanged') return reading
      this.#lease = lease
      return this.#ranOut() ? await this.renew() : reading
    } catch (error) {
      const ours = statusOf(error) === 403 && await this.#place.sameCluster().catch(() => false)
      return {answer: ours ? 'free' : 'unknown', detail: messageOf(error)}
    }
  }

  /** Leaves it to whoever comes, if it is ours. @throws ApiError */
  async release(): Promise<void> {
    for (let left = ATTEMPTS; left > 0; left--) {
      const lease = this.#lease ?? await this.#read()
      if (lease === undefined || !this.#isOurs(lease)) return
      try {
        await writeLease(this.#place, released(lease, this.#clock().wallMs))
        return
      } catch (error) {
        this.#lease = undefined
        if (!hasChanged(error)) throw error
      }
    }
  }

  get #name(): string {
    return `lease ${this.held.namespace}/${this.held.name}`
  }

  #read(): Promise<Lease | undefined> {
    return readLease(this.#place, this.held.namespace, this.held.name)
  }

  #isOurs(lease: Lease): boolean {
    return lease.metadata.uid === this.held.uid && holderOf(lease) === this.held.holder && transitionsOf(lease) === this.held.transitions
  }

  #ranOut(): boolean {
    return this.ageMs() > this.held.durationSeconds * 1000 - RENEWAL_MARGIN_MS
  }

  /**
   * Its UID proves the cluster. Whatever lacks it may come from another one at the same address, so it is read on both sides of
   * another proof. @throws Error where there is none
   */
  async #proven(lease: Lease | undefined): Promise<Lease | undefined> {
    if (lease?.metadata.uid === this.held.uid) return lease
    if (!await this.#place.sameCluster()) throw new Error('nothing proves that the cluster is the same that answers')
    return this.#read()
  }

  #judge(lease: Lease | undefined): Reading {
    if (lease !== undefined && this.#isOurs(lease)) return {answer: 'unchanged'}
    if (lease === undefined) return {answer: 'free', detail: `${this.#name} was deleted`}
    if (holderOf(lease) === undefined) return {answer: 'free', detail: `${this.#name} was released`}
    return {answer: this.#ranOut() ? 'lost' : 'taken', detail: `${this.#name} is held by ${holderText(lease, this.#clock().wallMs, deleteCommand(this.#place))}`}
  }
}

const hasChanged = (error: unknown) => statusOf(error) === 409 || statusOf(error) === 404
