import assert from 'node:assert/strict'
import {describe, it} from 'mocha'
import {runWorld} from '../support/virtual-world.ts'
import {enteredMs, phasesOf, said, sent} from './reading.ts'
import {step} from '../../src/protocol/machine.ts'
import {outcomeOf} from '../../src/protocol/verdict.ts'
import type {ClockOffset, Phase} from '../../src/protocol/types.ts'
import type {World} from '../support/virtual-world.ts'

const dynamo = (loMs: number, hiMs: number): ClockOffset => ({database: 'Amazon DynamoDB in eu-west-1', loMs, hiMs})
const cosmos = (loMs: number, hiMs: number): ClockOffset => ({database: 'Azure Cosmos DB ledger', loMs, hiMs})
const unmeasured: ClockOffset = {...dynamo(0, 0), unmeasured: 'no answer within 3 s'}

/** A backup of two Ledgers whose database's clock is known to be 3 s ahead, unless said otherwise. */
const backup = (world: Partial<World> = {}, offsets = [dynamo(2990, 3010)]) =>
  runWorld({servers: [{}, {}], ...world, plan: {offsets, ...world.plan}})

describe('the clocks after the pause (step 2, once more)', () => {
  it('are measured when every server is open, and cost neither outage nor restore point', () => {
    const run = backup()
    const without = backup({}, [])
    assert.deepEqual(phasesOf(run).slice(-6), ['unpausing', 'measuring again', 'disarming', 'recording', 'releasing', 'ended'])
    assert.ok((enteredMs(run, 'measuring again') ?? 0) >= (run.state.unpausedAt?.monoMs ?? Infinity))
    assert.equal(run.state.unpausedAt?.monoMs, without.state.unpausedAt?.monoMs)
    assert.equal(sent(run, 'measure').length, 1)
    assert.deepEqual(said(run), {verdict: 'consistent', exitCode: 0, reasons: [], left: []})
  })

  it('void a restore point that one of them moved away from, naming it', () => {
    const run = backup({measured: [dynamo(2990, 3010), cosmos(-31_000, -30_980)]}, [dynamo(2990, 3010), cosmos(0, 20)])
    assert.deepEqual(said(run), {
      verdict: 'void', exitCode: 3, left: [],
      reasons: ["the clock of Azure Cosmos DB ledger was as this machine's clock, give or take 20 ms, before the pause and is 30.99 s behind this machine's clock, give or take 10 ms, after it: "
        + 'by that clock the restore point may lie outside the pause'],
    })
    assert.equal(run.outcome.marginMs, undefined)
  })

  it('show no move where one clock may have had both offsets all the time, since no measurement is exact', () => {
    const run = backup({measured: [dynamo(1800, 2995)]})
    assert.deepEqual(said(run), {verdict: 'consistent', exitCode: 0, reasons: [], left: []})
  })

  it('keep a restore point that a clock, ahead by 3 s more, leaves inside the pause', () => {
    const run = backup({script: [[{phase: 'holding', afterMs: 2000}, {type: 'database clock', byMs: 3000}]]})
    assert.deepEqual([run.outcome.verdict, run.truth.quietAt(run.state.restorePointMs ?? NaN), run.outcome.marginMs], ['consistent', true, 1920])
  })

  for (const byMs of [-30_000, -3000, -520, 30_000]) {
    it(`void it when a database's clock jumps by ${byMs / 1000} s in the window`, () => {
      const run = backup({script: [[{phase: 'holding', afterMs: 2000}, {type: 'database clock', byMs}]]})
      assert.equal(run.outcome.verdict, 'void')
      assert.match(run.outcome.reasons.join(), /^the clock of Amazon DynamoDB in eu-west-1 was 3\.00 s ahead of this machine's clock, give or take 10 ms, before the pause and is /)
    })
  }

  it('take from the margin what a clock moved, as long as the guard is kept', () => {
    const run = backup({measured: [dynamo(2490, 2510)]})
    const unmoved = backup()
    assert.equal(run.outcome.verdict, 'consistent')
    assert.deepEqual([run.outcome.marginMs, unmoved.outcome.marginMs], [3560, 4060])
  })

  it('found only now void a restore point for which they were taken to be right', () => {
    assert.deepEqual(backup({measured: [dynamo(29_990, 30_010)]}, [unmeasured]).outcome.reasons,
      ["the clock of Amazon DynamoDB in eu-west-1 could not be measured before the pause and is 30.00 s ahead of this machine's clock, give or take 10 ms, after it: "
        + 'by that clock the restore point may lie outside the pause'])
    assert.equal(backup({measured: [dynamo(-10, 10)]}, [unmeasured]).outcome.verdict, 'consistent')
  })

  it('void also when they come after the limit, until the record is written', () => {
    const {state} = backup({measured: 'never'})
    const late = (phase: Phase) => step({...state, phase}, {type: 'measured', offsets: [dynamo(29_990, 30_010)], at: state.now}).state
    assert.equal(outcomeOf(late('disarming')).verdict, 'void')
    assert.equal(outcomeOf(late('recording')).verdict, 'consistent')
    assert.equal(late('recording').offsetsAfter, undefined)
  })

  it('that cannot be measured again leave what was found before', () => {
    assert.deepEqual(said(backup({measured: [unmeasured]})), {verdict: 'consistent', exitCode: 0, reasons: [], left: []})
    assert.deepEqual(said(backup({fate: effect => effect.type === 'measure' ? 'failed' : undefined})), {verdict: 'consistent', exitCode: 0, reasons: [], left: []})
  })

  it('are waited for 6 s and no longer', () => {
    const run = backup({measured: 'never'})
    assert.equal((enteredMs(run, 'disarming') ?? 0) - (enteredMs(run, 'measuring again') ?? 0), 6000)
    assert.equal(run.outcome.verdict, 'consistent')
  })

  it('say nothing once our own clock has jumped', () => {
    const run = backup({script: [[{phase: 'measuring again', afterMs: 100}, {type: 'clock', byMs: 60_000}]]})
    assert.equal(run.outcome.verdict, 'consistent')
    assert.deepEqual(run.state.offsetsAfter?.map(({unmeasured}) => unmeasured), ["this machine's clock jumped by 60000 ms after the pause"])
  })

  it('are no reason to let somebody wait who interrupts', () => {
    const run = backup({measured: 'never', script: [[{phase: 'measuring again', afterMs: 100}, {type: 'interrupt', signal: 'SIGINT'}]]})
    assert.equal((enteredMs(run, 'ended') ?? Infinity) - (enteredMs(run, 'measuring again') ?? 0) < 500, true)
    assert.deepEqual(said(run), {verdict: 'consistent', exitCode: 130, reasons: [], left: []})
  })

  it('do not matter without a restore point', () => {
    const run = backup({script: [[{phase: 'holding', afterMs: 100}, {type: 'interrupt', signal: 'SIGTERM'}]]})
    assert.equal(sent(run, 'measure').length, 0)
    assert.equal(sent(backup({plan: {dryRun: true}}), 'measure').length, 0)
  })
})

describe('our own clock', () => {
  it('is held against itself from the first measurement on, not only from the plan on', () => {
    const measuredAt = {monoMs: -4000, wallMs: Date.UTC(2026, 10, 23, 12, 44, 0) - 4000 - 700}
    const run = backup({plan: {measuredAt}})
    assert.deepEqual(said(run), {verdict: 'failed', exitCode: 1, reasons: ["this machine's clock jumped by 700 ms"], left: []})
  })
})
