import assert from 'node:assert/strict'
import {Chalk} from 'chalk'
import {becameOf, exitCodeOf, isOver, unpauseViews, wouldBecome} from '../../src/unpause/result.ts'
import {validateBy} from '../support/record-schema.ts'
import type {Became, UnpauseResult} from '../../src/unpause/result.ts'
import type {StillPaused} from '../../src/backup/restore-point.ts'

const LEFT: StillPaused = {pod: 'f', namespace: 'ledger', whose: 'ours', message: 'no answer within 3000 ms', command: 'kubectl -n ledger delete pod f'}

function result(became: readonly Became[], stillPaused: readonly StillPaused[] = []): UnpauseResult {
  const items = became.map((what, i) => ({
    pod: String.fromCharCode(97 + i), namespace: 'ledger', uid: `uid-${i}`, product: 'ledger' as const, release: 'my-ledger', found: 'yes' as const, result: what,
  }))
  const made: UnpauseResult = {apiVersion: 'scalardl.scalar-labs.com/v1alpha1', kind: 'UnpauseResult', dryRun: false, items, stillPaused, warnings: []}
  validateBy('unpause-result', made)
  return made
}

const text = (made: UnpauseResult) => unpauseViews.text(made, new Chalk({level: 0})).split('\n')

describe('the result of unpause --all-pods', () => {
  it('says of each server what became of it, and what to type where it may be paused', () => {
    const made = result(['unpaused', 'unpaused', 'unpaused, not verified', 'gone', 'was not paused', 'may be paused'], [LEFT])
    assert.deepEqual(text(made), [
      'Unpaused        a, verified',
      '                b, verified',
      'Unpaused        c, which it confirmed; it is too old to say whether it is paused',
      'Gone            d, and its pause with it',
      'Not paused      1 of 6',
      'Still paused    ledger/f: could not be verified unpaused; no answer within 3000 ms',
      '                kubectl -n ledger delete pod f',
      "Next            run the command below each pod named above: a new pod starts unpaused. It costs that pod's requests under way,",
      '                and its share of the load until the new pod is ready',
    ])
    assert.equal(unpauseViews.name?.(made), 'pod/a\npod/b\npod/c')
    assert.deepEqual(made.items.map(isOver), [true, true, true, true, true, false])
  })

  it('says that there is nothing to do, or what a dry run would do', () => {
    assert.deepEqual(text(result(['was not paused', 'was not paused'])), ['Not paused      2 of 2: there is nothing to do'])
    assert.deepEqual(text(result(['would be unpaused', 'would be asked again', 'was not paused'])), [
      'Would unpause   a', 'Would ask again b', 'Not paused      1 of 3',
    ])
    assert.deepEqual((['yes', 'no', 'unknown'] as const).map(paused => wouldBecome({paused})), ['would be unpaused', 'was not paused', 'would be asked again'])
  })

  it('has 4 as its exit code before all others', () => {
    const open = result(['unpaused'])
    const left = result(['may be paused'], [LEFT])
    assert.deepEqual([exitCodeOf(open, undefined), exitCodeOf(open, 'SIGTERM'), exitCodeOf(open, 'stdout closed'), exitCodeOf(left, 'SIGINT')], [0, 143, 0, 4])
  })

  it('never takes a server for unpaused whose way back has not ended well', () => {
    const became = (['none', 'unpausing', 'left', 'given up', 'gone', 'open'] as const).map(release => becameOf({release, unpauseOk: true, checkable: true}))
    assert.deepEqual(became, ['may be paused', 'may be paused', 'may be paused', 'may be paused', 'gone', 'unpaused'])
    assert.equal(becameOf({release: 'open', unpauseOk: true, checkable: false}), 'unpaused, not verified')
    assert.equal(becameOf({release: 'open', unpauseOk: false, checkable: true}), 'was not paused')
  })
})
