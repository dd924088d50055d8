import assert from 'node:assert/strict'
import {setTimeout as sleep} from 'node:timers/promises'
import {provideAws, type Aws} from './aws.ts'
import {startMoto, type Moto} from './moto.ts'
import {changing, endState, unstamped} from './outcome.ts'
import {Place} from './place.ts'
import {dynamoScript} from './plan.ts'
import {makeWorld, TWO_TABLES} from './world.ts'

const NAMES = TWO_TABLES.map(({name}) => name)
const LANES = 2
const HOUR_MS = 3_600_000
/** KILL_EVERY=4: after every fourth call only, for a quick look; before each change in any case. */
const EVERY = Number(process.env['KILL_EVERY'] ?? 1)

interface Moment {
  readonly call: number
  readonly when: 'before' | 'after'
  readonly name?: string
}

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

  /** @returns the call at which it was killed, or undefined when it ended before that */
  async function killedAt(lane: Lane, {call, when, name}: Moment, expected: unknown): Promise<string | undefined> {
    const {moto, aws} = lane
    const there = await place(lane)
    await moto.freeze(call, when, name)
    const run = there.start('--yes')
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
    const what = `killed ${when} call ${call}${name ? ` of ${name}` : ''} (${struck})`
    const {code, output} = await there.run('--yes')
    assert.equal(code, 0, `${what}:\n${output}`)
    assert.deepEqual(endState(await moto.truth()), expected, what)
    await there.remove()
    return struck
  }

  /** What a run without an outage comes to, and the changes that it makes. */
  async function undisturbed(lane: Lane) {
    const there = await place(lane)
    await lane.moto.freeze(0, 'before')
    const {code, output} = await there.run('--yes')
    assert.equal(code, 0, output)
    const expected = endState(await lane.moto.truth())
    assert.deepEqual(expected.violations, [])
    await there.remove()
    return {expected, changes: changing(await lane.moto.calls()).map(unstamped)}
  }

  it('ends in the same state when it is run again, and never is a table without a whole copy of its data', async function () {
    this.timeout(HOUR_MS)
    const [first] = lanes
    assert.ok(first)
    const {expected, changes} = await undisturbed(first)

    let next = 1 - EVERY
    let over = false
    let kills = 0
    await Promise.all(lanes.map(async lane => {
      for (let call = next += EVERY; !over; call = next += EVERY) {
        if (await killedAt(lane, {call, when: 'after'}, expected) === undefined) over = true
        else kills++
      }
    }))
    // By name, since calls side by side come in another order each time. Before a call that only asks is the same as after it.
    const moments = changes.map((change, i) => ({change, call: changes.slice(0, i + 1).filter(each => each === change).length, when: 'before' as const}))
    await Promise.all(lanes.map(async lane => {
      for (let moment = moments.pop(); moment; moment = moments.pop()) {
        assert.equal(unstamped(await killedAt(lane, {...moment, name: pattern(moment.change)}, expected) ?? 'no call'), moment.change)
        kills++
      }
    }))
    console.log(`      killed ${kills} times: after each of ${kills - changes.length} calls, and before each of ${changes.length} changes`)
  })
})

const pattern = (change: string) => change.replaceAll(/[.*+?^$()[\]{}|\\]/g, '\\$&').replace('copy-', 'r\\d{8}t\\d{6}z-')
