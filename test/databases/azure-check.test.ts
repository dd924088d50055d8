import assert from 'node:assert/strict'
import {CredentialUnavailableError} from '@azure/identity'
import {checkServer} from '../../src/databases/azure-flexible/check.ts'
import {MYSQL, POSTGRESQL} from '../../src/databases/azure-flexible/server.ts'
import {checkCosmos} from '../../src/databases/cosmosdb/check.ts'
import {fakeArm} from '../support/fake-arm.ts'
import type {Arm} from '../../src/databases/azure/arm.ts'
import type {CheckInput, CheckResult} from '../../src/databases/types.ts'
import type {ArmAnswer, FakeArm} from '../support/fake-arm.ts'

const [ONE, TWO] = ['11111111-2222-3333-4444-555555555555', '22222222-2222-3333-4444-555555555555']
const SUBSCRIPTIONS = {value: [{subscriptionId: ONE, displayName: 'Development'}, {subscriptionId: TWO, displayName: 'Production'}]}

type Account = Readonly<Record<string, unknown>>

const account = (differing: Account = {}) => ({
  id: `/subscriptions/${TWO}/resourceGroups/my-group/providers/Microsoft.DocumentDB/databaseAccounts/my-ledger`,
  name: 'my-ledger', type: 'Microsoft.DocumentDB/databaseAccounts', location: 'Japan East', kind: 'GlobalDocumentDB',
  properties: {
    provisioningState: 'Succeeded', documentEndpoint: 'https://my-ledger.documents.azure.com:443/', instanceId: '01234567-89ab-cdef-0123-456789abcdef',
    databaseAccountOfferType: 'Standard', enableMultipleWriteLocations: false,
    consistencyPolicy: {defaultConsistencyLevel: 'Strong', maxIntervalInSeconds: 5, maxStalenessPrefix: 100},
    locations: [
      {id: 'my-ledger-japanwest', locationName: 'Japan West', failoverPriority: 1},
      {id: 'my-ledger-japaneast', locationName: 'Japan East', failoverPriority: 0},
    ],
    readLocations: [{id: 'my-ledger-japanwest', locationName: 'Japan West', documentEndpoint: 'https://my-ledger-japanwest.documents.azure.com:443/', failoverPriority: 1}],
    writeLocations: [],
    backupPolicy: {type: 'Continuous', continuousModeProperties: {tier: 'Continuous7Days'}},
    ...differing,
  },
})

const names = (...all: string[]) => ({value: all.map(name => ({name, id: name, properties: {resource: {id: name}}}))})
const CONTAINERS: Readonly<Record<string, string[]>> = {scalar: ['asset', 'tx_state'], coordinator: ['state'], scalardb: ['metadata']}

/** One account in the second of two subscriptions. */
const azure = (accounts: readonly object[] = [account()], more: Readonly<Record<string, ArmAnswer>> = {}) => (path: string): ArmAnswer | undefined => {
  const own = `/subscriptions/${TWO}/resourceGroups/my-group/providers/Microsoft.DocumentDB/databaseAccounts/my-ledger/sqlDatabases`
  const answers: Record<string, ArmAnswer> = {
    '/subscriptions': {body: SUBSCRIPTIONS},
    [`/subscriptions/${ONE}/providers/Microsoft.DocumentDB/databaseAccounts`]: {body: {value: []}},
    [`/subscriptions/${TWO}/providers/Microsoft.DocumentDB/databaseAccounts`]: {body: {value: accounts}},
    [own]: {body: names(...Object.keys(CONTAINERS))},
    ...Object.fromEntries(Object.entries(CONTAINERS).map(([database, all]) => [`${own}/${database}/containers`, {body: names(...all)}])),
    ...more,
  }
  return answers[path]
}

const INPUT: CheckInput = {
  settings: {uri: 'https://my-ledger.documents.azure.com:443/', account: 'my-ledger'}, access: {},
  storages: [{storage: 'cosmos', owner: {product: 'ledger', release: 'my-ledger', namespace: 'ledger'}, keeps: ['scalar', 'scalar_*', 'coordinator']}],
}

