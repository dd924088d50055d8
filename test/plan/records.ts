import {checked, contextOf, recordOf, releaseOf, targetOf} from '../backup/builders.ts'
import {fakeDatabase} from './fakes.ts'
import type {RestorePoint} from '../../src/backup/restore-point.ts'
import type {Release} from '../../src/discovery/types.ts'

const world = {servers: [{}, {}, {target: 1}]}
const storage = {storage: 'fake', contactPoints: 'db.example.com'}

const release = (product: 'ledger' | 'auditor', target: number, differing: Partial<Release>): Release => {
  const base = releaseOf(product, world, target)
  return {...base, namespace: product, config: {...base.config, storages: [storage]}, ...differing}
}

/** A consistent record of a Ledger, whose tables are in the tests' own kind of database. */
export function ledgerRecord(differing: Partial<Release> = {}): RestorePoint {
  const targets = [targetOf(release('ledger', 0, differing))]
  return recordOf({servers: [{}, {}]}, contextOf(targets, {databases: [fakeChecked([0], 'db.example.com')]}))
}

/** A consistent record of a Ledger and its Auditor, in two clusters and with a database each. */
export function pairRecord(): RestorePoint {
  const ledger = release('ledger', 0, {hpas: [{name: 'my-ledger', minReplicas: 3, maxReplicas: 9}]})
  const auditor = release('auditor', 1, {helm: undefined})
  const targets = [
    targetOf({...ledger, config: {...ledger.config, auditorEnabled: 'yes'}}),
    targetOf({...auditor, config: {...auditor.config, storages: [{...storage, contactPoints: 'other.example.com'}]}},
      {access: {context: 'audit', cluster: 'audit-cluster', server: 'https://10.0.0.2:6443'}, clusterUID: 'audit-uid'}),
  ]
  return recordOf(world, contextOf(targets, {databases: [fakeChecked([0], 'db.example.com'), fakeChecked([1], 'other.example.com')]}))
}

const fakeChecked = (owners: number[], host: string) => checked({
  database: fakeDatabase(), key: `fake ${host}`, name: `Fake DB on ${host}`, settings: {host}, owners, tables: ['scalar.asset', 'coordinator.state'],
})
