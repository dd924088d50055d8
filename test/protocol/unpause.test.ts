import assert from 'node:assert/strict'
import {describe, it} from 'mocha'
import {podOf, runWorld} from '../support/virtual-world.ts'
import {enteredMs, phasesOf, said, sent} from './reading.ts'
import {step} from '../../src/protocol/machine.ts'
import {outcomeOf} from '../../src/protocol/verdict.ts'
import type {Effect, Interrupt, Phase} from '../../src/protocol/types.ts'
import type {Fate, Run, VirtualServer, World} from '../support/virtual-world.ts'

const AUDITOR: VirtualServer = {wave: 'auditor'}
const [first, second] = [podOf(0).name, podOf(1).name]
const CONSISTENT = {verdict: 'consistent', exitCode: 0, reasons: [], left: []}

/** The nth call (from 0) of one type to one server has this fate, or all from the nth on. */
function calls(type: 'pause' | 'unpause' | 'check', server: number, fate: Fate, choose: (nth: number) => boolean = () => true) {
  let nth = 0
  return (effect: Effect) => effect.type === type && effect.server === server && choose(nth++) ? fate : undefined
}

const lostPause = (fate: Fate, more: Partial<World> = {}) => runWorld({servers: [{}, {}], fate: calls('pause', 0, fate), ...more})

/** When CheckPaused was sent to a server after its way back had begun, in seconds since it was first seen unpaused. */
function looks(run: Run, server: number): number[] {
  const {looksFromMs = Infinity} = run.state.servers[server] ?? {}
  return sent(run, 'check').filter(check => check.server === server && check.atMs > looksFromMs).map(check => (check.atMs - looksFromMs) / 1000)
}

