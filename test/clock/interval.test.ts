import assert from 'node:assert/strict'
import {describe, it} from 'mocha'
import {boundsOf, hull, intervalOf, nextArrivalMs} from '../../src/clock/interval.ts'
import {sampleClock} from '../../src/clock/sampling.ts'
import type {Sample} from '../../src/clock/interval.ts'

const at = (time: string) => Date.parse(`2026-11-23T${time}Z`)

describe('one answer', () => {
  it('bounds the offset by a second and the way there and back', () => {
    assert.deepEqual(boundsOf({sentMs: at('12:44:05.200'), receivedMs: at('12:44:05.300'), dateMs: at('12:44:08.000')}), {loMs: 2700, hiMs: 3800})
  })
})

describe('several answers', () => {
  it('leave what all of them allow', () => {
    const before = {sentMs: at('12:44:05.200'), receivedMs: at('12:44:05.210'), dateMs: at('12:44:07.000')}
    const after = {sentMs: at('12:44:05.220'), receivedMs: at('12:44:05.230'), dateMs: at('12:44:08.000')}
    assert.deepEqual(intervalOf([before, after]), {loMs: 2770, hiMs: 2800, agree: true})
  })

  it('that contradict each other leave all that any of them allows', () => {
    const one = {sentMs: at('12:44:05.000'), receivedMs: at('12:44:05.010'), dateMs: at('12:44:05.000')}
    const other = {sentMs: at('12:44:05.100'), receivedMs: at('12:44:05.110'), dateMs: at('12:44:07.000')}
    assert.deepEqual(intervalOf([one, other]), {loMs: -10, hiMs: 2900, agree: false})
  })

  it('are held by one hull', () => assert.deepEqual(hull([{loMs: -5, hiMs: 3}, {loMs: 1, hiMs: 9}]), {loMs: -5, hiMs: 9}))
})

describe('the next question', () => {
  // The server's next second begins between 12:44:05.600 and 12:44:06.000 by our clock.
  const interval = {loMs: 1000, hiMs: 1400}
  for (const [from, expected, why] of [
    ['12:44:05.000', '12:44:05.700', 'waits for the first quarter of where the second may begin'],
    ['12:44:05.750', '12:44:05.750', 'goes at once while half of it is ahead'],
    ['12:44:05.850', '12:44:06.700', 'waits for the next second when most of it is over'],
  ] as const) {
    it(why, () => assert.equal(new Date(nextArrivalMs(interval, at(from))).toISOString(), new Date(at(expected)).toISOString()))
  }
})

/** A server and a way to it in virtual time; `random` is in [0, 1). */
function virtualServer({offsetMs, thereMs, backMs, jitterMs, fractionMs, random}: {
  readonly offsetMs: number
  readonly thereMs: number
  readonly backMs: number
  readonly jitterMs: number
  readonly fractionMs: number
  readonly random: () => number
}) {
  let nowMs = at('12:44:00.000') + fractionMs
  const ask = async (): Promise<Sample> => {
    const sentMs = nowMs
    const arrivedMs = sentMs + thereMs + random() * jitterMs
    nowMs = arrivedMs + backMs + random() * jitterMs
    return {sentMs, receivedMs: nowMs, dateMs: Math.floor((arrivedMs + offsetMs) / 1000) * 1000}
  }
  return {
    ask,
    nowMs: () => nowMs,
    // Timers are late, never early.
    sleep: async (ms: number) => { nowMs += ms + random() * 2 },
  }
}

describe('asking a clock', () => {
  const random = sequence(20_261_124)

  it('always finds an interval that holds the true offset, whatever the way is like', async () => {
    for (let i = 0; i < 3000; i++) {
      const offsetMs = (random() - 0.5) * 80_000
      const server = virtualServer({offsetMs, thereMs: random() * 150, backMs: random() * 150, jitterMs: random() * 100, fractionMs: random() * 1000, random})
      const beganMs = server.nowMs()
      const samples = await sampleClock(server)
      const {loMs, hiMs, agree} = intervalOf(samples)
      assert.ok(agree && loMs <= offsetMs && offsetMs <= hiMs, `run ${i}: ${offsetMs} is outside [${loMs}, ${hiMs}]`)
      assert.ok(samples.length <= 12, `run ${i}: ${samples.length} questions`)
      assert.ok(server.nowMs() - beganMs <= 3500, `run ${i}: ${server.nowMs() - beganMs} ms`)
    }
  })

  for (const [wayMs, mostMs] of [[2, 40], [20, 70], [80, 240], [200, 560]] as const) {
    it(`narrows a second to at most ${mostMs} ms over a way of ${wayMs} ms, in 19 of 20 cases`, async () => {
      const widths: number[] = []
      for (let i = 0; i < 1000; i++) {
        const server = virtualServer({offsetMs: (random() - 0.5) * 10_000, thereMs: wayMs / 2, backMs: wayMs / 2, jitterMs: wayMs / 20, fractionMs: random() * 1000, random})
        const {loMs, hiMs} = intervalOf(await sampleClock(server))
        widths.push(hiMs - loMs)
      }
      widths.sort((a, b) => a - b)
      assert.ok((widths[949] ?? Infinity) <= mostMs, `${widths[949]} ms`)
    })
  }

  it('keeps what it has when a later question fails, and fails with the first', async () => {
    const server = virtualServer({offsetMs: 3000, thereMs: 5, backMs: 5, jitterMs: 0, fractionMs: 0, random})
    let asked = 0
    const failingAt = (nth: number) => ({...server, ask: async () => {
      if (++asked === nth) throw new Error('connection lost')
      return server.ask()
    }})
    assert.equal((await sampleClock(failingAt(3))).length, 2)
    asked = 0
    await assert.rejects(sampleClock(failingAt(1)), /connection lost/)
  })
})

/** A small repeatable sequence of numbers in [0, 1). */
function sequence(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}
