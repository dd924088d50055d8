import assert from 'node:assert/strict'
import {writeRecord} from '../../src/backup/store.ts'
import {recordOf} from './builders.ts'
import type {ConfigMapPlace} from '../../src/backup/store.ts'

const silent: ConfigMapPlace['api'] = {
  access: {context: 'prod', cluster: 'prod', server: 'https://10.0.0.1:6443', namespace: 'default', requestTimeoutMs: 0, verified: true},
  request: () => new Promise(() => undefined),
}

describe('a place for the record that never answers', () => {
  it('is left after its time, so that the result is seen', async () => {
    const stored = await writeRecord(recordOf({servers: [{}]}), {stateDir: undefined, configMaps: [{api: silent, namespace: 'ledger'}], limitMs: 5})
    assert.deepEqual(stored, {file: undefined, configMaps: [], warnings: [
      'the record cannot be written to a file: this user has no home directory; set XDG_STATE_HOME',
      'the record is not kept in a ConfigMap in namespace ledger: not done within 5 ms',
    ]})
  })
})