describe('unpausing (step 10)', () => {
  it('begins with Ledgers, Auditors right behind, and verifies each', () => {
    const run = runWorld({servers: [AUDITOR, {}, AUDITOR, {}]})
    const atMs = enteredMs(run, 'unpausing')
    assert.deepEqual(sent(run, 'unpause').map(call => [call.server, call.atMs]), [[1, atMs], [3, atMs], [0, atMs], [2, atMs]])
    assert.deepEqual(sent(run, 'check').filter(call => call.atMs > (atMs ?? 0)).map(call => call.server), [1, 3, 0, 2])
    assert.ok(run.state.servers.every(server => server.release === 'open'))
  })

  it('asks only servers that were sent a Pause', () => {
    const run = runWorld({servers: [{}, {...AUDITOR, drainMs: 60_000}, AUDITOR], plan: {drainMs: 2000}})
    assert.deepEqual(sent(run, 'unpause').map(call => call.server), [2])
    assert.deepEqual(run.state.servers.map(server => server.gate), ['untouched', 'reopened', 'closed'])
  })

  it('asks again on a fresh tunnel after 300 ms', () => {
    const run = runWorld({servers: [{}], script: [[{phase: 'held'}, {type: 'silence', server: 0, tunnel: true}]]})
    const beganMs = enteredMs(run, 'unpausing') ?? 0
    assert.deepEqual(sent(run, 'unpause').map(({via, atMs}) => ({via, atMs: atMs - beganMs})), [{via: 'current', atMs: 0}, {via: 'fresh', atMs: 300}])
    assert.deepEqual(said(run), CONSISTENT)
    assert.ok((run.state.unpausedAt?.monoMs ?? Infinity) - beganMs < 400)
  })

  it('waits with a fresh tunnel while other servers still answer: client or cluster are busy then', () => {
    const busy = Array.from({length: 5}, (_, i): VirtualServer => ({latencyMs: 130 + 10 * i}))
    const run = runWorld({servers: [{}, ...busy], script: [[{phase: 'held'}, {type: 'silence', server: 0, tunnel: true}]]})
    const beganMs = enteredMs(run, 'unpausing') ?? 0
    // The others are unpaused after 260 to 340 ms, and verified after 520 to 680.
    const again = sent(run, 'unpause').filter(({via}) => via === 'fresh')
    assert.deepEqual(again.map(({server, atMs}) => [server, atMs - beganMs]), [[0, 900]])
    assert.deepEqual(said(run), CONSISTENT)
  })

  it('opens at most 64 fresh tunnels at a time, and still gets everybody back', () => {
    const servers = Array.from({length: 200}, (): VirtualServer => ({}))
    const run = runWorld({servers, script: servers.map((_, server) => [{phase: 'held'}, {type: 'silence', server, tunnel: true}])})
    const fresh = sent(run, 'unpause').filter(({via}) => via !== 'current')
    const atOnce = fresh.filter(({atMs}) => atMs === fresh[0]?.atMs)
    assert.equal(atOnce.length, 64)
    assert.equal(new Set(fresh.map(({server}) => server)).size, 200)
    assert.deepEqual(said(run), CONSISTENT)
    assert.deepEqual(run.truth.paused, [])
  })

  it('tries connections, credentials and kubectl in turn, with growing pauses, until one works', () => {
    const run = runWorld({servers: [{}], fate: calls('unpause', 0, 'failed', nth => nth < 6)})
    const beganMs = enteredMs(run, 'unpausing') ?? 0
    assert.deepEqual(sent(run, 'unpause').map(({via, atMs}) => `${atMs - beganMs} ${via}`), [
      '0 current', '110 fresh', '320 credentials', '730 kubectl', '1540 current', '3150 fresh', '5160 credentials',
    ])
    assert.deepEqual(said(run), CONSISTENT)
    assert.deepEqual(run.truth.paused, [])
  })

  it('does not believe an Unpause before CheckPaused says so', () => {
    const run = runWorld({servers: [{}], fate: calls('check', 0, 'lost', nth => nth >= 9 && nth < 15)})
    assert.equal(sent(run, 'unpause').length, 1)
    assert.ok(sent(run, 'check').length > 15)
    assert.deepEqual(said(run), CONSISTENT)
  })

  it('takes an OK for enough where there is no CheckPaused', () => {
    const run = runWorld({servers: [{checkPaused: false}], plan: {allowUnverified: true}})
    assert.equal(run.state.servers[0]?.release, 'open')
    assert.deepEqual(sent(run, 'check').map(call => call.atMs), [30])
  })

  it('goes on for as long as a server is unreachable', () => {
    const run = runWorld({servers: [{}, {}], script: [[{phase: 'held'}, {type: 'silence', server: 0}], [{phase: 'held', afterMs: 600_000}, {type: 'speak', server: 0}]]})
    assert.deepEqual(said(run), CONSISTENT)
    assert.ok((run.state.unpausedAt?.monoMs ?? 0) > 600_000)
    assert.deepEqual(run.truth.paused, [])
  })

  it('ends for a pod that Kubernetes does not know any more', () => {
    const run = runWorld({servers: [{}, {}], script: [[{phase: 'held', afterMs: 10}, {type: 'delete', server: 0}]]})
    assert.deepEqual(run.state.servers.map(server => server.release), ['gone', 'open'])
    assert.deepEqual(said(run), CONSISTENT)
  })

  it('does not take an unanswered question about the pod for its end', () => {
    const run = runWorld({
      servers: [{}], limitMs: 60_000,
      script: [[{phase: 'held'}, {type: 'silence', server: 0}], [{phase: 'held', afterMs: 10}, {type: 'delete', server: 0}]],
      fate: effect => effect.type === 'locate' ? 'failed' : undefined,
    })
    assert.equal(run.state.phase, 'unpausing')
    assert.deepEqual(said(run).left, [`${first}: ours`])
  })

  it('says why a pod that is not found is not taken for gone', () => {
    const {state} = runWorld({servers: [{}], limitMs: 60_000, script: [[{phase: 'held'}, {type: 'silence', server: 0}]]})
    const unknown = {type: 'located', server: 0, answer: 'unknown', detail: 'another cluster answers', at: state.now} as const
    assert.deepEqual(outcomeOf(step(state, unknown).state).leftovers, [{server: 0, name: first, whose: 'ours', message: 'another cluster answers'}])
  })

  it('does not take another container for the end of the pause', () => {
    const run = runWorld({
      servers: [{}], limitMs: 60_000,
      script: [[{phase: 'held'}, {type: 'silence', server: 0}], [{phase: 'unpausing', afterMs: 50}, {type: 'restart', server: 0}]],
    })
    assert.equal(run.state.phase, 'unpausing')
    assert.equal(run.state.servers[0]?.release, 'unpausing')
  })

  it('leaves a pause alone that another made after our Unpause', () => {
    const run = runWorld({
      servers: [{}, {}],
      fate: calls('check', 0, {lateMs: 0}, nth => nth === 9),
      script: [[{phase: 'unpausing', afterMs: 25}, {type: 'foreign pause', server: 0}]],
    })
    assert.deepEqual(said(run), {verdict: 'consistent', exitCode: 4, reasons: [], left: [`${first}: another's`]})
    assert.deepEqual(run.truth.revoked, [])
    assert.deepEqual(run.truth.paused, [{server: 0, owner: 'another'}])
  })

  it('leaves a pause alone that another made after a sweep had seen our own gone', () => {
    const run = runWorld({servers: [{}, {}], script: [[{phase: 'holding', afterMs: 500}, {type: 'foreign unpause', server: 0}], [{phase: 'unpausing'}, {type: 'foreign pause', server: 0}]]})
    assert.deepEqual(said(run), {verdict: 'void', exitCode: 4, reasons: [`${first} is not paused any more`], left: [`${first}: another's`]})
    assert.deepEqual(sent(run, 'unpause').map(({server}) => server), [1])
    assert.deepEqual(run.truth.revoked, [])
  })

  it('does not mistake the answer to a sweep for the answer to its own question', () => {
    const run = runWorld({
      servers: [{}, {}],
      fate: calls('check', 0, {check: {kind: 'paused'}, afterMs: 35}, nth => nth === 3),
      script: [[{phase: 'holding', afterMs: 1980}, {type: 'join', target: 0}]],
    })
    assert.ok(run.trace.some(line => line.phase === 'unpausing' && line.event.type === 'checked' && line.event.answer.kind === 'paused'))
    assert.deepEqual(said(run), {verdict: 'void', exitCode: 3, reasons: ['pod ledger/pod-2 joined'], left: []})
  })

  it("sends no second Unpause once the gate is known to be another's", () => {
    const run = runWorld({
      servers: [{drainMs: 60_000}, {}], plan: {drainMs: 5000},
      script: [
        [{phase: 'looking', afterMs: 25}, {type: 'foreign pause', server: 0}],
        [{phase: 'pausing ledgers', afterMs: 4900}, {type: 'join', target: 0}],
      ],
      fate: calls('unpause', 0, 'lost'),
    })
    assert.deepEqual(sent(run, 'unpause').filter(call => call.server === 0).map(call => call.via), ['current'])
    assert.deepEqual(said(run), {verdict: 'void', exitCode: 4, reasons: ['pod ledger/pod-2 joined'], left: [`${first}: another's`]})
    assert.deepEqual(run.truth.revoked, [])
  })
})

