import assert from 'node:assert/strict'
import {describe, it} from 'mocha'
import {runWorld} from '../support/virtual-world.ts'
import type {World} from '../support/virtual-world.ts'

const QUIET: World = {servers: [{}, {}], plan: {command: {timeoutMs: 20_000}}}

/** What a backup with a command amounts to, and for how many whole seconds everything was held. */
function held(world: World) {
  const {outcome: {verdict, reasons, exitCode}, state, truth, trace} = runWorld({...QUIET, ...world})
  assert.deepEqual(truth.paused, [])
  const effects = trace.flatMap(line => line.effects.flatMap(({type}) => type === 'run command' || type === 'stop command' ? [type] : []))
  return {verdict, reasons, exitCode, effects, seconds: Math.floor(((state.unpauseSent?.monoMs ?? 0) - (state.pausedAt?.monoMs ?? 0)) / 1000)}
}

describe('a command in the pause', () => {
  it('that is done early leaves the hold as it is', () => {
    assert.deepEqual(held({...QUIET, command: {takesMs: 100}}), {verdict: 'consistent', reasons: [], exitCode: 0, effects: ['run command'], seconds: 10})
  })

  it('that takes longer than the hold makes it last until its end', () => {
    assert.deepEqual(held({...QUIET, command: {takesMs: 17_000}}), {verdict: 'consistent', reasons: [], exitCode: 0, effects: ['run command'], seconds: 17})
  })

  it('that fails ends the pause at once', () => {
    assert.deepEqual(held({...QUIET, command: {takesMs: 2000, failure: 'ended with exit code 1'}}), {
      verdict: 'void', reasons: ['the command ended with exit code 1'], exitCode: 3, effects: ['run command'], seconds: 2,
    })
  })

  it('is told to end when the pause does, whatever ended it', () => {
    assert.deepEqual(held({...QUIET, script: [[{phase: 'holding', afterMs: 3000}, {type: 'delete', server: 1}]]}), {
      verdict: 'void', reasons: ['pod ledger/pod-1 was deleted or lost its labels'], exitCode: 3, effects: ['run command', 'stop command'], seconds: 3,
    })
  })
})
