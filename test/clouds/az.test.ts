import assert from 'node:assert/strict'
import {azureMysql, azurePostgresql} from '../../src/databases/azure-flexible/index.ts'
import {blobStorage} from '../../src/databases/blob-storage/index.ts'
import {cosmosdb} from '../../src/databases/cosmosdb/index.ts'
import {planOf} from '../support/plan-of.ts'
import {accepted, azCallsOf, parseAz} from './azure.ts'
import type {Database, OwnedStorage} from '../../src/databases/types.ts'

const SUBSCRIPTION = '11111111-2222-3333-4444-555555555555'
const IDENTITY = `/subscriptions/${SUBSCRIPTION}/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/i`
const KNOWN = {subscription: SUBSCRIPTION, 'resource-group': 'my-group', location: 'Japan East'}
const AUDITOR: Partial<OwnedStorage> = {owner: {product: 'auditor', release: 'a', namespace: 'a'}, keeps: ['auditor']}

const PLANS: ReadonlyArray<readonly [string, Database, Parameters<typeof planOf>[1]]> = [
  ['cosmosdb', cosmosdb, {settings: {...KNOWN, account: 'my-ledger', identity: IDENTITY}, storages: [{}, AUDITOR], tables: ['scalar/asset']}],
  ['cosmosdb, looked up', cosmosdb, {settings: {account: 'my-ledger'}}],
  ['azure-mysql', azureMysql, {settings: {...KNOWN, server: 'my-server'}, storages: [{storage: 'jdbc', contactPoints: 'jdbc:mysql://my-server.mysql.database.azure.com/'}]}],
  ['azure-mysql, looked up', azureMysql, {settings: {server: 'my-server'}}],
  ['azure-postgresql', azurePostgresql, {settings: {...KNOWN, server: 'my-server'}, storages: [{storage: 'jdbc', contactPoints: 'jdbc:postgresql://my-server.postgres.database.azure.com/'}]}],
  ['blob-storage', blobStorage, {settings: {...KNOWN, account: 'myaccount', container: 'ledger'}}],
  ['blob-storage, looked up', blobStorage, {settings: {account: 'myaccount', container: 'ledger'}}],
  ['blob-storage by its copy', blobStorage, {settings: {...KNOWN, account: 'myaccount', container: 'ledger'}, snapshots: [{name: 'blob-storage', identifier: 'https://other.blob.core.windows.net/copy'}]}],
]

describe('what the real Azure CLI says to every az command of every plan', () => {
  for (const [name, database, given] of PLANS) {
    it(`knows the commands and their options: ${name}`, async () => {
      const plan = planOf(database, given)
      const commands = plan.steps.flatMap(({commands}) => commands).concat(database.checkByHand(given.settings, []))
      const calls = commands.flatMap(({shell}) => azCallsOf(shell))
      assert.ok(calls.length > 3)
      const answers = await parseAz(calls)
      assert.deepEqual(calls.flatMap((words, i) => accepted(answers[i] ?? assert.fail('no answer')) ? [] : [{words: words.join(' '), ...answers[i]}]), [])
    })
  }

  it('refuses what it does not know, or the judge is none', async () => {
    const words = (text: string) => text.split(' ')
    const restore = 'cosmosdb restore -g g --account-name a --target-database-account-name b --location l'
    const wrong = [
      `${restore} --restore-timestamp 2026-11-23T12:44:07Z --public-net-access DISABLED`,
      `${restore} --restore-timestamp 2026-11-23T12:44:07Z --public-network-access CLOSED`,
      `${restore} --restore-timestamp yesterday`,
      restore,
      'cosmosdb sql stored-procedure list -g g -a a -d d',
      'cosmosdb repair -g g',
    ]
    const answers = await parseAz([...wrong.map(words), words(`${restore} --restore-timestamp 2026-11-23T12:44:07Z`)])
    assert.deepEqual(answers.map(accepted), [...wrong.map(() => false), true])
  })
})
