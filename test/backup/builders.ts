import {buildRecord} from '../../src/backup/record.ts'
import {runWorld, WORLD_BEGAN_MS} from '../support/virtual-world.ts'
import type {RecordContext, RecordTarget} from '../../src/backup/record.ts'
import type {RestorePoint} from '../../src/backup/restore-point.ts'
import type {Database} from '../../src/databases/types.ts'
import type {CheckedDatabase} from '../../src/preflight/types.ts'
import type {Product, Release} from '../../src/discovery/types.ts'
import type {World} from '../support/virtual-world.ts'

/** A release whose pods are the virtual world's servers of one target. */
export function releaseOf(product: Product, {servers}: World, target = 0, differing: Partial<Release> = {}): Release {
  return {
    product,
    namespace: 'ledger',
    release: `my-${product}`,
    version: '3.14.0',
    image: `ghcr.io/scalar-labs/scalardl-${product}:3.14.0`,
    helm: {chart: 'scalardl', chartVersion: '4.12.0'},
    deployments: [{name: `my-${product}-scalardl-${product}`, uid: 'd-1', replicas: 3}],
    hpas: [],
    admin: {port: 50053},
    config: {
      readable: true,
      storages: [{storage: 'dynamo', contactPoints: 'eu-west-1', namespacePrefix: 'prod_'}],
      transactionManager: 'consensus-commit',
      coordinatorNamespace: 'coordinator',
      baseNamespace: 'scalar',
      ...product === 'ledger' ? {auditorEnabled: 'no' as const} : {},
    },
    pods: servers.flatMap((server, i) => (server.target ?? 0) === target
      ? [{name: `pod-${i}`, namespace: 'ledger', uid: `uid-${i}`, node: 'node-1', container: `scalardl-${product}`, containerID: `containerd://c-${i}`, restartCount: 0, ready: true}] : []),
    unsettled: [],
    assumptions: [],
    selector: `app.kubernetes.io/app=${product},app.kubernetes.io/instance=my-${product}`,
    ...differing,
  }
}

export const targetOf = (release: Release, differing: Partial<RecordTarget> = {}): RecordTarget =>
  ({release, access: {context: 'prod', cluster: 'prod-cluster', server: 'https://10.0.0.1:6443'}, clusterUID: 'kube-system-uid', ...differing})

const LEASE = {target: 0, namespace: 'ledger', name: 'kubectl-scalardl-my-ledger', uid: 'lease-uid', holder: 'alice@laptop/1a2b3c4d', transitions: 3, durationSeconds: 60}

export const contextOf = (targets: readonly RecordTarget[], differing: Partial<RecordContext> = {}): RecordContext => ({
  version: '0.1.0', startedAt: {monoMs: 0, wallMs: WORLD_BEGAN_MS}, ledgerOnly: false, targets, lock: {mode: 'auto', held: () => [LEASE]}, databases: [checked({owners: targets.map((_, index) => index)})], ...differing,
})

/** A DynamoDB that passed its check. */
export const checked = (differing: Partial<CheckedDatabase> = {}): CheckedDatabase => ({
  database: databaseOf(), key: 'dynamodb eu-west-1 prod_', name: 'Amazon DynamoDB in eu-west-1', settings: {region: 'eu-west-1', prefix: 'prod_', account: '123456789012'},
  storages: [], owners: [0], access: {}, check: 'passed', summary: 'point-in-time recovery is on for all 2 tables, kept for 35 days', findings: [], byHand: [],
  tables: ['prod_scalar.asset', 'prod_scalardb.metadata'], restorable: {lagSeconds: 300, retentionDays: 35}, ...differing,
})

/** A kind of database that no test sends anywhere. */
export const databaseOf = (differing: Partial<Database> = {}): Database => ({
  kind: 'dynamodb', title: 'Amazon DynamoDB',
  settings: [{name: 'region', summary: 'the region', pattern: /^[a-z0-9-]+$/}, {name: 'profile', summary: 'the profile'}],
  recognise: ({storage, contactPoints = ''}) => storage === 'dynamo' ? {key: contactPoints, settings: {region: contactPoints}} : undefined,
  name: ({region = ''}) => `Amazon DynamoDB in ${region}`,
  time: ({rfc3339}) => rfc3339,
  restorable: () => ({lagSeconds: 300, retentionDays: 35}),
  checkByHand: ({region = ''}) => [{shell: `aws dynamodb list-tables --region ${region}`}],
  plan: () => { throw new Error('nothing is planned before a backup') },
  ...differing,
})

/** The record of what happens in a world of Ledgers. */
export function recordOf(world: World, context = contextOf([targetOf(releaseOf('ledger', world))])): RestorePoint {
  const {state, outcome} = runWorld(world)
  return buildRecord(state, outcome, context)
}
