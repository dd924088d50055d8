import assert from 'node:assert/strict'
import {createApiServer} from '../../src/kube/api-server.ts'
import {CliError} from '../../src/support/errors.ts'
import {systemClock} from '../../src/support/clock.ts'
import type {LoadedAccess} from '../../src/kube/config.ts'

const loaded = (credentials: LoadedAccess['credentials']): LoadedAccess => ({
  access: {context: 'prod', cluster: 'prod', server: 'https://127.0.0.1:1', namespace: 'ledger', requestTimeoutMs: 20, verified: true},
  impersonation: {},
  credentials,
  reloadCredentials: async () => credentials,
})

describe('a watch without credentials', () => {
  for (const [what, credentials, why] of [
    ['that cannot be had', async () => { throw new CliError('getting credentials: exec: executable login failed') },
      'cannot reach the API server https://127.0.0.1:1: getting credentials: exec: executable login failed'],
    ['that do not come', () => new Promise(() => undefined), 'no answer from the API server https://127.0.0.1:1 within 20 ms (GET /api/v1/pods)'],
  ] satisfies Array<[string, LoadedAccess['credentials'], string]>) {
    it(`${what} fails like any other, to be begun again`, async () => {
      const api = createApiServer(loaded(credentials), {clock: systemClock})
      const failure = await api.watch('/api/v1/pods', {}, () => assert.fail('no event'), new AbortController().signal)
      assert.equal(failure?.message, why)
    })
  }
})
