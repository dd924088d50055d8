import {edgeOf} from '../backup/edge.ts'
import {leaseWay} from '../backup/leases.ts'
import {run} from '../backup/run.ts'
import {withoutCommand, withoutWatchdog} from '../backup/without.ts'
import {heldLock} from '../lease/lock.ts'
import {orphaned} from '../protocol/machine.ts'
import {lookedEnough} from '../protocol/unpause.ts'
import {outcomeOf} from '../protocol/verdict.ts'
import {writeRun} from '../runs/run-file.ts'
import {systemClock} from '../support/clock.ts'
import {redact} from '../support/redact.ts'
import {within} from '../support/within.ts'
import type {Happening, State} from '../protocol/types.ts'
import type {Run, RunReport} from '../runs/types.ts'
import type {Instant} from '../support/clock.ts'
import {at} from './mandate.ts'
import type {Mandate, Reach} from './mandate.ts'
import type {Cause, Watch} from './watch.ts'

/** Nobody waits for a watchdog, and nobody could tell it to stop: after a day it gives up, naming what it leaves. */
const GIVE_UP_MS = 86_400_000
/** A file system that hangs must not stand between a paused server and its Unpause. */
const REPORT_LIMIT_MS = 10_000

/** What a watchdog knows when it begins to act. */
export interface Orphan {
  readonly watch: Watch
  readonly cause: Cause
  /** When the parent last knew that the leases were ours. */
  readonly leaseAt?: Instant
  /** When the first Pause was about to be sent. */
  readonly pausedAt?: Instant
}

/** A rescue under way; `tell` hands it what comes from outside. */
export interface Rescue {
  readonly tell: (happening: Happening) => void
  readonly done: Promise<void>
}

/** Does what the parent can do no more, by the same rules: unpauses, verifies, looks again, reports, and releases the leases. */
export function rescue({plan, leases, run: file}: Mandate, {sites, seats, close}: Reach, orphan: Orphan): Rescue {
  const {watch: {known}, cause} = orphan
  const leaseAt = leases.length > 0 ? orphan.leaseAt ?? systemClock() : undefined
  const held = leases.map(lease => ({...lease, ...leaseWay(at(sites, lease.target))}))
  const lock = heldLock(held, {clock: systemClock, warn: () => undefined, leaseAt: leaseAt ?? systemClock()})
  const report = reporter(file, orphan)
  const record = async (state: State) => report(state, 'ended')
  const measure = async () => []
  const {edge, close: end} = edgeOf(sites, seats, {record, measure, lock, watchdog: withoutWatchdog, command: withoutCommand})
  const {tell, done} = run(now => orphaned(plan, known, leaseAt, `the ${file?.content.command ?? 'backup'} ${cause}`, now), edge, systemClock, (state, _event, before) => {
    if (state.phase === before.phase) return
    if (state.phase === 'unpausing' || state.phase === 'reading lease') void report(state, 'unpausing')
    if (state.phase === 'second look' && !state.servers.every(lookedEnough)) void report(state, 'looking again')
  })
  lock.handle({type: 'lock'}, tell)
  const stop = setTimeout(() => {
    for (let times = 0; times < 2; times++) tell({type: 'interrupt', signal: 'SIGTERM'})
  }, GIVE_UP_MS)
  return {
    tell,
    done: done.then(() => {
      clearTimeout(stop)
      end()
      close()
    }),
  }
}

/** Reports one after the other; what cannot be written is left unsaid. */
function reporter(file: Mandate['run'], orphan: Orphan): (state: State, phase: RunReport['phase']) => Promise<void> {
  let last = Promise.resolve()
  return (state, phase) => {
    if (!file) return last
    const content: Run = {...file.content, report: reportOf(state, phase, orphan)}
    last = last.then(async () => { await within(REPORT_LIMIT_MS, writeRun(file.path, content).catch(() => undefined)) })
    return last
  }
}

function reportOf(state: State, phase: RunReport['phase'], {watch, cause, pausedAt}: Orphan): RunReport {
  const {begun, unpausedAt, now, servers} = state
  const {leftovers} = outcomeOf(state)
  // Open ones are looked at again, which is no news until the end.
  const left = phase === 'ended' ? leftovers : leftovers.filter(({server}) => servers[server]?.release !== 'open')
  const ours = watch.known.flatMap((whose, i) => whose === 'ours' ? [i] : [])
  return {
    by: 'watchdog', cause, phase, at: new Date(now.wallMs).toISOString(),
    paused: watch.known.filter(whose => whose !== undefined && whose !== 'theirs').length,
    unpaused: ours.filter(i => !left.some(({server}) => server === i)).length,
    ...unpausedAt && {tookMs: unpausedAt.monoMs - begun.monoMs},
    ...unpausedAt && pausedAt && {outageMs: unpausedAt.monoMs - pausedAt.monoMs},
    left: left.map(({server, whose, message}) => ({server, whose, ...message !== undefined && {message: redact(message)}})),
  }
}
