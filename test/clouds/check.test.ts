import assert from 'node:assert/strict'
import {writeFile} from 'node:fs/promises'
import {startSimulatedCluster} from '../simulated/cluster.ts'
import {stage} from '../scenarios/backup.ts'
import {command} from '../support/command.ts'
import {validateBy, validateRecord} from '../support/record-schema.ts'
import {REGION, startMoto} from './moto.ts'
import {makeWorld} from './world.ts'
import type {RestorePoint} from '../../src/backup/restore-point.ts'
import type {CheckReport} from '../../src/preflight/report.ts'
import type {SimulatedCluster} from '../simulated/cluster.ts'
import type {Stage} from '../scenarios/backup.ts'
import type {Moto} from './moto.ts'

const TABLES = ['scalardb.metadata', 'scalar.asset', 'coordinator.state']
const SHORT = ['--hold', '3s', '--clock-guard', '100ms']
const ENABLE = `aws dynamodb update-continuous-backups --region ${REGION} --table-name scalar.asset \\`

describe('the databases before a pause', () => {
  let [moto, cluster] = [] as unknown as [Moto, SimulatedCluster]
  let on: Stage

  before(async () => {
    [moto, cluster] = await Promise.all([startMoto(), startSimulatedCluster()])
  })
  after(() => Promise.all([moto.stop(), cluster.stop()]))

  beforeEach(async () => {
    await moto.reset()
    await makeWorld(moto, TABLES.map(name => ({name, recoveryDays: 35})))
    on = await stage(cluster, {properties: `scalar.db.storage=dynamo\nscalar.db.contact_points=${REGION}\n`})
  })

  const ended = (args: readonly string[], env: Readonly<Record<string, string>> = moto.env) =>
    command([args[0] ?? '', '--kubeconfig', cluster.kubeconfig, '-n', on.namespace, ...args.slice(1)], env).ended
  const paused = () => [...cluster.servers(on.namespace).values()].some(({steps}) => steps.length > 0)
  const switchOff = (TableName: string) => moto.api('UpdateContinuousBackups', {TableName, PointInTimeRecoverySpecification: {PointInTimeRecoveryEnabled: false}})
  const without = (...names: string[]) => Object.fromEntries(Object.entries(moto.env).filter(([name]) => !names.includes(name)))
  const nobody = () => ({...without('AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'), AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: ''})

  it('all on: check passes, and backup says from when on the point is restorable', async () => {
    const {code, stdout} = await ended(['check'])
    assert.deepEqual([code, stdout.split('\n').slice(0, 3)], [0, [
      `✔ Amazon DynamoDB in ${REGION}, of ${on.namespace}/my-ledger`,
      '    point-in-time recovery is on for all 3 tables, kept for 35 days',
      '    tables: coordinator.state, scalar.asset, scalardb.metadata',
    ]])
    assert.equal(paused(), false)
    const {code: backedUp, stdout: record} = await ended(['backup', ...SHORT, '-o', 'json'])
    const {databases: [database], restorePoint} = JSON.parse(record) as Required<RestorePoint>
    assert.deepEqual([backedUp, database?.check, database?.tables, Date.parse(database?.restorableFrom ?? '') - Date.parse(restorePoint)], [
      0, 'passed', ['coordinator.state', 'scalar.asset', 'scalardb.metadata'], 300_000,
    ])
    validateRecord(JSON.parse(record))
  })

  it('one off: backup stops before anything is paused and names the command that enables it', async () => {
    await switchOff('scalar.asset')
    const {code, stderr} = await ended(['backup', ...SHORT])
    assert.equal(code, 1)
    assert.deepEqual(stderr.slice(stderr.indexOf('error: ')).split('\n'), [
      `error: no restore point would be restorable: Amazon DynamoDB in ${REGION}: point-in-time recovery is off for 1 of 3 tables`,
      '  scalar.asset: point-in-time recovery is off',
      `    ${ENABLE}`,
      '      --point-in-time-recovery-specification PointInTimeRecoveryEnabled=true',
      '  nothing was paused; --skip-database-check goes on without this check, and the record says so',
      '',
    ])
    assert.equal(paused(), false)
    const check = await ended(['check', '-o', 'json'])
    const report = JSON.parse(check.stdout) as CheckReport
    validateBy('database-check', report)
    assert.deepEqual([check.code, report.result, report.databases[0]?.findings.map(({text}) => text)], [1, 'failed', ['scalar.asset: point-in-time recovery is off']])
  })

  it('one off, skipped: backup goes on, and says that nothing was checked', async () => {
    await switchOff('scalar.asset')
    const {code, stdout} = await ended(['backup', ...SHORT, '--skip-database-check'])
    assert.equal(code, 0)
    assert.match(stdout, new RegExp(`^ +not checked, as --skip-database-check says: Amazon DynamoDB in ${REGION}$`, 'm'))
  })

  it('no credentials: backup goes on and says so, with the commands to do it by hand', async () => {
    const {code, stdout, stderr} = await ended(['backup', ...SHORT], nobody())
    assert.equal(code, 0, stderr)
    assert.match(stdout, new RegExp(`^ +not verified: Amazon DynamoDB in ${REGION}: no AWS credentials were found: Could not load credentials from any providers$`, 'm'))
    assert.match(stdout, /^ +by hand:\n +aws dynamodb /m)
    assert.match(stderr, new RegExp(`⚠ Databases +Amazon DynamoDB in ${REGION}: not verified: no AWS credentials were found: [^\\n]+; see: kubectl scalardl check`))
    const check = await ended(['check'], nobody())
    assert.deepEqual([check.code, check.stdout.split('\n')[0]], [3, `? Amazon DynamoDB in ${REGION}, of ${on.namespace}/my-ledger`])
  })

  it('nobody listens: backup goes on soon', async () => {
    const {code, stdout} = await ended(['backup', ...SHORT, '-o', 'json'], {...moto.env, AWS_ENDPOINT_URL: 'http://127.0.0.1:9'})
    const {verdict, databases} = JSON.parse(stdout) as RestorePoint
    assert.deepEqual([code, verdict, databases?.[0]?.check, databases?.[0]?.findings[0]], [0, 'consistent', 'unverified', 'AWS cannot be reached: connect ECONNREFUSED 127.0.0.1:9'])
  })

  it('two accounts: each target is looked at with its own profile', async () => {
    const AWS_SHARED_CREDENTIALS_FILE = moto.env['AWS_SHARED_CREDENTIALS_FILE'] ?? ''
    await writeFile(AWS_SHARED_CREDENTIALS_FILE, ['one', 'two'].map(name => `[${name}]\naws_access_key_id = AKIA${name.toUpperCase()}\naws_secret_access_key = secret\n`).join(''))
    await moto.rules([{accessKey: '^AKIATWO', error: 'ExpiredTokenException', status: 400}])
    const other = await stage(cluster, {properties: `scalar.db.storage=dynamo\nscalar.db.contact_points=${REGION}\n`})
    const {code, stdout} = await command([
      'check', '--kubeconfig', cluster.kubeconfig, '--target', `namespace=${on.namespace},aws-profile=one`, '--target', `namespace=${other.namespace},aws-profile=two`, '-o', 'json',
    ], moto.env).ended
    const {databases} = JSON.parse(stdout) as CheckReport
    assert.deepEqual([code, databases.map(({targets, check, summary, settings: {profile}}) => [targets, check, summary, profile])], [3, [
      [[0], 'passed', 'point-in-time recovery is on for all 3 tables, kept for 35 days', 'one'],
      [[1], 'unverified', 'the AWS credentials of profile two have expired', 'two'],
    ]])
  })

  it('multi-storage: each storage is looked at where it is', async () => {
    const multi = await stage(cluster, {properties: [
      'scalar.db.storage=multi-storage', 'scalar.db.multi_storage.storages=here,there',
      'scalar.db.multi_storage.storages.here.storage=dynamo', `scalar.db.multi_storage.storages.here.contact_points=${REGION}`,
      'scalar.db.multi_storage.storages.there.storage=dynamo', 'scalar.db.multi_storage.storages.there.contact_points=us-west-2',
      'scalar.db.multi_storage.namespace_mapping=shop:there', 'scalar.db.multi_storage.default_storage=here', '',
    ].join('\n')})
    const {code, stdout} = await command(['check', '--kubeconfig', cluster.kubeconfig, '-n', multi.namespace, '-o', 'json'], moto.env).ended
    const {databases} = JSON.parse(stdout) as CheckReport
    assert.deepEqual([code, databases.map(({name, check, summary}) => [name, check, summary])], [3, [
      [`Amazon DynamoDB in ${REGION}`, 'passed', 'point-in-time recovery is on for all 3 tables, kept for 35 days'],
      ['Amazon DynamoDB in us-west-2', 'unverified', 'there is no table scalardb.metadata in us-west-2 for these credentials (another region, account or prefix?)'],
    ]])
  })
})
