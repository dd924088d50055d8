import assert from 'node:assert/strict'
import {azureMysql, azurePostgresql} from '../../src/databases/azure-flexible/index.ts'
import {blobStorage} from '../../src/databases/blob-storage/index.ts'
import {renderScript} from '../../src/plan/script.ts'
import {planOf} from '../support/plan-of.ts'
import {accepted, fakeAzure, parseAz} from './azure.ts'

const SUBNET = '/subscriptions/s/resourceGroups/net/providers/Microsoft.Network/virtualNetworks/v/subnets/s'
const ZONE = '/subscriptions/s/resourceGroups/net/providers/Microsoft.Network/privateDnsZones/z.private.mysql.database.azure.com'

const server = (more: object = {}) => ({
  id: '/subscriptions/s/resourceGroups/my-group/providers/x/flexibleServers/my-server', name: 'my-server', resourceGroup: 'my-group', state: 'Ready',
  fullyQualifiedDomainName: 'my-server.mysql.database.azure.com', tags: {team: "ledger's own"}, network: {delegatedSubnetResourceId: null as string | null},
  highAvailability: {mode: 'ZoneRedundant'}, backup: {earliestRestoreDate: '2026-11-20T00:00:00.123+00:00', backupRetentionDays: 14},
  parameters: [
    {name: 'time_zone', value: '+09:00', source: 'user-override', isReadOnly: 'False'}, {name: 'port', value: '3306', source: 'user-override', isReadOnly: 'True'},
    {name: 'max_connections', value: '100', source: 'system-default', isReadOnly: 'False'},
  ],
  ...more,
})

interface World {
  servers?: Record<string, ReturnType<typeof server>>
  blobs?: object
  restores?: number
}

let azure: Awaited<ReturnType<typeof fakeAzure<World>>> | undefined
afterEach(() => azure?.remove())

/** Runs a script to its end, and has the real parser judge what it called. */
async function runs(script: string, world: World, words: readonly string[]) {
  azure = await fakeAzure(script, world)
  const {code, output} = await azure.run(words)
  assert.equal(code, 0, output)
  const after = await azure.world()
  const calls = after.calls?.flatMap(([program, ...rest]) => program === 'az' ? [rest] : []) ?? []
  const answers = await parseAz(calls)
  assert.deepEqual(calls.filter((_, i) => !accepted(answers[i] ?? assert.fail('no answer'))), [])
  return {after, output}
}

describe('the script for a flexible server, run with a stand-in for az', () => {
  for (const database of [azureMysql, azurePostgresql]) {
    const script = renderScript(planOf(database, {settings: {server: 'my-server'}, storages: [{storage: 'jdbc', contactPoints: 'jdbc:x://my-server/db'}]}))
    const done = ['--done', `${database.kind}.settings`]

    it(`makes the server at the restore point, sets again what a restore resets, and leaves the old one alone: ${database.kind}`, async () => {
      const {after, output} = await runs(script, {servers: {'my-server': server()}}, done)
      const copy = after.servers?.['my-server-r20261123t124407z'] ?? assert.fail('no server was made')
      assert.deepEqual(
        [copy.tags, copy.highAvailability, copy.backup, copy.parameters.map(({value}) => value), (copy as unknown as {restored: string}).restored, copy.network],
        [{team: "ledger's own"}, {mode: 'ZoneRedundant'}, {backupRetentionDays: 14}, ['+09:00', 'SYSTEM', 'SYSTEM'], '2026-11-23T12:44:07Z', {delegatedSubnetResourceId: null}],
      )
      assert.deepEqual(after.servers?.['my-server'], server())
      assert.match(output, /WARNING: my-server-r20261123t124407z could not be asked for half-done rows: ask it from where it can be reached/)
    })

    it(`puts a private server into its subnet, and turns nothing on that was off: ${database.kind}`, async () => {
      const network = {delegatedSubnetResourceId: SUBNET, [database === azureMysql ? 'privateDnsZoneResourceId' : 'privateDnsZoneArmResourceId']: ZONE}
      const {after} = await runs(script, {servers: {'my-server': server({network, highAvailability: {mode: 'Disabled'}, parameters: [], tags: null})}}, done)
      const copy = after.servers?.['my-server-r20261123t124407z']
      assert.deepEqual([copy?.network, copy?.highAvailability], [{delegatedSubnetResourceId: SUBNET, privateDnsZoneResourceId: ZONE}, {mode: 'Disabled'}])
    })

    it(`stops at a time that the backup does not reach: ${database.kind}`, async () => {
      azure = await fakeAzure(script, {servers: {'my-server': server({backup: {earliestRestoreDate: '2026-11-23T12:44:08+00:00'}})}})
      const {code, output} = await azure.run(done)
      assert.notEqual(code, 0)
      assert.match(output, /no backup of my-server reaches back to 2026-11-23T12:44:07Z/)
      assert.deepEqual(Object.keys((await azure.world()).servers ?? {}), ['my-server'])
    })
  }
})

describe('the script for Blob Storage, run with a stand-in for az', () => {
  const script = renderScript(planOf(blobStorage, {settings: {account: 'myaccount', container: 'ledger'}}))
  const blobs = {restorePolicy: {enabled: true, minRestoreTime: '2026-11-20T00:00:00+00:00'}, isVersioningEnabled: true, changeFeed: {enabled: true}}

  it('restores the container in place, once', async () => {
    const {after} = await runs(script, {blobs}, ['--yes'])
    assert.equal(after.restores, 1)
    const restore = after.calls?.find(words => words.includes('restore'))
    assert.deepEqual(restore?.slice(restore.indexOf('--time-to-restore'), restore.indexOf('-o')), ['--time-to-restore', '2026-11-23T12:44:07Z', '--blob-range', 'ledger/', 'ledger0'])
    await azure?.forget()
    assert.equal((await azure?.run(['--yes']))?.code, 0)
    assert.equal((await azure?.world())?.restores, 1)
  })

  for (const [what, given] of [['off', {...blobs, restorePolicy: null}], ['too young', {...blobs, restorePolicy: {enabled: true, minRestoreTime: '2026-11-23T12:44:08+00:00'}}]] as const) {
    it(`stops before anything is changed where point-in-time restore is ${what}`, async () => {
      azure = await fakeAzure(script, {blobs: given})
      const {code, output} = await azure.run(['--yes'])
      assert.notEqual(code, 0)
      assert.match(output, /point-in-time restore of myaccount does not reach back to 2026-11-23T12:44:07Z/)
      assert.equal((await azure.world()).changes, undefined)
    })
  }
})