describe('the second look (step 11)', () => {
  it('comes 1, 2, 5, 15, 60 and 120 s after a server whose Pause has no clear answer was seen unpaused', () => {
    const run = lostPause('failed')
    assert.deepEqual(looks(run, 0), [1, 2, 5, 15, 60, 120])
    assert.deepEqual(said(run), {verdict: 'void', exitCode: 3, reasons: [`no clear answer from ${first} to Pause (UNAVAILABLE): the tunnel was lost`], left: []})
  })

  for (const lateMs of [50, 500, 1500, 4000, 14_000, 59_000, 119_000]) {
    it(`undoes a Pause that arrives ${lateMs} ms late`, () => {
      const run = lostPause({lateMs})
      assert.deepEqual(run.truth.gates[0]?.steps.map(({step, by}) => `${step} ${by}`), ['closed us', 'drained server', 'open us'])
      assert.deepEqual(run.truth.paused, [])
      assert.equal(run.outcome.exitCode, 3)
    })
  }

  /** Interrupted while a Pause is on its way to server 0 for some time. */
  const slowPause = (delayMs: number, server: VirtualServer = {}) => runWorld({
    servers: [server, {}],
    plan: {drainMs: 5000},
    script: [[{phase: 'pausing ledgers', afterMs: 5}, {type: 'interrupt', signal: 'SIGINT'}]],
    fate: calls('pause', 0, {delayMs}),
  })

  it('waits for the answer to a Pause that was sent, and an OK means Unpause again', () => {
    const run = slowPause(2000)
    assert.deepEqual(run.truth.gates[0]?.steps.map(({step, by, atMs}) => `${step} ${by} ${atMs}`), ['closed us 2060', 'drained server 2060', 'open us 2080'])
    assert.deepEqual(said(run), {verdict: 'void', exitCode: 130, reasons: ['interrupted (SIGINT)'], left: []})
  })

  it('takes a gate that closed right after the Unpause for its own while the Pause has no answer', () => {
    const run = slowPause(15, {drainMs: 3000})
    const [closed, open] = run.truth.gates[0]?.steps ?? []
    assert.deepEqual([closed?.step, open?.step, open?.by], ['closed', 'open', 'us'])
    assert.ok((open?.atMs ?? Infinity) - (closed?.atMs ?? 0) < 300)
    assert.deepEqual(said(run).left, [])
  })

  it('looks once more when an old server says late that it could not be paused', () => {
    const run = slowPause(2000, {errorInfo: false, drainMs: 60_000})
    assert.deepEqual([run.state.servers[0]?.gate, run.state.servers[0]?.release], ['failed', 'open'])
    assert.equal(sent(run, 'check').filter(check => check.server === 0).at(-1)?.atMs, run.trace.find(line => line.event.type === 'paused' && line.event.server === 0)?.atMs)
    assert.deepEqual(run.truth.paused, [])
  })

  it('counts from when the silence was known, if the Pause is never answered', () => {
    const run = lostPause('lost', {plan: {drainMs: 2000}})
    assert.deepEqual(looks(run, 0), [1, 2, 5, 15, 60, 120])
  })

  it('does not wait for servers that cannot be reached', () => {
    const run = lostPause({lateMs: 1500}, {script: [[{phase: 'unpausing'}, {type: 'silence', server: 1}], [{phase: 'unpausing', afterMs: 300_000}, {type: 'speak', server: 1}]]})
    const closedMs = run.truth.gates[0]?.steps.find(step => step.step === 'closed')?.atMs ?? 0
    const openMs = run.truth.gates[0]?.steps.find(step => step.step === 'open')?.atMs ?? Infinity
    assert.ok(openMs - closedMs < 1000)
    assert.deepEqual(run.truth.paused, [])
  })

  it('repeats the Unpause where there is no CheckPaused', () => {
    const run = lostPause({lateMs: 4000}, {servers: [{checkPaused: false}, {}], plan: {allowUnverified: true}})
    assert.equal(sent(run, 'unpause').filter(call => call.server === 0).length, 7)
    assert.deepEqual(run.truth.paused, [])
  })
})

