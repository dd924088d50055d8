import {alloydb} from '../../src/databases/alloydb/index.ts'
import {cloudSql} from '../../src/databases/cloud-sql/index.ts'
import {cloudStorage} from '../../src/databases/cloud-storage/index.ts'
import {aurora, multiAzCluster, rds} from '../../src/databases/rds/index.ts'
import {s3} from '../../src/databases/s3/index.ts'
import {planOf} from '../support/plan-of.ts'
import type {RestorePlan} from '../../src/plan/model.ts'

const jdbc = (contactPoints: string) => [{storage: 'jdbc', contactPoints}]
const POSTGRESQL = jdbc('jdbc:postgresql://my-db.abc123.eu-west-1.rds.amazonaws.com:5432/scalar')
const MYSQL = jdbc('jdbc:mysql://my-cluster.cluster-abc123.eu-west-1.rds.amazonaws.com:3306/')
const CLUSTER = {cluster: 'my-cluster', region: 'eu-west-1', profile: 'prod'}

/** One plan of each kind whose commands are AWS's or Google's, by the name of its files in test/plan/expected. */
export const SAMPLES: Readonly<Record<string, () => RestorePlan>> = {
  'rds': () => planOf(rds, {settings: {instance: 'my-db', region: 'eu-west-1'}, storages: POSTGRESQL}),
  'rds-deleted': () => planOf(rds, {
    settings: {
      'instance': 'my-db', 'region': 'eu-west-1', 'deleted': 'true', 'resource-id': 'db-ABC', 'class': 'db.r6g.large', 'subnet-group': 'private', 'security-groups': 'sg-1,sg-2',
      'parameter-group': 'pg', 'option-group': 'og', 'multi-az': 'true',
    },
    storages: POSTGRESQL,
  }),
  'aurora': () => planOf(aurora, {settings: {...CLUSTER, instances: '2'}, storages: MYSQL}),
  'multi-az-cluster': () => planOf(multiAzCluster, {settings: CLUSTER, storages: MYSQL}),
  's3': () => planOf(s3, {settings: {bucket: 'ledger', region: 'eu-west-1', vault: 'Default', role: 'arn:aws:iam::123456789012:role/service-role/AWSBackupDefaultServiceRole'}}),
  'cloud-sql': () => planOf(cloudSql, {settings: {instance: 'my-instance', project: 'my-project'}, storages: jdbc('jdbc:mysql://10.0.0.5:3306/')}),
  'alloydb': () => planOf(alloydb, {settings: {cluster: 'my-cluster', region: 'asia-northeast1'}, storages: jdbc('jdbc:postgresql://10.0.0.6:5432/scalar')}),
  'cloud-storage': () => planOf(cloudStorage, {settings: {bucket: 'ledger'}, snapshots: [{name: 'cloud-storage', identifier: 'gs://ledger-20261123/'}]}),
}
