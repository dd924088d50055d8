import {faultsOf, pairedFaultsOf} from './catalogue.ts'
import type {Finding} from './judge.ts'
import {judged} from './runner.ts'
import {BASE, SCENARIOS} from './scenarios.ts'
import type {Fault, Schedule, Strike, When} from './schedule.ts'
import type {World} from './world.ts'

export interface Explored {
  readonly schedule: Schedule
  readonly findings: readonly Finding[]
}

const SEED = 1

/** Points of one kind are alike: there, only the first counts. */
type KindOf = (world: World) => string

const phases = ({tool, watchdog}: World) => `${tool.status} ${tool.state.phase} ${watchdog?.process?.state.phase ?? ''}`
/** For singles: the same thing happened in the same phase. */
const fine: KindOf = world => `${phases(world)} ${world.agenda.label}`
/** For pairs: a call has arrived, an answer has, or something else has happened in that phase. */
const coarse: KindOf = world => `${phases(world)} ${/ (arrives|answered)$/.exec(world.agenda.label)?.[1] ?? ''}`

/**
 * Where faults can strike: after every entry of the agenda and after every effect. Between two entries nothing happens, so these
 * are all the points there are; of those that are alike the first counts.
 */
function pointsOf(schedule: Schedule, kindOf: KindOf): When[] {
  const seen = new Set<string>()
  const points: When[] = []
  let effects = 0
  const struck = schedule.strikes.length
  judged(schedule, world => {
    const kind = kindOf(world)
    if (world.struck.length < struck || seen.has(kind)) {
      effects = world.effects
      return
    }
    seen.add(kind)
    points.push({entry: world.agenda.done})
    // Within one step of the core: only a death makes a difference there.
    while (effects < world.effects) points.push({effect: ++effects})
  })
  return points
}

function* strikesAt(points: readonly When[], faults: readonly Fault[]): Generator<Strike> {
  for (const when of points) {
    for (const fault of 'effect' in when ? faults.filter(({type}) => type === 'crash') : faults) yield {when, fault}
  }
}

const run = (schedule: Schedule): Explored => ({schedule, findings: judged(schedule).findings})

/** Every single fault at every point of every scenario, each scenario without any first; yet to be run. */
export function* singleSchedules(): Generator<Schedule> {
  for (const scenario of Object.values(SCENARIOS)) {
    const base: Schedule = {scenario, strikes: [], seed: SEED}
    yield base
    for (const strike of strikesAt(pointsOf(base, fine), faultsOf(scenario))) yield {...base, strikes: [strike]}
  }
}

export function* singles(): Generator<Explored> {
  for (const schedule of singleSchedules()) yield run(schedule)
}

/** Every pair in the base scenario of three pods: the second fault at every point that there is once the first has struck. */
export function* pairs(): Generator<Explored> {
  const base: Schedule = {scenario: BASE, strikes: [], seed: SEED}
  const servers = [...BASE.servers.keys()]
  // The two Ledgers are alike, so the first fault spares one of them.
  for (const first of strikesAt(pointsOf(base, coarse), pairedFaultsOf(servers.filter(server => server !== 1)))) {
    const once = {...base, strikes: [first]}
    for (const second of strikesAt(pointsOf(once, coarse), pairedFaultsOf(servers))) yield run({...once, strikes: [first, second]})
  }
}
