import assert from 'node:assert/strict'
import {describe, it} from 'mocha'
import {podOf, runWorld} from '../support/virtual-world.ts'
import {phasesOf, said, sent} from './reading.ts'

describe('what a dead holder of the lease left paused', () => {
  it('is unpaused first, and then the backup goes on, however long the drain takes', () => {
    const run = runWorld({servers: [{pausedByAnother: true, drainMs: 4000}, {pausedByAnother: true}], inherited: true})
    assert.deepEqual(said(run), {verdict: 'consistent', exitCode: 0, reasons: [], left: []})
    assert.deepEqual(phasesOf(run).slice(2, 6), ['looking', 'repairing', 'looking again', 'pausing ledgers'])
    assert.deepEqual(sent(run, 'unpause').slice(0, 2).map(({server}) => server), [0, 1])
    assert.deepEqual(run.truth.paused, [])
    assert.deepEqual(run.state.warnings, [0, 1].map(i => `${podOf(i).name} was found paused, by a holder of the lease that is dead as far as can be seen, and was unpaused before this backup`))
  })

  it('stays as it is where the lease was nobody\'s', () => {
    const run = runWorld({servers: [{pausedByAnother: true}, {}]})
    assert.deepEqual(said(run).left, [`${podOf(0).name}: another's`])
    assert.deepEqual(sent(run, 'unpause'), [])
  })
})
