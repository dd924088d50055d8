import assert from 'node:assert/strict'
import {deliver} from '../../src/cli/run-backup.ts'
import {CliError} from '../../src/support/errors.ts'
import {recordOf} from '../backup/builders.ts'
import {runWorld} from '../support/virtual-world.ts'
import type {OutputStream} from '../../src/cli/output.ts'
import type {World} from '../support/virtual-world.ts'

/** A stream that takes everything, and what it took. */
function taking(): {stream: OutputStream; said: () => string} {
  let said = ''
  return {stream: {write: (text, done) => { said += text; done(); return true }}, said: () => said}
}

const full: OutputStream = {write: (_text, done) => { done(new Error('ENOSPC: no space left on device, write')); return false }}

/** How a backup in that world ends whose stdout is a full disk, and the last lines of its stderr. */
async function onFullDisk(world: World): Promise<{error: unknown; said: string}> {
  const {stream: stderr, said} = taking()
  const result = {outcome: runWorld(world).outcome, record: recordOf(world), stored: {file: '/state/record.json', configMaps: [], warnings: []}}
  return {error: await deliver(result, 'json', {stdout: full, stderr}).catch((reason: unknown) => reason), said: said()}
}

describe('a result that stdout does not take', () => {
  it('is told on stderr, and is no success', async () => {
    const {error, said} = await onFullDisk({servers: [{}]})
    assert.ok(error instanceof CliError)
    assert.deepEqual([error.message, error.exitCode], ['cannot write the result to stdout: ENOSPC: no space left on device, write', 1])
    assert.match(said, /^Restore point +2026-11-23T12:44:05Z .*\nRestorable +.*\nRecorded +\/state\/record\.json\n$/)
  })

  it('still exits as the backup did: 4 while something may be paused', async () => {
    const {error, said} = await onFullDisk({servers: [{}], script: [
      [{phase: 'held'}, {type: 'silence', server: 0}],
      [{phase: 'unpausing', afterMs: 5000}, {type: 'interrupt', signal: 'SIGINT'}],
      [{phase: 'unpausing', afterMs: 6000}, {type: 'interrupt', signal: 'SIGINT'}],
    ]})
    assert.ok(error instanceof CliError)
    assert.equal(error.exitCode, 4)
    assert.match(said, /Still paused +ledger\/pod-0/)
  })
})

describe('--record -', () => {
  it('has the record alone on stdout, and the words for people on stderr', async () => {
    const world: World = {servers: [{}]}
    const record = recordOf(world)
    const [stdout, stderr] = [taking(), taking()]
    const stored = {file: '/state/record.json', configMaps: [], warnings: []}
    assert.equal(await deliver({outcome: runWorld(world).outcome, record, stored}, 'record', {stdout: stdout.stream, stderr: stderr.stream}), 0)
    assert.equal(stdout.said(), `${JSON.stringify(record, undefined, 2)}\n`)
    assert.match(stderr.said(), /^Restore point +2026-11-23T12:44:05Z .*\nRestorable +.*\nRecorded +\/state\/record\.json\n$/)
  })
})
