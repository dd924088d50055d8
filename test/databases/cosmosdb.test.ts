import assert from 'node:assert/strict'
import {spawnSync} from 'node:child_process'
import {mkdtemp, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {cosmosdb} from '../../src/databases/cosmosdb/index.ts'
import {checkSettings} from '../../src/databases/settings.ts'
import {CliError} from '../../src/support/errors.ts'
import {goldenPlan, planOf} from '../support/plan-of.ts'
import {refusesPlan} from './refuses.ts'

const LEDGER = {owner: {product: 'ledger', release: 'my-ledger', namespace: 'ledger', version: '3.9.3'}} as const
const AUDITOR = {owner: {product: 'auditor', release: 'my-auditor', namespace: 'auditor', context: 'other', version: '3.7.0'}, keeps: ['auditor', 'auditor_*']} as const
const CLUSTER = {owner: {product: 'scalardb-cluster', release: 'my-cluster', namespace: 'cluster'}, keeps: ['coordinator']} as const
const RECORDED = {
  account: 'my-ledger', uri: 'https://my-ledger.documents.azure.com:443/', subscription: '11111111-2222-3333-4444-555555555555',
  'resource-group': 'my-group', location: 'Japan East', 'instance-id': '01234567-89ab-cdef-0123-456789abcdef', tier: 'Continuous7Days',
}
const steps = (...given: Parameters<typeof planOf>) => planOf(...given).steps.map(({id}) => id)
const text = (...given: Parameters<typeof planOf>) => planOf(...given).steps.flatMap(({commands}) => commands.map(({shell}) => shell)).join('\n')

describe('the plan for Cosmos DB', () => {
  it('restores what a record says into a new account', () => {
    goldenPlan('cosmosdb', planOf(cosmosdb, {settings: RECORDED, storages: [LEDGER], tables: ['coordinator/state', 'scalar/asset', 'scalar_tenant/asset', 'scalardb/metadata']}))
  })

  it('looks up what it does not know, for the day when only a time and an account are known', () => {
    goldenPlan('cosmosdb-look-up', planOf(cosmosdb, {settings: {account: 'my-ledger'}, storages: [LEDGER, AUDITOR]}))
  })

  it('only makes the account and looks at it when it is a rehearsal', () => {
    const plan = planOf(cosmosdb, {settings: RECORDED, mode: 'copy-only'})
    assert.deepEqual(plan.steps.map(({id}) => id), ['cosmosdb.names', 'cosmosdb.window', 'cosmosdb.copy', 'cosmosdb.verify', 'cosmosdb.clean-up'])
    assert.deepEqual(plan.steps.at(-1)?.commands[0]?.argv, ['az', 'cosmosdb', 'delete', '-g', 'my-group', '-n', 'my-ledger-r20261123t124407z', '--subscription', RECORDED.subscription])
  })

  it('says that a prefix changes nothing here', () => {
    const prefixed = planOf(cosmosdb, {settings: RECORDED, mode: 'prefix', prefix: 'r1_'})
    assert.deepEqual(prefixed.warnings, ['Cosmos DB knows no prefix: my-ledger is restored into the new account my-ledger-r20261123t124407z, with the names of its databases as they are'])
    assert.deepEqual(prefixed.steps, planOf(cosmosdb, {settings: RECORDED}).steps)
  })

  it('copies stored procedures without the schema loader for ScalarDB Cluster, whose tables it does not know', () => {
    assert.deepEqual(steps(cosmosdb, {settings: RECORDED, storages: [CLUSTER]}).filter(id => /repair|procedures/.test(id)), ['cosmosdb.procedures'])
  })

  it('leaves the schema loader out where Ledger keeps its coordinator in another database: it would be created here', () => {
    assert.deepEqual(steps(cosmosdb, {settings: RECORDED, storages: [{...LEDGER, keeps: ['scalar', 'scalar_*']}]}).filter(id => id.includes('repair')), [])
  })

  it('leaves the schema loader out when asked', () => {
    assert.deepEqual(steps(cosmosdb, {settings: {...RECORDED, 'schema-loader': 'no'}, storages: [LEDGER]}).filter(id => id.includes('repair')), [])
  })

  it('gives each of two Ledgers a job of its own', () => {
    const second = {...LEDGER, owner: {...LEDGER.owner, release: 'other'}}
    assert.deepEqual(steps(cosmosdb, {settings: RECORDED, storages: [LEDGER, second]}).filter(id => id.includes('repair')), ['cosmosdb.repair-ledger', 'cosmosdb.repair-ledger-2'])
  })

  it('repairs with the request units of the schema, given or found', () => {
    assert.match(text(cosmosdb, {settings: {...RECORDED, ru: '5000'}, storages: [LEDGER]}), /^COSMOSDB_RU=5000$/m)
    assert.match(text(cosmosdb, {settings: RECORDED, storages: [LEDGER]}), /^COSMOSDB_RU=\$\(awk '\$1 == "scalar"/m)
  })

  it('names an identity where a key of the customer encrypts the account', () => {
    const identity = '/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/i'
    assert.match(text(cosmosdb, {settings: {...RECORDED, identity}}), new RegExp(`--assign-identity ${identity} \\\\?\\n? *--default-identity UserAssignedIdentity=${identity}`))
  })

  it('names metadata where it is elsewhere', () => {
    assert.match(text(cosmosdb, {settings: RECORDED, storages: [{...LEDGER, metadataNamespace: 'my_metadata'}]}), /grep -Ev '\^\(my_metadata\)\/'/)
    assert.match(text(cosmosdb, {settings: RECORDED, storages: [{...LEDGER, metadataNamespace: 'my_metadata'}]}), /scalar\.db\.cosmos\.table_metadata\.database=my_metadata/)
  })

  it('takes tables as ScalarDB names them', () => {
    assert.deepEqual(planOf(cosmosdb, {settings: RECORDED, tables: ['scalar.asset', 'scalar/b.c']}).databases[0]?.covers, ['scalar/asset', 'scalar/b.c'])
  })

  it('knows metadata also where no product is known', () => {
    assert.match(text(cosmosdb, {settings: RECORDED, storages: []}), /grep -Ev '\^\(scalardb\)\/'/)
  })

  it('cuts long names, and keeps apart what they cut', () => {
    const account = (name: string) => /--target-database-account-name (\S+)/.exec(text(cosmosdb, {settings: {account: name}}))?.[1] ?? ''
    const [ledger, auditor] = [account('a-company-with-a-very-long-name-ledger'), account('a-company-with-a-very-long-name-auditor')]
    assert.equal(ledger, 'a-company-with-a-ver-f11c2-r20261123t124407z')
    assert.notEqual(ledger, auditor)
    assert.ok([ledger, auditor].every(name => /^[a-z0-9][a-z0-9-]{1,42}[a-z0-9]$/.test(name)))
  })

  refusesPlan('an account that nobody names', cosmosdb, {settings: {}}, 'the plan for cosmosdb needs account (name of the Cosmos DB account), and the record does not have it')
})

describe('whether a container is backed up to the restore point, 2026-11-23T12:44:07Z', () => {
  const look = planOf(cosmosdb, {settings: RECORDED}).steps.flatMap(({commands}) => commands).find(({shell}) => shell.includes('retrieve-latest-backup-time'))?.shell ?? assert.fail()
  let folder: string
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cosmosdb-'))
    await writeFile(join(folder, 'at-restore-point'), 'scalar/asset\nscalar/tx_state\n')
  })
  after(() => rm(folder, {recursive: true}))

  /** Exit code when the two containers answer so, in az's own words. */
  const ask = (...answers: string[]) => {
    const az = `az() { case "$*" in *' -c asset '*) echo '${answers[0] ?? ''}' ;; *) echo '${answers[1] ?? ''}' ;; esac; }`
    return spawnSync('bash', ['-c', `set -euo pipefail; COSMOSDB_FILES='${folder}'; ${az}; ${look}`]).status
  }
  const later = '11/24/2026 1:02:03 AM'
  for (const [answer, reached] of [
    ['11/23/2026 12:44:07 PM', true], ['11/23/2026 12:44:06 PM', false], ['11/23/2026 12:44:07 AM', false], ['11/23/2026 1:00:00 PM', true], ['11/23/2026 11:59:59 AM', false],
    ['11/24/2026 12:00:00 AM', true], ['12/1/2026 1:00:00 AM', true], ['9/30/2026 11:00:00 PM', false], ['1/1/2027 12:00:00 AM', true], ['1/1/1970 12:00:00 AM', false], ['12/12/2025 1:00:00 PM', false],
  ] as const) {
    it(`${answer}: ${reached ? 'yes' : 'not yet'}`, () => {
      assert.equal(ask(answer, later), reached ? 0 : 1)
      assert.equal(ask(later, answer), reached ? 0 : 1)
    })
  }
})

describe('which Cosmos DB account a storage is', () => {
  const recognise = (contactPoints?: string) => cosmosdb.recognise({storage: 'cosmos', ...contactPoints && {contactPoints}})
  it('is told by its URI', () => {
    assert.deepEqual(recognise('https://My-Ledger.documents.azure.com:443/'), {
      key: 'my-ledger.documents.azure.com', settings: {uri: 'https://My-Ledger.documents.azure.com:443/', account: 'my-ledger'},
    })
  })
  it('is not known by an address that is not Azure\'s, nor without one', () => {
    assert.deepEqual(recognise('https://localhost:8081'), {key: 'localhost', settings: {uri: 'https://localhost:8081'}})
    assert.deepEqual(recognise(), {key: '', settings: {}})
  })
  it('is none of other storages', () => {
    assert.equal(cosmosdb.recognise({storage: 'dynamo', contactPoints: 'eu-west-1'}), undefined)
  })

  for (const [name, value] of [['account', 'My_Account'], ['account', 'a;b'], ['resource-group', 'a b$(id)'], ['subscription', "x'y"], ['location', 'a`b`'], ['instance-id', 'x'], ['uri', 'https://a/$(id)'], ['identity', '/subscriptions/a;b']] as const) {
    it(`refuses ${name} ${value}`, () => {
      assert.throws(() => { checkSettings(cosmosdb, {[name]: value}) }, CliError)
    })
  }
})
