import {alloydb} from '../../src/databases/alloydb/index.ts'
import {cloudSql} from '../../src/databases/cloud-sql/index.ts'
import {cloudStorage} from '../../src/databases/cloud-storage/index.ts'
import {goldenPlan, planOf} from '../support/plan-of.ts'
import {refusesPlan} from './refuses.ts'

const MYSQL = [{storage: 'jdbc', contactPoints: 'jdbc:mysql://10.0.0.5:3306/'}]
const POSTGRESQL = [{storage: 'jdbc', contactPoints: 'jdbc:postgresql://10.0.0.6:5432/scalar'}]

describe('the plan for Google Cloud', () => {
  it('clones a Cloud SQL instance at the restore point', () => {
    goldenPlan('cloud-sql', planOf(cloudSql, {settings: {instance: 'my-instance', project: 'my-project'}, storages: MYSQL}))
  })

  it('restores an AlloyDB cluster, and makes its instance', () => {
    goldenPlan('alloydb', planOf(alloydb, {settings: {cluster: 'my-cluster', region: 'asia-northeast1'}, storages: POSTGRESQL}))
  })

  it('turns to the copy of a Cloud Storage bucket', () => {
    goldenPlan('cloud-storage', planOf(cloudStorage, {settings: {bucket: 'ledger'}, snapshots: [{name: 'cloud-storage', identifier: 'gs://ledger-20261123/'}]}))
  })

  refusesPlan('Cloud SQL without its instance', cloudSql, {settings: {}}, 'the plan for cloud-sql needs instance (name of the instance), and the record does not have it')
  refusesPlan('an AlloyDB cluster without its region', alloydb, {settings: {cluster: 'c'}}, 'the plan for alloydb needs region (region of the cluster), and the record does not have it')
  refusesPlan(
    'Cloud Storage without a copy of the bucket', cloudStorage, {settings: {bucket: 'ledger'}},
    'this record cannot be restored in Google Cloud Storage: it has no point-in-time recovery, and no snapshot was recorded',
  )
})
