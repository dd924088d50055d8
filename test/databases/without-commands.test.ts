import assert from 'node:assert/strict'
import {cassandra} from '../../src/databases/cassandra/index.ts'
import {findDatabases} from '../../src/databases/find.ts'
import {vendor} from '../../src/databases/vendor/index.ts'
import {yugabytedb} from '../../src/databases/yugabytedb/index.ts'
import {yugabytedbManaged} from '../../src/databases/yugabytedb/managed.ts'
import {goldenPlan, planOf} from '../support/plan-of.ts'
import {refusesPlan} from './refuses.ts'

const TAKEN = [{name: 'cassandra', identifier: 'pause-20261123'}, {name: 'yugabytedb-managed', identifier: 'backup-42'}]

describe('the plan for databases that are restored by hand, in place, or from snapshots', () => {
  it('rewinds YugabyteDB, after a snapshot of what is there', () => {
    goldenPlan('yugabytedb', planOf(yugabytedb, {settings: {masters: 'm1:7100,m2:7100,m3:7100', database: 'scalar', host: 'db1', port: '5433'}}))
  })

  it('restores a backup of YugabyteDB Managed', () => {
    goldenPlan('yugabytedb-managed', planOf(yugabytedbManaged, {settings: {cluster: 'x.ybdb.io'}, snapshots: TAKEN}))
  })

  it('puts the snapshot of every Cassandra node in place', () => {
    goldenPlan('cassandra', planOf(cassandra, {settings: {hosts: 'c1,c2,c3'}, snapshots: TAKEN}))
  })

  it('says what matters for a database with its own procedure', () => {
    goldenPlan('vendor', planOf(vendor, {settings: {product: 'Oracle Database', address: 'jdbc:oracle:thin:@db:1521/ORCL'}}))
  })

  refusesPlan('Cassandra without a snapshot', cassandra, {settings: {}}, 'this record cannot be restored in Apache Cassandra: it has no point-in-time recovery, and no snapshot was recorded')
  refusesPlan(
    'a choice between snapshots', cassandra, {settings: {}, snapshots: [{name: 'a', identifier: '1'}, {name: 'b', identifier: '2'}]},
    "several snapshots could be Apache Cassandra's: a=1, b=2",
  )
  refusesPlan(
    'an identifier that a shell would take apart', cassandra, {settings: {}, snapshots: [{name: 'cassandra', identifier: 'x; rm -rf /'}]},
    '"x; rm -rf /" is no identifier of a snapshot: letters, digits and . : / @ _ - only',
  )

  it('recognises them by their properties', () => {
    const storages = [
      {storage: 'cassandra', contactPoints: 'c1,c2'},
      {storage: 'jdbc', contactPoints: 'jdbc:yugabytedb://Node1:5433/scalar'},
      {storage: 'jdbc', contactPoints: 'jdbc:yugabytedb://eu.1234.aws.ybdb.io:5433/scalar'},
      {storage: 'jdbc', contactPoints: 'jdbc:oracle:thin:@db:1521/ORCL'},
      {storage: 'jdbc', contactPoints: 'jdbc:sqlserver://db:1433;databaseName=scalar'},
      {storage: 'jdbc', contactPoints: 'jdbc:sqlite:scalar.db'},
      {storage: 'cloud-storage', contactPoints: 'ledger'},
    ]
    const config = {storages, coordinatorNamespace: 'coordinator', transactionManager: 'consensus-commit'}
    const {found, unknown} = findDatabases([{product: 'ledger', release: 'r', namespace: 'n', config}])
    assert.deepEqual(unknown, [])
    assert.deepEqual(found.map(({database, settings}) => `${database.kind}: ${database.name(settings)}`), [
      'cassandra: Apache Cassandra at c1,c2',
      'yugabytedb: YugabyteDB database scalar at Node1',
      'yugabytedb-managed: YugabyteDB Managed eu.1234.aws.ybdb.io',
      'vendor: Oracle Database at jdbc:oracle:thin:@db:1521/ORCL',
      'vendor: SQL Server at jdbc:sqlserver://db:1433;databaseName=scalar',
      'vendor: SQLite at jdbc:sqlite:scalar.db',
      'cloud-storage: Google Cloud Storage bucket ledger',
    ])
  })
})
