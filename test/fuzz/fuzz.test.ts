import assert from 'node:assert/strict'
import {fuzz} from './fuzz.ts'
import {TARGETS} from './targets.ts'

const INPUTS = 12_000

describe('what comes from outside', () => {
  it(`is refused or understood, whatever it is: ${INPUTS} inputs without a crash`, async () => {
    const {crashes} = await fuzz(TARGETS, 1, INPUTS)
    const [first] = crashes
    assert.equal(crashes.length, 0, first && `${first.target}: npm run fuzz -- --replay ${first.seed}: ${String(first.error)}`)
  }).timeout(180_000)

  it('is the same again for the same seed', async () => {
    const seen: string[] = []
    for (let run = 0; run < 2; run++) await fuzz([{name: 'look', share: 1, feed: random => void seen.push(`${random.text(40)} ${random.int(1e9)}`)}], 7, 5)
    assert.deepEqual(seen.slice(0, 5), seen.slice(5))
    assert.equal(new Set(seen).size, 5)
  })

  it('is told with its seed when it crashes or hangs', async () => {
    const broken = {name: 'broken', share: 1, feed: () => { throw new TypeError('x of undefined') }}
    const hanging = {name: 'hanging', share: 1, feed: () => new Promise<void>(() => undefined)}
    const found = await Promise.all([broken, hanging].map(target => fuzz([target], 3, 1)))
    assert.deepEqual(found.map(({crashes: [crash]}) => `${crash?.target} ${crash?.seed}: ${String(crash?.error)}`), [
      'broken 3: TypeError: x of undefined', 'hanging 3: Error: not settled after 500 turns of the event loop',
    ])
  })
})
