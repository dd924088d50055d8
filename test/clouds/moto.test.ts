import assert from 'node:assert/strict'
import {startMoto, type Moto} from './moto.ts'

const HOUR = 3600

describe('the peer that stands for DynamoDB', () => {
  let moto: Moto
  before(async () => (moto = await startMoto()))
  beforeEach(() => moto.reset())
  after(() => moto.stop())

  /** A table of a day ago, which says `before` until an hour ago and `after` since. */
  async function pastTable(name: string) {
    await moto.settings({clockOffsetSeconds: -24 * HOUR})
    await moto.api('CreateTable', {
      TableName: name, KeySchema: [{AttributeName: 'k', KeyType: 'HASH'}], AttributeDefinitions: [{AttributeName: 'k', AttributeType: 'S'}],
      ProvisionedThroughput: {ReadCapacityUnits: 10, WriteCapacityUnits: 10},
    })
    await moto.api('UpdateContinuousBackups', {TableName: name, PointInTimeRecoverySpecification: {PointInTimeRecoveryEnabled: true}})
    await moto.api('PutItem', {TableName: name, Item: {k: {S: 'a'}, v: {S: 'before'}}})
    await moto.settings({clockOffsetSeconds: -HOUR})
    await moto.api('PutItem', {TableName: name, Item: {k: {S: 'a'}, v: {S: 'after'}}})
    await moto.settings({clockOffsetSeconds: 0})
  }

  const ago = (seconds: number) => Math.floor(Date.now() / 1000) - seconds
  const copy = (at: number, more = {}) => moto.api('RestoreTableToPointInTime', {SourceTableName: 'scalar.a', TargetTableName: 'r1-scalar.a', RestoreDateTime: at, ...more})

  it('restores the items of the second asked for, and no settings', async () => {
    await pastTable('scalar.a')
    await moto.api('UpdateTimeToLive', {TableName: 'scalar.a', TimeToLiveSpecification: {Enabled: true, AttributeName: 'ttl'}})
    await copy(ago(2 * HOUR))
    const table = (await moto.truth()).tables['r1-scalar.a']
    assert.deepEqual(table?.items, [{k: {S: 'a'}, v: {S: 'before'}}])
    assert.deepEqual([table.ttl, table.pitr, table.throughput], [null, null, [5, 5]])
  })

  it('refuses a time outside the window, a table without recovery, and names that are taken or not legal', async () => {
    await pastTable('scalar.a')
    await assert.rejects(copy(ago(48 * HOUR)), /InvalidRestoreTimeException/)
    await moto.settings({lagSeconds: 300})
    await assert.rejects(copy(ago(60)), /InvalidRestoreTimeException/)
    await assert.rejects(copy(ago(2 * HOUR), {TargetTableName: 'r1:scalar.a'}), /ValidationException/)
    await copy(ago(2 * HOUR))
    await assert.rejects(copy(ago(2 * HOUR)), /TableAlreadyExistsException/)
    await moto.api('UpdateContinuousBackups', {TableName: 'scalar.a', PointInTimeRecoverySpecification: {PointInTimeRecoveryEnabled: false}})
    await assert.rejects(copy(ago(2 * HOUR), {TargetTableName: 'r2-scalar.a'}), /PointInTimeRecoveryUnavailableException/)
  })

  it('takes its time, shows it, and refuses what has to wait', async () => {
    await pastTable('scalar.a')
    await moto.settings({durationsMs: {copy: 300, backup: 300, delete: 300}})
    await copy(ago(2 * HOUR))
    const status = async (name: string) => ((await moto.api('DescribeTable', {TableName: name}))['Table'] as {TableStatus: string}).TableStatus
    assert.equal(await status('r1-scalar.a'), 'CREATING')
    await assert.rejects(moto.api('Scan', {TableName: 'r1-scalar.a'}), /ResourceNotFoundException/)
    await assert.rejects(moto.api('CreateBackup', {TableName: 'r1-scalar.a', BackupName: 'copy'}), /TableInUseException/)
    await moto.api('CreateBackup', {TableName: 'scalar.a', BackupName: 'before'})
    await assert.rejects(moto.api('DeleteTable', {TableName: 'scalar.a'}), /ResourceInUseException/)
    await new Promise(resolve => setTimeout(resolve, 350))
    assert.equal(await status('r1-scalar.a'), 'ACTIVE')
    await moto.api('DeleteTable', {TableName: 'scalar.a'})
    assert.equal(await status('scalar.a'), 'DELETING')
    await new Promise(resolve => setTimeout(resolve, 350))
    await assert.rejects(status('scalar.a'), /ResourceNotFoundException/)
    assert.deepEqual((await moto.truth()).backups.map(({name, type, status}) => [name, type, status]), [
      ['before', 'USER', 'AVAILABLE'], ['scalar.a$DeletedTableBackup', 'SYSTEM', 'AVAILABLE'],
    ])
  })

  it('cannot back up a table that has only just been made', async () => {
    await pastTable('scalar.a')
    await moto.settings({settlingMs: 300})
    await copy(ago(2 * HOUR))
    const backup = () => moto.api('CreateBackup', {TableName: 'r1-scalar.a', BackupName: 'copy'})
    await assert.rejects(backup(), /ContinuousBackupsUnavailableException/)
    await new Promise(resolve => setTimeout(resolve, 350))
    await backup()
  })

  it('sees a table deleted whose data no available backup holds', async () => {
    await pastTable('scalar.a')
    await moto.watch(['scalar.a'], ago(2 * HOUR))
    await copy(ago(2 * HOUR))
    await moto.api('CreateBackup', {TableName: 'scalar.a', BackupName: 'before'})
    await moto.api('DeleteTable', {TableName: 'scalar.a'})
    const lost = 'no available backup has the items of scalar.a as of the restore point'
    assert.deepEqual((await moto.truth()).violations.map(line => line.replace(/^after call \d+: /, '')), [lost])
  })

  it('says nothing when a backup of the copy is there', async () => {
    await pastTable('scalar.a')
    await moto.watch(['scalar.a'], ago(2 * HOUR))
    await copy(ago(2 * HOUR))
    await moto.api('CreateBackup', {TableName: 'r1-scalar.a', BackupName: 'copy'})
    await moto.api('CreateBackup', {TableName: 'scalar.a', BackupName: 'before'})
    await moto.api('DeleteTable', {TableName: 'scalar.a'})
    assert.deepEqual((await moto.truth()).violations, [])
  })

  it('allows so many restores at a time', async () => {
    await pastTable('scalar.a')
    await moto.settings({restoreLimit: 1, durationsMs: {copy: 60_000}})
    await copy(ago(2 * HOUR))
    await assert.rejects(copy(ago(2 * HOUR), {TargetTableName: 'r2-scalar.a'}), /LimitExceededException/)
  })

  it('freezes at a call before or after its effect, so that its caller can be killed', async () => {
    for (const when of ['before', 'after'] as const) {
      await moto.reset()
      await pastTable('scalar.a')
      await moto.freeze(2, when)
      await moto.api('DescribeTable', {TableName: 'scalar.a'})
      const last = assert.rejects(moto.api('DeleteTable', {TableName: 'scalar.a'}))
      while (!await moto.frozen()) await new Promise(resolve => setTimeout(resolve, 10))
      assert.equal(await moto.frozen(), 'DeleteTable scalar.a')
      await moto.thaw()
      await last
      assert.deepEqual(Object.keys((await moto.truth()).tables), when === 'before' ? ['scalar.a'] : [])
    }
  })

  it('fails calls by rules', async () => {
    await pastTable('scalar.a')
    await moto.rules([{operation: 'DescribeTable', table: '^scalar\\.a$', skip: 1, times: 1, error: 'ThrottlingException'}])
    const ask = () => moto.api('DescribeTable', {TableName: 'scalar.a'})
    await ask()
    await assert.rejects(ask(), /ThrottlingException/)
    await ask()
  })
})
