import assert from 'node:assert/strict'
import {findDatabases} from '../../src/databases/find.ts'
import {checkRds} from '../../src/databases/rds/check.ts'
import {aurora, multiAzCluster, rds} from '../../src/databases/rds/index.ts'
import {s3} from '../../src/databases/s3/index.ts'
import {goldenPlan, planOf} from '../support/plan-of.ts'
import {refusesPlan} from './refuses.ts'
import {SAMPLES} from './samples.ts'
import type {RdsApi} from '../../src/databases/rds/api.ts'

const MYSQL = [{storage: 'jdbc', contactPoints: 'jdbc:mysql://my-cluster.cluster-abc123.eu-west-1.rds.amazonaws.com:3306/'}]
const INSTANCE = {instance: 'my-db', region: 'eu-west-1'}
const CLUSTER = {cluster: 'my-cluster', region: 'eu-west-1', profile: 'prod'}
const GONE = {deleted: 'true', 'subnet-group': 'private', 'security-groups': 'sg-1,sg-2', engine: 'postgres', class: 'db.r6g.large'}

describe('the plan for Amazon RDS and S3', () => {
  for (const name of ['rds', 'rds-deleted', 'aurora', 'multi-az-cluster', 's3']) it(`reads as in ${name}.txt`, () => { goldenPlan(name, SAMPLES[name]?.() ?? assert.fail(name)) })

  it('takes a cluster for what its recorded engine says', () => {
    const of = (database: typeof aurora, engine?: string) =>
      planOf(database, {settings: {...CLUSTER, ...engine && {engine}}, storages: MYSQL}).steps.map(({commands}) => commands.map(({shell}) => shell).join('\n')).join('\n').includes('--db-cluster-instance-class')
    assert.deepEqual([of(aurora), of(aurora, 'aurora-mysql'), of(aurora, 'mysql'), of(multiAzCluster)], [false, false, true, true])
  })

  refusesPlan('an instance that is gone without its resource ID', rds, {settings: {...INSTANCE, ...GONE}},
    'the plan for rds needs resource-id (resource ID of the source, which outlives it: db-… or cluster-…), and the record does not have it')

  it('recognises instances and clusters by their endpoints, and nothing else', () => {
    const hosts = [
      'my-db.abc123.eu-west-1.rds.amazonaws.com:5432', 'my-db.abc123.cn-north-1.rds.amazonaws.com.cn:5432', 'c.cluster-abc.eu-west-1.rds.amazonaws.com',
      'c.cluster-ro-abc.eu-west-1.rds.amazonaws.com', 'p.proxy-abc.eu-west-1.rds.amazonaws.com',
      'rds.amazonaws.com.example.com',
    ]
    const config = {storages: hosts.map(host => ({storage: 'jdbc', contactPoints: `jdbc:postgresql://${host}/x`})), coordinatorNamespace: 'coordinator', transactionManager: 'consensus-commit'}
    const {found, unknown} = findDatabases([{product: 'ledger', release: 'r', namespace: 'n', config}], undefined, [rds, aurora, multiAzCluster])
    assert.deepEqual(found.map(({database, settings, storages}) => `${database.name(settings)} ×${storages.length}`), [
      'Amazon RDS instance my-db in eu-west-1 ×1', 'Amazon RDS instance my-db in cn-north-1 ×1', 'Amazon Aurora cluster c in eu-west-1 ×2',
    ])
    assert.equal(unknown.length, 2)
  })
})

