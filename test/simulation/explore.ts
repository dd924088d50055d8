import {scheduleOf} from './chance.ts'
import {pairs, singles} from './exhaustive.ts'
import type {Explored} from './exhaustive.ts'
import {judged} from './runner.ts'

/** What an exploration has shown. */
export interface Exploration {
  readonly schedules: number
  readonly violations: readonly Explored[]
  /** Schedules in which only what cannot be seen from outside went wrong, by the names of those things. */
  readonly setApart: ReadonlyMap<string, number>
  readonly setApartSchedules: number
}

/**
 * Counts what schedules show.
 * @param stopAt ends after so many violations
 * @param seen is told of every schedule
 */
export function explore(explored: Iterable<Explored>, stopAt = Infinity, seen: (schedules: number) => void = () => undefined): Exploration {
  const violations: Explored[] = []
  const setApart = new Map<string, number>()
  let schedules = 0
  let setApartSchedules = 0
  for (const each of explored) {
    seen(++schedules)
    if (each.findings.length === 0) continue
    const excuses = new Set(each.findings.flatMap(({excuse}) => excuse ?? []))
    for (const excuse of excuses) setApart.set(excuse, (setApart.get(excuse) ?? 0) + 1)
    if (each.findings.every(({excuse}) => excuse !== undefined)) setApartSchedules += 1
    else if (violations.push(each) >= stopAt) break
  }
  return {schedules, violations, setApart, setApartSchedules}
}

/** Schedules by chance, of the seeds from one on. */
export function* random(seed: number, count: number): Generator<Explored> {
  for (let i = 0; i < count; i += 1) {
    const schedule = scheduleOf(seed + i)
    yield {schedule, findings: judged(schedule).findings}
  }
}

/** Every single fault at every point; the first that breaks a promise ends it. */
export const exploreSingles = (stopAt = 1): Exploration => explore(singles(), stopAt)

/** So many schedules by chance, of the seeds from one on; the first that breaks a promise ends it. */
export const exploreRandom = (seed: number, count: number, stopAt = 1): Exploration => explore(random(seed, count), stopAt)

export {pairs, singles}
