// Looks for a schedule that breaks a promise, in the sources beside it, and prints what it found as one line of JSON (a `Catch`).
// A single fault, a schedule by chance and a pair of single faults take turns, picked so that no kind of fault waits for the last;
// the order is always the same.
import {scheduleOf} from '../simulation/chance.ts'
import {singleSchedules} from '../simulation/exhaustive.ts'
import type {Finding} from '../simulation/judge.ts'
import {Random} from '../simulation/random.ts'
import {violationsOf} from '../simulation/runner.ts'
import type {Schedule} from '../simulation/schedule.ts'

export interface Catch {
  readonly schedules: number
  /** The first promise that was broken; none = nothing was found. */
  readonly violation?: Finding
  readonly schedule?: Schedule
}

function* schedules(): Generator<Schedule> {
  const all = [...singleSchedules()]
  const [undisturbed, struck] = [all.filter(({strikes}) => strikes.length === 0), all.filter(({strikes}) => strikes.length > 0)]
  const alike = Map.groupBy(struck, ({scenario}) => scenario)
  const kinds = [...Map.groupBy(struck, ({strikes}) => strikes[0]?.fault.type).values()]
  yield* undisturbed
  const random = new Random(1)
  for (let seed = 1; ; seed += 1) {
    const single = random.pick(random.pick(kinds))
    const second = random.pick(alike.get(single.scenario) ?? struck)
    yield single
    yield scheduleOf(seed)
    yield {...single, strikes: [...single.strikes, ...second.strikes]}
  }
}

/** @param limit ends it after so many schedules */
function hunt(limit: number): Catch {
  let count = 0
  for (const schedule of schedules()) {
    if (count >= limit) break
    count += 1
    const [violation] = violationsOf(schedule)
    if (violation) return {schedules: count, violation, schedule}
  }
  return {schedules: count}
}

process.stdout.write(`${JSON.stringify(hunt(Number(process.argv[2])))}\n`)
