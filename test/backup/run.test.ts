import assert from 'node:assert/strict'
import {run} from '../../src/backup/run.ts'
import {outcomeOf} from '../../src/protocol/verdict.ts'
import {initial} from '../../src/protocol/machine.ts'
import type {Instant} from '../../src/support/clock.ts'
import type {Effect, Happening, Plan} from '../../src/protocol/types.ts'

const PLAN: Plan = {
  servers: [{name: 'ledger/ledger-0', wave: 'ledger', target: 0}], pods: [], targets: 1,
  holdMs: 10_000, drainMs: 30_000, guardMs: 1000, offsets: [], dryRun: false, allowUnverified: false,
}

const begin = (at: Instant) => initial(PLAN, at)

/** A world in which everything succeeds at once and the clock stands still: the hold would last for ever. */
function world(paused: {now: boolean}) {
  return (effect: Effect, tell: (happening: Happening) => void): void => {
    switch (effect.type) {
      case 'lock': return tell({type: 'locked'})
      case 'unlock': return tell({type: 'unlocked'})
      case 'arm': return tell({type: 'armed', alive: false})
      case 'disarm': return tell({type: 'disarmed'})
      case 'list': return tell({type: 'listed', purpose: effect.purpose, target: effect.target, pods: []})
      case 'check': return tell({type: 'checked', server: effect.server, call: effect.call, answer: {kind: paused.now ? 'paused' : 'unpaused'}})
      case 'pause': paused.now = true; return tell({type: 'paused', server: effect.server, call: effect.call, answer: {kind: 'ok'}})
      case 'unpause': paused.now = false; return tell({type: 'unpaused', server: effect.server, call: effect.call, answer: {kind: 'ok'}})
      case 'record': return tell({type: 'recorded'})
      default:
    }
  }
}

const clock = () => ({monoMs: 0, wallMs: 1_764_000_000_000})

describe('a run', () => {
  it('unpauses when an edge throws in the middle of the pause', async () => {
    const paused = {now: false}
    const good = world(paused)
    const {done} = run(begin, (effect, tell) => {
      if (effect.type === 'timer' && effect.name === 'hold') throw new Error('no timers left')
      good(effect, tell)
    }, clock, () => undefined)
    const outcome = outcomeOf(await done)
    assert.equal(paused.now, false)
    assert.deepEqual([outcome.verdict, outcome.exitCode, outcome.reasons], ['void', 3, ['interrupted (uncaught error: no timers left)']])
  })

  it('goes on without its picture when drawing throws', async () => {
    const paused = {now: false}
    const running = run(begin, world(paused), clock, () => { throw new Error('no terminal') })
    await Promise.resolve()
    assert.equal(paused.now, true)
    running.tell({type: 'interrupt', signal: 'SIGINT'})
    assert.equal(outcomeOf(await running.done).exitCode, 130)
    assert.equal(paused.now, false)
  })

  it('draws a step when its calls are on their way, and everything before it ends', async () => {
    const order: string[] = []
    const good = world({now: false})
    const running = run(begin, (effect, tell) => {
      if (effect.type === 'pause') queueMicrotask(() => order.push('Pause sent'))
      good(effect, tell)
    }, clock, (state, _event, before) => {
      if (state.phase !== before.phase) order.push(state.phase)
    })
    await new Promise(resolve => setImmediate(resolve))
    running.tell({type: 'interrupt', signal: 'SIGINT'})
    await running.done
    assert.deepEqual(order, [
      'Pause sent', 'arming', 'looking', 'pausing ledgers', 'sweeping', 'holding', 'unpausing', 'disarming', 'recording', 'releasing', 'ended',
    ])
  })

  it('still hears an interruption after an error of its own', async () => {
    const paused = {now: false}
    let broken = false
    const running = run(begin, world(paused), () => {
      if (broken) throw new Error('no clock')
      return clock()
    }, () => undefined)
    await Promise.resolve()
    assert.equal(paused.now, true)
    broken = true
    assert.throws(() => { running.tell({type: 'timer', name: 'poll'}) }, /no clock/)
    broken = false
    running.tell({type: 'interrupt', signal: 'uncaught error'})
    assert.equal(outcomeOf(await running.done).exitCode, 3)
    assert.equal(paused.now, false)
  })
})
