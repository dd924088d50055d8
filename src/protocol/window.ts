import type {Instant} from '../support/clock.ts'
import type {ClockOffset} from './types.ts'

const SECOND = 1000

/** The interval that holds the offsets of all databases; nothing measured = 0. */
function bounds(offsets: readonly ClockOffset[]): {loMs: number; hiMs: number} {
  if (offsets.length === 0) return {loMs: 0, hiMs: 0}
  return {loMs: Math.min(...offsets.map(o => o.loMs)), hiMs: Math.max(...offsets.map(o => o.hiMs))}
}

/** A hold shorter than this cannot hold a restore point (docs/protocol.md, "What has to be true"). */
export function minimumHoldMs(guardMs: number, offsets: readonly ClockOffset[]): number {
  const {loMs, hiMs} = bounds(offsets)
  return 2 * SECOND + 2 * guardMs + (hiMs - loMs)
}

/**
 * The restore point: the whole UTC second nearest to the middle of the hold with, for every database,
 * `pausedAt + hi + guard <= T` and `T + 1 s + guard <= pausedAt + hold + lo`.
 * @returns ms since the epoch, or undefined when the hold is too short for one
 */
export function restorePointMs(pausedAtMs: number, holdMs: number, guardMs: number, offsets: readonly ClockOffset[]): number | undefined {
  const {loMs, hiMs} = bounds(offsets)
  const earliest = pausedAtMs + hiMs + guardMs
  const latest = pausedAtMs + holdMs + loMs - guardMs - SECOND
  const first = Math.ceil(earliest / SECOND) * SECOND
  const last = Math.floor(latest / SECOND) * SECOND
  if (first > last) return undefined
  const middle = Math.round((earliest + latest) / 2 / SECOND) * SECOND
  return Math.min(Math.max(middle, first), last)
}

/** From this wall time on a confirmation speaks for all of second T on every database's clock. */
export function confirmFromMs(restorePointMs: number, guardMs: number, offsets: readonly ClockOffset[]): number {
  return restorePointMs + SECOND + guardMs - bounds(offsets).loMs
}

/** How far all of second T lies inside the pause, on the nearer side and by the clock that is worst off. */
export function marginMs(restorePointMs: number, pausedAtMs: number, unpausedAtMs: number, offsets: readonly ClockOffset[]): number {
  const {loMs, hiMs} = bounds(offsets)
  return Math.min(restorePointMs - (pausedAtMs + hiMs), unpausedAtMs + loMs - (restorePointMs + SECOND))
}

/**
 * The offset of one clock over the whole backup, by what was measured before the pause and after it. Two offsets that one clock
 * may have had all the time show no move, however vague the second is; else it may have been anywhere between them.
 */
export function throughout(before: ClockOffset, after: ClockOffset | undefined): ClockOffset {
  if (after === undefined || after.unmeasured !== undefined) return before
  if (before.unmeasured !== undefined) return after
  if (before.loMs <= after.hiMs && after.loMs <= before.hiMs) return before
  return {database: before.database, loMs: Math.min(before.loMs, after.loMs), hiMs: Math.max(before.hiMs, after.hiMs)}
}

/** Does second T, with the guard, lie between these two moments of our clock by this database's? */
export const liesWithin = (restorePointMs: number, pausedAtMs: number, confirmSentMs: number, guardMs: number, {loMs, hiMs}: ClockOffset) =>
  pausedAtMs + hiMs + guardMs <= restorePointMs && restorePointMs + SECOND + guardMs <= confirmSentMs + loMs

/** How far wall and monotonic clock have drifted apart between two readings: a step, a slew, a sleep. */
export function driftMs(from: Instant, to: Instant): number {
  return Math.abs(to.wallMs - from.wallMs - (to.monoMs - from.monoMs))
}
