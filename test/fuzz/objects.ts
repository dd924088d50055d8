import assert from 'node:assert/strict'
import {listPods, watchPods} from '../../src/backup/pods.ts'
import {restorePointName} from '../../src/backup/name.ts'
import {chooseTargets} from '../../src/discovery/choose.ts'
import {findReleases} from '../../src/discovery/releases.ts'
import {noAnswer} from '../../src/kube/api-error.ts'
import {roleFor} from '../../src/kube/role.ts'
import {holderText, leaseName, newLease, standingOf} from '../../src/lease/lease.ts'
import {Hold} from '../../src/lease/hold.ts'
import {CliError} from '../../src/support/errors.ts'
import {UNSEEN} from '../support/hostile.ts'
import {chartAuditor, chartCluster, chartEnvoy, chartLedger, chartServer, inventoryOf} from '../support/manifests.ts'
import {refusing} from './fuzz.ts'
import {mutateObject, mutateValue} from './mutate.ts'
import type {ApiServer, WatchEvent} from '../../src/kube/types.ts'
import type {Lease} from '../../src/lease/lease.ts'
import type {PodSnapshot} from '../../src/protocol/types.ts'
import type {Target} from './fuzz.ts'
import type {Random} from './random.ts'

const INVENTORIES = [
  inventoryOf(chartLedger({replicas: 2}), chartAuditor({namespace: 'ledger'}), chartEnvoy()),
  inventoryOf(chartLedger({tls: {serverName: 'ledger', caSecret: 'ca'}, properties: 'scalar.db.storage=dynamo\nscalar.db.contact_points=${env:REGION}', env: [{name: 'REGION', value: '$(X)'}]})),
  inventoryOf(chartCluster({replicas: 3}), chartServer()),
  inventoryOf(chartLedger({chart: '4.2.0', sidecars: [{name: 'proxy', image: 'envoy:1', ports: [{containerPort: 50_053}]}]})),
]

/** Odd pods and deployments: releases are found or it is said why not, and every release can be paused by what is said of it. */
function feedDiscovery(random: Random): void {
  const inventory = mutateObject(random.pick(INVENTORIES), random)
  const overrides = random.pick([{}, {}, {selector: 'a=b', product: 'ledger' as const}, {selector: 'a=b'}, {adminPort: 1}, {adminTls: true}])
  const releases = refusing(() => findReleases(inventory, overrides), CliError)
  if (!releases) return
  for (const {admin, pods, release} of releases) {
    assert.ok(pods.length > 0, release)
    assert.ok(Number.isInteger(admin.port) && admin.port > 0 && admin.port < 65_536, `port ${admin.port}`)
    assert.match(restorePointName(0, release), /^[a-z0-9-]{1,250}$/)
  }
  const chosen = refusing(() => chooseTargets([{releases}], {ledgerOnly: random.oneIn(2)}), CliError) ?? []
  for (const {release: {release, selector}} of chosen) assert.notEqual(selector, '', release)
}

const POD = chartLedger().pods[0]
const set = (api: Partial<ApiServer>) => ({target: 0, namespace: 'ledger', selector: 'a=b', container: 'scalardl-ledger', api: api as ApiServer})

/** The lists and watches of the window, with objects of any type: an answer, or a failure that the window knows; never an end of the process. */
async function feedPods(random: Random): Promise<void> {
  const items = Array.from({length: random.int(4)}, () => mutateValue(POD, random))
  const list = await listPods(set({list: async <T>() => ({items: items as T[], resourceVersion: '1'})})).catch((error: unknown) => {
    assert.ok(error instanceof Error)
    return undefined
  })
  assert.ok((list?.pods ?? items).length === items.length)
  const over = new AbortController()
  const changes: Array<readonly PodSnapshot[]> = []
  const watch: ApiServer['watch'] = async <T>(_path: string, _query: unknown, onEvent: (event: WatchEvent<T>) => void) => {
    over.abort()
    try {
      for (const object of items) if (typeof object === 'object' && object !== null) onEvent({type: random.pick(['ADDED', 'DELETED', 'MODIFIED']), object: object as T})
      return undefined
    } catch (error) {
      // As followWatch has it.
      return noAnswer('https://cluster', error)
    }
  }
  await watchPods(set({watch}), {pods: [], resourceVersion: '1'}, pods => { changes.push(pods) }, over.signal)
  assert.ok(changes.length <= items.length)
}

const wallMs = Date.parse('2026-11-23T12:44:07Z')
const HOLDER = 'alice@laptop/12345678'
const LEASE: Lease = {...newLease('ledger', 'kubectl-scalardl-ledger', {holder: HOLDER, durationSeconds: 60, wallMs}), metadata: {namespace: 'ledger', name: 'kubectl-scalardl-ledger', uid: 'u', resourceVersion: '7'}}

/** A lease that others may have written: it is never taken for ours, nor read as unchanged, unless all that makes it ours is there. */
async function feedLease(random: Random): Promise<void> {
  const lease = mutateValue(LEASE, random) as Lease | null
  const clock = () => ({monoMs: random.int(2) * 70_000, wallMs})
  const api = {access: {context: 'prod'}, request: async () => random.oneIn(9) ? Promise.reject(Object.assign(new Error('no'), {status: 500})) : lease} as unknown as ApiServer
  const held = {namespace: 'ledger', name: LEASE.metadata.name, uid: 'u', holder: HOLDER, transitions: 0, durationSeconds: 60, target: 0}
  const {answer} = await new Hold({...held, api, sameCluster: async () => random.oneIn(2)}, clock, {monoMs: 0, wallMs}).read()
  const [spec, metadata] = [lease?.spec as Lease['spec'] | null, lease?.metadata as Lease['metadata'] | null]
  const ours = metadata?.uid === 'u' && spec?.holderIdentity === HOLDER && (spec.leaseTransitions ?? 0) === 0
  // That the count is an integer is what the API server vouches for.
  if (answer === 'unchanged') assert.ok(ours || !Number.isSafeInteger(spec?.leaseTransitions), JSON.stringify(lease))
  const written = mutateObject(LEASE, random)
  assert.notEqual(standingOf(written, 'bob@desk/87654321', wallMs, 60_000).kind, 'ours')
  const said = holderText(written, wallMs, 'kubectl delete lease')
  assert.ok(said.length < 500 && !UNSEEN.test(said), said)
  assert.match(leaseName(random.text(random.int(300))), /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/)
}

/** Names out of a cluster in YAML that is printed to be applied. */
function feedRole(random: Random): void {
  const namespace = random.text(random.int(9))
  assert.ok(roleFor([{verb: 'get', group: '', resource: 'pods', namespace}]).includes('kind: '))
}

export const OBJECTS: readonly Target[] = [
  {name: 'discovery', share: 6, feed: feedDiscovery},
  {name: 'pods', share: 6, feed: feedPods},
  {name: 'lease', share: 8, feed: feedLease},
  {name: 'role', share: 1, feed: feedRole},
]
