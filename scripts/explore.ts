// Explores faults in virtual time against the promises of docs/guarantees.md.
// npm run explore: every single fault. -- --exhaustive: every pair. -- --schedules 1000000 [--seed N]: by chance.
// -- --replay SEED (or a printed schedule): that one, step by step.
import {parseArgs} from 'node:util'
import {scheduleOf} from '../test/simulation/chance.ts'
import {explore, pairs, random, singles} from '../test/simulation/explore.ts'
import {setApartLines, story, summary, violationText} from '../test/simulation/report.ts'
import type {Schedule} from '../test/simulation/schedule.ts'

const STOP_AT = 8
const TELL_EVERY_MS = 10_000

const {values} = parseArgs({options: {
  exhaustive: {type: 'boolean', default: false}, schedules: {type: 'string'}, seed: {type: 'string', default: '1'}, replay: {type: 'string'},
}})

function chosen() {
  if (values.exhaustive) return pairs()
  return values.schedules === undefined ? singles() : random(Number(values.seed), Number(values.schedules))
}

if (values.replay !== undefined) {
  const schedule = values.replay.startsWith('{') ? JSON.parse(values.replay) as Schedule : scheduleOf(Number(values.replay))
  process.stdout.write(`${story(schedule)}\n`)
} else {
  const began = performance.now()
  let toldMs = began
  const found = explore(chosen(), STOP_AT, schedules => {
    if (performance.now() - toldMs < TELL_EVERY_MS) return
    toldMs = performance.now()
    process.stderr.write(`${schedules} schedules so far\n`)
  })
  const tookMs = performance.now() - began
  for (const violation of found.violations) process.stdout.write(`${violationText(violation)}\n\n`)
  process.stdout.write([...setApartLines(found), summary(found, tookMs)].map(line => `${line}\n`).join(''))
  if (found.violations.length > 0) process.exitCode = 1
}
