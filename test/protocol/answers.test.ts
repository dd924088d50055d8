import assert from 'node:assert/strict'
import {describe, it} from 'mocha'
import {podOf, runWorld} from '../support/virtual-world.ts'
import {said, sent} from './reading.ts'
import type {PauseAnswer} from '../../src/admin/types.ts'
import type {Gate} from '../../src/protocol/types.ts'
import type {Fate, VirtualServer, World} from '../support/virtual-world.ts'

/** One row of "Answers to Pause": server 0 answers so, server 1 answers OK. */
interface Row {
  readonly answer: string
  readonly server?: VirtualServer
  readonly script?: World['script']
  readonly fate?: Fate
  readonly gate: Gate
  /** What is sent to server 0 once the way back has begun, in order. */
  readonly back: ReadonlyArray<'unpause' | 'check'>
  readonly reason?: string
  readonly exitCode: number
  readonly left?: string
  /** Who still holds the gate of server 0 in the end. */
  readonly holds?: 'us' | 'another'
}

const pod = podOf(0).name
const whileDraining = {phase: 'pausing ledgers', afterMs: 100} as const
/** After our look was answered, before our Pause arrives. */
const lastMoment = {phase: 'looking', afterMs: 25} as const
const slow: VirtualServer = {drainMs: 60_000}

const TABLE: readonly Row[] = [
  {answer: 'OK', gate: 'closed', back: ['unpause', 'check'], exitCode: 0},
  {
    answer: 'TIMED_OUT', server: slow, gate: 'reopened', back: ['check'], exitCode: 3,
    reason: `${pod} could not finish its outstanding requests in time and opened again`,
  },
  {
    answer: "TIMED_OUT, and another's queued Pause has the gate", server: slow, script: [[whileDraining, {type: 'foreign pause', server: 0}]],
    gate: 'reopened', back: ['check'], exitCode: 4, left: `${pod}: another's`, holds: 'another',
    reason: `${pod} could not finish its outstanding requests in time and opened again`,
  },
  {
    answer: 'TIMED_OUT_STILL_PAUSED', server: slow, script: [[lastMoment, {type: 'foreign pause', server: 0}]],
    gate: 'foreign', back: [], exitCode: 4, left: `${pod}: another's`, holds: 'another',
    reason: `another operator's pause holds ${pod} (TIMED_OUT_STILL_PAUSED)`,
  },
  {
    answer: 'PAUSE_IN_PROGRESS', script: [[lastMoment, {type: 'foreign pause', server: 0}]],
    fate: {answer: {kind: 'foreign', reason: 'PAUSE_IN_PROGRESS', message: 'a pause is in progress'}},
    gate: 'foreign', back: [], exitCode: 4, left: `${pod}: another's`, holds: 'another',
    reason: `another operator's pause holds ${pod} (PAUSE_IN_PROGRESS)`,
  },
  {
    answer: 'GATE_OPEN', server: slow, script: [[whileDraining, {type: 'foreign unpause', server: 0}]],
    gate: 'reopened', back: ['check'], exitCode: 3, reason: `someone else unpaused ${pod} meanwhile`,
  },
  {
    answer: 'FAILED_PRECONDITION without details', server: {...slow, errorInfo: false}, gate: 'failed', back: ['unpause', 'check'], exitCode: 3,
    reason: `${pod} could not be paused, most likely since its outstanding requests did not finish in time: `,
  },
  {
    answer: 'INVALID_ARGUMENT', fate: {answer: {kind: 'invalid', message: 'max_pause_wait_time'}}, gate: 'untouched', back: [], exitCode: 3,
    reason: `${pod} refused the Pause as invalid: max_pause_wait_time`,
  },
  ...['UNAVAILABLE', 'DEADLINE_EXCEEDED', 'CANCELLED', 'INTERNAL', 'UNKNOWN'].map((code): Row => ({
    answer: code, fate: {answer: unclear(code)}, gate: 'unclear', exitCode: 3,
    back: ['unpause', 'check', 'check', 'check', 'check', 'check', 'check', 'check'], reason: `no clear answer from ${pod} to Pause (${code}): broken`,
  })),
]

function unclear(code: string): PauseAnswer {
  return {kind: 'unclear', code, message: 'broken', tunnelLost: false}
}

describe('an answer to Pause', () => {
  for (const row of TABLE) {
    it(`${row.answer}: gate ${row.gate}, exit code ${row.exitCode}`, () => {
      const run = runWorld({
        servers: [row.server ?? {}, {}],
        plan: {drainMs: 5000},
        script: row.script,
        fate: effect => effect.type === 'pause' && effect.server === 0 ? row.fate : undefined,
      })
      const {state, truth} = run
      assert.equal(state.servers[0]?.gate, row.gate)
      assert.deepEqual(said(run), {
        verdict: row.reason === undefined ? 'consistent' : 'void',
        exitCode: row.exitCode,
        reasons: row.reason === undefined ? [] : [row.reason],
        left: row.left === undefined ? [] : [row.left],
      })
      const fromMs = state.unpauseSent?.monoMs ?? Infinity
      const back = [...sent(run, 'unpause'), ...sent(run, 'check')].filter(call => call.server === 0 && call.atMs >= fromMs)
      assert.deepEqual(back.sort((a, b) => a.call - b.call).map(call => call.type), row.back)
      assert.deepEqual(truth.paused, row.holds === undefined ? [] : [{server: 0, owner: row.holds}])
      assert.deepEqual(truth.revoked, [])
    })
  }
})
