import assert from 'node:assert/strict'
import {checkDynamo} from '../../src/databases/dynamodb/check.ts'
import {nameMatches} from '../../src/databases/dynamodb/namespaces.ts'
import type {DynamoAccess, DynamoApi, PointInTimeRecovery} from '../../src/databases/dynamodb/api.ts'
import type {CheckResult, CloudAccess, OwnedStorage, Settings} from '../../src/databases/types.ts'

const DAY_MS = 86_400_000
const on: PointInTimeRecovery = {enabled: true, recoveryPeriodDays: 35, earliestMs: Date.now() - 2 * DAY_MS, latestMs: Date.now() - 60_000}
const off: PointInTimeRecovery = {enabled: false}

const named = (name: string, message = 'as the service says.') => Object.assign(new Error(message), {name})
const absent = () => { throw named('TableNotFoundException', 'Table not found: x') }

interface World {
  /** By full name; a function throws. */
  readonly tables?: Readonly<Record<string, PointInTimeRecovery | (() => never)>>
  readonly listed?: readonly string[] | (() => never)
  readonly names?: () => never
  readonly settings?: Settings
  readonly keeps?: readonly string[]
  readonly storages?: readonly OwnedStorage[]
  readonly access?: CloudAccess
}

const LEDGER = ['coordinator.state', 'scalar.asset']
const ledger: World['tables'] = {'coordinator.state': on, 'scalar.asset': on, 'scalardb.metadata': on, 'scalardb.namespaces': absent}

const storageOf = (keeps: readonly string[], differing: Partial<OwnedStorage> = {}): OwnedStorage =>
  ({storage: 'dynamo', contactPoints: 'eu-west-1', owner: {product: 'ledger', release: 'my-ledger', namespace: 'ledger'}, keeps, ...differing})

async function check(world: World = {}): Promise<CheckResult & {asked: DynamoAccess | undefined; progress: string[]}> {
  const {tables = ledger, listed = LEDGER, names, settings = {region: 'eu-west-1'}, keeps = ['scalar', 'scalar_*', 'coordinator'], storages = [storageOf(keeps)], access = {}} = world
  let asked: DynamoAccess | undefined
  const progress: string[] = []
  const api: DynamoApi = {
    listedIn: async () => typeof listed === 'function' ? listed() : [...listed],
    tableNames: async () => names ? names() : Object.keys(tables ?? {}),
    accountOf: async () => '123456789012',
    async pointInTimeRecovery(table) {
      const found = tables?.[table] ?? absent
      return typeof found === 'function' ? found() : found
    },
    close: () => undefined,
  }
  const result = await checkDynamo({settings, storages, access, progress: text => { progress.push(text) }}, given => {
    asked = given
    return api
  }, 1000)
  return {...result, asked, progress}
}

const told = ({status, summary, findings}: CheckResult) => [`${status}: ${summary}`, ...findings.map(({level, text}) => `${level}: ${text}`)]

