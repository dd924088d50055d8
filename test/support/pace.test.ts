import assert from 'node:assert/strict'
import {pace} from '../../src/support/pace.ts'

describe('a pace', () => {
  it('begins no more in any time than it allows, and the first at once', async () => {
    const beganMs = performance.now()
    const turn = pace(50)
    const times = await Promise.all(Array.from({length: 6}, () => turn().then(() => performance.now() - beganMs)))
    assert.ok((times[0] ?? Infinity) < 15, `first after ${times[0]} ms`)
    // Node's timers may ring a millisecond early.
    for (const [i, ms] of times.entries()) assert.ok(ms >= i * 20 - 2, `turn ${i} after ${ms} ms`)
  })

  it('ends all waiting with its signal', async () => {
    const ending = new AbortController()
    const turn = pace(0.01, ending.signal)
    await turn()
    const waiting = assert.rejects(turn(), {name: 'AbortError'})
    ending.abort()
    await waiting
  })
})
