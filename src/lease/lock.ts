import {setTimeout as delay} from 'node:timers/promises'
import {within} from '../support/within.ts'
import {acquire} from './acquire.ts'
import {messageOf} from './calls.ts'
import {Hold, sinceMs} from './hold.ts'
import {RENEWAL_MARGIN_MS} from './lease.ts'
import type {Happening} from '../protocol/types.ts'
import type {Reading} from './hold.ts'
import type {HeldOptions, HeldPlace, HoldOptions, LeaseLock, LeasePlace, LockOptions} from './types.ts'

type Tell = (happening: Happening) => void

/** Several renewals fit into the shortest bound. */
const RENEW_EVERY_MS = 5000
const RENEW_AGAIN_MS = 1000
const RELEASE_LIMIT_MS = 5000

/** Step 3 of docs/protocol.md: one lease for each place, all or none, renewed until they are released. */
export function leaseLock(places: readonly LeasePlace[], options: LockOptions): LeaseLock {
  if (options.mode === 'off') return lockOver([], options, (_, tell) => { tell({type: 'locked', lease: false, warning: 'no lease holds other operators off: --lock off'}) })
  return lockOver([], options, async (keep, tell) => {
    const got = await acquire(places, options)
    switch (got.kind) {
      case 'refused': { tell({type: 'lock refused', holder: got.holder}); return }
      case 'failed': { tell({type: 'lock failed', reason: got.reason}); return }
      case 'held': {
        keep(got.holds)
        tell({
          type: 'locked', lease: got.holds.length > 0, inherited: got.inherited,
          ...got.warnings.length > 0 && {warning: got.warnings.join('; ')},
        })
      }
    }
  })
}

/**
 * Goes on with leases that another process took and holds no more: `lock` begins to renew them at once, and is answered by what
 * comes of that (`lock renewed` or `lock read`), for until then they are only as good as that process left them.
 */
export function heldLock(held: readonly HeldPlace[], options: HeldOptions): LeaseLock {
  const holds = held.map(place => new Hold(place, options.clock, options.leaseAt))
  return lockOver(holds, options, keep => { keep(holds, 0) })
}

/** @param lock what the effect `lock` does; `keep` begins to renew, `afterMs` from now */
function lockOver(
  given: readonly Hold[], {clock, warn, sleep = (ms, signal) => delay(ms, undefined, {signal})}: HoldOptions,
  lock: (keep: (holds: readonly Hold[], afterMs?: number) => void, tell: Tell) => void | Promise<void>,
): LeaseLock {
  let holds = given
  const over = new AbortController()

  /** Until released; a lease that is ours no more is told once, and the others are renewed all the same. */
  const renewing = async (tell: Tell, afterMs: number) => {
    let [ours, waitMs] = [holds, afterMs]
    while (ours.length > 0) {
      await sleep(waitMs, over.signal)
      const sentAt = clock()
      const readings = await Promise.all(ours.map(hold => hold.renew().catch(unreadable)))
      if (over.signal.aborted) return
      const worst = worstOf(readings)
      if (readings.every(({answer}) => answer === 'unchanged') && ours.length === holds.length && sinceMs(sentAt, clock()) <= RENEWAL_MARGIN_MS) tell({type: 'lock renewed'})
      ours = ours.filter((_, i) => readings[i]?.answer === 'unchanged' || readings[i]?.answer === 'unknown')
      if (worst.answer !== 'unchanged' && worst.answer !== 'unknown') tell({type: 'lock read', ...worst})
      waitMs = worst.answer === 'unknown' ? RENEW_AGAIN_MS : RENEW_EVERY_MS
    }
  }

  const release = async () => {
    over.abort()
    await Promise.all(holds.map(async hold => {
      const name = `lease ${hold.held.namespace}/${hold.held.name}`
      try {
        if (!await within(RELEASE_LIMIT_MS, hold.release().then(() => true))) warn(`${name} was not released within ${RELEASE_LIMIT_MS / 1000} s; it runs out by itself`)
      } catch (error) {
        warn(`${name} was not released, it runs out by itself: ${messageOf(error)}`)
      }
    }))
  }

  return {
    handle(effect, tell) {
      switch (effect.type) {
        case 'lock': return void lock((taken, afterMs = RENEW_EVERY_MS) => {
          holds = taken
          renewing(tell, afterMs).catch(() => undefined)
        }, tell)
        case 'read lock': return void Promise.all(holds.map(hold => hold.read())).then(readings => { tell({type: 'lock read', ...worstOf(readings)}) })
        case 'unlock': return void release().then(() => { tell({type: 'unlocked'}) })
      }
    },
    held: () => holds.map(({held}) => held),
    close: () => { over.abort() },
  }
}

const unreadable = (error: unknown): Reading => ({answer: 'unknown', detail: messageOf(error)})

/** One lost lease counts for all. What cannot be read may be another's, so it goes before what is nobody's. */
const GRAVITY = ['lost', 'taken', 'unknown', 'free', 'unchanged'] as const

function worstOf(readings: readonly Reading[]): Reading {
  const worst = GRAVITY.find(answer => readings.some(reading => reading.answer === answer)) ?? 'unchanged'
  return readings.find(({answer}) => answer === worst) ?? {answer: worst}
}
