import {intervalOf, nextArrivalMs, widthMs} from './interval.ts'
import type {Sample} from './interval.ts'

/** A server whose clock can be asked, and the time in which it is done. */
export interface Asked {
  /** One question and its answer. @throws when there is none that tells */
  readonly ask: () => Promise<Sample>
  /** Our clock, ms since the epoch, without jumps. */
  readonly nowMs: () => number
  readonly sleep: (ms: number) => Promise<unknown>
}

/** After the first answer so many more milliseconds and questions are spent on narrowing what it tells. */
const NARROWING_MS = 2300
const MOST_SAMPLES = 12
/** Narrower than the way there and back nothing gets; what is left above it is not worth another second. */
const ENOUGH_MS = 15

/**
 * Asks until the offset is known about as well as the way allows. What goes wrong after the first answer ends the asking: what
 * was told until then stays true.
 * @throws whatever the first question throws
 */
export async function sampleClock({ask, nowMs, sleep}: Asked): Promise<Sample[]> {
  const samples = [await ask()]
  const untilMs = nowMs() + NARROWING_MS
  while (samples.length < MOST_SAMPLES) {
    const interval = intervalOf(samples)
    const wayMs = Math.min(...samples.map(({sentMs, receivedMs}) => receivedMs - sentMs))
    if (!interval.agree || widthMs(interval) <= wayMs + ENOUGH_MS) break
    const sendMs = nextArrivalMs(interval, nowMs() + wayMs / 2) - wayMs / 2
    if (sendMs + wayMs > untilMs) break
    await sleep(Math.max(0, sendMs - nowMs()))
    const sample = await ask().catch(() => undefined)
    if (!sample) break
    samples.push(sample)
  }
  return samples
}