let fake: FakeArm | undefined
afterEach(async () => {
  await fake?.stop()
  fake = undefined
})

async function cosmos(answer: Parameters<typeof fakeArm>[0] = azure(), input: Partial<CheckInput> = {}): Promise<CheckResult> {
  fake = await fakeArm(answer)
  const {arm} = fake
  return checkCosmos({...INPUT, ...input}, () => Promise.resolve(arm))
}

const told = ({status, summary, findings}: CheckResult) => [`${status}: ${summary}`, ...findings.flatMap(({level, text, fix}) => [`${level}: ${text}`, ...fix === undefined ? [] : [fix.replaceAll(' \\\n  ', ' ')]])]
const update = `az cosmosdb update -g my-group -n my-ledger`

describe('the check of Cosmos DB', () => {
  it('finds the account in any subscription by its URI, and says what the record needs', async () => {
    const progress: string[] = []
    const result = await cosmos(azure(), {progress: text => { progress.push(text) }})
    assert.deepEqual(told(result), ['passed: continuous backup, 7 days back; consistency Strong; 4 containers'])
    assert.deepEqual(result.settings, {
      subscription: TWO, account: 'my-ledger', 'resource-group': 'my-group', location: 'Japan East', 'instance-id': '01234567-89ab-cdef-0123-456789abcdef', tier: 'Continuous7Days',
    })
    assert.deepEqual(result.tables, ['coordinator/state', 'scalar/asset', 'scalar/tx_state', 'scalardb/metadata'])
    assert.deepEqual(progress, ['looks in subscription Development', 'looks in subscription Production', '2 containers', '3 containers', '4 containers'])
  })

  it('knows the account by the URI of one of its regions', async () => {
    const result = await cosmos(azure(), {settings: {uri: 'https://my-ledger-japanwest.documents.azure.com:443/', account: 'my-ledger-japanwest'}})
    assert.deepEqual([result.status, result.settings['account']], ['passed', 'my-ledger'])
  })

  it('asks only in the subscription that is meant, by its ID or its name', async () => {
    for (const [azureSubscription, asked] of [[TWO, undefined], ['Production', '/subscriptions?api-version=2022-12-01']] as const) {
      assert.equal((await cosmos(azure(), {access: {azureSubscription}})).status, 'passed')
      const paths = fake?.asked ?? []
      assert.deepEqual(paths.filter(path => path.startsWith('/subscriptions?')), asked === undefined ? [] : [asked])
      assert.deepEqual(paths.filter(path => path.includes(ONE)), [])
      await fake?.stop()
    }
    fake = undefined
  })

  it('reads every page', async () => {
    const list = `/subscriptions/${TWO}/providers/Microsoft.DocumentDB/databaseAccounts`
    const answers = azure([account()])
    const result = await cosmos((path, url) => {
      if (path === '/subscriptions' && !url.searchParams.has('page')) return {body: {value: SUBSCRIPTIONS.value.slice(0, 1), nextLink: `${url.origin}/subscriptions?page=2`}}
      if (path === '/subscriptions') return {body: {value: SUBSCRIPTIONS.value.slice(1)}}
      if (path === list && !url.searchParams.has('page')) return {body: {value: [], nextLink: `${url.origin}${list}?page=2`}}
      return answers(path)
    })
    assert.equal(result.status, 'passed')
  })

  it('stops at periodic backup, and says that there is no way back from the continuous one', async () => {
    const result = await cosmos(azure([account({backupPolicy: {type: 'Periodic', periodicModeProperties: {backupIntervalInMinutes: 240}}})]))
    assert.deepEqual(told(result), [
      'failed: account my-ledger cannot be restored to a second, or does not work with ScalarDB',
      'problem: my-ledger: its backup is not in continuous mode (there is no way back from it)',
      `${update} --backup-policy-type Continuous --subscription ${TWO}`,
    ])
    assert.equal(result.settings['tier'], undefined)
  })

  it('stops while the backup is being changed', async () => {
    const result = await cosmos(azure([account({backupPolicy: {type: 'Periodic', migrationState: {status: 'InProgress', targetType: 'Continuous'}}})]))
    assert.deepEqual(told(result).slice(1), ['problem: my-ledger: its backup is being changed to continuous mode; a restore point is restorable only when that is done'])
  })

  it('takes no tier for the one of 30 days', async () => {
    const result = await cosmos(azure([account({backupPolicy: {type: 'Continuous'}})]))
    assert.equal(result.settings['tier'], 'Continuous30Days')
    assert.match(result.summary, /^continuous backup, 30 days back/)
  })

  it('stops at a consistency that ScalarDB cannot work with, and at writes in many regions', async () => {
    const result = await cosmos(azure([account({consistencyPolicy: {defaultConsistencyLevel: 'Session'}, enableMultipleWriteLocations: true})]))
    assert.deepEqual(told(result).slice(1), [
      'problem: my-ledger: its consistency is Session, and ScalarDB needs Strong or BoundedStaleness',
      `${update} --default-consistency-level Strong --subscription ${TWO}`,
      'problem: my-ledger: it is written in many regions, and a restore brings back only what its hub region had confirmed',
      `${update} --enable-multiple-write-locations false --subscription ${TWO}`,
    ])
  })

  it('passes with bounded staleness', async () => {
    assert.equal((await cosmos(azure([account({consistencyPolicy: {defaultConsistencyLevel: 'BoundedStaleness'}})]))).status, 'passed')
  })

  it('doubts an account that has not what the products keep', async () => {
    const storages = [{...INPUT.storages[0] ?? assert.fail(), keeps: ['auditor', 'auditor_*']}]
    assert.deepEqual(told(await cosmos(azure(), {storages})).slice(1), ['warning: there is no database auditor in my-ledger: is it the right account?'])
  })

  it('passes without the containers where they may not be listed: the whole account is restored', async () => {
    const path = `/subscriptions/${TWO}/resourceGroups/my-group/providers/Microsoft.DocumentDB/databaseAccounts/my-ledger/sqlDatabases`
    const result = await cosmos(azure([account()], {[path]: {status: 403, code: 'AuthorizationFailed'}}))
    assert.deepEqual(told(result), [
      'passed: continuous backup, 7 days back; consistency Strong; containers unknown',
      'warning: its containers are not known: the Azure credentials may not list the containers of my-ledger (AuthorizationFailed)',
    ])
    assert.equal(result.tables, undefined)
  })

  it('is unverified where the account is not found, or may not be seen', async () => {
    assert.deepEqual(told(await cosmos(azure([]))), ['unverified: the Cosmos DB account my-ledger is not in 2 subscriptions for these credentials'])
    await fake?.stop()
    const denied = azure([], {[`/subscriptions/${TWO}/providers/Microsoft.DocumentDB/databaseAccounts`]: {status: 403, code: 'AuthorizationFailed'}})
    assert.deepEqual(told(await cosmos(denied)), [
      'unverified: the Cosmos DB account my-ledger is not in 2 subscriptions for these credentials; the Azure credentials may not look in subscription Production (AuthorizationFailed)',
    ])
  })

  it('is unverified where the subscription is not there, or its URI is not known', async () => {
    assert.deepEqual(told(await cosmos(azure(), {access: {azureSubscription: 'Staging'}})), ['unverified: these credentials see no Azure subscription Staging'])
    await fake?.stop()
    assert.deepEqual(told(await cosmos(azure(), {settings: {}})), ['unverified: its URI is not known (scalar.db.contact_points)'])
  })

  const failing = async (error: Error) => told(await checkCosmos(INPUT, () => Promise.resolve<Arm>({credential: {getToken: () => Promise.reject(error)}, endpoint: 'https://127.0.0.1:1'})))

  it('is unverified without credentials, with what gives some', async () => {
    assert.deepEqual(await failing(new CredentialUnavailableError('none')), ['unverified: no Azure credentials were found: az login, or AZURE_CLIENT_ID and its companions'])
  })

  it('is unverified with a login that has expired', async () => {
    const expired = Object.assign(new Error('ChainedTokenCredential authentication failed.'), {
      name: 'AggregateAuthenticationError', errors: [new Error('AADSTS700082: The refresh token has expired due to inactivity.')],
    })
    assert.deepEqual(await failing(expired), ['unverified: Azure refuses the login (AADSTS700082); log in again: az login'])
  })

  it('is unverified where Azure does not accept the login, throttles, or cannot be reached', async () => {
    fake = await fakeArm(azure())
    const {arm} = fake
    const wrong = {...arm, credential: {getToken: () => Promise.resolve({token: 'another', expiresOnTimestamp: Date.now() + 3_600_000})}}
    assert.deepEqual(told(await checkCosmos(INPUT, () => Promise.resolve(wrong))), ['unverified: Azure does not accept the login (401); log in again: az login'])
    await fake.stop()
    const busy = azure([], {[`/subscriptions/${ONE}/providers/Microsoft.DocumentDB/databaseAccounts`]: {status: 429, code: 'TooManyRequests'}})
    assert.deepEqual(told(await cosmos(busy)), ['unverified: Azure throttled the requests, at: look in subscription Development'])
    await fake.stop()
    assert.match(told(await checkCosmos(INPUT, () => Promise.resolve(arm)))[0] ?? '', /^unverified: Azure cannot be reached: connect ECONNREFUSED/)
    fake = undefined
  }).timeout(20_000)
})

