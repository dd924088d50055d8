import assert from 'node:assert/strict'
import {describe, it} from 'mocha'
import {validateRecord} from '../support/record-schema.ts'
import {recordOf} from './builders.ts'
import type {RestorePoint} from '../../src/backup/restore-point.ts'

const good = recordOf({servers: [{}]})
const bad = recordOf({servers: [{}], script: [[{phase: 'holding'}, {type: 'delete', server: 0}]]})

describe('the schema of a record refuses', () => {
  const cases: ReadonlyArray<readonly [string, RestorePoint, object]> = [
    ['a void one that offers a restore point', bad, {restorePoint: '2026-11-23T12:44:05Z'}],
    ['a void one called consistent', bad, {consistent: true}],
    ['a void one without a reason', bad, {reasons: []}],
    ['an unverified one called consistent', good, {verdict: 'unverified', reasons: ['too old']}],
    ['a consistent one without a restore point', good, {restorePoint: undefined}],
    ['a restore point between two seconds', good, {restorePoint: '2026-11-23T12:44:05.500Z'}],
    ['a restore point in local time', good, {restorePoint: '2026-11-23T21:44:05+09:00'}],
    ['a window without its end', good, {window: {...good.window, unpausedAt: undefined}}],
    ['a field that it does not know', good, {token: 'abc'}],
    ['a target without pods', good, {targets: good.targets.map(target => ({...target, pods: []}))}],
    ['a name that is no file name', good, {metadata: {name: 'scalardl-20261123t124400z-a/b'}}],
  ]
  for (const [name, record, change] of cases) {
    it(name, () => {
      validateRecord(record)
      assert.throws(() => validateRecord(JSON.parse(JSON.stringify({...record, ...change}))), assert.AssertionError)
    })
  }
})

describe('the schema of a record still takes', () => {
  it('one from before there were leases', () => { validateRecord(JSON.parse(JSON.stringify({...good, lock: undefined}))) })
})