describe('the check of Amazon RDS', () => {
  const NOW = Date.parse('2026-11-23T12:00:00Z')
  const api = (answers: Partial<RdsApi>): RdsApi => ({
    instance: () => Promise.resolve(undefined), cluster: () => Promise.resolve(undefined), earliest: () => Promise.resolve(undefined), close: () => undefined, ...answers,
  })
  const check = (answers: Partial<RdsApi>, kind: 'rds' | 'aurora' = 'rds') =>
    checkRds(kind, {settings: kind === 'rds' ? INSTANCE : CLUSTER, storages: [], access: {}}, () => api(answers), NOW)
  const failing = (name: string, message = name) => () => Promise.reject(Object.assign(new Error(message), {name}))

  it('says how far back the backups reach, and keeps what a restore has to be told', async () => {
    const found = {
      BackupRetentionPeriod: 7, LatestRestorableTime: new Date(NOW - 240_000), DbiResourceId: 'db-ABC', Engine: 'postgres', DBInstanceClass: 'db.r6g.large', MultiAZ: true,
      DBSubnetGroup: {DBSubnetGroupName: 'private'}, VpcSecurityGroups: [{VpcSecurityGroupId: 'sg-1'}, {VpcSecurityGroupId: 'sg-2'}],
      DBParameterGroups: [{DBParameterGroupName: 'pg'}], OptionGroupMemberships: [{OptionGroupName: 'og'}], DBInstanceArn: 'arn:aws:rds:eu-west-1:123456789012:db:my-db',
    }
    assert.deepEqual(await check({instance: () => Promise.resolve(found), earliest: () => Promise.resolve(new Date('2026-11-16T12:00:00Z'))}), {
      status: 'passed', summary: 'automated backups reach 7 days back, now to 2026-11-16T12:00Z', findings: [],
      settings: {
        'resource-id': 'db-ABC', engine: 'postgres', class: 'db.r6g.large', 'subnet-group': 'private', 'security-groups': 'sg-1,sg-2', 'parameter-group': 'pg',
        'option-group': 'og', 'multi-az': 'true', account: '123456789012',
      },
      restorable: {lagSeconds: 300, retentionDays: 7},
    })
  })

  it('names what turns automated backups on', async () => {
    const result = await check({instance: () => Promise.resolve({BackupRetentionPeriod: 0})})
    assert.deepEqual([result.status, result.findings], ['failed', [{
      level: 'problem', text: 'my-db: automated backups are off (a retention of 0 days), so that there is no point-in-time recovery',
      fix: 'aws rds modify-db-instance --region eu-west-1 --db-instance-identifier my-db --backup-retention-period 7 --apply-immediately',
    }]])
  })

  it('counts the instances of an Aurora cluster, and asks its writer for their class', async () => {
    const cluster = {BackupRetentionPeriod: 1, LatestRestorableTime: new Date(NOW - 3_600_000), EarliestRestorableTime: new Date(NOW - 86_400_000), Engine: 'aurora-mysql', DBClusterMembers: [{DBInstanceIdentifier: 'w', IsClusterWriter: true}, {DBInstanceIdentifier: 'r'}]}
    const result = await check({cluster: () => Promise.resolve(cluster), instance: name => Promise.resolve(name === 'w' ? {DBInstanceClass: 'db.r6g.large'} : undefined)}, 'aurora')
    assert.deepEqual([result.status, result.summary, result.settings, result.findings.map(({text}) => text)], [
      'passed', 'automated backups reach 1 day back, now to 2026-11-22T12:00Z', {engine: 'aurora-mysql', class: 'db.r6g.large', instances: '2'},
      ['my-cluster: its newest restorable moment is 60 minutes old; usually it is 5'],
    ])
  })

  it('does not know what it could not see', async () => {
    const summaries = await Promise.all([
      check({}), check({instance: failing('DBInstanceNotFoundFault')}), check({instance: failing('AccessDenied')}), check({instance: failing('CredentialsProviderError', 'Could not load credentials')}),
      check({instance: () => Promise.resolve({BackupRetentionPeriod: 7})}),
    ])
    assert.deepEqual(summaries.map(({status, summary}) => [status, summary]), [
      ['unverified', 'there is no my-db in eu-west-1 for these credentials'],
      ['unverified', 'there is no my-db in eu-west-1 for these credentials (another account?)'],
      ['unverified', 'the AWS credentials may not call rds:DescribeDBInstances on my-db'],
      ['unverified', 'no AWS credentials were found: Could not load credentials'],
      ['unverified', 'my-db: no restorable moment yet; its first backup may still be under way'],
    ])
  })
})

describe('Amazon S3', () => {
  it('is for storages that name region and bucket', () => {
    assert.deepEqual(s3.recognise({storage: 's3', contactPoints: 'eu-west-1/ledger'}), {key: 'eu-west-1/ledger', settings: {region: 'eu-west-1', bucket: 'ledger'}})
    assert.deepEqual([s3.recognise({storage: 's3', contactPoints: 'ledger'}), s3.recognise({storage: 'cosmos', contactPoints: 'eu-west-1/ledger'})], [undefined, undefined])
  })
})
