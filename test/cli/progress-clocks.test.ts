import assert from 'node:assert/strict'
import {describe, it} from 'mocha'
import {progressLines} from '../../src/cli/progress-lines.ts'
import {runWorld} from '../support/virtual-world.ts'
import type {ClockOffset} from '../../src/protocol/types.ts'
import type {World} from '../support/virtual-world.ts'

const dynamo: ClockOffset = {database: 'Amazon DynamoDB in eu-west-1', loMs: -10, hiMs: 10}

/** The last line, after a backup of one Ledger; as mark and text. */
function lastLine(world: Partial<World>, offsets: readonly ClockOffset[] = [dynamo]): string {
  const {title, mark, text} = progressLines(runWorld({servers: [{}], ...world, plan: {offsets}}).state).at(-1) ?? assert.fail()
  return `${title} ${mark}: ${text}`
}

describe('the clocks after the pause, in the progress', () => {
  for (const [what, world, offsets, line] of [
    ['are as they were', {}, [dynamo], 'Clocks done: measured again, the restore point holds'],
    ['could not be measured', {measured: [{...dynamo, unmeasured: 'no answer within 3 s'}]}, [dynamo], 'Clocks warning: not measured again: Amazon DynamoDB in eu-west-1'],
    ['moved', {measured: [{...dynamo, loMs: -3010, hiMs: -2990}]}, [dynamo],
      "Clocks failed: the clock of Amazon DynamoDB in eu-west-1 was as this machine's clock, give or take 10 ms, before the pause and is 3.00 s behind this machine's clock, "
      + 'give or take 10 ms, after it: by that clock the restore point may lie outside the pause'],
    ['are being measured', {measured: 'never', limitMs: 13_000}, [dynamo], 'Clocks busy: measuring them again, everything is unpaused'],
    ['belong to no database that is known', {}, [], 'Unpaused done: 1 of 1 verified, unavailable for 10.1 s'],
  ] satisfies Array<[string, Partial<World>, ClockOffset[], string]>) {
    it(`that ${what}`, () => assert.equal(lastLine(world, offsets), line))
  }
})
