import {faultsOf} from './catalogue.ts'
import type {Finding} from './judge.ts'
import {judged} from './runner.ts'
import {PAIRED, SCENARIOS} from './scenarios.ts'
import type {Scenario, Schedule, Strike, When} from './schedule.ts'

export interface Explored {
  readonly schedule: Schedule
  readonly findings: readonly Finding[]
}

const SEED = 1

/**
 * Where faults can strike: after every entry of the agenda and after every effect. Between two entries nothing happens, so these
 * are all the points there are; of those that are alike (the same thing happens in the same phase) the first `alike` count.
 */
function pointsOf(schedule: Schedule, alike: number): When[] {
  const seen = new Map<string, number>()
  const points: When[] = []
  let effects = 0
  const struck = schedule.strikes.length
  judged(schedule, world => {
    if (world.struck.length < struck) return
    const {agenda, tool, watchdog} = world
    const kind = `${tool.status} ${tool.state.phase} ${watchdog?.process?.state.phase ?? ''} ${agenda.label}`
    const times = (seen.get(kind) ?? 0) + 1
    seen.set(kind, times)
    if (times > alike) {
      effects = world.effects
      return
    }
    points.push({entry: agenda.done})
    // Within one step of the core: only a death makes a difference there.
    while (effects < world.effects) points.push({effect: ++effects})
  })
  return points
}

function* strikesAt(points: readonly When[], scenario: Scenario, few: boolean): Generator<Strike> {
  const faults = faultsOf(scenario, few)
  for (const when of points) {
    for (const fault of 'effect' in when ? faults.filter(({type}) => type === 'crash') : faults) yield {when, fault}
  }
}

/** Every single fault at every point of every scenario. */
export function* singles(alike = 1): Generator<Explored> {
  for (const scenario of Object.values(SCENARIOS)) {
    const base: Schedule = {scenario, strikes: [], seed: SEED}
    yield {schedule: base, findings: judged(base).findings}
    for (const strike of strikesAt(pointsOf(base, alike), scenario, false)) {
      const schedule = {...base, strikes: [strike]}
      yield {schedule, findings: judged(schedule).findings}
    }
  }
}

/** Every pair: the second fault at every point that there is once the first has struck. */
export function* pairs(): Generator<Explored> {
  for (const name of PAIRED) {
    const scenario = SCENARIOS[name]
    if (!scenario) continue
    const base: Schedule = {scenario, strikes: [], seed: SEED}
    for (const first of strikesAt(pointsOf(base, 1), scenario, true)) {
      const once = {...base, strikes: [first]}
      for (const second of strikesAt(pointsOf(once, 1), scenario, true)) {
        const schedule = {...once, strikes: [first, second]}
        yield {schedule, findings: judged(schedule).findings}
      }
    }
  }
}
