import {usageError} from '../support/errors.ts'
import {minimumHoldMs} from '../protocol/window.ts'
import {offsetText} from './offset-text.ts'
import type {ClockOffset} from '../protocol/types.ts'

/**
 * Clocks so far apart that no second is surely inside the pause by all of them end the backup before it.
 * @throws CliError (usage) naming the two that are farthest apart, and the hold that would do
 */
export function refuseClocks(offsets: readonly ClockOffset[], {holdMs, guardMs}: {readonly holdMs: number; readonly guardMs: number}): void {
  const leastMs = minimumHoldMs(guardMs, offsets)
  if (holdMs >= leastMs) return
  const [slowest] = [...offsets].sort((a, b) => a.loMs - b.loMs)
  const [fastest] = [...offsets].sort((a, b) => b.hiMs - a.hiMs)
  if (!slowest || !fastest) return
  const texts = [...new Set([slowest, fastest])].map(({database, unmeasured, ...bounds}) => `${database} is ${unmeasured === undefined ? offsetText(bounds) : 'not measured'}`)
  throw usageError(
    `--hold ${holdMs / 1000}s has no restore point that lies inside the pause by the clock of every database: with these clocks and --clock-guard ${guardMs / 1000}s it takes at least --hold ${Math.ceil(leastMs / 1000)}s`,
    ...texts, 'set the clocks right (NTP), or pause for longer; nothing was paused',
  )
}
