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

/** How far all of second T lies inside the pause, on the nearer side. */
export function marginMs(restorePointMs: number, pausedAtMs: number, unpausedAtMs: number): number {
  return Math.min(restorePointMs - pausedAtMs, unpausedAtMs - (restorePointMs + SECOND))
}

/** How far wall and monotonic clock have drifted apart between two readings: a step, a slew, a sleep. */
export function driftMs(from: Instant, to: Instant): number {
  return Math.abs(to.wallMs - from.wallMs - (to.monoMs - from.monoMs))
}
