import assert from 'node:assert/strict'
import {setTimeout as sleep} from 'node:timers/promises'
import type {V1Lease, V1PolicyRule} from '@kubernetes/client-node'
import type {RestorePoint} from '../../src/backup/restore-point.ts'
import type {TestCluster} from '../support/cluster.ts'
import {command} from '../support/command.ts'
import {ask, loginOf} from '../support/kube-client.ts'
import {inTheWindow, outcome, stage, type Stage} from './backup.ts'

const WITHOUT_LEASES: V1PolicyRule[] = [
  {apiGroups: [''], resources: ['pods', 'services', 'configmaps'], verbs: ['get', 'list', 'watch']},
  {apiGroups: ['apps'], resources: ['deployments', 'replicasets'], verbs: ['list']},
  {apiGroups: [''], resources: ['pods/portforward'], verbs: ['get', 'create']},
]
const CONSISTENT = {code: 0, verdict: 'consistent', reasons: []}

const nameOf = ({deployment}: Stage) => `kubectl-scalardl-${deployment}`
const leases = ({namespace}: Stage) => `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`

async function api<T>({cluster}: Stage, method: string, path: string, body?: object): Promise<{code: number; body: T}> {
  return ask<T>(await loginOf(cluster.kubeconfig), method, path, {body})
}

const readLease = async (on: Stage) => (await api<V1Lease>(on, 'GET', `${leases(on)}/${nameOf(on)}`)).body

/** As somebody would who has not read it before, in the place of whoever holds it. */
async function seize(on: Stage, holderIdentity: string): Promise<void> {
  for (;;) {
    const lease = await readLease(on)
    const spec = {...lease.spec, holderIdentity, leaseTransitions: (lease.spec?.leaseTransitions ?? 0) + 1}
    if ((await api(on, 'PUT', `${leases(on)}/${nameOf(on)}`, {...lease, spec})).code === 200) return
  }
}

const BOB = 'bob@laptop/0a1b2c3d'

const tenMinutesAgo = () => new Date(Date.now() - 600_000).toISOString().replace('Z', '000Z')

/** As a holder does that died ten minutes ago. */
async function leaveLease(on: Stage, leaseDurationSeconds: number): Promise<void> {
  const time = tenMinutesAgo()
  const spec = {holderIdentity: BOB, leaseDurationSeconds, acquireTime: time, renewTime: time, leaseTransitions: 4}
  await on.cluster.create({apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: {name: nameOf(on), namespace: on.namespace}, spec} as object)
}

/** What a backup of these flags may be frozen for before its lease has run out: drain and hold, and 15 s. */
const FROZEN = {flags: ['--drain-timeout', '1s', '--hold', '3s', '--no-watchdog'], boundMs: 19_000} as const

const recordOf = (stdout: string) => JSON.parse(stdout) as RestorePoint

