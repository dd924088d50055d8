import assert from 'node:assert/strict'
import {cosmosdb} from '../../src/databases/cosmosdb/index.ts'
import {renderScript} from '../../src/plan/script.ts'
import {planOf} from '../support/plan-of.ts'
import {accepted, fakeAzure, parseAz} from './azure.ts'
import type {OwnedStorage} from '../../src/databases/types.ts'

const [SOURCE, COPY] = ['my-ledger', 'my-ledger-r20261123t124407z']
const ID = `/subscriptions/s/resourceGroups/my-group/providers/Microsoft.DocumentDB/databaseAccounts/${SOURCE}`
const INSTANCE = '01234567-89ab-cdef-0123-456789abcdef'
const PROCEDURE = "function mutate() {\n\t'x'\n}\n"
const AT_RESTORE_POINT = ['auditor/asset', 'coordinator/state', 'scalar/asset', 'scalar/tx_state', 'scalar_tenant/asset', 'scalardb/metadata', 'shop/orders']
const STORAGES: readonly Partial<OwnedStorage>[] = [
  {owner: {product: 'ledger', release: 'my-ledger', namespace: 'ledger', version: '3.9.3'}, keeps: ['scalar', 'scalar_*', 'coordinator']},
  {owner: {product: 'auditor', release: 'my-auditor', namespace: 'auditor', version: '3.9.3'}, keeps: ['auditor', 'auditor_*']},
]

interface Account {
  properties: Record<string, unknown>
  databases: Record<string, {containers: Record<string, {procedures: Record<string, string>}>; throughput?: object}>
  readonly [more: string]: unknown
}

const databases = (containers: readonly string[]): Account['databases'] => {
  const all: Account['databases'] = {}
  for (const [database = '', container = ''] of containers.map(each => each.split('/'))) {
    const procedures: Record<string, string> = database === 'scalardb' ? {} : {'mutate.js': PROCEDURE}
    all[database] = {throughput: {throughput: 400, autoscaleSettings: null}, containers: {...all[database]?.containers, [container]: {procedures}}}
  }
  return all
}

interface Restorable {
  name: string
  accountName: string
  creationTime: string
  deletionTime: string | null
  oldestRestorableTime: string
  restorableLocations: object[]
}

/** An account that has everything which a restore leaves out, and one table that is younger than the restore point. */
const world = () => ({
  accounts: {
    [SOURCE]: {
      properties: {
        provisioningState: 'Succeeded', instanceId: INSTANCE, publicNetworkAccess: 'Enabled', documentEndpoint: `https://${SOURCE}.documents.azure.com:443/`,
        tags: {team: "ledger's own", env: 'a b'}, ipRules: [{ipAddressOrRange: '192.0.2.1'}, {ipAddressOrRange: '198.51.100.0/24'}],
        virtualNetworkRules: [{id: '/subscriptions/s/resourceGroups/net/providers/Microsoft.Network/virtualNetworks/v/subnets/s', ignoreMissingVNetServiceEndpoint: false}],
        consistencyPolicy: {defaultConsistencyLevel: 'Strong'}, backupPolicy: {type: 'Continuous', continuousModeProperties: {tier: 'Continuous7Days'}}, createMode: null, restoreParameters: null,
      },
      databases: {...databases([...AT_RESTORE_POINT, 'shop/younger']), scalar: {...databases(AT_RESTORE_POINT)['scalar'], throughput: {throughput: 5000, autoscaleSettings: {maxThroughput: 5000}}}, plain: {containers: {}}},
      roles: {custom: {name: 'custom', roleName: 'Reads all', typePropertiesType: null, assignableScopes: [ID, `${ID}/dbs/scalar`], permissions: [{dataActions: ['Microsoft.DocumentDB/databaseAccounts/readMetadata']}]},
        own: {name: '00000000-0000-0000-0000-000000000001', roleName: 'Cosmos DB Built-in Data Reader', assignableScopes: [ID], permissions: []}},
      assignments: {one: {name: 'one', roleDefinitionId: `${ID}/sqlRoleDefinitions/custom`, principalId: 'somebody', scope: `${ID}/dbs/scalar`}},
      access: [{principalId: 'operator', principalType: 'User', roleDefinitionId: '/subscriptions/s/providers/Microsoft.Authorization/roleDefinitions/reader'}],
      diagnostics: {logs: {name: 'logs', logs: [{category: 'DataPlaneRequests', enabled: true}], metrics: null, workspaceId: '/subscriptions/s/workspace', storageAccountId: null}},
      locks: {
        keep: {id: `${ID}/providers/Microsoft.Authorization/locks/keep`, name: 'keep', level: 'CanNotDelete', notes: 'ask us'},
        above: {id: '/subscriptions/s/resourceGroups/my-group/providers/Microsoft.Authorization/locks/above', name: 'above', level: 'ReadOnly', notes: null},
      },
    },
  } as Record<string, Account>,
  restorable: {[SOURCE]: {
    name: INSTANCE, accountName: SOURCE, creationTime: '2026-01-02T03:04:05+00:00', deletionTime: null, oldestRestorableTime: '2026-11-20T00:00:00+00:00',
    restorableLocations: [{locationName: 'Japan East'}],
  }} as Record<string, Restorable>,
  atRestorePoint: AT_RESTORE_POINT, latest: ['11/23/2026 12:45:00 PM'], secrets: {}, jobs: {} as Record<string, string>,
})

