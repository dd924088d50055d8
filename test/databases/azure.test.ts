import assert from 'node:assert/strict'
import {azureMysql, azurePostgresql} from '../../src/databases/azure-flexible/index.ts'
import {blobStorage} from '../../src/databases/blob-storage/index.ts'
import {goldenPlan, planOf} from '../support/plan-of.ts'
import {refusesPlan} from './refuses.ts'

const SUBSCRIPTION = '11111111-2222-3333-4444-555555555555'
const MYSQL = [{storage: 'jdbc', contactPoints: 'jdbc:mysql://my-server.mysql.database.azure.com:3306/'}]
const POSTGRESQL = [{storage: 'jdbc', contactPoints: 'jdbc:postgresql://my-server.postgres.database.azure.com:5432/ledger'}]
const BLOBS = {account: 'myaccount', container: 'ledger', subscription: SUBSCRIPTION, 'resource-group': 'my-group'}

describe('the plan for Azure Database for MySQL and PostgreSQL', () => {
  it('restores a MySQL server into a new one', () => {
    goldenPlan('azure-mysql', planOf(azureMysql, {settings: {server: 'my-server', 'resource-group': 'my-group', subscription: SUBSCRIPTION}, storages: MYSQL}))
  })

  it('restores a PostgreSQL server, and looks up what the record does not have', () => {
    goldenPlan('azure-postgresql', planOf(azurePostgresql, {settings: {server: 'my-server'}, storages: POSTGRESQL}))
  })

  it('rehearses without touching what exists', () => {
    const plan = planOf(azureMysql, {settings: {server: 'my-server', 'resource-group': 'my-group'}, storages: MYSQL, mode: 'copy-only'})
    assert.deepEqual(plan.steps.map(({id}) => id), ['azure-mysql.names', 'azure-mysql.window', 'azure-mysql.capture', 'azure-mysql.copy', 'azure-mysql.in-flight', 'azure-mysql.clean-up'])
    assert.match(plan.steps.at(-1)?.commands[0]?.shell ?? '', /delete -g my-group -n my-server-r20261123t124407z$/)
  })

  refusesPlan('a server without its name', azureMysql, {settings: {}}, 'the plan for azure-mysql needs server (name of the flexible server), and the record does not have it')
})

describe('whether a JDBC URL leads to a flexible server', () => {
  const server = (contactPoints: string) => [azureMysql, azurePostgresql].map(each => each.recognise({storage: 'jdbc', contactPoints})?.settings['server'])
  it('knows one by its host', () => {
    assert.deepEqual(server('jdbc:mysql://my-server.mysql.database.azure.com/db'), ['my-server', undefined])
    assert.deepEqual(server('jdbc:postgresql://My-Server.postgres.database.azure.com:5432/db'), [undefined, 'my-server'])
  })
  it('knows one behind a private name', () => {
    assert.deepEqual(server('jdbc:postgresql://my-server.my-zone.private.postgres.database.azure.com/db'), [undefined, 'my-server'])
  })
  it('leaves others alone', () => {
    for (const url of ['jdbc:mysql://mysql.database.azure.com.example.com/db', 'jdbc:mysql://db.example.com/', 'jdbc:sqlserver://x.database.windows.net', 'jdbc:mysql:']) {
      assert.deepEqual(server(url), [undefined, undefined], url)
    }
  })
})

describe('the plan for Azure Blob Storage', () => {
  it('restores a container in place', () => {
    goldenPlan('blob-storage', planOf(blobStorage, {settings: BLOBS}))
  })

  it('turns to a copy of the container, where one was made while everything was paused', () => {
    goldenPlan('blob-storage-copy', planOf(blobStorage, {
      settings: BLOBS, snapshots: [{name: 'blob-storage', identifier: 'https://myaccount.blob.core.windows.net/ledger-20261123'}],
    }))
  })

  it('only looks when it is a rehearsal', () => {
    const plan = planOf(blobStorage, {settings: BLOBS, mode: 'copy-only'})
    assert.deepEqual(plan.steps.map(({id}) => id), ['blob-storage.names', 'blob-storage.window'])
    assert.deepEqual(plan.warnings, ['Azure Blob Storage container myaccount/ledger: it is restored in place, so there is no copy to rehearse with'])
  })

  it('knows account and container by the address', () => {
    assert.deepEqual(blobStorage.recognise({storage: 'blob-storage', contactPoints: 'https://myaccount.blob.core.windows.net/ledger'}), {
      key: 'myaccount/ledger', settings: {account: 'myaccount', container: 'ledger'},
    })
    assert.deepEqual(blobStorage.recognise({storage: 'blob-storage', contactPoints: 'http://127.0.0.1:10000/x/y'}), {key: 'http://127.0.0.1:10000/x/y', settings: {}})
    assert.equal(blobStorage.recognise({storage: 's3', contactPoints: 'eu-west-1/ledger'}), undefined)
  })
})
