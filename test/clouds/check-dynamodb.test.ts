import assert from 'node:assert/strict'
import {execFile} from 'node:child_process'
import {writeFile} from 'node:fs/promises'
import {promisify} from 'node:util'
import {openDynamo} from '../../src/databases/dynamodb/api.ts'
import {checkDynamo} from '../../src/databases/dynamodb/check.ts'
import {provideAws} from './aws.ts'
import {REGION, startMoto} from './moto.ts'
import {makeWorld} from './world.ts'
import type {CheckResult, CloudAccess, OwnedStorage} from '../../src/databases/types.ts'
import type {Moto, Rule} from './moto.ts'
import type {WorldTable} from './world.ts'

const run = promisify(execFile)

/** ScalarDB's own table of tables, and what it lists. */
const WORLD: readonly WorldTable[] = [{name: 'scalardb.metadata', recoveryDays: 35}, {name: 'scalar.asset', recoveryDays: 14}, {name: 'coordinator.state', recoveryDays: 35}]

const STORAGE: OwnedStorage = {
  storage: 'dynamo', contactPoints: REGION, owner: {product: 'ledger', release: 'my-ledger', namespace: 'ledger'}, keeps: ['scalar', 'scalar_*', 'coordinator'],
}

describe('the check of DynamoDB by AWS\'s own SDK', () => {
  let moto: Moto
  const ordinary = {...process.env}

  /** As the plugin does it, in an environment that holds nothing of AWS but what is given. */
  async function check(env: Readonly<Record<string, string>> = moto.env, {region = REGION, access = {}, prefix}: {region?: string; access?: CloudAccess; prefix?: string} = {}): Promise<CheckResult> {
    process.env = {...Object.fromEntries(Object.entries(ordinary).filter(([name]) => !name.startsWith('AWS_'))), AWS_MAX_ATTEMPTS: '2', ...env}
    return checkDynamo({settings: {region, ...prefix !== undefined && {prefix}}, storages: [STORAGE], access}, openDynamo)
  }

  const told = ({status, summary, findings}: CheckResult) => [`${status}: ${summary}`, ...findings.map(({text}) => text)]
  const without = (...names: string[]) => Object.fromEntries(Object.entries(moto.env).filter(([name]) => !names.includes(name)))

  before(async () => { moto = await startMoto() })
  after(() => moto.stop())
  afterEach(() => { process.env = {...ordinary} })

  beforeEach(async () => {
    await moto.reset()
    await makeWorld(moto, WORLD)
  })

  it('passes with all on', async () => {
    const {status, summary, findings, settings, tables, restorable} = await check()
    assert.deepEqual({status, summary, findings, settings, tables, restorable}, {
      status: 'passed', summary: 'point-in-time recovery is on for all 3 tables, kept for 14 days', findings: [], settings: {account: '123456789012'},
      tables: ['coordinator.state', 'scalar.asset', 'scalardb.metadata'], restorable: {lagSeconds: 300, retentionDays: 14},
    })
  })

  it('fails with one off, and passes once the command that it names has enabled it', async () => {
    await moto.api('UpdateContinuousBackups', {TableName: 'scalar.asset', PointInTimeRecoverySpecification: {PointInTimeRecoveryEnabled: false}})
    const result = await check()
    assert.deepEqual(told(result), ['failed: point-in-time recovery is off for 1 of 3 tables', 'scalar.asset: point-in-time recovery is off'])
    const aws = await provideAws('v1', moto.url)
    try {
      await run('bash', ['-c', result.findings[0]?.fix ?? 'false'], {env: {...moto.env, ...aws.env, PATH: `${aws.folder}:${process.env['PATH']}`}})
    } finally {
      await aws.stop()
    }
    assert.equal((await check()).status, 'passed')
  })

  it('finds a hundred tables, and asks no faster than AWS allows', async () => {
    const names = Array.from({length: 100}, (_, i) => `shop.table_${i}`)
    await makeWorld(moto, names.map(name => ({name, recoveryDays: 35})))
    for (const name of names) await moto.api('PutItem', {TableName: 'scalardb.metadata', Item: {table: {S: name}}})
    await moto.settings({rates: {describe_continuous_backups: 10}})
    const beganMs = performance.now()
    const {status, summary, tables} = await check({...moto.env, AWS_MAX_ATTEMPTS: '1'})
    assert.deepEqual([status, summary, tables?.length], ['passed', 'point-in-time recovery is on for all 103 tables, kept for 14 days', 103])
    assert.ok(performance.now() - beganMs < 15_000)
  })

  it('looks under the prefix alone', async () => {
    await makeWorld(moto, ['p_scalardb.metadata', 'p_scalar.asset', 'p_coordinator.state'].map(name => ({name, recoveryDays: 35})))
    assert.deepEqual((await check(moto.env, {prefix: 'p_'})).tables, ['p_coordinator.state', 'p_scalar.asset', 'p_scalardb.metadata'])
  })

  const KEYS = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']

  it('is not sure without credentials', async () => {
    assert.deepEqual(told(await check(without(...KEYS))), ['unverified: no AWS credentials were found: Could not load credentials from any providers'])
  })

  it('is not sure with a profile that does not exist', async () => {
    assert.match(told(await check(without(...KEYS), {access: {awsProfile: 'prod'}})).join('\n'), /^unverified: no AWS credentials for profile prod: /)
  })

  it('takes the credentials of a profile', async () => {
    // The SDK reads a file once: this one is its own.
    const AWS_SHARED_CREDENTIALS_FILE = `${moto.env['AWS_SHARED_CREDENTIALS_FILE']}-of-prod`
    await writeFile(AWS_SHARED_CREDENTIALS_FILE, '[prod]\naws_access_key_id = AKIAPROD\naws_secret_access_key = secret\n')
    await moto.rules([{accessKey: '^(?!AKIAPROD)', error: 'AccessDeniedException', status: 400}])
    assert.equal((await check({...moto.env, AWS_SHARED_CREDENTIALS_FILE}, {access: {awsProfile: 'prod'}})).status, 'passed')
    assert.equal((await check()).status, 'unverified')
  })

  for (const [what, rules, expected] of [
    ['expired credentials', [{error: 'ExpiredTokenException', status: 400}], ['unverified: the AWS credentials have expired']],
    ['credentials that nobody knows', [{error: 'UnrecognizedClientException', status: 400}], ['unverified: AWS does not accept the credentials (UnrecognizedClientException)']],
    ['no permission at all', [{error: 'AccessDeniedException', status: 400}],
      ['unverified: the AWS credentials may not call dynamodb:Scan on scalardb.metadata; the AWS credentials may not call dynamodb:ListTables']],
    ['metadata that may not be read', [{operation: '^Scan$', error: 'AccessDeniedException', status: 400}],
      ['unverified: the AWS credentials may not call dynamodb:Scan on scalardb.metadata, so the tables that belong are not all known']],
    ['throttling that lasts', [{operation: 'DescribeContinuousBackups', error: 'ThrottlingException', status: 400}],
      ['unverified: AWS throttled the requests (ThrottlingException), at dynamodb:DescribeContinuousBackups on coordinator.state and 3 more tables']],
  ] satisfies ReadonlyArray<readonly [string, readonly Rule[], readonly string[]]>) {
    it(`is not sure with ${what}`, async () => {
      await moto.rules(rules)
      assert.deepEqual(told(await check()), expected)
    })
  }

  it('waits out throttling that passes', async () => {
    await moto.rules([{operation: 'DescribeContinuousBackups', error: 'ThrottlingException', status: 400, times: 1}])
    assert.equal((await check()).status, 'passed')
  })

  it('is not sure in the wrong region', async () => {
    assert.deepEqual(told(await check(moto.env, {region: 'us-west-2'})), [
      'unverified: there is no table scalardb.metadata in us-west-2 for these credentials (another region, account or prefix?)',
    ])
  })

  it('is not sure where nobody listens', async () => {
    assert.match(told(await check({...moto.env, AWS_ENDPOINT_URL: 'http://127.0.0.1:9'})).join('\n'), /^unverified: AWS cannot be reached: connect ECONNREFUSED 127\.0\.0\.1:9$/)
  })
})
