import assert from 'node:assert/strict'
import {CliError, EXIT} from '../../src/support/errors.ts'
import {planOf} from '../support/plan-of.ts'
import type {Database} from '../../src/databases/types.ts'

/** A test that a plan is refused as a usage error, in these words. */
export function refusesPlan(what: string, database: Database, given: Parameters<typeof planOf>[1], message: string): void {
  it(`refuses ${what}`, () => {
    assert.throws(() => planOf(database, given), error => {
      assert.ok(error instanceof CliError)
      assert.deepEqual([error.message, error.exitCode], [message, EXIT.usage])
      return true
    })
  })
}
