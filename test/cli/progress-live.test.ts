import assert from 'node:assert/strict'
import {Writable} from 'node:stream'
import {setTimeout as sleep} from 'node:timers/promises'
import {stripVTControlCharacters} from 'node:util'
import {describe, it} from 'mocha'
import {createProgress} from '../../src/cli/progress.ts'
import {initial, step} from '../../src/protocol/machine.ts'
import {planOf, runWorld, WORLD_BEGAN_MS} from '../support/virtual-world.ts'
import type {World} from '../support/virtual-world.ts'

/** A terminal 100 columns wide that keeps what is written. */
function terminal() {
  const chunks: string[] = []
  const writable = new Writable({
    decodeStrings: false,
    write(chunk: string, _encoding, done) {
      chunks.push(chunk)
      done()
    },
  })
  const stream = Object.assign(writable, {isTTY: true, columns: 100, rows: 40, getColorDepth: () => 1})
  return {stream: stream as unknown as NodeJS.WriteStream, text: () => chunks.join('')}
}

/** What stands on the screen in the end: listr2 clears its live lines and writes the last ones once more. */
const screen = (text: string) => stripVTControlCharacters(text.slice(text.lastIndexOf('\u001B[?2026l'))).trim().split(/\r?\n/)

async function shown(world: World, clockMs = 0): Promise<{lines: string[]; all: string}> {
  const {stream, text} = terminal()
  const progress = createProgress({stream, clock: () => ({monoMs: clockMs, wallMs: WORLD_BEGAN_MS + clockMs})})
  progress.busy('Cluster', 'asking')
  progress.line('Cluster', 'prod-ledger (https://prod.eks.amazonaws.com), namespace ledger')
  progress.warn('Permissions', 'granted, but for configmaps')
  let state = initial(planOf(world), {monoMs: 0, wallMs: WORLD_BEGAN_MS})
  for (const {event} of runWorld(world).trace) {
    const before = state
    state = step(before, event).state
    progress.observe(state, event, before)
  }
  await progress.done()
  return {lines: screen(text()), all: text()}
}

describe('progress on a terminal', () => {
  it('ends as it is in a log', async () => {
    assert.deepEqual((await shown({servers: [{drainMs: 64}, {}, {}]})).lines, [
      '✔ Cluster       prod-ledger (https://prod.eks.amazonaws.com), namespace ledger',
      '⚠ Permissions   granted, but for configmaps',
      '✔ Tunnels       3 of 3 open, none paused',
      '✔ Paused        3 of 3 in 84 ms, outstanding requests finished',
      '✔ Held          10 s',
      '✔ Confirmed     all paused throughout, no pod restarted, joined or left',
      '✔ Unpaused      3 of 3 verified, unavailable for 10.1 s',
    ])
  })

  it('shows what failed, and the interruption', async () => {
    const {lines} = await shown({servers: [{}, {}], script: [[{phase: 'holding', afterMs: 1500}, {type: 'interrupt', signal: 'SIGINT'}]]})
    assert.deepEqual(lines.slice(4).sort(), [
      '⚠ interrupted: unpausing…',
      '✔ Unpaused      2 of 2 verified, unavailable for 1.6 s',
      '✖ Confirmed     interrupted (SIGINT)',
      '✖ Held          1.5 s of 10 s',
    ].sort())
  })

  it('keeps what a command prints above its own lines', async () => {
    const {stream, text} = terminal()
    const progress = createProgress({stream})
    progress.line('Cluster', 'here')
    progress.output('from the command')
    progress.busy('Targets', 'waiting')
    await sleep(300)
    progress.output('and more \u001B[2J')
    await progress.done()
    const seen = stripVTControlCharacters(text()).split(/\r?\n/)
    assert.deepEqual(seen.filter(line => line.startsWith('│')), ['│ from the command', '│ and more  [2J'])
    assert.deepEqual(screen(text()), ['✔ Cluster       here', '✔ Targets       waiting'])
  })

  it('leaves the signals, stdout and the stream as they were', async () => {
    const count = () => (['SIGINT', 'SIGTERM', 'SIGHUP', 'uncaughtException'] as const).map(name => process.listenerCount(name))
    const before = count()
    const {stream} = terminal()
    const writers = () => [stream, process.stdout].map(output => Reflect.get(output, 'write') as unknown)
    const [write, stdoutWrite] = writers()
    const progress = createProgress({stream})
    progress.busy('Cluster', 'asking')
    await new Promise(setImmediate)
    assert.deepEqual([count(), writers()[1]], [before, stdoutWrite])
    await progress.done()
    assert.deepEqual([count(), ...writers()], [before, write, stdoutWrite])
  })

  it('can end before it has begun', async () => {
    const {stream} = terminal()
    await createProgress({stream}).done()
  })

  it('gives way to plain lines on a terminal without a width', async () => {
    const {stream, text} = terminal()
    const progress = createProgress({stream: Object.assign(stream, {columns: 0}), env: {NO_COLOR: '1'}})
    progress.line('Cluster', 'here')
    await progress.done()
    assert.equal(text(), '✔ Cluster       here\n')
  })
})