describe('a signal', () => {
  const exitCodes: ReadonlyArray<readonly [Interrupt, number, number]> = [
    ['SIGINT', 130, 130], ['SIGTERM', 143, 143], ['SIGHUP', 129, 129], ['SIGQUIT', 131, 131], ['stdout closed', 3, 1], ['uncaught error', 3, 1],
  ]
  for (const [signal, afterPause, beforePause] of exitCodes) {
    it(`${signal} in the window ends it at once with exit code ${afterPause}, before it with ${beforePause}`, () => {
      const window = runWorld({servers: [{}], script: [[{phase: 'holding', afterMs: 1000}, {type: 'interrupt', signal}]]})
      assert.deepEqual(said(window), {verdict: 'void', exitCode: afterPause, reasons: [`interrupted (${signal})`], left: []})
      assert.equal(window.state.unpauseSent?.monoMs, 1090)
      const before = runWorld({servers: [{}], script: [[{phase: 'looking'}, {type: 'interrupt', signal}]]})
      assert.deepEqual(said(before), {verdict: 'failed', exitCode: beforePause, reasons: [`interrupted (${signal})`], left: []})
      assert.deepEqual(sent(before, 'pause'), [])
    })
  }

  const PHASES: readonly Phase[] = [
    'locking', 'arming', 'looking', 'pausing auditors', 'pausing ledgers', 'sweeping', 'holding', 'confirming', 'held',
    'unpausing', 'disarming', 'recording', 'releasing',
  ]
  for (const phase of PHASES) {
    it(`while ${phase} leads to the end, with nothing left paused, locked or watched`, () => {
      const run = runWorld({servers: [{}, AUDITOR], script: [[{phase}, {type: 'interrupt', signal: 'SIGINT'}]]})
      assert.equal(run.state.phase, 'ended')
      assert.equal(run.outcome.exitCode, 130)
      assert.deepEqual(run.truth.paused, [])
      assert.deepEqual([run.state.lock, run.state.watchdog], ['none', 'none'])
      assert.equal(sent(run, 'lock').length, sent(run, 'unlock').length)
      assert.equal(sent(run, 'arm').length, sent(run, 'disarm').length)
    })
  }

  it('after the confirmation costs the hold, not the restore point', () => {
    const run = runWorld({servers: [{}], script: [[{phase: 'held', afterMs: 100}, {type: 'interrupt', signal: 'SIGINT'}]]})
    assert.deepEqual(said(run), {verdict: 'consistent', exitCode: 130, reasons: ['interrupted (SIGINT)'], left: []})
    assert.ok(run.truth.quietAt(run.state.restorePointMs ?? 0))
  })

  const stuck = (...signals: Interrupt[]) => runWorld({
    servers: [{}, {}], limitMs: 120_000,
    script: [
      [{phase: 'held'}, {type: 'silence', server: 1}],
      ...signals.map((signal, i) => [{phase: 'unpausing', afterMs: 1000 * (i + 1)}, {type: 'interrupt', signal}] as const),
    ],
  })

  it('while unpausing stops nothing; the second gives up and names what may still be paused', () => {
    assert.equal(stuck('SIGINT').state.phase, 'unpausing')
    const run = stuck('SIGINT', 'SIGINT')
    assert.equal(run.state.phase, 'ended')
    assert.deepEqual(said(run), {verdict: 'consistent', exitCode: 4, reasons: [], left: [`${second}: ours`]})
  })

  it('of a closed terminal or output never gives up', () => {
    assert.equal(stuck('SIGHUP', 'SIGHUP', 'stdout closed', 'SIGHUP').state.phase, 'unpausing')
  })

  it('that gives up in the second look names the server that a late Pause may still close', () => {
    const interrupt = {type: 'interrupt', signal: 'SIGINT'} as const
    const run = lostPause('failed', {script: [[{phase: 'second look', afterMs: 3000}, interrupt], [{phase: 'second look', afterMs: 4000}, interrupt]]})
    assert.equal(run.state.phase, 'ended')
    assert.deepEqual(said(run).left, [`${first}: ours`])
    assert.equal(run.outcome.exitCode, 4)
  })
})