/** Two operators, with and without leases. */
export function leaseScenarios(cluster: () => TestCluster): void {
  it('holds a lease while it pauses, refuses a second operator by name, and releases it', async () => {
    const on = await stage(cluster())
    const first = on.backup('--hold', '8s')
    await inTheWindow(on, first)
    const held = await readLease(on)
    const second = await on.backup().ended
    assert.equal(second.code, 1)
    const who = held.spec?.holderIdentity?.split('/')[0] ?? ''
    const [error = '', ...hints] = second.stderr.slice(second.stderr.indexOf('error:')).trim().split('\n')
    assert.ok(error.startsWith(`error: another backup holds the lease: ${who} since `), error)
    assert.match(error, new RegExp(` since \\d\\d:\\d\\d:\\d\\dZ \\(renewed .+, until about \\d\\d:\\d\\d:\\d\\dZ\\), for ${on.namespace}/${on.deployment}$`))
    assert.deepEqual(hints, ['  see how its servers stand: kubectl scalardl status', '  nothing was paused'])
    assert.deepEqual(await outcome(on, first), CONSISTENT)
    const {lock, warnings} = recordOf((await first.ended).stdout)
    assert.deepEqual([lock, warnings], [
      {mode: 'auto', leases: [{target: 0, namespace: on.namespace, name: nameOf(on), holder: held.spec?.holderIdentity}]}, [],
    ])
    const {metadata, spec} = await readLease(on)
    assert.deepEqual([metadata?.labels?.['app.kubernetes.io/managed-by'], spec?.holderIdentity, spec?.leaseTransitions], ['kubectl-scalardl', undefined, 0])
  })

  it('is void when its lease is taken away in the window, and unpauses', async () => {
    const on = await stage(cluster())
    const run = on.backup('--hold', '6s')
    await inTheWindow(on, run)
    await seize(on, 'mallory@laptop/00000000')
    const {code, verdict, reasons} = await outcome(on, run) as {code: number; verdict: string; reasons: string[]}
    assert.deepEqual([code, verdict, reasons.length], [3, 'void', 1])
    assert.match(reasons[0] ?? '', /^the lease changed hands: lease ns\/kubectl-scalardl-\S+ is held by mallory@laptop since /)
    assert.equal((await readLease(on)).spec?.holderIdentity, 'mallory@laptop/00000000')
  })

  it('is void when its lease is deleted in the window, and unpauses', async () => {
    const on = await stage(cluster())
    const run = on.backup('--hold', '6s')
    await inTheWindow(on, run)
    assert.equal((await api(on, 'DELETE', `${leases(on)}/${nameOf(on)}`)).code, 200)
    assert.deepEqual(await outcome(on, run), {
      code: 3, verdict: 'void', reasons: [`the lease was given up while it was ours: lease ns/kubectl-scalardl-${on.deployment} was deleted`],
    })
  })

  it('waits no longer for a holder to prove dead after Ctrl-C, and leaves its lease', async () => {
    const on = await stage(cluster())
    await leaveLease(on, 600)
    const run = on.backup()
    while (!run.said().includes('to see whether a holder is dead')) await sleep(20)
    run.kill('SIGINT')
    assert.deepEqual(await outcome(on, run), {code: 130, said: 'error: interrupted (SIGINT)'})
    assert.equal((await readLease(on)).spec?.holderIdentity, BOB)
  })

  it('takes a lease over from a holder that is dead, and repairs what it left paused', async () => {
    const on = await stage(cluster())
    await leaveLease(on, 2)
    on.server(0).gate.close()
    const run = on.backup()
    assert.deepEqual(await outcome(on, run), CONSISTENT)
    const {stdout, stderr} = await run.ended
    assert.match(stderr, /waiting until \d\d:\d\d:\d\dZ, to see whether a holder is dead: bob@laptop since [\dT:-]+Z \(renewed 1\dm\d+s ago, until about [\dT:-]+Z\)/)
    const {warnings, lock} = recordOf(stdout)
    assert.match(warnings[0] ?? '', /^the lease of a holder that is dead was taken over: bob@laptop since /)
    assert.deepEqual(warnings.slice(1), [`${on.namespace}/${on.pods[0]} was found paused, by a holder of the lease that is dead as far as can be seen, and was unpaused before this backup`])
    assert.deepEqual([lock?.leases.length, (await readLease(on)).spec?.leaseTransitions], [1, 5])
  })

  it('goes on without permission to hold a lease, and says so, unless one is required', async () => {
    const on = await stage(cluster())
    const kubeconfig = await cluster().user(`without-leases-${on.namespace}`, WITHOUT_LEASES, on.namespace)
    const run = command(['backup', '--kubeconfig', kubeconfig, '-n', on.namespace, '--clock-guard', '100ms', '--hold', '3s', '-o', 'json'])
    assert.deepEqual(await outcome(on, run), CONSISTENT)
    const {warnings, lock} = recordOf((await run.ended).stdout)
    const warning = `no lease holds other operators off ${on.namespace}/${on.deployment}: cannot get leases.coordination.k8s.io in namespace ${on.namespace}; docs/rbac.yaml has the Role`
    assert.deepEqual([warnings, lock], [[warning], {mode: 'auto', leases: []}])
    assert.ok((await run.ended).stderr.includes(warning))
    const required = await command(['backup', '--kubeconfig', kubeconfig, '-n', on.namespace, '--lock', 'require']).ended
    assert.equal(required.code, 1)
    assert.deepEqual(required.stderr.slice(required.stderr.indexOf('error:')).trim().split('\n').filter(line => !line.includes('rolebinding') && !line.includes('metadata')), [
      'error: permissions are missing',
      ...['get', 'create', 'update'].map(verb => `  cannot ${verb} leases.coordination.k8s.io in namespace ${on.namespace}, needed to hold other operators off`),
      '  this would grant them:',
      '  apiVersion: rbac.authorization.k8s.io/v1',
      '  kind: Role',
      '  rules:',
      "  - {apiGroups: ['coordination.k8s.io'], resources: [leases], verbs: [get, create, update]}",
    ])
  })

  it('touches no lease with --lock off, and leaves what another pauses alone', async () => {
    const on = await stage(cluster())
    const first = on.backup('--hold', '8s')
    await inTheWindow(on, first)
    const off = await on.backup('--lock', 'off').ended
    const {verdict, reasons, lock, warnings} = recordOf(off.stdout)
    assert.deepEqual([off.code, verdict, lock, warnings], [4, 'failed', {mode: 'off', leases: []}, ['no lease holds other operators off: --lock off']])
    assert.ok(reasons.every(reason => reason.endsWith('is already paused, by another operator or a backup that died')), reasons.join('\n'))
    assert.deepEqual(await outcome(on, first), CONSISTENT)
  })

  it('takes no lease in a dry run', async () => {
    const on = await stage(cluster())
    assert.equal((await on.backup('--dry-run').ended).code, 0)
    assert.equal((await api(on, 'GET', `${leases(on)}/${nameOf(on)}`)).code, 404)
  })
}

