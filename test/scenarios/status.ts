import assert from 'node:assert/strict'
import {setTimeout as sleep} from 'node:timers/promises'
import type {V1PolicyRule} from '@kubernetes/client-node'
import type {StatusList} from '../../src/status/status.ts'
import type {TestCluster} from '../support/cluster.ts'
import {command, type Running} from '../support/command.ts'
import {chartAuditor, chartLedger} from '../support/manifests.ts'
import {validateBy} from '../support/record-schema.ts'
import {stage, type Stage} from './backup.ts'

const LIST: V1PolicyRule = {apiGroups: [''], resources: ['pods'], verbs: ['list']}
const FORWARD: V1PolicyRule = {apiGroups: [''], resources: ['pods/portforward'], verbs: ['get', 'create']}

const status = ({cluster, namespace}: Pick<Stage, 'cluster' | 'namespace'>, ...flags: string[]) =>
  command(['status', '--kubeconfig', cluster.kubeconfig, '-n', namespace, ...flags])

async function listed(run: Running, code = 0): Promise<StatusList> {
  const ended = await run.ended
  assert.equal(ended.code, code, ended.stderr)
  const list = JSON.parse(ended.stdout) as StatusList
  validateBy('server-status-list', list)
  return list
}

const seen = ({items}: StatusList) => items.map(({paused}) => paused)

async function prints(run: Running, text: RegExp): Promise<void> {
  while (!text.test(run.printed())) await sleep(20)
}

