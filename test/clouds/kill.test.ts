import assert from 'node:assert/strict'
import {setTimeout as sleep} from 'node:timers/promises'
import {provideAws, type Aws} from './aws.ts'
import {startMoto, type Moto} from './moto.ts'
import {changing, endState, isChange} from './outcome.ts'
import {Place} from './place.ts'
import {dynamoScript} from './plan.ts'
import {makeWorld, TWO_TABLES} from './world.ts'

const NAMES = TWO_TABLES.map(({name}) => name)
const LANES = 2
const MOMENTS = ['before', 'after'] as const

/** A peer and an `aws` of its own: runs in different lanes do not meet. */
interface Lane {
  readonly moto: Moto
  readonly aws: Aws
}

describe('the printed script for DynamoDB, killed at every call', () => {
  const lanes: Lane[] = []
  before(async () => {
    for (let i = 0; i < LANES; i++) {
      const moto = await startMoto()
      lanes.push({moto, aws: await provideAws('warm', moto.url)})
    }
  })
  after(async () => {
    for (const {moto, aws} of lanes) {
      await aws.stop()
      await moto.stop()
    }
  })

  async function place({moto, aws}: Lane): Promise<Place> {
    await moto.reset()
    const at = await makeWorld(moto, TWO_TABLES)
    await moto.watch(NAMES, at)
    await moto.settings({durationsMs: {copy: 60, backup: 40, restore: 60, delete: 40, update: 20}, settlingMs: 20})
    return Place.make(dynamoScript(at, {tables: NAMES}), moto, aws)
  }

  /** @returns the call at which it was killed, or undefined when it has fewer calls than that */
  async function killedAt(lane: Lane, call: number, when: typeof MOMENTS[number], expected: unknown): Promise<string | undefined> {
    const {moto, aws} = lane
    const at = await place(lane)
    await moto.freeze(call, when)
    const run = at.start('--yes')
    const ending = run.ended.then(() => true)
    let struck: string | undefined
    while (!(struck = await moto.frozen()) && !await Promise.race([ending, sleep(5, false)]));
    if (!struck) {
      const {code, output} = await run.ended
      assert.equal(code, 0, output)
      return undefined
    }
    await run.kill()
    await aws.idle()
    await moto.thaw()
    const {code, output} = await at.run('--yes')
    assert.equal(code, 0, `killed ${when} call ${call} (${struck}):\n${output}`)
    assert.deepEqual(endState(await moto.truth()), expected, `killed ${when} call ${call} (${struck})`)
    await at.remove()
    return struck
  }

  it('ends in the same state when it is run again, and never is a table without a whole copy of its data', async function () {
    this.timeout(900_000)
    const [first] = lanes
    assert.ok(first)
    const whole = await place(first)
    await first.moto.freeze(0, 'before')
    const {code, output} = await whole.run('--yes')
    assert.equal(code, 0, output)
    const changes = new Set(changing(await first.moto.calls()).map(withoutId))
    const expected = endState(await first.moto.truth())
    assert.deepEqual(expected.violations, [])

    const struck = {before: new Set<string>(), after: new Set<string>()}
    let next = 1
    let kills = 0
    let over = false
    await Promise.all(lanes.map(async lane => {
      for (let call = next++; !over; call = next++) {
        // A call that only asks has no effect: killed before it or after it is the same.
        for (const when of ['after', 'before'] as const) {
          const name = await killedAt(lane, call, when, expected)
          if (name === undefined) over = true
          else {
            kills++
            struck[when].add(withoutId(name))
          }
          if (name === undefined || !isChange(name)) break
        }
      }
    }))
    for (const when of MOMENTS) assert.deepEqual([...changes].filter(name => !struck[when].has(name)), [], `never killed ${when} these`)
    console.log(`      killed ${kills} times, at each of ${next - LANES - 1} calls in turn; ${changes.size} different changes among them`)
  })
})

const withoutId = (call: string) => call.replace(/\/backup\/.*/, '')
