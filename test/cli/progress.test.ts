import assert from 'node:assert/strict'
import {describe, it} from 'mocha'
import {progressLines} from '../../src/cli/progress-lines.ts'
import {createProgress} from '../../src/cli/progress.ts'
import {initial, step} from '../../src/protocol/machine.ts'
import {planOf, runWorld, WORLD_BEGAN_MS} from '../support/virtual-world.ts'
import type {Progress} from '../../src/cli/progress.ts'
import type {When, World} from '../support/virtual-world.ts'

interface Log {
  readonly stream: NodeJS.WriteStream
  readonly lines: () => string[]
}

/** A stream that keeps what is written. */
function log(write?: () => never): Log {
  let text = ''
  const stream = {isTTY: false, write: write ?? ((chunk: string) => { text += chunk })}
  return {stream: stream as unknown as NodeJS.WriteStream, lines: () => text.split('\n').slice(0, -1)}
}

/** Shows a backup to `progress` step by step, as it goes in that world. */
function show(world: World, progress: Progress): void {
  let state = initial(planOf(world), {monoMs: 0, wallMs: WORLD_BEGAN_MS})
  for (const {event} of runWorld(world).trace) {
    const before = state
    state = step(before, event).state
    progress.observe(state, event, before)
  }
}

async function linesOf(world: World, prepare: (progress: Progress) => void = () => {}): Promise<string[]> {
  const {stream, lines} = log()
  const progress = createProgress({stream, env: {}})
  prepare(progress)
  show(world, progress)
  await progress.done()
  return lines()
}

const three: World = {servers: [{drainMs: 64}, {}, {}]}
const BEGUN = ['✔ Tunnels       3 of 3 open, none paused', '✔ Paused        3 of 3 in 20 ms, outstanding requests finished']
const QUIET: World = {servers: [{}, {}, {}]}