/** What `status` says of servers, and that it leaves them alone. */
export function statusScenarios(cluster: () => TestCluster): void {
  it('shows who is paused, and why of another it is not known', async () => {
    const on = await stage(cluster(), {replicas: 3})
    on.server(0).gate.close()
    await on.server(1).stop()
    const {code, stdout, stderr} = await status(on).ended
    assert.deepEqual({code, stderr}, {code: 0, stderr: ''})
    const [head, first, second, third, ...rest] = stdout.replaceAll(/127\.0\.0\.1:\d+/g, '127.0.0.1:*').split('\n')
    assert.match(head ?? '', /^POD +PRODUCT {2}VERSION {2}READY {2}RESTARTS {2}ADMIN {2}PAUSED$/)
    assert.deepEqual([first, second, third].map(line => line?.split(/ +/)), [
      [on.pods[0], 'ledger', '3.14.0', 'yes', '0', '50053', 'yes'],
      [on.pods[1], 'ledger', '3.14.0', 'yes', '0', '50053', 'unknown'],
      [on.pods[2], 'ledger', '3.14.0', 'yes', '0', '50053', 'no'],
    ])
    assert.deepEqual(rest, [
      '',
      `Unknown         ${on.pods[1]}: error forwarding port 50053 to pod ${on.pods[1]}/${on.namespace}, uid : failed to dial 127.0.0.1:*: dial tcp 127.0.0.1:*: connect: connection refused`,
      'Paused          1 of 3',
      `Held            ${on.namespace}/my-ledger: who paused it is not known, nobody is seen to hold its lease`,
      'Next            if no backup is at work: kubectl scalardl unpause --all-pods, with the same flags',
      '',
    ])
    assert.deepEqual([0, 2].flatMap(index => on.server(index).calls.map(({method}) => method)), ['CheckPaused', 'CheckPaused'])
    on.server(0).gate.open()
  })

  it('shows all releases of all targets, where a backup would ask which is meant', async () => {
    const namespace = 'status-of-all'
    for (const release of ['red', 'blue']) await cluster().deploy(chartLedger({namespace, release, replicas: 1}))
    await cluster().deploy(chartAuditor({namespace, release: 'other', replicas: 1}))
    const list = await listed(status({cluster: cluster(), namespace}, '-o', 'json'))
    assert.deepEqual(list.items.map(({release, product, paused}) => `${release}: ${product}, ${paused}`), ['blue: ledger, no', 'other: auditor, no', 'red: ledger, no'])
    assert.deepEqual((await listed(status({cluster: cluster(), namespace}, '-o', 'json', '--release', 'red'))).items.map(({release}) => release), ['red'])
  })

  it('says who holds the lease of the servers', async () => {
    const on = await stage(cluster())
    const now = new Date().toISOString().replace('Z', '000Z')
    await cluster().create({
      apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: {name: `kubectl-scalardl-${on.deployment}`, namespace: on.namespace},
      spec: {holderIdentity: 'alice@laptop/1a2b3c4d', leaseDurationSeconds: 60, acquireTime: now, renewTime: now, leaseTransitions: 0},
    } as object)
    assert.match((await status(on).ended).stdout, new RegExp(`\nHeld {12}${on.namespace}/my-ledger by alice@laptop since \\S+Z, renewed \\S+Z, until \\S+Z\n$`))
    const {items} = await listed(status(on, '-o', 'json'))
    assert.deepEqual(items.map(({lease}) => [lease?.holder, lease?.alive]), [['alice@laptop/1a2b3c4d', true], ['alice@laptop/1a2b3c4d', true]])
  })

  it('fails, if asked to, when a server is paused or does not say', async () => {
    const on = await stage(cluster())
    const fail = () => status(on, '-o', 'json', '--fail-if-paused')
    assert.deepEqual(seen(await listed(fail())), ['no', 'no'])
    on.server(1).gate.close()
    assert.deepEqual(seen(await listed(fail(), 4)), ['no', 'yes'])
    on.server(1).gate.open()
    await on.server(0).stop()
    assert.deepEqual(seen(await listed(fail(), 4)), ['unknown', 'no'])
  })

  it('needs no more than to list pods and to forward ports, and says what it cannot see', async () => {
    const on = await stage(cluster())
    const kubeconfig = await cluster().user(`status-${on.namespace}`, [LIST, FORWARD], on.namespace)
    const ended = await command(['status', '--kubeconfig', kubeconfig, '-n', on.namespace, '-o', 'json']).ended
    const list = await listed({ended: Promise.resolve(ended)} as Running)
    assert.deepEqual(seen(list), ['no', 'no'])
    assert.ok(list.warnings.length > 0)
    assert.equal(ended.stderr, list.warnings.map(text => `warning: ${text}\n`).join(''))
  })

  it('names what is missing when pods may not be listed, and does not know what it may not ask', async () => {
    const on = await stage(cluster())
    const [blind, deaf] = [
      await cluster().user(`blind-${on.namespace}`, [FORWARD], on.namespace), await cluster().user(`deaf-${on.namespace}`, [LIST], on.namespace),
    ]
    const {code, stderr} = await command(['status', '--kubeconfig', blind, '-n', on.namespace]).ended
    assert.deepEqual([code, stderr.split('\n').slice(0, 2)], [1, ['error: permissions are missing', `  cannot list pods in namespace ${on.namespace}, needed to find the servers`]])
    const list = await listed(command(['status', '--kubeconfig', deaf, '-n', on.namespace, '-o', 'json']))
    assert.deepEqual(seen(list), ['unknown', 'unknown'])
    assert.match(list.items[0]?.message ?? '', /cannot (get|create) resource "pods\/portforward"/)
  })

  it('tells what changes until Ctrl-C', async () => {
    const on = await stage(cluster())
    const [text, json] = [status(on, '--watch'), status(on, '--watch', '-o', 'json')]
    await Promise.all([prints(text, /^POD.*\n.* no\n.* no\n/), prints(json, /\n/)])
    on.server(0).gate.close()
    await Promise.all([prints(text, /: paused\n/), prints(json, /\n.*\n/)])
    on.server(0).gate.open()
    await Promise.all([prints(text, /: not paused\n/), prints(json, /\n.*\n.*\n/)])
    for (const run of [text, json]) run.kill('SIGINT')
    assert.deepEqual([(await text.ended).code, (await json.ended).code], [130, 130])
    assert.deepEqual((await text.ended).stdout.split('\n').slice(3).map(line => line.replace(/^\S+Z/, 'TIME')), [`TIME  ${on.pods[0]}: paused`, `TIME  ${on.pods[0]}: not paused`, ''])
    const lists = (await json.ended).stdout.trimEnd().split('\n').map(line => JSON.parse(line) as StatusList)
    for (const list of lists) validateBy('server-status-list', list)
    assert.deepEqual(lists.map(seen), [['no', 'no'], ['yes', 'no'], ['no', 'no']])
  })

  it('refuses what contradicts itself, and says where it found nothing', async () => {
    const refused = async (...flags: string[]) => {
      const {code, stderr} = await status({cluster: cluster(), namespace: 'nothing-here'}, ...flags).ended
      return [code, stderr.split('\n')[0]]
    }
    assert.deepEqual(await refused('--watch', '--fail-if-paused'), [2, 'error: --watch and --fail-if-paused contradict each other: a watch does not end by itself'])
    assert.deepEqual(await refused('-w', '-o', 'name'), [2, 'error: --watch and -o name contradict each other: names do not say what changed'])
    assert.deepEqual(await refused(), [1, `error: no ScalarDL or ScalarDB server found in namespace nothing-here of context ${cluster().context} (looked for pods labelled app.kubernetes.io/app)`])
  })
}
