import assert from 'node:assert/strict'
import {describe, it} from 'mocha'
import {confirmFromMs, driftMs, marginMs, minimumHoldMs, restorePointMs} from '../../src/protocol/window.ts'
import type {ClockOffset} from '../../src/protocol/types.ts'

const at = (time: string) => Date.parse(`2026-11-23T${time}Z`)
const offset = (loMs: number, hiMs: number): ClockOffset => ({database: 'db', loMs, hiMs})

describe('the restore point', () => {
  const table: Array<[paused: string, holdMs: number, guardMs: number, offsets: ClockOffset[], expected: string | undefined]> = [
    // The middle of what is possible, on a whole second.
    ['12:44:02.000', 10_000, 1000, [], '12:44:07.000'],
    ['12:44:02.400', 10_000, 1000, [], '12:44:07.000'],
    ['12:44:02.600', 10_000, 1000, [], '12:44:07.000'],
    ['12:44:02.999', 10_000, 1000, [], '12:44:07.000'],
    // The later one of two equally near; the only one that is possible.
    ['12:44:02.000', 4000, 1000, [], '12:44:04.000'],
    ['12:44:02.001', 4000, 1000, [], '12:44:04.000'],
    ['12:44:02.999', 4000, 1000, [], '12:44:04.000'],
    ['12:44:02.000', 2000, 0, [], '12:44:03.000'],
    // Too short, for a part of a second at least.
    ['12:44:02.001', 3998, 1000, [], undefined],
    ['12:44:02.000', 3998, 1000, [], '12:44:03.000'],
    ['12:44:02.500', 1000, 0, [], undefined],
    // A database's clock that goes ahead moves it later, one that is behind earlier; the interval's width is lost.
    ['12:44:02.000', 4000, 1000, [offset(500, 500)], '12:44:04.000'],
    ['12:44:02.000', 10_000, 1000, [offset(3000, 3000)], '12:44:10.000'],
    ['12:44:02.000', 10_000, 1000, [offset(-3000, -3000)], '12:44:04.000'],
    ['12:44:02.000', 5000, 1000, [offset(-500, 500)], '12:44:04.000'],
    ['12:44:02.600', 4800, 1000, [offset(-500, 500)], undefined],
    // Several databases: the interval that holds all of them.
    ['12:44:02.600', 4800, 1000, [offset(-500, -100), offset(200, 500)], undefined],
    ['12:44:02.600', 4800, 1000, [offset(-500, -100), offset(200, 400)], '12:44:04.000'],
    // Parts of a millisecond count.
    ['12:44:02.000', 4000, 1000, [offset(0.25, 0.25)], '12:44:04.000'],
    ['12:44:02.001', 4000, 1000, [offset(-1.25, 0)], undefined],
  ]
  for (const [paused, holdMs, guardMs, offsets, expected] of table) {
    const clocks = offsets.map(({loMs, hiMs}) => ` [${loMs}, ${hiMs}]`).join('')
    it(`of a pause at ${paused} for ${holdMs} ms, guard ${guardMs} ms${clocks && `, clocks${clocks}`}, is ${expected ?? 'none'}`, () => {
      assert.equal(restorePointMs(at(paused), holdMs, guardMs, offsets), expected && at(expected))
    })
  }

  it('lies with all of its second inside the pause by every clock, and the minimum hold is exactly enough', () => {
    const random = sequence(20_261_123)
    for (let i = 0; i < 5000; i++) {
      const pausedAt = at('12:44:02.000') + Math.floor(random() * 4000)
      const guardMs = Math.floor(random() * 3000)
      const offsets = Array.from({length: Math.floor(random() * 4)}, () => {
        const loMs = Math.floor((random() - 0.5) * 80_000) / 8
        return offset(loMs, loMs + Math.floor(random() * 8000) / 8)
      })
      const minimumMs = minimumHoldMs(guardMs, offsets)
      const holdMs = minimumMs + Math.floor((random() - 0.3) * 8000)
      const point = restorePointMs(pausedAt, holdMs, guardMs, offsets)
      if (holdMs >= minimumMs) assert.notEqual(point, undefined)
      if (point === undefined) continue
      assert.equal(point % 1000, 0)
      for (const {loMs, hiMs} of offsets.length > 0 ? offsets : [offset(0, 0)]) {
        assert.ok(pausedAt + hiMs + guardMs <= point, 'begins too early')
        assert.ok(point + 1000 + guardMs <= pausedAt + holdMs + loMs, 'ends too late')
      }
    }
  })

  it('is not promised by a hold a quarter of a millisecond too short', () => {
    const guardMs = 700
    const offsets = [offset(-30.5, 12.25)]
    const shortMs = minimumHoldMs(guardMs, offsets) - 0.25
    const starts = Array.from({length: 8000}, (_, i) => at('12:44:02.000') + i / 8)
    assert.ok(starts.some(start => restorePointMs(start, shortMs, guardMs, offsets) === undefined))
    assert.ok(starts.every(start => restorePointMs(start, shortMs + 0.25, guardMs, offsets) !== undefined))
  })
})

describe('the minimum hold', () => {
  for (const [guardMs, offsets, expected] of [
    [1000, [], 4000], [0, [], 2000], [250, [], 2500], [1000, [offset(-100, 50)], 4150], [1000, [offset(-100, -50), offset(300, 400)], 4500],
  ] as const) {
    it(`is ${expected} ms with a guard of ${guardMs} ms and ${offsets.length} measured clocks`, () => {
      assert.equal(minimumHoldMs(guardMs, offsets), expected)
    })
  }
})

describe('the confirmation', () => {
  it('waits for the slowest clock to have left the second, and the guard', () => {
    assert.equal(confirmFromMs(at('12:44:07.000'), 1000, []), at('12:44:09.000'))
    assert.equal(confirmFromMs(at('12:44:07.000'), 1000, [offset(-400, 100), offset(20, 30)]), at('12:44:09.400'))
  })
})

describe('the margin', () => {
  it('is the nearer of the two distances from the second to the ends of the pause', () => {
    assert.equal(marginMs(at('12:44:07.000'), at('12:44:02.400'), at('12:44:12.500'), []), 4500)
    assert.equal(marginMs(at('12:44:07.000'), at('12:44:02.600'), at('12:44:12.600'), []), 4400)
  })

  it('is that by the clock of the databases, and of several by the one that is worst off', () => {
    assert.equal(marginMs(at('12:44:10.000'), at('12:44:02.400'), at('12:44:12.500'), [offset(3000, 3000)]), 4500)
    assert.equal(marginMs(at('12:44:10.000'), at('12:44:02.400'), at('12:44:12.500'), [offset(2990, 3010), offset(3100, 3200)]), 4400)
    assert.equal(marginMs(at('12:44:37.000'), at('12:44:02.400'), at('12:44:12.500'), [offset(30_000, 30_020)]), 4500)
  })
})

describe('drift', () => {
  it('is what the wall clock gained or lost against the monotonic one', () => {
    assert.equal(driftMs({monoMs: 5, wallMs: 1000}, {monoMs: 105, wallMs: 1100}), 0)
    assert.equal(driftMs({monoMs: 5, wallMs: 1000}, {monoMs: 105, wallMs: 1600}), 500)
    assert.equal(driftMs({monoMs: 5, wallMs: 1000}, {monoMs: 105, wallMs: 900}), 200)
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
