import assert from 'node:assert/strict'
import {describe, it} from 'mocha'
import {validateBy} from '../support/record-schema.ts'
import {planOf} from '../support/plan-of.ts'
import {fakeDatabase} from './fakes.ts'
import type {RestorePlan} from '../../src/plan/model.ts'

const plan = planOf(fakeDatabase(), {settings: {host: 'db.example.com'}})
const [first] = plan.steps

describe('the schema of a plan refuses', () => {
  const cases: ReadonlyArray<readonly [string, Partial<Record<keyof RestorePlan, unknown>>]> = [
    ['one called consistent without a record', {record: undefined}],
    ['one called consistent whose record is not', {record: {name: 'x', verdict: 'unverified'}}],
    ['one that is not consistent and does not say why', {consistent: false, warnings: []}],
    ['a restore point in local time', {restorePoint: {epochSeconds: 1_795_437_847, rfc3339: '2026-11-23T21:44:07+09:00'}}],
    ['a rehearsal that replaces something', {mode: 'copy-only'}],
    ['a step of no phase', {steps: [{...first, phase: 'later'}]}],
    ['a step that does not say why', {steps: [{...first, why: ''}]}],
    ['a plan without steps', {steps: []}],
    ['a field that it does not know', {steps: [{...first, password: 'abc'}]}],
  ]
  for (const [name, change] of cases) {
    it(name, () => {
      validateBy('restore-plan', plan)
      assert.throws(() => validateBy('restore-plan', JSON.parse(JSON.stringify({...plan, ...change}))), assert.AssertionError)
    })
  }
})
