import {boundMs} from '../../src/protocol/limits.ts'
import {initial, orphaned, step} from '../../src/protocol/machine.ts'
import {offsetsOf, outcomeOf} from '../../src/protocol/verdict.ts'
import type {Core} from './core.ts'
import {judge} from './judge.ts'
import type {Finding} from './judge.ts'
import type {Schedule} from './schedule.ts'
import {Trace} from './trace.ts'
import {World} from './world.ts'

/** The only place where the simulation meets the core's code. */
const CORE: Core = {initial, orphaned, step, outcomeOf, offsetsOf, boundMs}

/** Runs one schedule. @returns what it shows, violations first */
export function findingsOf(schedule: Schedule): Finding[] {
  return judged(schedule).findings
}

export const violationsOf = (schedule: Schedule): Finding[] => findingsOf(schedule).filter(({excuse}) => excuse === undefined)

/** Runs one schedule and says step by step what happened. */
export function traced(schedule: Schedule): {readonly lines: readonly string[]; readonly findings: readonly Finding[]} {
  const trace = new Trace()
  const world = new World(schedule, CORE, trace)
  trace.world = world
  const findings = judgedIn(world)
  return {lines: trace.lines, findings}
}

/** Runs a schedule to its end. @param seen is told of every entry of the agenda */
export function judged(schedule: Schedule, seen?: (world: World) => void): {readonly world: World; readonly findings: Finding[]} {
  const world = new World(schedule, CORE)
  return {world, findings: judgedIn(world, seen)}
}

/** An error of the core is a violation like any other. */
function judgedIn(world: World, seen?: (world: World) => void): Finding[] {
  try {
    world.run(seen)
  } catch (error) {
    return [{promise: 'ends', text: `the core threw ${error instanceof Error ? error.message : String(error)}`}]
  }
  return judge(world)
}