const server = (properties: Account = {}, differing: Account = {}) => ({
  id: `/subscriptions/${TWO}/resourceGroups/my-group/providers/x/flexibleServers/my-server`, name: 'my-server', location: 'Japan East',
  properties: {
    state: 'Ready', fullyQualifiedDomainName: 'my-server.mysql.database.azure.com',
    backup: {backupRetentionDays: 14, earliestRestoreDate: '2026-11-10T01:02:03+00:00'}, ...properties,
  },
  ...differing,
})

describe('the check of Azure\'s flexible servers', () => {
  for (const [service, provider] of [[MYSQL, 'Microsoft.DBforMySQL'], [POSTGRESQL, 'Microsoft.DBforPostgreSQL']] as const) {
    const check = async (properties?: Account) => {
      fake = await fakeArm(path => ({
        '/subscriptions': {body: SUBSCRIPTIONS},
        [`/subscriptions/${ONE}/providers/${provider}/flexibleServers`]: {body: {value: []}},
        [`/subscriptions/${TWO}/providers/${provider}/flexibleServers`]: {body: {value: [server(properties)]}},
      })[path])
      const {arm} = fake
      return checkServer(service, {...INPUT, settings: {server: 'my-server'}}, () => Promise.resolve(arm))
    }

    it(`passes, and says what the record needs: ${service.dialect}`, async () => {
      const result = await check()
      assert.deepEqual(told(result), ['passed: point-in-time restore back to 2026-11-10T01:02:03.000Z, 14 days'])
      assert.deepEqual(result.settings, {subscription: TWO, 'resource-group': 'my-group', location: 'Japan East', 'retention-days': '14'})
      assert.deepEqual(result.restorable, {lagSeconds: 300, retentionDays: 14})
    })

    it(`stops at a server without any backup, and at a replica: ${service.dialect}`, async () => {
      assert.deepEqual(told(await check({backup: {backupRetentionDays: 7}, replicationRole: service.dialect === 'mysql' ? 'Replica' : 'AsyncReplica', state: 'Stopped'})), [
        'failed: my-server cannot be restored to a point in time',
        'warning: my-server is Stopped, not Ready',
        'problem: my-server is a read replica: it has no backup of its own, so point the products at its source',
        'problem: my-server has no backup yet: Azure names no earliest time to restore to',
      ])
    })

    it(`is unverified where it is not found: ${service.dialect}`, async () => {
      fake = await fakeArm(() => ({body: {value: []}}))
      const {arm} = fake
      assert.deepEqual(told(await checkServer(service, {...INPUT, settings: {server: 'my-server', subscription: ONE}}, () => Promise.resolve(arm))), [
        `unverified: the server my-server is not in subscription ${ONE} for these credentials`,
      ])
    })
  }
})
