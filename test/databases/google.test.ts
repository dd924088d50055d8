import assert from 'node:assert/strict'
import {alloydb} from '../../src/databases/alloydb/index.ts'
import {cloudSql} from '../../src/databases/cloud-sql/index.ts'
import {cloudStorage} from '../../src/databases/cloud-storage/index.ts'
import {goldenPlan} from '../support/plan-of.ts'
import {refusesPlan} from './refuses.ts'
import {SAMPLES} from './samples.ts'

describe('the plan for Google Cloud', () => {
  for (const name of ['cloud-sql', 'alloydb', 'cloud-storage']) it(`reads as in ${name}.txt`, () => { goldenPlan(name, SAMPLES[name]?.() ?? assert.fail(name)) })

  refusesPlan('Cloud SQL without its instance', cloudSql, {settings: {}}, 'the plan for cloud-sql needs instance (name of the instance), and the record does not have it')
  refusesPlan('an AlloyDB cluster without its region', alloydb, {settings: {cluster: 'c'}}, 'the plan for alloydb needs region (region of the cluster), and the record does not have it')
  refusesPlan(
    'Cloud Storage without a copy of the bucket', cloudStorage, {settings: {bucket: 'ledger'}},
    'this record cannot be restored in Google Cloud Storage: it has no point-in-time recovery, and no snapshot was recorded',
  )
})
