import {checked, contextOf, recordOf, releaseOf, targetOf} from '../backup/builders.ts'
import {findDatabases} from '../../src/databases/find.ts'
import type {RestorePoint} from '../../src/backup/restore-point.ts'
import type {Release, Storage} from '../../src/discovery/types.ts'
import type {CheckedDatabase} from '../../src/preflight/types.ts'

const world = {servers: [{}, {}, {target: 1}]}
const LEDGER_TABLES = ['asset', 'asset_metadata', 'contract', 'contract_class', 'function', 'certificate', 'secret', 'tx_state', 'namespace'].map(name => `scalar.${name}`)
const METADATA = ['scalardb.metadata', 'scalardb.namespaces']

const withStorages = (base: Release, storages: readonly Storage[], differing: Partial<Release> = {}): Release =>
  ({...base, config: {...base.config, storages, ...base.product === 'auditor' && {baseNamespace: 'auditor'}}, ...differing})

/** What a check adds to the databases of these releases, by the order in which they are found. */
function passed(releases: readonly Release[], more: ReadonlyArray<Partial<CheckedDatabase>>): CheckedDatabase[] {
  return findDatabases(releases).found.map(({database, key, settings, owners}, i) => {
    const {settings: facts, ...rest} = more[i] ?? {}
    const all = {...settings, ...facts}
    return checked({database, key, name: database.name(all), owners, tables: undefined, restorable: database.restorable(all), ...rest, settings: all})
  })
}

function record(releases: readonly Release[], more: ReadonlyArray<Partial<CheckedDatabase>>): RestorePoint {
  const targets = releases.map((release, i) => targetOf(release, i === 0 ? {} : {access: {context: 'audit', cluster: 'audit-cluster', server: 'https://10.0.0.2:6443'}, clusterUID: 'audit-uid'}))
  return recordOf(releases.length > 1 ? world : {servers: [{}, {}]}, contextOf(targets, {databases: passed(releases, more)}))
}

/** Records as backups of common set-ups leave them, by the names of their plans in docs/restore. */
export const SAMPLE_RECORDS: Readonly<Record<string, () => RestorePoint>> = {
  'dynamodb': () => record([withStorages(releaseOf('ledger', {servers: [{}, {}]}), [{storage: 'dynamo', contactPoints: 'eu-west-1'}])], [
    {settings: {account: '123456789012'}, tables: [...LEDGER_TABLES, 'coordinator.state', ...METADATA].toSorted()},
  ]),
  'cosmosdb': () => record(['ledger', 'auditor'].map((product, i) => withStorages(releaseOf(product as 'ledger' | 'auditor', world, i), [
    {storage: 'cosmos', contactPoints: `https://my-${product}.documents.azure.com:443/`},
  ], product === 'ledger' ? {namespace: product} : {namespace: product, helm: {chart: 'scalardl-audit', chartVersion: '2.12.0'}})), ['ledger', 'auditor'].map(product => ({
    settings: {'subscription': '00000000-0000-0000-0000-000000000001', 'resource-group': 'scalar', 'location': 'Japan East', 'tier': 'Continuous7Days'},
    restorable: {lagSeconds: 100, retentionDays: 7},
    tables: product === 'ledger' ? ['coordinator/state', 'scalar/asset', 'scalar/asset_metadata', 'scalardb/metadata'] : ['auditor/asset', 'auditor/request_proof', 'scalardb/metadata'],
  }))),
  'multi-storage': () => record([withStorages(releaseOf('scalardb-cluster', {servers: [{}, {}]}, 0, {helm: {chart: 'scalardb-cluster', chartVersion: '1.11.0'}}), [
    {name: 'orders', storage: 'dynamo', contactPoints: 'ap-northeast-1', namespaces: ['order', 'coordinator'], isDefault: true},
    {name: 'customers', storage: 'jdbc', contactPoints: 'jdbc:mysql://customers.cluster-abc123.ap-northeast-1.rds.amazonaws.com:3306/', namespaces: ['customer']},
  ])], [
    {settings: {account: '123456789012'}, tables: ['coordinator.state', 'order.items', 'order.orders', ...METADATA]},
    {settings: {account: '123456789012', engine: 'aurora-mysql', class: 'db.r6g.large', instances: '2'}, restorable: {lagSeconds: 300, retentionDays: 7}},
  ]),
}