describe('the check of DynamoDB', () => {
  it('passes when point-in-time recovery is on for every table, and says what the record needs', async () => {
    const {status, summary, findings, settings, tables, restorable, progress} = await check()
    assert.deepEqual({status, summary, findings, settings, tables, restorable}, {
      status: 'passed', summary: 'point-in-time recovery is on for all 3 tables, kept for 35 days', findings: [],
      settings: {account: '123456789012'}, tables: ['coordinator.state', 'scalar.asset', 'scalardb.metadata'], restorable: {lagSeconds: 300, retentionDays: 35},
    })
    assert.equal(progress.at(-1), '4 of 4 tables')
  })

  it('looks at everything that the metadata lists: tenants, tables of functions, the table of namespaces', async () => {
    const more = ['scalar_tenant_a.asset', 'shop.orders']
    const {tables} = await check({listed: [...LEDGER, ...more], tables: {...ledger, 'scalar_tenant_a.asset': on, 'shop.orders': on, 'scalardb.namespaces': on}})
    assert.deepEqual(tables, ['coordinator.state', 'scalar.asset', 'scalar_tenant_a.asset', 'scalardb.metadata', 'scalardb.namespaces', 'shop.orders'])
  })

  it('stops at each table without it, with the command that enables it', async () => {
    const result = await check({
      tables: {...ledger, 'scalar.asset': off, 'coordinator.state': off}, settings: {region: 'eu-west-1', profile: 'it\'s', endpoint: 'http://127.0.0.1:8000'},
      access: {awsProfile: 'it\'s'},
    })
    assert.deepEqual(told(result), [
      'failed: point-in-time recovery is off for 2 of 3 tables',
      'problem: coordinator.state: point-in-time recovery is off',
      'problem: scalar.asset: point-in-time recovery is off',
    ])
    assert.equal(result.findings[1]?.fix?.replaceAll(' \\\n  ', ' '), "aws dynamodb update-continuous-backups --region eu-west-1 --profile 'it'\\''s' --endpoint-url http://127.0.0.1:8000 "
      + '--table-name scalar.asset --point-in-time-recovery-specification PointInTimeRecoveryEnabled=true')
  })

  it('takes the names as prefix and metadata namespace make them', async () => {
    const {tables} = await check({
      settings: {region: 'eu-west-1', prefix: 'p_', 'metadata-namespace': 'meta'}, listed: ['p_scalar.asset', 'p_coordinator.state'],
      tables: {'p_scalar.asset': on, 'p_coordinator.state': on, 'p_meta.metadata': on, 'p_meta.namespaces': on},
    })
    assert.deepEqual(tables, ['p_coordinator.state', 'p_meta.metadata', 'p_meta.namespaces', 'p_scalar.asset'])
  })

  it('asks with the profile that was given, else with the ordinary credentials', async () => {
    const {asked} = await check({access: {awsProfile: 'prod'}})
    assert.deepEqual([asked?.region, asked?.profile, asked?.endpoint], ['eu-west-1', 'prod', undefined])
    assert.equal((await check()).asked?.profile, undefined)
  })

  it('keeps the shortest retention, and names a table whose newest restorable moment is old', async () => {
    const {restorable, findings, summary} = await check({tables: {...ledger, 'scalar.asset': {...on, recoveryPeriodDays: 7, latestMs: Date.now() - 40 * 60_000}}})
    assert.equal(summary, 'point-in-time recovery is on for all 3 tables, kept for 7 days')
    assert.deepEqual([restorable?.retentionDays, Math.round((restorable?.lagSeconds ?? 0) / 10)], [7, 240])
    assert.deepEqual(findings, [{level: 'warning', text: 'scalar.asset: its newest restorable moment is 40 minutes old; usually it is 5'}])
  })

  it('says before which moment nothing can be restored, when that is news', async () => {
    const at = Date.parse('2026-11-24T10:00:00.400Z')
    const {mock} = await import('node:test')
    mock.timers.enable({apis: ['Date'], now: at + 3_600_000})
    try {
      const began = {...on, latestMs: at + 3_400_000, earliestMs: at}
      assert.deepEqual(told(await check({tables: {...ledger, 'scalar.asset': began, 'coordinator.state': {...began, earliestMs: at - 1000}, 'scalardb.metadata': {...began, earliestMs: at - DAY_MS}}})), [
        'passed: point-in-time recovery is on for all 3 tables, kept for 35 days',
        'warning: no moment before 2026-11-24T10:00:00Z can be restored: only then did the recovery of coordinator.state, scalar.asset begin',
      ])
    } finally {
      mock.timers.reset()
    }
  })

  it('names a table that the metadata lists and that is not there', async () => {
    const {tables, ...result} = await check({listed: [...LEDGER, 'scalar.gone']})
    assert.deepEqual(told(result), [
      'passed: point-in-time recovery is on for all 3 tables, kept for 35 days', 'warning: scalar.gone: listed in scalardb.metadata, but there is no such table',
    ])
    assert.ok(!tables?.includes('scalar.gone'))
  })

  const throwing = (name: string, message?: string) => (): never => { throw named(name, message) }
  for (const [what, world, expected] of [
    ['nobody has credentials', {listed: throwing('CredentialsProviderError', 'Could not load credentials from any providers')},
      ['unverified: no AWS credentials were found: Could not load credentials from any providers']],
    ['a profile has none', {access: {awsProfile: 'prod'}, listed: throwing('CredentialsProviderError', 'Could not resolve credentials using profile: [prod] in configuration/credentials file(s).')},
      ['unverified: no AWS credentials for profile prod: Could not resolve credentials using profile: [prod] in configuration/credentials file(s)']],
    ['they have expired', {listed: throwing('ExpiredTokenException', 'The security token included in the request is expired')}, ['unverified: the AWS credentials have expired']],
    ['they are not accepted', {listed: throwing('UnrecognizedClientException', 'The security token included in the request is invalid.')},
      ['unverified: AWS does not accept the credentials (UnrecognizedClientException)']],
    ['the clock is off', {listed: throwing('InvalidSignatureException', 'Signature expired: 20261123T124400Z is now earlier than …')},
      ["unverified: this machine's clock is too far off for AWS to accept its requests"]],
    ['the region is another', {listed: throwing('ResourceNotFoundException', 'Requested resource not found')},
      ['unverified: there is no table scalardb.metadata in eu-west-1 for these credentials (another region, account or prefix?)']],
    ['the account is another, with tables of its own', {listed: ['coordinator.state', 'shop.orders'], tables: {...ledger, 'shop.orders': on}},
      ['unverified: scalardb.metadata in eu-west-1 lists no table of scalar: another account or prefix?']],
    ['requests are throttled', {listed: throwing('ThrottlingException')}, ['unverified: AWS throttled the requests (ThrottlingException), at dynamodb:Scan on scalardb.metadata']],
    ['there is no way to AWS', {listed: () => { throw Object.assign(new Error('getaddrinfo ENOTFOUND dynamodb.eu-west-1.amazonaws.com'), {code: 'ENOTFOUND'}) }},
      ['unverified: AWS cannot be reached: getaddrinfo ENOTFOUND dynamodb.eu-west-1.amazonaws.com']],
    ['the proxy lets nobody through', {listed: () => { throw Object.assign(new Error('Failed to establish tunnel to dynamodb.eu-west-1.amazonaws.com:443'), {code: 'ERR_PROXY_TUNNEL'}) }},
      ['unverified: AWS cannot be reached: Failed to establish tunnel to dynamodb.eu-west-1.amazonaws.com:443']],
    ['every address of AWS refuses', {listed: () => { throw new AggregateError([Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), {code: 'ECONNREFUSED'})]) }},
      ['unverified: AWS cannot be reached: connect ECONNREFUSED 127.0.0.1:1']],
    ['a login page answers', {listed: () => { throw new SyntaxError('Unexpected token \'<\', "<html>"... is not valid JSON') }},
      ['unverified: AWS cannot be reached: something else answers in its place, such as a proxy or a login page']],
    ['the metadata may not be read', {listed: throwing('AccessDeniedException')},
      ['unverified: the AWS credentials may not call dynamodb:Scan on scalardb.metadata, so the tables that belong are not all known']],
    ['nothing may be read', {listed: throwing('AccessDeniedException'), names: throwing('AccessDeniedException')},
      ['unverified: the AWS credentials may not call dynamodb:Scan on scalardb.metadata; the AWS credentials may not call dynamodb:ListTables']],
    ['the backups of some tables may not be looked at', {tables: {...ledger, 'scalar.asset': throwing('AccessDeniedException'), 'coordinator.state': throwing('AccessDeniedException')}},
      ['unverified: the AWS credentials may not call dynamodb:DescribeContinuousBackups on coordinator.state, scalar.asset']],
    ['something unforeseen happens', {tables: {...ledger, 'scalar.asset': throwing('InternalServerError', 'Oops. Try again.')}},
      ['unverified: dynamodb:DescribeContinuousBackups on scalar.asset failed: InternalServerError: Oops']],
  ] satisfies ReadonlyArray<readonly [string, World, readonly string[]]>) {
    it(`is not sure where ${what}`, async () => { assert.deepEqual(told(await check(world)), expected) })
  }

  it('finds tables by their names without the metadata, and a problem is one all the same', async () => {
    const {tables, ...result} = await check({listed: throwing('AccessDeniedException'), tables: {...ledger, 'scalar.asset': off, 'elsewhere.table': off}})
    assert.deepEqual(told(result), [
      'failed: point-in-time recovery is off for 1 of 3 tables',
      'problem: scalar.asset: point-in-time recovery is off',
      'warning: not verified: the AWS credentials may not call dynamodb:Scan on scalardb.metadata, so the tables that belong are not all known',
    ])
    assert.equal(tables, undefined)
  })

  it('has no list of tables for the record when one of them may or may not be there', async () => {
    const {tables, ...result} = await check({tables: {...ledger, 'scalardb.namespaces': throwing('ThrottlingException')}})
    assert.deepEqual(told(result), ['unverified: AWS throttled the requests (ThrottlingException), at dynamodb:DescribeContinuousBackups on scalardb.namespaces'])
    assert.equal(tables, undefined)
  })

  it('forgives a mapped namespace that is still empty, but not a storage in which nothing is', async () => {
    const mapped = (namespaces: string[]) => check({storages: [storageOf(namespaces, {name: 'a', namespaces})]})
    assert.deepEqual(told(await mapped(['scalar', 'later'])), [
      'passed: point-in-time recovery is on for all 3 tables, kept for 35 days', 'warning: scalardb.metadata in eu-west-1 lists no table of later',
    ])
    assert.deepEqual(told(await mapped(['later'])), ['unverified: scalardb.metadata in eu-west-1 lists no table of later: another account or prefix?'])
  })
})

describe('the name of a table', () => {
  for (const [name, keep, prefix, matches] of [
    ['scalar.asset', 'scalar', '', true], ['scalar_a.asset', 'scalar', '', false], ['scalar_a.asset', 'scalar_*', '', true],
    ['scalar.asset', 'scalar.asset', '', true], ['scalar.asset_metadata', 'scalar.asset', '', false],
    ['p_scalar.asset', 'scalar', 'p_', true], ['scalar.asset', 'scalar', 'p_', false],
  ] as const) {
    it(`${name} ${matches ? 'belongs' : 'does not belong'} to ${keep}${prefix && ` under ${prefix}`}`, () => { assert.equal(nameMatches(name, keep, prefix), matches) })
  }
})
