import assert from 'node:assert/strict'
import {isGone} from '../../src/backup/whereabouts.ts'
import {ApiError} from '../../src/kube/api-error.ts'
import type {ApiServer} from '../../src/kube/types.ts'

const SERVER = {name: 'ledger/l-0', uid: 'l0'}
const NOT_FOUND = new ApiError('pods "l-0" not found', {status: 404, reason: 'NotFound'})

/** A cluster that answers with this pod, or this error. */
function clusterWith(pod: object | Error, uid = 'c') {
  const request = async (_method: string, path: string) => {
    if (path === '/api/v1/namespaces/kube-system') return {metadata: {uid}}
    assert.equal(path, '/api/v1/namespaces/ledger/pods/l-0')
    if (pod instanceof Error) throw pod
    return pod
  }
  return {uid, api: {request} as unknown as ApiServer}
}

describe('a pod that an earlier run has left', () => {
  it('is gone where its own cluster knows it no more, or another under its name', async () => {
    for (const answer of [NOT_FOUND, {metadata: {uid: 'l1'}}, {metadata: {uid: 'l0'}, status: {phase: 'Failed'}}]) {
      assert.equal(await isGone(SERVER, 'c', [clusterWith(NOT_FOUND, 'other'), clusterWith(answer)]), true)
    }
  })

  it('is not gone where it is there, nobody may look, or a proxy has answered', async () => {
    for (const answer of [{metadata: {uid: 'l0'}, status: {phase: 'Running'}}, new ApiError('forbidden', {status: 403, reason: 'Forbidden'}), new ApiError('no page', {status: 404})]) {
      assert.equal(await isGone(SERVER, 'c', [clusterWith(answer)]), false)
    }
  })

  it('is not gone as far as another cluster tells, or where nothing says which it was in', async () => {
    assert.equal(await isGone(SERVER, 'c', [clusterWith(NOT_FOUND, 'other')]), false)
    assert.equal(await isGone(SERVER, undefined, [clusterWith(NOT_FOUND)]), false)
    assert.equal(await isGone(SERVER, 'c', [{...clusterWith(NOT_FOUND, 'other'), uid: 'c'}]), false)
  })
})
