import assert from 'node:assert/strict'
import {createProgress} from '../../src/cli/progress.ts'
import {initial, step} from '../../src/protocol/machine.ts'
import {planOf, runWorld, WORLD_BEGAN_MS} from '../support/virtual-world.ts'
import type {World} from '../support/virtual-world.ts'

/** What a log hears of a whole backup, after which `text` is to be said. */
async function warnedAfter(world: World, text: string): Promise<string[]> {
  let written = ''
  const stream = {isTTY: false, write: (chunk: string) => { written += chunk }} as unknown as NodeJS.WriteStream
  const progress = createProgress({stream, env: {}})
  progress.line('Cluster', 'prod')
  let state = initial(planOf(world), {monoMs: 0, wallMs: WORLD_BEGAN_MS})
  for (const {event} of runWorld(world).trace) {
    const before = state
    state = step(before, event).state
    progress.observe(state, event, before)
  }
  progress.warn('Recorded', text)
  await progress.done()
  return written.trim().split('\n')
}

describe('what is to be said once the servers are unpaused', () => {
  it('is heard in a log, once and behind everything else', async () => {
    const lines = await warnedAfter({servers: [{}]}, 'the record is not kept in a ConfigMap in namespace ledger: not permitted')
    assert.deepEqual(lines.slice(-2), [
      '✔ Unpaused      1 of 1 verified, unavailable for 10.1 s',
      '⚠ Recorded      the record is not kept in a ConfigMap in namespace ledger: not permitted',
    ])
  })
})