/** It takes as long as a lease lasts. */
export function frozenScenarios(cluster: () => TestCluster): void {
  it('frozen over its lease, while another repaired and pauses: wakes, touches nothing, and calls nothing consistent', async function () {
    this.timeout(120_000)
    const on = await stage(cluster())
    const frozen = on.backup(...FROZEN.flags)
    await inTheWindow(on, frozen)
    frozen.kill('SIGSTOP')
    const stoppedMs = performance.now()
    const lease = await readLease(on)
    const renewTime = tenMinutesAgo()
    assert.equal((await api(on, 'PUT', `${leases(on)}/${nameOf(on)}`, {...lease, spec: {...lease.spec, renewTime, leaseDurationSeconds: 1}})).code, 200)
    await sleep(FROZEN.boundMs - 4000)
    const other = on.backup('--hold', '15s')
    while (on.server(0).calls.filter(({method}) => method === 'Pause').length < 2) await sleep(20)
    await sleep(Math.max(0, FROZEN.boundMs + 500 - (performance.now() - stoppedMs)))
    const unpauses = () => on.pods.map((_, i) => on.server(i).calls.filter(({method}) => method === 'Unpause').length)
    assert.deepEqual(unpauses(), [1, 1])
    frozen.kill('SIGCONT')
    const {code, stdout} = await frozen.ended
    assert.deepEqual(unpauses(), [1, 1])
    const {verdict, restorePoint, stillPaused, reasons} = recordOf(stdout)
    assert.deepEqual([code, verdict, restorePoint, stillPaused.map(({pod}) => pod)], [4, 'void', undefined, on.pods])
    assert.equal(reasons[0], 'this machine stood still for longer than a lease lasts')
    assert.deepEqual(await outcome(on, other), CONSISTENT)
  })
}
