import type {ClockOffset, State} from '../protocol/types.ts'

/** What is taken for granted of the databases' clocks, a sentence for each that was not measured before and after the pause; for the record. */
export function clockAssumptions({plan: {offsets, guardMs}, offsetsAfter, confirmedAt}: State): string[] {
  if (offsets.length === 0) return [`the databases' clocks were not measured: they are assumed to be within ${guardMs} ms of this machine's`]
  return offsets.flatMap((before, i) => assumed(before, offsetsAfter?.[i], guardMs, confirmedAt !== undefined))
}

/** Without a confirmed restore point no clock is measured again, and nobody asks. */
function assumed({database, unmeasured}: ClockOffset, after: ClockOffset | undefined, guardMs: number, confirmed: boolean): string[] {
  const again = after !== undefined && after.unmeasured === undefined
  if (unmeasured !== undefined) {
    return again
      ? [`the clock of ${database} was not measured before the pause (${unmeasured}): it is assumed to have been as it was after it`]
      : [`the clock of ${database} was not measured (${unmeasured}): it is assumed to be within ${guardMs} ms of this machine's`]
  }
  if (again || !confirmed) return []
  const why = after?.unmeasured === undefined ? '' : ` (${after.unmeasured})`
  return [`the clock of ${database} was not measured again after the pause${why}: it is assumed not to have moved`]
}
