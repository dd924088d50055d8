import assert from 'node:assert/strict'
import {Chalk} from 'chalk'
import {releaseOf} from '../backup/builders.ts'
import {changesOf, statusViews} from '../../src/status/text.ts'
import {leaseStatus} from '../../src/status/leases.ts'
import {statusOf, unseen} from '../../src/status/status.ts'
import {validateBy} from '../support/record-schema.ts'
import type {CheckAnswer} from '../../src/admin/types.ts'
import type {Found} from '../../src/backup/search.ts'
import type {Release, ServerPod} from '../../src/discovery/types.ts'
import type {Lease} from '../../src/lease/lease.ts'

const access = {context: 'prod', cluster: 'prod-cluster', namespace: 'ledger', server: 'https://10.0.0.1:6443', verified: true}
const AT = new Date('2026-11-23T12:44:07Z')

const pod = (name: string, differing: Partial<ServerPod> = {}): ServerPod => ({
  name, namespace: 'ledger', uid: `uid-of-${name}`, node: 'node-1', container: 'scalardl-ledger', restartCount: 0, ready: true,
  image: 'ghcr.io/scalar-labs/scalardl-ledger:3.14.0', ...differing,
})

const found = (pods: readonly ServerPod[], differing: Partial<Release> = {}, context = 'prod'): Found =>
  ({cluster: {api: {access: {...access, context}}}, access: {}, release: {...releaseOf('ledger', {servers: []}), assumptions: [], pods, ...differing}}) as unknown as Found

const leasesOf = (servers: readonly Found[], lease?: Lease) => ({of: new Map(lease ? servers.map(one => [one, leaseStatus(lease, AT.getTime())]) : []), warnings: []})

const heldBy = (holderIdentity: string, renewed: string): Lease => ({
  apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: {name: 'kubectl-scalardl-my-ledger', namespace: 'ledger'},
  spec: {holderIdentity, leaseDurationSeconds: 60, acquireTime: '2026-11-23T12:43:00.000000Z', renewTime: `2026-11-23T${renewed}.000000Z`},
})

function status(servers: readonly Found[], answers: Readonly<Record<string, CheckAnswer>>, lease?: Lease) {
  const list = statusOf(servers, new Map(Object.entries(answers).map(([name, answer]) => [`uid-of-${name}`, answer])), leasesOf(servers, lease), AT)
  validateBy('server-status-list', JSON.parse(JSON.stringify(list)))
  return list
}

const text = (list: ReturnType<typeof status>) => statusViews.text(list, new Chalk({level: 0})).split('\n')

const [A, B, C] = ['my-ledger-scalardl-ledger-7d9f8c6b5d-5fece', 'my-ledger-scalardl-ledger-7d9f8c6b5d-9x2lq', 'my-ledger-scalardl-ledger-7d9f8c6b5d-zk4wn'] as const

