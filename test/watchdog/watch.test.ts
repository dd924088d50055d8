import assert from 'node:assert/strict'
import {BEAT_MS, briefed, dutyOf, heard, newWatch, ticked} from '../../src/watchdog/watch.ts'
import type {Watch} from '../../src/watchdog/watch.ts'
import type {Plan} from '../../src/protocol/types.ts'

const PLAN: Plan = {servers: [], pods: [], targets: 0, holdMs: 10_000, drainMs: 30_000, guardMs: 1000, offsets: [], dryRun: false, allowUnverified: false}
const duty = (watch: Watch) => dutyOf(watch, PLAN)
const PAUSED = briefed(newWatch, ['ours'], false)

/** After `ms` of ticks as they should come; `beating`: the parent is heard between them. */
function after(ms: number, watch: Watch, {beating = false} = {}): Watch {
  let next = watch
  for (let passed = 0; passed < ms; passed += BEAT_MS) next = ticked(beating ? heard(next) : next, BEAT_MS)
  return next
}

describe('a watchdog', () => {
  it('acts when its parent is silent for 10 s while something is paused', () => {
    assert.deepEqual(duty(after(9500, PAUSED)), {type: 'watch'})
    assert.deepEqual(duty(after(10_000, PAUSED)), {type: 'act', cause: 'stopped answering'})
  })

  it('does not count the time in which it stood still itself', () => {
    const asleep = ticked(after(9000, PAUSED), 3_600_000)
    assert.deepEqual(duty(ticked(heard(asleep), BEAT_MS)), {type: 'watch'})
    assert.deepEqual(duty(ticked(PAUSED, 3_600_000)), {type: 'watch'})
  })

  it('goes when its parent is silent and has paused nothing, or nothing any more', () => {
    assert.deepEqual(duty(after(10_000, newWatch)), {type: 'leave'})
    assert.deepEqual(duty(after(10_000, briefed(PAUSED, ['back'], true))), {type: 'leave'})
  })

  it('acts for a server that is open again while a Pause may come late', () => {
    assert.deepEqual(duty(after(10_000, briefed(PAUSED, ['open'], true))), {type: 'act', cause: 'stopped answering'})
  })

  it('acts when the parent, though alive, has not begun to unpause within the bound of 55 s', () => {
    assert.deepEqual(duty(after(55_000, PAUSED, {beating: true})), {type: 'watch'})
    assert.deepEqual(duty(after(55_500, PAUSED, {beating: true})), {type: 'act', cause: 'did not unpause in time'})
  })

  it('leaves to a parent that unpauses all the time it takes', () => {
    assert.deepEqual(duty(after(600_000, briefed(PAUSED, ['ours'], true), {beating: true})), {type: 'watch'})
  })
})
