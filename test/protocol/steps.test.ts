import assert from 'node:assert/strict'
import {describe, it} from 'mocha'
import {podOf, runWorld} from '../support/virtual-world.ts'
import {enteredMs, phasesOf, said, sent} from './reading.ts'
import type {Effect} from '../../src/protocol/types.ts'
import type {VirtualServer, World} from '../support/virtual-world.ts'

const AUDITOR: VirtualServer = {wave: 'auditor'}
const [first, second] = [podOf(0).name, podOf(1).name]
const CONSISTENT = {verdict: 'consistent', exitCode: 0, reasons: [], left: []}
const voided = (...reasons: string[]) => ({verdict: 'void', exitCode: 3, reasons, left: []})
const failed = (...reasons: string[]) => ({verdict: 'failed', exitCode: 1, reasons, left: []})

/** The fate of the checks of one server from a time on. */
function checks(server: number, fate: 'lost' | 'failed', choose: (nth: number) => boolean) {
  let nth = 0
  return (effect: Effect) => effect.type === 'check' && effect.server === server && choose(nth++) ? fate : undefined
}

describe('a backup', () => {
  it('goes through its steps in order', () => {
    const run = runWorld({servers: [{}, AUDITOR, {}]})
    assert.deepEqual(said(run), CONSISTENT)
    assert.deepEqual(phasesOf(run), [
      'locking', 'arming', 'looking', 'pausing auditors', 'pausing ledgers', 'sweeping', 'holding', 'confirming', 'held', 'unpausing',
      'disarming', 'recording', 'releasing', 'ended',
    ])
    assert.ok(run.truth.quietAt(run.state.restorePointMs ?? 0))
    assert.deepEqual(run.truth.paused, [])
  })

  it('needs no watchdog where there is none', () => {
    assert.deepEqual(said(runWorld({servers: [{}, AUDITOR], noWatchdog: true})), CONSISTENT)
  })

  it('of Ledgers alone pauses them at once', () => {
    const run = runWorld({servers: [{}, {}]})
    assert.deepEqual(sent(run, 'pause').map(({server, atMs}) => ({server, atMs})), [{server: 0, atMs: 50}, {server: 1, atMs: 50}])
  })

  it('that is a dry run sends no Pause and no Unpause, and records nothing', () => {
    const run = runWorld({servers: [{}, AUDITOR], plan: {dryRun: true}})
    assert.deepEqual(said(run), {verdict: 'dry run', exitCode: 0, reasons: [], left: []})
    assert.deepEqual([...sent(run, 'pause'), ...sent(run, 'unpause'), ...sent(run, 'record')], [])
    assert.deepEqual(run.truth.gates.flatMap(gate => gate.steps), [])
  })
})

