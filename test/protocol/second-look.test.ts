import assert from 'node:assert/strict'
import {runWorld} from '../support/virtual-world.ts'

describe('a second look without a watchdog', () => {
  it('lasts its two minutes without taking them for a machine that stood still', () => {
    const {trace, state, outcome} = runWorld({
      servers: [{}, {}], plan: {drainMs: 2000}, noWatchdog: true,
      fate: effect => effect.type === 'pause' && effect.server === 1 ? 'answer lost' : undefined,
    })
    assert.deepEqual(trace.filter(({phase}) => phase === 'reading lease'), [])
    assert.deepEqual([state.phase, outcome.exitCode], ['ended', 3])
  })
})
