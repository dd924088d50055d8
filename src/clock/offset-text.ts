import {widthMs} from './interval.ts'
import type {Interval} from './interval.ts'

/** `3.00 s ahead of this machine's clock, give or take 8 ms`; the bounds lie within what is said. */
export function offsetText(interval: Interval): string {
  const {loMs, hiMs} = interval
  if (loMs <= 0 && hiMs >= 0) return `as this machine's clock, give or take ${milliseconds(Math.max(-loMs, hiMs))}`
  const middleMs = (loMs + hiMs) / 2
  const shownMs = Math.round(middleMs / 10) * 10
  const size = Math.abs(shownMs) < 1000 ? `${Math.abs(shownMs)} ms` : `${(Math.abs(shownMs) / 1000).toFixed(2)} s`
  const aroundMs = widthMs(interval) / 2 + Math.abs(middleMs - shownMs)
  return `${size} ${middleMs > 0 ? 'ahead of' : 'behind'} this machine's clock, give or take ${milliseconds(aroundMs)}`
}

/** Rounded up: nothing is claimed to be nearer than it is. */
const milliseconds = (ms: number) => `${Math.ceil(ms)} ms`
