/** Bounds of a clock minus ours, in milliseconds. */
export interface Interval {
  readonly loMs: number
  readonly hiMs: number
}

/** One answer of a server: our clock when its question left and when it was there, and its `Date`; all ms since the epoch. */
export interface Sample {
  readonly sentMs: number
  readonly receivedMs: number
  readonly dateMs: number
}

/** An HTTP `Date` (RFC 9110, 5.6.7) names whole seconds; servers cut off what is beyond. */
const SECOND_MS = 1000

/** What one answer tells: between question and answer the server's clock was within the second that `Date` names. */
export const boundsOf = ({sentMs, receivedMs, dateMs}: Sample): Interval => ({loMs: dateMs - receivedMs, hiMs: dateMs + SECOND_MS - sentMs})

/**
 * What all answers tell together. Where no single offset explains them (several machines behind one name, a `Date` that is
 * renewed only now and then), `agree` is false, and the interval holds everything that any of them allows.
 */
export function intervalOf(samples: readonly Sample[]): Interval & {readonly agree: boolean} {
  const bounds = samples.map(boundsOf)
  const common = {loMs: Math.max(...bounds.map(b => b.loMs)), hiMs: Math.min(...bounds.map(b => b.hiMs))}
  return common.loMs <= common.hiMs ? {...common, agree: true} : {...hull(bounds), agree: false}
}

/** The smallest interval that holds all of these. */
export const hull = (intervals: readonly Interval[]): Interval => ({
  loMs: Math.min(...intervals.map(({loMs}) => loMs)),
  hiMs: Math.max(...intervals.map(({hiMs}) => hiMs)),
})

export const widthMs = ({loMs, hiMs}: Interval) => hiMs - loMs

/**
 * When the next question should arrive, so that its answer narrows the interval: one offset in it makes a second begin at
 * that moment. A quarter of what is possible is asked for first, since "not yet" lets the next question follow at once,
 * while "already" means to wait for the next second.
 * @param fromMs the earliest possible arrival, by our clock
 */
export function nextArrivalMs(interval: Interval, fromMs: number): number {
  const width = widthMs(interval)
  // The latest second whose beginning may lie ahead of `fromMs`: between `firstMs` and `firstMs + width`.
  const firstMs = Math.floor((fromMs + interval.hiMs) / SECOND_MS) * SECOND_MS - interval.hiMs
  if (fromMs <= firstMs + width / 4) return firstMs + width / 4
  return fromMs <= firstMs + width / 2 ? fromMs : firstMs + SECOND_MS + width / 4
}