describe('before the pause (steps 3 to 5)', () => {
  const table: Array<[what: string, world: Partial<World>, reason: string, effects: string[]]> = [
    ['a lease held by another', {lockRefused: 'alice since 12:40'}, 'another backup holds the lease: alice since 12:40', ['lock']],
    ['no watchdog', {armFails: 'spawn EPERM'}, 'the watchdog could not be started: spawn EPERM', ['lock', 'arm', 'unlock']],
    ['a list that fails', {fate: e => e.type === 'list' ? 'failed' : undefined}, 'cannot list pods: service unavailable', ['lock', 'arm', 'check', 'check', 'list', 'timer', 'disarm', 'unlock']],
    ['a server that does not answer', {fate: checks(0, 'failed', () => true)}, `cannot ask ${first} whether it is paused: the tunnel was lost`, ['lock', 'arm', 'check', 'check', 'list', 'timer', 'disarm', 'unlock']],
    ['a pod that joins', {script: [[{phase: 'arming'}, {type: 'join', target: 0}]]}, 'pod ledger/pod-2 joined while the backup was being prepared', ['lock', 'arm', 'check', 'check', 'list', 'timer', 'disarm', 'unlock']],
    ['a clock that is set', {script: [[{phase: 'looking'}, {type: 'clock', byMs: -3000}]]}, "this machine's clock jumped by 3000 ms", ['lock', 'arm', 'check', 'check', 'list', 'timer', 'disarm', 'unlock']],
  ]
  for (const [what, world, reason, effects] of table) {
    it(`${what} ends the backup, and everything is handed back`, () => {
      const run = runWorld({servers: [{}, {}], ...world})
      assert.deepEqual(said(run), failed(reason))
      assert.deepEqual(run.trace.flatMap(line => line.effects.map(effect => effect.type)), effects)
    })
  }

  it('a paused server is named, and nothing is touched', () => {
    const run = runWorld({servers: [{}, {pausedByAnother: true}]})
    assert.deepEqual(said(run), {
      verdict: 'failed', exitCode: 4, reasons: [`${second} is already paused, by another operator or a backup that died`], left: [`${second}: another's`],
    })
    assert.deepEqual(run.truth.paused, [{server: 1, owner: 'another'}])
  })

  it('an old server needs to be allowed, and then proves nothing', () => {
    const servers: VirtualServer[] = [{checkPaused: false, errorInfo: false}, {}]
    const reason = `${first}: the server is too old for CheckPaused, so its pause cannot be proven`
    assert.deepEqual(said(runWorld({servers})), failed(reason))
    const run = runWorld({servers, plan: {allowUnverified: true}})
    assert.deepEqual(said(run), {verdict: 'unverified', exitCode: 3, reasons: [reason], left: []})
    assert.deepEqual(run.truth.paused, [])
  })

  it('old servers alone can be allowed too: the hold is watched without asking them', () => {
    const run = runWorld({servers: [{checkPaused: false, errorInfo: false}], plan: {allowUnverified: true}})
    assert.deepEqual(said(run), {verdict: 'unverified', exitCode: 3, reasons: [`${first}: the server is too old for CheckPaused, so its pause cannot be proven`], left: []})
    assert.deepEqual(run.truth.paused, [])
  })

  it('a server whose pause is known to leak is refused before any effort, or allowed and unverified', () => {
    const servers: VirtualServer[] = [{unverified: 'ScalarDB Cluster 3.16.0 lets batch operations through'}, {}]
    const reason = `${first}: ScalarDB Cluster 3.16.0 lets batch operations through`
    const refused = runWorld({servers})
    assert.deepEqual(said(refused), failed(reason))
    assert.deepEqual(refused.trace.flatMap(line => line.effects), [])
    assert.deepEqual(said(runWorld({servers, plan: {allowUnverified: true}})), {verdict: 'unverified', exitCode: 3, reasons: [reason], left: []})
  })

  it('no Pause is sent without a sign of life of the watchdog within a second', () => {
    const run = runWorld({servers: [{latencyMs: 800}], script: [[{phase: 'looking'}, {type: 'watchdog silent'}]]})
    assert.deepEqual(said(run), failed('not everything was ready in time: the watchdog gives no sign of life'))
    assert.deepEqual(sent(run, 'pause'), [])
  })

  it('asks once more when the look took longer than a second, and so sees who paused meanwhile', () => {
    const servers: VirtualServer[] = [{}, {latencyMs: 700}]
    assert.equal(sent(runWorld({servers: [{}, {latencyMs: 400}]}), 'check').filter(({atMs}) => atMs < 900).length, 2)
    assert.equal(sent(runWorld({servers}), 'check').filter(({atMs}) => atMs <= 1500).length, 4)
    const run = runWorld({servers, script: [[{phase: 'looking', afterMs: 300}, {type: 'foreign pause', server: 0}]]})
    assert.deepEqual(said(run), {
      verdict: 'failed', exitCode: 4, reasons: [`${first} is already paused, by another operator or a backup that died`], left: [`${first}: another's`],
    })
    assert.deepEqual(sent(run, 'pause'), [])
    assert.deepEqual(run.truth.revoked, [])
  })

  it('a late sign of life of the watchdog lets it go on', () => {
    const run = runWorld({servers: [{latencyMs: 800}]})
    const pausedMs = sent(run, 'pause')[0]?.atMs ?? 0
    const alive = run.trace.filter(line => line.event.type === 'watchdog alive' && line.atMs <= pausedMs).at(-1)
    assert.ok(alive && pausedMs - alive.atMs <= 1000)
    assert.deepEqual(said(run), CONSISTENT)
  })
})

