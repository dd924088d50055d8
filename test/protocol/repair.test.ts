import assert from 'node:assert/strict'
import {runWorld} from '../support/virtual-world.ts'
import {phasesOf, sent} from './reading.ts'
import type {VirtualServer, World} from '../support/virtual-world.ts'

const PAUSED: VirtualServer = {pausedByAnother: true}
const repair = (servers: readonly VirtualServer[], more: Partial<World> = {}) => runWorld({servers, plan: {repair: true, holdMs: 0}, ...more})
const releases = (run: ReturnType<typeof repair>) => run.state.servers.map(({release}) => release)
const left = ({outcome}: ReturnType<typeof repair>) => outcome.leftovers.map(({server, whose}) => [server, whose])

describe('a repair of everything', () => {
  it('looks at every server, unpauses those that are paused, and pauses nothing', () => {
    const run = repair([PAUSED, {}, {...PAUSED, wave: 'auditor'}])
    assert.deepEqual(phasesOf(run), ['locking', 'unpausing', 'releasing', 'ended'])
    assert.deepEqual(sent(run, 'unpause').map(({server}) => server), [0, 2])
    assert.deepEqual(sent(run, 'pause'), [])
    assert.deepEqual([releases(run), left(run)], [['open', 'open', 'open'], []])
  })

  it('touches nothing while another holds the lease', () => {
    const run = repair([PAUSED], {lockRefused: 'alice@laptop'})
    assert.deepEqual([run.outcome.reasons, sent(run, 'unpause')], [['another backup holds the lease: alice@laptop'], []])
  })

  it('touches nothing when it is interrupted before', () => {
    const run = repair([PAUSED], {script: [[{event: 0}, {type: 'interrupt', signal: 'SIGINT'}]]})
    assert.deepEqual([run.outcome.exitCode, sent(run, 'unpause')], [4, []])
  })

  it('unpauses a server that cannot say whether it is paused', () => {
    const run = repair([{...PAUSED, checkPaused: false}])
    assert.deepEqual([sent(run, 'unpause').length, releases(run)], [1, ['open']])
  })

  it('leaves a server alone that is paused again after its Unpause', () => {
    const run = repair([PAUSED], {script: [[{phase: 'unpausing', afterMs: 45}, {type: 'foreign pause', server: 0}]]})
    assert.deepEqual([sent(run, 'unpause').length, releases(run), left(run)], [1, ['left'], [[0, "another's"]]])
  })

  it('goes on for ever with a server that is paused, until told to stop for good', () => {
    const run = repair([PAUSED, {}], {
      fate: effect => effect.type === 'unpause' ? 'failed' : undefined,
      script: [[{atMs: 300_000}, {type: 'interrupt', signal: 'SIGINT'}], [{atMs: 301_000}, {type: 'interrupt', signal: 'SIGINT'}]],
    })
    assert.ok(sent(run, 'unpause').length > 100)
    assert.deepEqual([releases(run), left(run)], [['given up', 'open'], [[0, 'ours']]])
  })

  it('gives up after half a minute on a server that never says that it is paused, and names it', () => {
    const run = repair([{}, PAUSED], {script: [[{atMs: 0}, {type: 'silence', server: 0}]]})
    assert.deepEqual([releases(run), left(run)], [['given up', 'open'], [[0, 'ours']]])
    const lastMs = sent(run, 'check').at(-1)?.atMs ?? 0
    assert.ok(lastMs > 25_000 && lastMs < 35_000, `${lastMs} ms`)
  })

  it('knows a server that is gone', () => {
    const run = repair([PAUSED], {fate: effect => effect.type === 'unpause' ? 'failed' : undefined, script: [[{atMs: 1000}, {type: 'delete', server: 0}]]})
    assert.deepEqual([releases(run), left(run)], [['gone'], []])
  })
})