describe('a freeze longer than a lease lasts', () => {
  const frozen = (phase: Phase, taken: boolean, more: Partial<World> = {}) => runWorld({
    servers: [{}, {}], ...more,
    script: [
      [{phase, afterMs: 5}, {type: 'freeze', ms: 60_000}], ...taken ? [[{phase, afterMs: 1000}, {type: 'lease taken'}] as const] : [],
      ...more.script ?? [],
    ],
  })
  for (const phase of ['pausing ledgers', 'holding', 'held', 'unpausing'] as const) {
    it(`while ${phase}: the lease is read first, and if it is still ours everything is unpaused`, () => {
      const run = frozen(phase, false)
      const [reading] = run.trace.filter(line => line.phase === 'reading lease')
      assert.deepEqual(reading?.effects.map(effect => effect.type), ['read lock', 'timer'])
      assert.deepEqual(run.truth.paused, [])
      assert.equal(run.outcome.exitCode, phase === 'held' || phase === 'unpausing' ? 0 : 3)
    })

    it(`while ${phase}: a machine that slept is taken for frozen`, () => {
      const run = runWorld({servers: [{}, {}], script: [[{phase, afterMs: 5}, {type: 'freeze', ms: 60_000, asleep: true}]]})
      assert.ok(phasesOf(run).includes('reading lease'))
      assert.deepEqual(run.truth.paused, [])
    })

    it(`while ${phase}: if another took the lease, nothing is touched and the servers are named`, () => {
      const run = frozen(phase, true)
      const wokeMs = enteredMs(run, 'reading lease') ?? 0
      assert.deepEqual([...sent(run, 'pause'), ...sent(run, 'unpause'), ...sent(run, 'check')].filter(call => call.atMs >= wokeMs), [])
      assert.deepEqual(said(run).left, [`${first}: ours`, `${second}: ours`])
      assert.deepEqual([...new Set(run.outcome.leftovers.map(({message}) => message))], ["its lease is another's by now, who may have paused it anew: ask before you do anything to it"])
      assert.equal(run.outcome.exitCode, 4)
    })
  }

  it('while the lease is read: what was read before it counts no more', () => {
    const run = frozen('holding', false, {script: [[{phase: 'reading lease', afterMs: 5}, {type: 'freeze', ms: 60_000}], [{phase: 'reading lease', afterMs: 30_000}, {type: 'lease taken'}]]})
    assert.deepEqual(sent(run, 'unpause'), [])
    assert.deepEqual(said(run).left, [`${first}: ours`, `${second}: ours`])
  })

  it('voids by itself, whoever else watches', () => {
    assert.deepEqual(frozen('pausing ledgers', false, {noWatchdog: true}).outcome.reasons, ['this machine stood still for longer than a lease lasts'])
  })

  it('is noticed although the clock was set back meanwhile', () => {
    const run = frozen('unpausing', false, {script: [[{phase: 'unpausing', afterMs: 100}, {type: 'clock', byMs: -60_000}]]})
    assert.ok(phasesOf(run).includes('reading lease'))
  })

  it('does not begin the way back anew for servers that were open', () => {
    const run = lostPause({lateMs: 70_000}, {script: [[{phase: 'second look', afterMs: 5}, {type: 'freeze', ms: 60_000}]]})
    assert.ok(phasesOf(run).includes('reading lease'))
    assert.deepEqual(sent(run, 'unpause').filter(call => call.server === 1 && call.atMs > (enteredMs(run, 'reading lease') ?? 0)), [])
    assert.equal(run.state.unpauseSent?.monoMs, sent(run, 'unpause')[0]?.atMs)
    assert.deepEqual(run.truth.paused, [])
    assert.equal(run.outcome.exitCode, 3)
  })

  it('forgets nothing that servers answered meanwhile: what was verified open gets no other Unpause', () => {
    for (const afterMs of [12, 32]) {
      const run = runWorld({servers: [{}, {latencyMs: 60}], script: [[{phase: 'unpausing', afterMs}, {type: 'freeze', ms: 60_000}], [{phase: 'unpausing', afterMs: 2000}, {type: 'foreign pause', server: 0}]]})
      assert.ok(phasesOf(run).includes('reading lease'))
      assert.deepEqual(sent(run, 'unpause').filter(({server}) => server === 0).length, 1)
      assert.deepEqual(run.truth.revoked, [])
      assert.deepEqual(run.truth.paused, [{server: 0, owner: 'another'}])
      assert.deepEqual(said(run).left, afterMs === 12 ? [`${first}: another's`] : [])
    }
  })

  it('loses no late OK', () => {
    const run = runWorld({
      servers: [{}, {}], plan: {drainMs: 5000}, fate: calls('pause', 0, {delayMs: 2000}),
      script: [[{phase: 'pausing ledgers', afterMs: 5}, {type: 'interrupt', signal: 'SIGINT'}], [{phase: 'second look', afterMs: 5}, {type: 'freeze', ms: 60_000}]],
    })
    assert.ok(phasesOf(run).includes('reading lease'))
    assert.deepEqual(run.truth.paused, [])
  })

  it('is waited out when the lease cannot be read', () => {
    let nth = 0
    const run = frozen('holding', false, {fate: effect => effect.type === 'read lock' && nth++ < 5 ? 'failed' : undefined})
    assert.equal(sent(run, 'read lock').length, 6)
    assert.deepEqual(run.truth.paused, [])
  })

  it('can be given up on, by name', () => {
    const interrupt = {type: 'interrupt', signal: 'SIGINT'} as const
    const run = frozen('holding', false, {
      fate: effect => effect.type === 'read lock' ? 'failed' : undefined,
      script: [[{phase: 'reading lease', afterMs: 3000}, interrupt], [{phase: 'reading lease', afterMs: 4000}, interrupt]],
    })
    assert.equal(run.state.phase, 'ended')
    assert.equal(run.outcome.exitCode, 4)
  })
})