describe('pausing (step 6)', () => {
  it('waits for the last Auditor before the first Ledger, within one drain budget', () => {
    const run = runWorld({servers: [{}, {...AUDITOR, drainMs: 12_000}, {...AUDITOR, drainMs: 100}, {}]})
    assert.deepEqual(sent(run, 'pause').map(({server, atMs, maxPauseWaitMs, deadlineMs}) => ({server, atMs, maxPauseWaitMs, deadlineMs})), [
      {server: 1, atMs: 50, maxPauseWaitMs: 30_000, deadlineMs: 33_000},
      {server: 2, atMs: 50, maxPauseWaitMs: 30_000, deadlineMs: 33_000},
      {server: 0, atMs: 12_070, maxPauseWaitMs: 17_980, deadlineMs: 20_980},
      {server: 3, atMs: 12_070, maxPauseWaitMs: 17_980, deadlineMs: 20_980},
    ])
    assert.deepEqual(said(run), CONSISTENT)
  })

  it('gives Ledgers nothing beyond the budget that Auditors used up', () => {
    const run = runWorld({servers: [{drainMs: 5000}, {...AUDITOR, drainMs: 5000}], plan: {drainMs: 8000}})
    assert.deepEqual(said(run), voided(`${first} could not finish its outstanding requests in time and opened again`))
    assert.ok((run.state.unpausedAt?.monoMs ?? Infinity) - 50 < 8200)
  })

  it('polls Ledgers while Auditors drain; one paused is another operator, and Ledgers stay untouched', () => {
    const run = runWorld({servers: [{}, {...AUDITOR, drainMs: 12_000}], script: [[{phase: 'pausing auditors', afterMs: 1500}, {type: 'foreign pause', server: 0}]]})
    assert.deepEqual(said(run), {verdict: 'void', exitCode: 4, reasons: [`another operator paused ${first} meanwhile`], left: [`${first}: another's`]})
    assert.deepEqual([...sent(run, 'pause'), ...sent(run, 'unpause')].map(({type, server}) => `${type} ${server}`), ['pause 1', 'unpause 1'])
    assert.deepEqual(run.truth.paused, [{server: 0, owner: 'another'}])
  })

  it('sends no Pause to Ledgers when the watchdog was silent while Auditors drained', () => {
    const run = runWorld({servers: [{}, {...AUDITOR, drainMs: 1600}], script: [[{phase: 'pausing auditors'}, {type: 'watchdog silent'}]]})
    assert.deepEqual(said(run), voided('the watchdog stopped answering'))
    assert.deepEqual(sent(run, 'pause').map(pause => pause.server), [1])
  })

  it('may take as long as its budget, however long the look was allowed to take', () => {
    const run = runWorld({servers: [{drainMs: 35_000}], plan: {drainMs: 40_000}})
    assert.deepEqual(said(run), CONSISTENT)
  })

  it('is not misled by a poll of a Ledger that is answered after its Pause', () => {
    const run = runWorld({
      servers: [{}, {...AUDITOR, drainMs: 1020}],
      fate: effect => effect.type === 'check' && effect.call === 3 ? {check: {kind: 'unpaused'}, afterMs: 70} : undefined,
    })
    assert.deepEqual(phasesOf(run).slice(3, 7), ['pausing auditors', 'pausing ledgers', 'sweeping', 'holding'])
    const late = run.trace.find(line => line.event.type === 'checked' && line.event.call === 3)
    assert.ok(late && late.atMs > (run.state.servers[0]?.pausedAt?.monoMs ?? Infinity))
    assert.deepEqual(said(run), CONSISTENT)
  })
})

describe('the sweep right after the last OK (step 7)', () => {
  it('finds a gate that is open despite the OK', () => {
    const run = runWorld({servers: [{}, {latencyMs: 60}], script: [[{phase: 'pausing ledgers', afterMs: 40}, {type: 'foreign unpause', server: 0}]]})
    assert.deepEqual(said(run), voided(`${first} is not paused any more`))
    assert.equal(enteredMs(run, 'holding'), undefined)
  })
})

