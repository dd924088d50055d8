import assert from 'node:assert/strict'
import {PassThrough} from 'node:stream'
import {text} from 'node:stream/consumers'
import {describe, it} from 'mocha'
import {confirm} from '../../src/cli/confirm.ts'
import {CliError} from '../../src/support/errors.ts'

/** What the answer comes to, and what was asked. */
async function answered(answer: string, yes = false): Promise<[boolean, string]> {
  const stderr = new PassThrough()
  const stdin = Object.assign(new PassThrough(), {isTTY: true})
  stdin.end(answer)
  const result = await confirm('Delete these 2 records for good?', yes, {stdin, stderr})
  stderr.end()
  return [result, await text(stderr)]
}

describe('a question before something is deleted', () => {
  const ASKED = 'Delete these 2 records for good? Type yes to go on: '
  for (const [answer, expected] of [['yes\n', true], ['y\n', false], ['no\n', false], ['\n', false], ['YES\n', false], ['', false]] as const) {
    it(`takes ${JSON.stringify(answer)} for ${expected ? 'yes' : 'no'}`, async () => { assert.deepEqual(await answered(answer), [expected, ASKED]) })
  }

  it('is not put with --yes', async () => { assert.deepEqual(await answered('', true), [true, '']) })

  it('is not put where nobody can answer', async () => {
    await assert.rejects(confirm('Delete?', false, {stdin: new PassThrough(), stderr: new PassThrough()}), (error: unknown) => {
      assert.ok(error instanceof CliError)
      assert.deepEqual([error.exitCode, error.message, ...error.hints], [
        2, 'there is no terminal to ask on, and nothing was changed', 'to go on without being asked: --yes', 'to see what would be done: --dry-run',
      ])
      return true
    })
  })
})
