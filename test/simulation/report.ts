import type {Explored} from './exhaustive.ts'
import type {Exploration} from './explore.ts'
import {traced} from './runner.ts'
import type {Schedule} from './schedule.ts'
import {shrink} from './shrink.ts'

/** The last line of an exploration. */
export function summary({schedules, violations, setApartSchedules}: Exploration, tookMs: number): string {
  return `${schedules} schedules, ${violations.length} violations, ${setApartSchedules} set apart, ${Math.round(schedules / tookMs * 1000)} schedules/s`
}

/** What cannot be seen from outside, each with how many schedules showed it. */
export const setApartLines = ({setApart}: Exploration): string[] =>
  [...setApart].sort(([a], [b]) => a.localeCompare(b)).map(([excuse, schedules]) => `set apart: ${schedules} with ${excuse}`)

/** A schedule told step by step, with what it shows. */
export function story(schedule: Schedule): string {
  const {lines, findings} = traced(schedule)
  return [...lines, ...findings.map(({promise, text, excuse}) => `${excuse === undefined ? 'VIOLATION' : `set apart (${excuse})`} of "${promise}": ${text}`)].join('\n')
}

/** A violation as a person needs it: the shortest schedule that shows it, its story, and the command that replays it. */
export function violationText({schedule}: Explored): string {
  const shortest = shrink(schedule)
  const {seed} = schedule
  return `${story(shortest)}\nseed ${seed}; replay: npm run explore -- --replay '${JSON.stringify(shortest)}'`
}