describe('holding (step 8)', () => {
  it('lasts from the last OK for as long as asked', () => {
    const run = runWorld({servers: [{}, {drainMs: 700}]})
    assert.equal(run.state.pausedAt?.monoMs, 770)
    assert.equal(run.state.unpauseSent?.monoMs, 10_770)
  })

  it('sweeps every second until second T is over', () => {
    const run = runWorld({servers: [{}]})
    assert.deepEqual(sent(run, 'check').map(check => check.atMs), [30, 70, 1070, 2070, 3070, 4070, 5070, 6070, 7000, 10_090])
  })

  it('ends at once when a server is seen open', () => {
    const run = runWorld({servers: [{}, {}], script: [[{phase: 'holding', afterMs: 1500}, {type: 'foreign unpause', server: 1}]]})
    assert.deepEqual(said(run), voided(`${second} is not paused any more`))
    assert.equal(run.state.unpauseSent?.monoMs, 2090)
  })

  it('ends when an answer that comes late says that a server was open', () => {
    const script: World['script'] = [
      [{phase: 'holding', afterMs: 800}, {type: 'foreign unpause', server: 0}],
      [{phase: 'holding', afterMs: 2200}, {type: 'foreign pause', server: 0}],
    ]
    const slow = runWorld({servers: [{latencyMs: 1100}, {}], plan: {holdMs: 20_000}, script})
    assert.equal(slow.outcome.verdict, 'void')
  })

  for (const [what, act, reason] of [
    ['a pod joins', {type: 'join', target: 0}, 'pod ledger/pod-2 joined'],
    ['a pod is deleted', {type: 'delete', server: 0}, 'pod ledger/pod-0 was deleted or lost its labels'],
    ['a pod begins to terminate', {type: 'terminate', server: 0}, 'pod ledger/pod-0 is being deleted'],
    ['a container restarts', {type: 'restart', server: 0}, 'the container of pod ledger/pod-0 restarted'],
  ] as const) {
    it(`ends at once when ${what}`, () => {
      const run = runWorld({servers: [{}, {}], script: [[{phase: 'holding', afterMs: 2500}, act]]})
      assert.deepEqual(said(run), voided(reason))
      assert.ok((run.state.unpauseSent?.monoMs ?? Infinity) < 2640)
      assert.deepEqual(run.truth.paused, [])
    })
  }

  it('does not mind a poll without an answer', () => {
    const run = runWorld({servers: [{}, {}], fate: checks(0, 'lost', nth => nth === 3)})
    assert.deepEqual(said(run), CONSISTENT)
  })

  it('does not mind a poll that fails', () => {
    const run = runWorld({servers: [{}, {}], fate: checks(0, 'failed', nth => nth === 3)})
    assert.deepEqual(said(run), CONSISTENT)
  })

  it('asks again on a fresh tunnel when the open one is silent', () => {
    const run = runWorld({servers: [{}, {}], script: [[{phase: 'holding', afterMs: 100}, {type: 'silence', server: 0, tunnel: true}]]})
    assert.deepEqual(said(run), CONSISTENT)
    assert.deepEqual(sent(run, 'check').filter(check => check.via === 'fresh').map(({server, atMs}) => ({server, atMs})), [{server: 0, atMs: 2070}])
  })

  it('ends when not all servers were seen paused for more than three seconds', () => {
    const run = runWorld({servers: [{}, {}], script: [
      [{phase: 'holding', afterMs: 100}, {type: 'silence', server: 0}],
      [{phase: 'unpausing'}, {type: 'speak', server: 0}],
    ]})
    assert.deepEqual(said(run), voided('not all servers were seen paused for 3.4 s'))
  })

  it('ends when our clock is set by more than half the guard, not by less', () => {
    const clock = (byMs: number) => said(runWorld({servers: [{}], script: [[{phase: 'holding', afterMs: 2500}, {type: 'clock', byMs}]]}))
    assert.deepEqual(clock(501), voided("this machine's clock jumped by 501 ms"))
    assert.deepEqual(clock(-501), voided("this machine's clock jumped by 501 ms"))
    assert.deepEqual(clock(499), CONSISTENT)
    assert.deepEqual(clock(-499), CONSISTENT)
  })

  it('does not vouch for a time in which it stood still', () => {
    const frozen = runWorld({servers: [{}], script: [[{phase: 'holding', afterMs: 500}, {type: 'freeze', ms: 4000}]]})
    assert.deepEqual(frozen.outcome.reasons.slice(0, 1), ['not all servers were seen paused for 4.5 s'])
    const asleep = runWorld({servers: [{}], script: [[{phase: 'holding', afterMs: 500}, {type: 'freeze', ms: 4000, asleep: true}]]})
    assert.deepEqual(asleep.outcome.reasons, ["this machine's clock jumped by 4000 ms"])
  })

  it('ends when the watchdog is silent for more than three seconds', () => {
    const run = runWorld({servers: [{}], script: [[{phase: 'holding'}, {type: 'watchdog silent'}]]})
    assert.deepEqual(said(run), voided('the watchdog stopped answering'))
  })
})