/** The world with another history of the account. */
const restorable = (differing: Partial<Restorable>) => {
  const {restorable: accounts, ...rest} = world()
  return {...rest, restorable: {[SOURCE]: {...accounts[SOURCE] ?? assert.fail(), ...differing}}}
}

const script = (more: Partial<Parameters<typeof planOf>[1]> = {}) => renderScript(planOf(cosmosdb, {settings: {account: SOURCE}, storages: STORAGES, tables: AT_RESTORE_POINT, ...more}))
const DONE = ['--yes', '--done', 'cosmosdb.settings', '--done', 'cosmosdb.in-flight']

/** Of the changes at which it could be killed; 1 = every one of them. */
const EVERY = Number(process.env['KILL_EVERY'] ?? 10)

let azure: Awaited<ReturnType<typeof fakeAzure<ReturnType<typeof world>>>> | undefined
afterEach(() => azure?.remove())

/** What counts of the account that the restore made. */
const outcome = ({accounts}: ReturnType<typeof world>) => {
  const {properties, databases: all, ...rest} = accounts[COPY] ?? assert.fail('no account was made')
  const kept = Object.fromEntries(Object.entries(properties).filter(([name]) => !['documentEndpoint', 'instanceId'].includes(name)))
  const lacking = Object.entries(all).flatMap(([database, {containers}]) => Object.entries(containers).filter(([, {procedures}]) => !('mutate.js' in procedures)).map(([name]) => `${database}/${name}`))
  return {
    properties: kept, ...rest, lacking,
    containers: Object.entries(all).flatMap(([database, {containers}]) => Object.keys(containers).map(name => `${database}/${name}`)),
    throughput: Object.fromEntries(Object.entries(all).map(([database, {throughput}]) => [database, throughput])),
    access: new Set((rest['access'] as unknown[]).map(each => JSON.stringify(each))),
  }
}

const EXPECTED = {
  containers: AT_RESTORE_POINT, lacking: ['scalardb/metadata'],
  throughput: {
    ...Object.fromEntries(['auditor', 'coordinator', 'scalar_tenant', 'scalardb', 'shop'].map(name => [name, {throughput: 400, autoscaleSettings: null}])),
    scalar: {autoscaleSettings: {maxThroughput: 5000}},
  },
  properties: {
    provisioningState: 'Succeeded', createMode: 'Restore', publicNetworkAccess: 'Enabled', tags: world().accounts[SOURCE]?.properties['tags'],
    ipRules: world().accounts[SOURCE]?.properties['ipRules'], virtualNetworkRules: world().accounts[SOURCE]?.properties['virtualNetworkRules'],
    consistencyPolicy: {defaultConsistencyLevel: 'Strong'}, backupPolicy: {type: 'Continuous', continuousModeProperties: {tier: 'Continuous7Days'}},
    restoreParameters: {restoreTimestampInUtc: '2026-11-23T12:44:07+00:00', restoreSource: `/subscriptions/s/providers/Microsoft.DocumentDB/locations/japaneast/restorableDatabaseAccounts/${INSTANCE}`},
  },
  roles: {custom: {Id: 'custom', RoleName: 'Reads all', Type: 'CustomRole', AssignableScopes: ['/', '/dbs/scalar'], Permissions: [{DataActions: ['Microsoft.DocumentDB/databaseAccounts/readMetadata']}]}},
  assignments: {one: ['custom', 'somebody', '/dbs/scalar']},
  access: new Set([JSON.stringify({principalId: 'operator', principalType: 'User', roleDefinitionId: '/subscriptions/s/providers/Microsoft.Authorization/roleDefinitions/reader'})]),
  diagnostics: {logs: {logs: [{category: 'DataPlaneRequests', enabled: true}], metrics: [], workspaceId: '/subscriptions/s/workspace'}},
  locks: {keep: {level: 'CanNotDelete', notes: 'ask us'}},
}

