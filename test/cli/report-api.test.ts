import assert from 'node:assert/strict'
import {reportError} from '../../src/cli/report.ts'
import {ApiError} from '../../src/kube/api-error.ts'

describe('what the API server did not do', () => {
  for (const [what, error, text] of [
    ['no answer', new ApiError('cannot reach the API server https://10.0.0.1:6443: connect ECONNREFUSED 10.0.0.1:6443'), [
      'error: cannot reach the API server https://10.0.0.1:6443: connect ECONNREFUSED 10.0.0.1:6443',
      '  see whether kubectl gets through: kubectl version, with the same connection flags',
    ]],
    ['credentials that are not accepted', new ApiError('Unauthorized', {status: 401}), [
      'error: the API server does not accept the credentials: Unauthorized',
      '  log in again, then: kubectl auth whoami',
    ]],
    ['a selector that is none', new ApiError("unable to parse requirement: found 'a in ('", {status: 400}), [
      "error: the API server refuses: unable to parse requirement: found 'a in ('",
      '  see whether kubectl gets further: kubectl get pods, with the same flags',
    ]],
  ] satisfies Array<[string, ApiError, string[]]>) {
    it(`${what}: is named, with what to try next`, () => {
      let said = ''
      assert.equal(reportError(error, {debug: false, write: chunk => { said += chunk }}), 1)
      assert.equal(said, `${text.join('\n')}\n`)
    })
  }
})