describe('the confirmation (step 9)', () => {
  for (const [what, world, sinceMs, untilMs] of [
    ['second T and the guard are over', {}, 2000, 2000],
    ['second T is over on the slowest database', {plan: {offsets: [{database: 'orders', loMs: -400, hiMs: 100}]}}, 2400, 2400],
    ['it is so on the wall clock, which was set back', {script: [[{phase: 'holding', afterMs: 500}, {type: 'clock', byMs: -400}]]}, 2000, 2000],
    ['it is so on the wall clock, which was set forward', {script: [[{phase: 'holding', afterMs: 500}, {type: 'clock', byMs: 400}]]}, 2000, 2500],
  ] as ReadonlyArray<readonly [string, Partial<World>, number, number]>) {
    it(`is not sent before ${what}`, () => {
      const run = runWorld({servers: [{}], ...world})
      assert.deepEqual(said(run), CONSISTENT)
      const afterMs = (run.state.confirmSent?.wallMs ?? 0) - (run.state.restorePointMs ?? 0)
      assert.ok(afterMs >= sinceMs && afterMs <= untilMs, `sent ${afterMs} ms after the restore point`)
    })
  }

  it('is sent within the hold and costs no extra time', () => {
    const run = runWorld({servers: [{}, AUDITOR]})
    assert.ok((run.state.confirmedAt?.monoMs ?? Infinity) < (run.state.unpauseSent?.monoMs ?? 0))
    assert.equal((run.state.unpauseSent?.monoMs ?? 0) - (run.state.pausedAt?.monoMs ?? 0), 10_000)
  })

  it('lists every target afresh, reads the lease and asks every server', () => {
    const run = runWorld({servers: [{}, {target: 1}], plan: {targets: 2}})
    const confirming = run.trace.find(line => line.phase === 'confirming')
    assert.deepEqual(confirming?.effects.map(effect => effect.type === 'list' ? `list ${effect.purpose} ${effect.target}` : effect.type), [
      'check', 'check', 'list confirm 0', 'list confirm 1', 'read lock', 'timer', 'timer',
    ])
  })

  it('waits for every answer, and takes none for its own that was asked before', () => {
    const run = runWorld({servers: [{latencyMs: 600}, {}]})
    assert.deepEqual(said(run), CONSISTENT)
    assert.equal((run.state.confirmedAt?.monoMs ?? 0) - (run.state.confirmSent?.monoMs ?? 0), 1200)
  })

  it('waits for the fresh lists', () => {
    let nth = 0
    const run = runWorld({
      servers: [{}], script: [[{phase: 'confirming', afterMs: 1000}, {type: 'join', target: 0, unwatched: true}]],
      fate: effect => effect.type === 'list' && effect.purpose === 'confirm' && nth++ === 0 ? 'failed' : undefined,
    })
    assert.deepEqual(said(run), voided('pod ledger/pod-1 joined'))
  })

  it('finds a container that restarted and whose status came late', () => {
    const run = runWorld({servers: [{}, {}], script: [
      [{phase: 'holding', afterMs: 6830}, {type: 'restart', server: 0, lateMs: 60_000}],
      [{phase: 'confirming'}, {type: 'foreign pause', server: 1}],
    ]})
    assert.deepEqual(said(run), voided(`${first} is not paused any more`))
  })

  it('finds a pod that no watch told of', () => {
    const run = runWorld({servers: [{}], script: [[{phase: 'holding', afterMs: 6905}, {type: 'join', target: 0, unwatched: true}]]})
    assert.deepEqual(said(run), voided('pod ledger/pod-1 joined'))
    assert.equal(run.trace.find(line => line.phase === 'unpausing')?.event.type, 'listed')
  })

  it('finds a lease that changed hands', () => {
    const run = runWorld({servers: [{}], script: [[{phase: 'holding'}, {type: 'lease taken'}]]})
    assert.deepEqual(said(run), voided('the lease changed hands'))
    assert.deepEqual(run.truth.paused, [])
  })

  it('asks again on a fresh tunnel after two seconds of silence, whenever the last sweep was', () => {
    for (const fractionMs of [0, 150, 300, 450, 600, 750, 900]) {
      const run = runWorld({
        servers: [{}, {}], fractionMs,
        script: [[{phase: 'confirming'}, {type: 'silence', server: 1, tunnel: true}]],
      })
      assert.deepEqual(said(run), CONSISTENT, `at ${fractionMs} ms`)
      const again = sent(run, 'check').filter(check => check.via === 'fresh')
      assert.deepEqual(again.map(check => check.server), [1])
      assert.equal((again[0]?.atMs ?? 0) - (enteredMs(run, 'confirming') ?? 0), 2000)
    }
  })

  it('does not ask a server again that has answered on one of two tunnels', () => {
    let nth = 0
    const run = runWorld({
      servers: [{}], script: [[{phase: 'confirming'}, {type: 'silence', server: 0, tunnel: true}]],
      fate: effect => effect.type === 'read lock' && nth++ < 2 ? 'failed' : undefined,
    })
    assert.deepEqual(said(run), CONSISTENT)
    assert.equal(sent(run, 'check').filter(check => check.via === 'fresh').length, 1)
  })

  it('lists and reads the lease again too', () => {
    let nth = 0
    const run = runWorld({servers: [{}], fate: effect => (effect.type === 'list' && effect.purpose === 'confirm') || effect.type === 'read lock' ? nth++ < 2 ? 'failed' : undefined : undefined})
    assert.deepEqual(said(run), CONSISTENT)
    assert.equal(sent(run, 'read lock').length, 2)
    assert.equal(sent(run, 'list').length, 3)
  })

  it('that is not complete five seconds after the hold voids, and says what is missing', () => {
    const run = runWorld({servers: [{}], fate: effect => effect.type === 'read lock' ? 'failed' : undefined})
    assert.deepEqual(said(run), voided('the pause could not be confirmed in time: the lease'))
    assert.equal((run.state.unpauseSent?.monoMs ?? 0) - (run.state.pausedAt?.monoMs ?? 0), 15_000)
  })

  it('that held cannot be undone by anything that comes later', () => {
    for (const act of [
      {type: 'join', target: 0}, {type: 'restart', server: 0}, {type: 'terminate', server: 0}, {type: 'foreign unpause', server: 0},
      {type: 'clock', byMs: 60_000}, {type: 'lease taken'}, {type: 'watchdog silent'}, {type: 'silence', server: 0, tunnel: true},
    ] as const) {
      const run = runWorld({servers: [{}, {}], script: [[{phase: 'held', afterMs: 100}, act]]})
      assert.deepEqual(said(run), CONSISTENT, act.type)
      assert.ok(run.truth.quietAt(run.state.restorePointMs ?? 0), act.type)
    }
  })

  it('does not take a server that lost CheckPaused for the one that was paused', () => {
    let nth = 0
    const run = runWorld({servers: [{}, {}], fate: effect => effect.type === 'check' && effect.server === 0 && nth++ === 4 ? {check: {kind: 'unsupported'}} : undefined})
    assert.deepEqual(said(run), voided(`${first} does not know CheckPaused any more, so it is not the server that was paused`))
  })
})