describe('the script for Cosmos DB, run with a stand-in for az', () => {
  it('makes the account at the restore point, gives it all that a restore leaves out, and leaves the old one alone', async () => {
    azure = await fakeAzure(script(), world())
    const {code, output} = await azure.run(DONE)
    assert.equal(code, 0, output)
    const after = await azure.world()
    assert.deepEqual(outcome(after), EXPECTED)
    assert.deepEqual(after.accounts[SOURCE], world().accounts[SOURCE])
    assert.deepEqual((after as unknown as {loader: unknown}).loader, ['{--repair-all,--ru,400}', '3.9.3'])
    assert.ok(!output.includes('the secret key'), 'the key was shown')
    assert.ok(!JSON.stringify(after.calls).includes('the secret key'), 'the key was among the words of a command')
    const calls = after.calls?.flatMap(([program, ...words]) => program === 'az' ? [words] : []) ?? []
    const answers = await parseAz(calls)
    assert.deepEqual(calls.filter((_, i) => !accepted(answers[i] ?? assert.fail('no answer'))), [])
  })

  it('does nothing anew when it is run again', async () => {
    azure = await fakeAzure(script(), world())
    assert.equal((await azure.run(DONE)).code, 0)
    const first = await azure.world()
    await azure.forget()
    const again = await azure.run(DONE)
    assert.equal(again.code, 0, again.output)
    const calls = (await azure.world()).calls?.slice(first.calls?.length) ?? []
    assert.deepEqual(calls.filter(([program, , verb]) => program === 'helm' || verb === 'restore'), [])
    assert.deepEqual(outcome(await azure.world()), EXPECTED)
  })

  it('waits until every container is backed up to the restore point', async () => {
    azure = await fakeAzure(script(), {...world(), latest: ['1/1/1970 12:00:00 AM', '11/23/2026 12:44:06 PM', '11/23/2026 9:44:07 AM', '11/23/2026 12:44:07 AM', '11/23/2026 12:44:07 PM']})
    const {code, output} = await azure.run(DONE)
    assert.equal(code, 0, output)
    const asked = (await azure.world()).calls?.filter(words => words.includes('retrieve-latest-backup-time')).length
    assert.equal(asked, 2 * AT_RESTORE_POINT.length)
  })

  const stops = (what: string, given: ReturnType<typeof world>, words: RegExp, plan = script()) => {
    it(`stops ${what}`, async () => {
      azure = await fakeAzure(plan, given)
      const {code, output} = await azure.run(DONE)
      assert.notEqual(code, 0)
      assert.match(output, words)
      assert.deepEqual((await azure.world()).accounts[SOURCE], given.accounts[SOURCE])
    })
  }

  stops('at a time that the backup does not reach', restorable({oldestRestorableTime: '2026-11-23T12:44:08.5+00:00'}), /no backup of my-ledger reaches back to 2026-11-23T12:44:07Z/)
  stops('where no account of that name was there at that time', restorable({creationTime: '2026-11-23T12:44:08+00:00'}), /no instance-id was found: make the plan again with --database kind=cosmosdb,instance-id=…/)
  stops('at an account of the new name that is another restore', {
    ...world(), accounts: {...world().accounts, [COPY]: {properties: {instanceId: 'x', restoreParameters: {restoreTimestampInUtc: '2026-11-23T12:44:08+00:00', restoreSource: `/x/${INSTANCE}`}}, databases: {}}},
  }, /an account my-ledger-r20261123t124407z exists already, and is no restore of my-ledger to 2026-11-23T12:44:07Z/)
  stops('where a table of the record did not come back', world(), /^shop\/lost$/m, script({tables: [...AT_RESTORE_POINT, 'shop/lost']}))

  it('restores an account that was deleted, without what only the account itself could tell', async () => {
    azure = await fakeAzure(script({settings: {account: SOURCE, 'resource-group': 'my-group'}}), {...restorable({deletionTime: '2026-11-23T20:00:00+00:00'}), accounts: {}})
    const {code, output} = await azure.run(DONE)
    assert.equal(code, 0, output)
    const {lacking, containers, properties} = outcome(await azure.world())
    assert.deepEqual([lacking, containers, properties['publicNetworkAccess']], [['scalardb/metadata'], AT_RESTORE_POINT, 'Disabled'])
    assert.match(output, /not opened to public networks: my-ledger is not known to have been/)
  })

  it('brings back what was dropped from an account that is still there', async () => {
    const given = world()
    const source = given.accounts[SOURCE] ?? assert.fail()
    source.databases = {app: {containers: {own: {procedures: {}}}}, scalar_tenant: source.databases['scalar_tenant'] ?? assert.fail()}
    azure = await fakeAzure(script(), {...given, atRestorePoint: ['app/own', ...AT_RESTORE_POINT], latest: ['11/23/2026 12:44:07 PM']})
    const {code, output} = await azure.run(DONE)
    assert.equal(code, 0, output)
    const {lacking, containers} = outcome(await azure.world())
    assert.deepEqual([lacking, containers], [['scalardb/metadata'], ['app/own', ...AT_RESTORE_POINT]])
  })

  it('comes to the same end when it is killed at any change and run again', async () => {
    const count = async () => (await (azure ?? assert.fail()).world()).changes ?? 0
    azure = await fakeAzure(script(), world())
    assert.equal((await azure.run(DONE)).code, 0)
    const changes = await count()
    assert.ok(changes > 20, `${changes} changes`)
    for (const kill of Array.from({length: changes}, (_, i) => i + 1).filter(number => (number - 1) % EVERY === 0).flatMap(number => [`${number}`, `${number}+`])) {
      await azure.remove()
      azure = await fakeAzure(script(), world())
      assert.equal((await azure.run(DONE, kill)).signal, 'SIGKILL', kill)
      const {code, output} = await azure.run(DONE)
      assert.equal(code, 0, `killed at change ${kill}: ${output}`)
      assert.deepEqual(outcome(await azure.world()), EXPECTED, kill)
    }
  }).timeout(7_200_000)
})
