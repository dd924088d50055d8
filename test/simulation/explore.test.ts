import assert from 'node:assert/strict'
import {describe, it} from 'mocha'
import {exploreRandom, exploreSingles} from './explore.ts'
import type {Exploration} from './explore.ts'
import {setApartLines, summary, violationText} from './report.ts'

const PATIENCE_MS = 540_000
const RANDOM = 20_000

/** Prints what the promises were held against, as the last thing that a reader of the log looks for. */
function hold(explored: () => Exploration): void {
  const began = performance.now()
  const found = explored()
  for (const line of [...setApartLines(found), summary(found, performance.now() - began)]) console.log(`      ${line}`)
  assert.equal(found.violations.map(violationText).join('\n\n'), '')
}

describe('nothing left paused, nothing wrongly called consistent', () => {
  it('with every single fault, at every point where it can strike', () => hold(() => exploreSingles())).timeout(PATIENCE_MS)
  it(`in ${RANDOM} schedules by chance`, () => hold(() => exploreRandom(1, RANDOM))).timeout(PATIENCE_MS)
})