describe('progress in a log', () => {
  it('of a consistent backup', async () => {
    assert.deepEqual(await linesOf(three, progress => {
      progress.line('Cluster', 'prod-ledger (https://prod.eks.amazonaws.com), namespace ledger')
      progress.line('Targets', 'my-ledger: ledger, 3 pods, ScalarDL 3.14.0')
      progress.warn('Permissions', 'granted, but for configmaps')
    }), [
      '✔ Cluster       prod-ledger (https://prod.eks.amazonaws.com), namespace ledger',
      '✔ Targets       my-ledger: ledger, 3 pods, ScalarDL 3.14.0',
      '⚠ Permissions   granted, but for configmaps',
      '✔ Tunnels       3 of 3 open, none paused',
      '✔ Paused        3 of 3 in 84 ms, outstanding requests finished',
      '✔ Held          10 s',
      '✔ Confirmed     all paused throughout, no pod restarted, joined or left',
      '✔ Unpaused      3 of 3 verified, unavailable for 10.1 s',
    ])
  })

  it('never passes on what a terminal would obey, nor a megabyte', async () => {
    for (const isTTY of [false, true]) {
      let text = ''
      const stream = {isTTY, columns: 80, rows: 24, write: (chunk: string) => (text += chunk), on: () => stream, off: () => stream} as unknown as NodeJS.WriteStream
      const progress = createProgress({stream, isTTY, env: {NO_COLOR: '1'}})
      progress.busy('Targets', 'waiting: \u001B]0;title\u0007 \u202Epod')
      progress.warn('Targets', `\u009B31mred\r${'x'.repeat(1_000_000)}`)
      progress.notice('led\u200Bger\u001B[2J')
      await progress.done()
      assert.match(text, / 31mred x+/)
      assert.doesNotMatch(text, /\u001B\]|\u001B\[2J|[\u009B\u202E\u200B]/)
      assert.ok(text.length < 100_000, `${text.length}`)
    }
  })

  it('of a command in the pause that takes longer than the hold', async () => {
    const world: World = {...QUIET, plan: {command: {timeoutMs: 20_000}}, command: {takesMs: 14_000}}
    assert.deepEqual(await linesOf(world, progress => { progress.output('dumping \u001B[31mall\u001B[0m') }), [
      '│ dumping  [31mall [0m',
      ...BEGUN,
      '✔ Command       succeeded',
      '✔ Held          14 s',
      '✔ Confirmed     all paused throughout, no pod restarted, joined or left',
      '✔ Unpaused      3 of 3 verified, unavailable for 14.1 s',
    ])
  })

  it('of a command in the pause that fails', async () => {
    const world: World = {...QUIET, plan: {command: {timeoutMs: 20_000}}, command: {takesMs: 2000, failure: 'ended with exit code 7'}}
    assert.deepEqual(await linesOf(world), [
      ...BEGUN,
      '✖ Command       ended with exit code 7',
      '✖ Held          2 s of 10 s',
      '✖ Confirmed     the command ended with exit code 7',
      '✔ Unpaused      3 of 3 verified, unavailable for 2.1 s',
    ])
  })

  it('of a command in the pause that an interruption ends', async () => {
    const world: World = {...QUIET, plan: {command: {timeoutMs: 20_000}}, script: [[{phase: 'holding', afterMs: 1500}, {type: 'interrupt', signal: 'SIGINT'}]]}
    assert.deepEqual((await linesOf(world)).slice(2, 5), ['⚠ interrupted: unpausing…', '✖ Command       told to end', '✖ Held          1.5 s of 10 s'])
  })

  it('of a preparation that waits, and fails at last', async () => {
    const {stream, lines} = log()
    const progress = createProgress({stream, env: {}})
    progress.busy('Targets', 'waiting: rollout of my-ledger')
    progress.busy('Targets', 'waiting: rollout of my-ledger')
    progress.fail('Targets', 'no answer')
    await progress.done()
    assert.deepEqual(lines(), ['… Targets       waiting: rollout of my-ledger', '✖ Targets       no answer'])
  })

  it('of a pod deleted in the window', async () => {
    assert.deepEqual(await linesOf({...QUIET, script: [[{phase: 'holding', afterMs: 2000}, {type: 'delete', server: 1}]]}), [
      ...BEGUN,
      '✖ Held          2 s of 10 s',
      '✖ Confirmed     pod ledger/pod-1 was deleted or lost its labels',
      '✔ Unpaused      2 of 3 verified, 1 gone, unavailable for 2.1 s',
    ])
  })

  it('of a server that cannot finish its requests', async () => {
    assert.deepEqual(await linesOf({servers: [{}, {drainMs: 60_000}], plan: {drainMs: 5000}}), [
      '✔ Tunnels       2 of 2 open, none paused',
      '✖ Paused        1 of 2: ledger/pod-1 could not finish its outstanding requests in time and opened again',
      '✔ Unpaused      2 of 2 verified, unavailable for 5.1 s',
    ])
  })

  it('of servers that cannot tell', async () => {
    assert.deepEqual(await linesOf({servers: [{}, {checkPaused: false}], plan: {allowUnverified: true}}), [
      '⚠ Tunnels       2 of 2 open, 1 not paused, 1 cannot tell',
      '✔ Paused        2 of 2 in 20 ms, outstanding requests finished',
      '✔ Held          10 s',
      '⚠ Confirmed     1 of 2 paused throughout, 1 cannot tell, no pod restarted, joined or left',
      '✔ Unpaused      2 of 2 verified, unavailable for 10.1 s',
    ])
  })

  it('of a server that is paused already', async () => {
    assert.deepEqual(await linesOf({servers: [{}, {pausedByAnother: true}]}), [
      '✖ Tunnels       2 of 2 open, 1 already paused',
    ])
  })

  it('of a lease that another holds', async () => {
    assert.deepEqual(await linesOf({servers: [{}], lockRefused: 'alice@laptop'}), [
      '✖ Prepared      stopped',
    ])
  })

  it('of a dry run', async () => {
    assert.deepEqual(await linesOf({...QUIET, plan: {dryRun: true}}), ['✔ Tunnels       3 of 3 open, none paused'])
  })

  it('of an interruption in the window', async () => {
    assert.deepEqual(await linesOf({...QUIET, script: [[{phase: 'holding', afterMs: 1500}, {type: 'interrupt', signal: 'SIGINT'}]]}), [
      ...BEGUN,
      '⚠ interrupted: unpausing…',
      '✖ Held          1.5 s of 10 s',
      '✖ Confirmed     interrupted (SIGINT)',
      '✔ Unpaused      3 of 3 verified, unavailable for 1.6 s',
    ])
  })

  it('of an interruption after the confirmation', async () => {
    assert.deepEqual((await linesOf({...QUIET, script: [[{phase: 'held', afterMs: 1000}, {type: 'interrupt', signal: 'SIGHUP'}]]})).slice(2), [
      '⚠ interrupted: unpausing…',
      '⚠ Held          8 s of 10 s, interrupted',
      '✔ Confirmed     all paused throughout, no pod restarted, joined or left',
      '✔ Unpaused      3 of 3 verified, unavailable for 8 s',
    ])
  })

  it('of an interruption before the pause', async () => {
    assert.deepEqual((await linesOf({...QUIET, script: [[{phase: 'looking'}, {type: 'interrupt', signal: 'SIGTERM'}]]})), [
      '⚠ interrupted: nothing was paused',
      '✖ Tunnels       0 of 3 open',
    ])
  })

  it('of a server that does not answer any more, until it is given up', async () => {
    assert.deepEqual((await linesOf({...QUIET, script: [
      [{phase: 'held'}, {type: 'silence', server: 1}],
      [{phase: 'unpausing', afterMs: 5000}, {type: 'interrupt', signal: 'SIGINT'}],
      [{phase: 'unpausing', afterMs: 6000}, {type: 'interrupt', signal: 'SIGINT'}],
    ]})).slice(4), [
      '… Unpaused      2 of 3 verified, waiting for ledger/pod-1',
      '… Unpaused      2 of 3 verified, waiting for ledger/pod-1 (no answer in time)',
      '⚠ still paused, or not known to be unpaused: ledger/pod-1; once more (Ctrl-C) gives up: they stay so, and nobody tries to end it any more',
      '⚠ gave up: ledger/pod-1 may be left paused, which nobody tries to end any more; the commands that do follow',
      '✖ Unpaused      2 of 3 verified, may still be paused: ledger/pod-1, unavailable for 10.1 s',
    ])
  })

  it('of an error of our own, in the window and after it', async () => {
    const failing = (when: When) => linesOf({...QUIET, script: [[when, {type: 'interrupt', signal: 'uncaught error', detail: 'out of luck'}]]})
    assert.deepEqual((await failing({phase: 'holding', afterMs: 1500})).slice(2, 4), ['⚠ an error of this program, which goes on to unpause: out of luck', '✖ Held          1.5 s of 10 s'])
    assert.deepEqual((await failing({phase: 'looking'}))[0], '⚠ an error of this program: out of luck')
  })

  it('of a Pause whose fate is unknown', async () => {
    assert.deepEqual((await linesOf({servers: [{}, {}], plan: {drainMs: 2000}, fate: effect => effect.type === 'pause' && effect.server === 1 ? 'answer lost' : undefined})).slice(1), [
      '✖ Paused        1 of 2: no clear answer from ledger/pod-1 to Pause (DEADLINE_EXCEEDED): no answer in time',
      '✔ Unpaused      2 of 2 verified, unavailable for 5 s',
      ...['1 s', '2 s', '5 s', '15 s', '1m0s', '2m0s'].map(due => `… Second look   a Pause without a clear answer may still reach ledger/pod-1; looking again ${due} after its Unpause`),
      '✔ Second look   no late Pause came, or it was undone',
    ])
  })

  it('of a machine that slept until another took the lease', async () => {
    assert.deepEqual((await linesOf({...QUIET, script: [[{phase: 'holding', afterMs: 2000}, {type: 'lease taken'}], [{phase: 'holding', afterMs: 2000}, {type: 'freeze', ms: 600_000}]]})).slice(2), [
      '✖ Held          10m2s',
      '✖ Confirmed     this machine stood still for longer than a lease lasts, not all servers were seen paused for 601.0 s, the watchdog stopped answering',
      "✖ Unpaused      none: the lease is another's by now",
    ])
  })

  it('names three of many, and counts the others', async () => {
    const many = Array.from({length: 6}, (_, i) => i)
    const world: World = {servers: many.map(() => ({})), script: many.map(server => [{phase: 'holding'}, {type: 'delete', server}] as const)}
    assert.equal((await linesOf(world)).find(line => line.includes('Confirmed')),
      '✖ Confirmed     pod ledger/pod-0 was deleted or lost its labels, pod ledger/pod-1 was deleted or lost its labels, pod ledger/pod-2 was deleted or lost its labels and 3 more')
  })

  it('never throws, not even for a stream that does', async () => {
    const {stream} = log(() => { throw new Error('EPIPE') })
    const progress = createProgress({stream, env: {}})
    progress.line('Cluster', 'here')
    show(three, progress)
    progress.notice('still here')
    await progress.done()
  })
})

describe('progress while the watchdog starts', () => {
  it('says what is waited for', async () => {
    const state = initial(planOf(QUIET), {monoMs: 0, wallMs: WORLD_BEGAN_MS})
    assert.deepEqual(progressLines({...state, phase: 'arming'}), [{title: 'Watchdog', mark: 'busy', text: 'starting, and reaching the clusters by itself'}])
    assert.deepEqual(progressLines(state), [])
  })
})
