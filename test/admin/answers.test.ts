import assert from 'node:assert/strict'
import {status} from '@grpc/grpc-js'
import {checkAnswer, pauseAnswer, unpauseAnswer} from '../../src/admin/answers.ts'
import type {Outcome} from '../../src/admin/answers.ts'
import type {PauseAnswer} from '../../src/admin/types.ts'

const failed = (code: string, reason?: string, tunnelLost = false): Outcome<never> => ({ok: false, code, message: 'why', reason, tunnelLost})
const unclear = (code: string, tunnelLost = false): PauseAnswer => ({kind: 'unclear', code, message: 'why', tunnelLost})

describe('an answer to Pause', () => {
  const table: Array<[outcome: Outcome<unknown>, answer: PauseAnswer]> = [
    [{ok: true, value: {}}, {kind: 'ok'}],
    [failed('FAILED_PRECONDITION', 'TIMED_OUT'), {kind: 'open', reason: 'TIMED_OUT', message: 'why'}],
    [failed('ABORTED', 'GATE_OPEN'), {kind: 'open', reason: 'GATE_OPEN', message: 'why'}],
    [failed('FAILED_PRECONDITION', 'TIMED_OUT_STILL_PAUSED'), {kind: 'foreign', reason: 'TIMED_OUT_STILL_PAUSED', message: 'why'}],
    [failed('ABORTED', 'PAUSE_IN_PROGRESS'), {kind: 'foreign', reason: 'PAUSE_IN_PROGRESS', message: 'why'}],
    [failed('FAILED_PRECONDITION'), {kind: 'failed', message: 'why'}],
    [failed('FAILED_PRECONDITION', 'A_REASON_OF_TOMORROW'), unclear('FAILED_PRECONDITION')],
    [failed('INVALID_ARGUMENT'), {kind: 'invalid', message: 'why'}],
    [failed('UNAVAILABLE', undefined, true), unclear('UNAVAILABLE', true)],
  ]
  for (const [outcome, answer] of table) {
    const {code, reason = 'no reason'} = outcome.ok ? {code: 'OK'} : outcome
    it(`${code} with ${reason} is ${answer.kind}`, () => { assert.deepEqual(pauseAnswer(outcome), answer) })
  }

  const decided = ['OK', 'FAILED_PRECONDITION', 'INVALID_ARGUMENT']
  for (const code of Object.keys(status).filter(name => /[A-Z]/.test(name) && !decided.includes(name))) {
    it(`${code} without details is unclear`, () => { assert.deepEqual(pauseAnswer(failed(code)), unclear(code)) })
  }
})

describe('an answer to Unpause and CheckPaused', () => {
  it('says why it failed', () => {
    assert.deepEqual(unpauseAnswer(failed('UNAVAILABLE')), {kind: 'failed', code: 'UNAVAILABLE', message: 'why'})
    assert.deepEqual(checkAnswer(failed('UNAVAILABLE')), {kind: 'failed', code: 'UNAVAILABLE', message: 'why'})
  })

  it('of a server older than CheckPaused is its own kind', () => {
    assert.deepEqual(checkAnswer(failed('UNIMPLEMENTED')), {kind: 'unsupported'})
  })
})