describe('the end (step 12)', () => {
  it('disarms, records and releases, in this order', () => {
    assert.deepEqual(phasesOf(runWorld({servers: [{}]})).slice(-4), ['disarming', 'recording', 'releasing', 'ended'])
  })

  it('records a void backup too, but none that paused nothing', () => {
    const voided = runWorld({servers: [{}], script: [[{phase: 'holding'}, {type: 'join', target: 0}]]})
    assert.equal(sent(voided, 'record').length, 1)
    assert.equal(sent(runWorld({servers: [{}], armFails: 'x'}), 'record').length, 0)
  })
})

describe('exit codes', () => {
  const interrupt = [{phase: 'holding'}, {type: 'interrupt', signal: 'SIGTERM'}] as const
  const left = [[{phase: 'holding'}, {type: 'silence', server: 0}], [{phase: 'unpausing', afterMs: 500}, {type: 'interrupt', signal: 'SIGINT'}],
    [{phase: 'unpausing', afterMs: 600}, {type: 'interrupt', signal: 'SIGINT'}]] as const
  for (const [what, script, exitCode] of [
    ['4 goes before the signals', [interrupt, ...left], 4],
    ['4 goes before 3', [[{phase: 'holding', afterMs: 100}, {type: 'join', target: 0}], ...left], 4],
    ['the signals go before 3', [interrupt, [{phase: 'holding'}, {type: 'join', target: 0}]], 143],
    ['the signals go before 1', [[{phase: 'looking'}, {type: 'interrupt', signal: 'SIGTERM'}], [{phase: 'looking'}, {type: 'join', target: 0}]], 143],
  ] as ReadonlyArray<readonly [string, NonNullable<World['script']>, number]>) {
    it(`: ${what}`, () => {
      assert.equal(runWorld({servers: [{}, {}], script}).outcome.exitCode, exitCode)
    })
  }
})