describe('the status of servers', () => {
  it('is a table within 100 columns, and what is to be known of single servers', () => {
    const servers = [
      pod(A), pod(B, {restartCount: 3}),
      pod(C, {ready: false, image: 'ghcr.io/scalar-labs/scalardl-ledger:latest', unsettled: `pod ledger/${C} is terminating and still serves`}),
    ]
    const lines = text(status([found(servers)], {
      [A]: {kind: 'unpaused'}, [B]: {kind: 'paused'}, [C]: {kind: 'failed', code: 'DEADLINE_EXCEEDED', message: 'no answer within 10000 ms'},
    }))
    assert.deepEqual(lines, [
      'POD                                         PRODUCT  VERSION  READY  RESTARTS  ADMIN  PAUSED',
      'my-ledger-scalardl-ledger-7d9f8c6b5d-5fece  ledger   3.14.0   yes    0         50053  no',
      'my-ledger-scalardl-ledger-7d9f8c6b5d-9x2lq  ledger   3.14.0   yes    3         50053  yes',
      'my-ledger-scalardl-ledger-7d9f8c6b5d-zk4wn  ledger   ?        no     0         50053  unknown',
      '',
      'Unknown         my-ledger-scalardl-ledger-7d9f8c6b5d-zk4wn: no answer within 10000 ms',
      'Unsettled       pod ledger/my-ledger-scalardl-ledger-7d9f8c6b5d-zk4wn is terminating and still serves',
      'Paused          1 of 3',
      'Held            ledger/my-ledger: who paused it is not known, nobody is seen to hold its lease',
      'Next            if no backup is at work: kubectl scalardl unpause --all-pods, with the same flags',
    ])
    assert.ok(lines.slice(0, 4).every(line => line.length <= 100))
  })

  it('names namespaces and contexts only where there are several', () => {
    const first = (...servers: Found[]) => text(status(servers, {a: {kind: 'unpaused'}, b: {kind: 'unpaused'}})).slice(1).map(line => line.split(' ')[0])
    assert.deepEqual(first(found([pod('a'), pod('b')])), ['a', 'b'])
    assert.deepEqual(first(found([pod('a')]), found([pod('b', {namespace: 'auditor'})])), ['ledger/a', 'auditor/b'])
    assert.deepEqual(first(found([pod('a')]), found([pod('b')], {}, 'dr')), ['prod/ledger/a', 'dr/ledger/b'])
  })

  it('says who is at work, and does not advise to disturb it', () => {
    const lines = (holder: string, renewed: string) => text(status([found([pod('a'), pod('b')])], {a: {kind: 'paused'}, b: {kind: 'unpaused'}}, heldBy(holder, renewed))).slice(4)
    assert.deepEqual(lines('alice@laptop/1a2b3c4d', '12:44:02'), [
      'Paused          1 of 2',
      'Held            ledger/my-ledger by alice@laptop since 2026-11-23T12:43:00Z, renewed 2026-11-23T12:44:02Z, until 2026-11-23T12:45:02Z',
    ])
    assert.deepEqual(lines('alice@laptop\u001B[2J', '12:43:00'), [
      'Paused          1 of 2',
      'Held            ledger/my-ledger by alice@laptop [2J since 2026-11-23T12:43:00Z, renewed 2026-11-23T12:43:00Z, until 2026-11-23T12:44:00Z (not at work any more, as far as can be seen)',
      'Next            if no backup is at work: kubectl scalardl unpause --all-pods, with the same flags',
    ])
  })

  it('takes a lease that was released for nobody\'s, and one that says nothing for that of a dead holder', () => {
    const {lease} = status([found([pod('a')])], {}, {...heldBy('', '12:44:02'), spec: {holderIdentity: null, leaseTransitions: 3}}).items[0] ?? {}
    assert.deepEqual(lease, {name: 'kubectl-scalardl-my-ledger'})
    assert.deepEqual(leaseStatus({...heldBy('', ''), spec: {holderIdentity: 'x'.repeat(1000), renewTime: 'whenever', leaseDurationSeconds: 1e300}}, 0),
      {name: 'kubectl-scalardl-my-ledger', holder: 'x'.repeat(200), alive: false})
  })

  it('never takes silence for unpaused', () => {
    const {items} = status([found([pod('old'), pod('unasked')])], {old: {kind: 'unsupported'}})
    assert.deepEqual(items.map(({paused, message}) => [paused, message]), [
      ['unknown', 'the server is too old to say whether it is paused'],
      ['unknown', 'it was not asked'],
    ])
  })

  it('puts servers of which the same is to be said on one line', () => {
    const names = ['a', 'b', 'c', 'd', 'e']
    const failed = {kind: 'failed', code: 'UNAVAILABLE', message: 'the pod has no admin port'} as const
    assert.deepEqual(text(status([found(names.map(name => pod(name)))], Object.fromEntries(names.map(name => [name, failed])))).slice(7), [
      'Unknown         a, b, c and 2 more: the pod has no admin port',
    ])
  })

  it('says nothing of secrets, nor moves the cursor', () => {
    const message = 'cannot reach https://admin:hunter2@10.0.0.1\u001B[2J\nnext line'
    const list = status([found([pod('a')])], {a: {kind: 'failed', code: 'UNAVAILABLE', message}})
    assert.equal(list.items[0]?.message, 'cannot reach https://10.0.0.1\u001B[2J\nnext line')
    assert.equal(text(list).at(-1), 'Unknown         a: cannot reach https://10.0.0.1 [2J next line')
  })

  it('says what was assumed, each once', () => {
    const release = found([pod('a')], {assumptions: ['admin port 50053: services may not be listed']})
    assert.deepEqual(status([release, release], {}).warnings, ['ledger/my-ledger: admin port 50053: services may not be listed'])
  })

  it('has names alone for -o name', () => {
    assert.equal(statusViews.name?.(status([found([pod('a'), pod('b')])], {})), 'pod/a\npod/b')
  })
})

describe('what changed between two looks', () => {
  const before = status([found([pod('a'), pod('b'), pod('c')])], {a: {kind: 'unpaused'}, b: {kind: 'unpaused'}, c: {kind: 'unpaused'}})

  it('is a line for each server that changed, came or went', () => {
    const now = status([found([pod('a'), pod('b', {restartCount: 1, ready: false}), pod('new')])], {a: {kind: 'paused'}, b: {kind: 'unpaused'}, new: {kind: 'unpaused'}})
    assert.deepEqual(changesOf(before, now), [
      '2026-11-23T12:44:07.000Z  a: paused',
      '2026-11-23T12:44:07.000Z  b: not ready, 1 restart',
      '2026-11-23T12:44:07.000Z  new: new, not paused, ready, 0 restarts',
      '2026-11-23T12:44:07.000Z  c: gone',
    ])
  })

  it('is a lease that changes hands, and none that is renewed', () => {
    const at = (holder: string | undefined, renewed = '12:44:00') => status([found([pod('a')])], {a: {kind: 'unpaused'}}, holder === undefined ? undefined : heldBy(holder, renewed))
    assert.deepEqual(changesOf(at(undefined), at('alice@laptop/1a2b3c4d')), ['2026-11-23T12:44:07.000Z  a: held by alice@laptop'])
    assert.deepEqual(changesOf(at('alice@laptop'), at('alice@laptop', '12:44:05')), [])
    assert.deepEqual(changesOf(at('alice@laptop'), at(undefined)), ['2026-11-23T12:44:07.000Z  a: held by nobody any more'])
  })

  it('is that nothing is known, after a look that failed', () => {
    const lost = unseen(before, 'the last look failed: connect ECONNREFUSED 10.0.0.1:6443', AT)
    validateBy('server-status-list', lost)
    assert.deepEqual(changesOf(before, lost)[0], '2026-11-23T12:44:07.000Z  a: not known whether paused (the last look failed: connect ECONNREFUSED 10.0.0.1:6443)')
    assert.deepEqual(lost.items.map(({paused}) => paused), ['unknown', 'unknown', 'unknown'])
  })
})
