import assert from 'node:assert/strict'
import {loadAccess} from '../../src/kube/config.ts'
import {handOver, takeOver} from '../../src/kube/hand-over.ts'
import type {KubeWorld} from '../../src/kube/config.ts'
import type {HandedAccess} from '../../src/kube/hand-over.ts'

const kubeconfig = (token: string, current = 'prod') => JSON.stringify({
  apiVersion: 'v1', kind: 'Config', 'current-context': current,
  clusters: [{name: 'c', cluster: {server: 'https://api.example.test', 'certificate-authority-data': Buffer.from('the CA').toString('base64')}}],
  users: [{name: 'u', user: {token, as: 'operator'}}],
  contexts: [{name: 'prod', context: {cluster: 'c', user: 'u'}}, {name: 'other', context: {cluster: 'none', user: 'none'}}],
})

const world = (file: {text: string}): KubeWorld =>
  ({env: {}, homeDir: '/home/me', clock: () => ({monoMs: 0, wallMs: 0}), stdinIsTerminal: false, readFile: async () => file.text})

describe('access that is handed over', () => {
  const through = async (handed: HandedAccess): Promise<HandedAccess> => JSON.parse(JSON.stringify(handed)) as HandedAccess

  it('is the same, with the credentials that were loaded', async () => {
    const file = {text: kubeconfig('first')}
    const loaded = await loadAccess({context: 'prod'}, world(file))
    const handed = await through(await handOver({context: 'prod'}, loaded))
    file.text = 'gone'
    const taken = takeOver(handed, world(file))
    assert.deepEqual(taken.access, JSON.parse(JSON.stringify(loaded.access)))
    assert.deepEqual(taken.trust, JSON.parse(JSON.stringify(loaded.trust)))
    assert.deepEqual(taken.impersonation, {'Impersonate-User': 'operator'})
    assert.deepEqual(await taken.credentials(), {authorization: 'Bearer first'})
  })

  it('gets other credentials from the kubeconfig once they are refused, of the context that was chosen first', async () => {
    const file = {text: kubeconfig('first')}
    const taken = takeOver(await through(await handOver({}, await loadAccess({}, world(file)))), world(file))
    file.text = kubeconfig('second', 'other')
    assert.deepEqual(await taken.credentials(), {authorization: 'Bearer first'})
    assert.deepEqual(await taken.credentials(true), {authorization: 'Bearer second'})
    assert.deepEqual(await (await taken.reloadCredentials())(), {authorization: 'Bearer second'})
  })
})
