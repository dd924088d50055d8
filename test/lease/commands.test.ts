import assert from 'node:assert/strict'
import {deleteCommand} from '../../src/lease/lease.ts'
import type {ApiServer} from '../../src/kube/types.ts'

describe('the command that deletes a lease', () => {
  for (const [context, flag] of [['prod', '--context prod '], ['my prod; rm -rf ~', "--context 'my prod; rm -rf ~' "], [undefined, '']] as const) {
    it(`can be typed as it is in context ${String(context)}`, () => {
      const api = {access: {context}} as Pick<ApiServer, 'access'>
      assert.equal(deleteCommand({api, namespace: 'ledger', name: 'kubectl-scalardl-ledger'}), `kubectl ${flag}-n ledger delete lease kubectl-scalardl-ledger`)
    })
  }
})
