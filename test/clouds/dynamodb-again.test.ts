import assert from 'node:assert/strict'
import {cp, mkdtemp, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'
import {provideAws, type Aws} from './aws.ts'
import {startMoto, type Item, type Moto, type Truth} from './moto.ts'
import {assertRestored, assertUntouched, itemsOf} from './outcome.ts'
import {Place, type Ended} from './place.ts'
import {dynamoScript} from './plan.ts'
import {makeWorld, ROWS_THEN, TWO_TABLES, type WorldTable} from './world.ts'

const NAMES = TWO_TABLES.map(({name}) => name)
const SYSTEM: readonly WorldTable[] = [{name: 'scalardb.metadata', recoveryDays: 35}, {name: 'scalardb.namespaces', recoveryDays: 35}]
const PLAIN: readonly WorldTable[] = [{name: 'scalar.asset', recoveryDays: 35}, {name: 'coordinator.state', recoveryDays: 35}]

describe('the printed script for DynamoDB, carried out again after something else has happened', () => {
  let moto: Moto
  let warm: Aws
  const places: Place[] = []
  before(async () => {
    moto = await startMoto()
    warm = await provideAws('warm', moto.url)
  })
  beforeEach(() => moto.reset())
  afterEach(async () => {
    for (const place of places.splice(0)) await place.remove()
  })
  after(async () => {
    await warm.stop()
    await moto.stop()
  })

  interface Scene {
    readonly earlier: Truth
    readonly place: Place
    /** The same restore on a machine that knows nothing of it. */
    readonly elsewhere: (asked?: Parameters<typeof dynamoScript>[1]) => Promise<Place>
  }

  async function scene(tables: readonly WorldTable[], asked: Parameters<typeof dynamoScript>[1], env: Readonly<Record<string, string>> = {}, aws = warm): Promise<Scene> {
    const at = await makeWorld(moto, tables)
    await moto.watch(tables.filter(({recoveryDays, young}) => recoveryDays && !young).map(({name}) => name), at)
    await moto.settings({durationsMs: {copy: 200, backup: 100, restore: 200, delete: 100, update: 50}, settlingMs: 50})
    const make = async (what: Parameters<typeof dynamoScript>[1]) => {
      const place = await Place.make(dynamoScript(at, what), moto, aws, env)
      places.push(place)
      return place
    }
    return {earlier: await moto.truth(), place: await make(asked), elsewhere: (what = asked) => make(what)}
  }

  const succeeded = (ended: Ended) => assert.equal(ended.code, 0, ended.output)
  const stopped = (ended: Ended, ...words: RegExp[]) => {
    assert.notEqual(ended.code, 0, ended.output)
    for (const each of words) assert.match(ended.output, each)
  }
  type Backup = Readonly<Record<'BackupName' | 'BackupArn' | 'TableName', string>>
  const backups = async () => (await moto.api('ListBackups', {}) as {BackupSummaries: Backup[]}).BackupSummaries
  const listed = (truth: Truth, table: string, key: string): string[] => itemsOf(truth, table).map(row => String(row[key]?.['S'])).toSorted()

  for (const tables of [[...SYSTEM, ...PLAIN].map(({name}) => name), undefined]) {
    it(`leaves the rows under a new prefix as an earlier run on another machine has written them, ${tables ? 'the tables given' : 'the tables found'}`, async () => {
      const {place, earlier, elsewhere} = await scene([...SYSTEM, ...PLAIN], {tables, mode: 'prefix', prefix: 'r1_'})
      succeeded(await place.run('--yes'))
      const first = await moto.truth()
      assert.deepEqual(listed(first, 'r1_scalardb.metadata', 'table'), ['r1_coordinator.state', 'r1_scalar.asset'])
      const other = await elsewhere()
      succeeded(await other.run('--yes'))
      const truth = await moto.truth()
      assert.deepEqual(listed(truth, 'r1_scalardb.metadata', 'table'), ['r1_coordinator.state', 'r1_scalar.asset'])
      assert.deepEqual(listed(truth, 'r1_scalardb.namespaces', 'namespace_name'), ['r1_coordinator', 'r1_scalar', 'r1_scalardb'])
      assertUntouched(truth, earlier, PLAIN.map(({name}) => name))
    })
  }

  it('makes indexes anew under a new prefix, and only then what belongs to them', async () => {
    const {place, earlier} = await scene([...SYSTEM, ...TWO_TABLES], {mode: 'prefix', prefix: 'r1_', settings: {indexes: 'recreate'}})
    const IndexName = 'scalar.asset.global_index.owner'
    await moto.api('UpdateContributorInsights', {TableName: 'scalar.asset', IndexName, ContributorInsightsAction: 'ENABLE'})
    succeeded(await place.run('--yes'))
    const {tables, scaling} = await moto.truth()
    assert.deepEqual(tables['r1_scalar.asset']?.['indexes'], {[`r1_${IndexName}`]: [30, 40]})
    assert.deepEqual(tables['r1_scalar.asset']['insights'], [`r1_${IndexName}`])
    assert.match(JSON.stringify(scaling.targets), new RegExp(`table/r1_scalar.asset/index/r1_${IndexName}`))
    assertUntouched({...await moto.truth(), scaling: earlier.scaling}, earlier, ['coordinator.state'])
  })

  it('leaves the rest of a copy unasked for half-done rows when its read capacity does not suffice, and says so', async () => {
    const {place} = await scene(TWO_TABLES, {tables: NAMES, mode: 'copy-only'})
    await moto.rules([{operation: '^Scan$', table: '-scalar', error: 'ProvisionedThroughputExceededException'}])
    const ended = await place.run('--yes')
    succeeded(ended)
    assert.match(ended.output, /scalar\.asset: .*read capacity/)
  })

  it('restores a table that is gone also when its last backup was deleted since', async () => {
    const {place, earlier} = await scene(TWO_TABLES, {tables: NAMES})
    await moto.rules([{operation: 'RestoreTableFromBackup', error: 'AccessDeniedException'}])
    stopped(await place.run('--yes'), /AccessDenied/)
    await moto.rules([])
    for (const {BackupName, BackupArn} of await backups()) if (BackupName.endsWith('-before')) await moto.api('DeleteBackup', {BackupArn})
    const ended = await place.run('--yes')
    succeeded(ended)
    const {violations, ...truth} = await moto.truth()
    assertRestored({...truth, violations: []}, earlier, NAMES)
    assert.ok(violations.every(each => each.endsWith('as of the moment before')), violations.join('\n'))
    assert.match(ended.output, /WARNING: scalar\.asset .*-before/)
  })

  it('restores once more after somebody has gone back by the backups of the tables as they were', async () => {
    const {place, earlier} = await scene(TWO_TABLES, {tables: NAMES})
    await moto.rules([{operation: 'RestoreTableFromBackup', error: 'AccessDeniedException'}])
    stopped(await place.run('--yes'), /AccessDenied/)
    await moto.rules([])
    await sleep(400)
    for (const {BackupName, BackupArn, TableName} of await backups()) {
      if (BackupName.endsWith('-before')) await moto.api('RestoreTableFromBackup', {BackupArn, TargetTableName: TableName})
    }
    const written: Item = {k: {S: 'written after going back'}}
    await sleep(400)
    await moto.api('PutItem', {TableName: 'scalar.asset', Item: written})
    succeeded(await place.run('--yes'))
    const truth = await moto.truth()
    assertRestored(truth, earlier, NAMES)
    assert.ok(truth.backups.some(({name, items}) => name.endsWith('scalar.asset-before') && items.some(row => row['k']?.['S'] === 'written after going back')))
  })

  it('does not delete what somebody has brought back while it runs, before that is backed up as well', async () => {
    const {place, earlier} = await scene(TWO_TABLES, {tables: NAMES})
    await moto.rules([{operation: 'RestoreTableFromBackup', accessKey: 'AKIAUSER', error: 'LimitExceededException'}])
    const run = place.start('--yes')
    let {tables} = earlier
    while (NAMES.some(name => name in tables)) {
      await sleep(200)
      tables = (await moto.truth()).tables
    }
    for (const {BackupName, BackupArn, TableName} of await backups()) {
      if (BackupName.endsWith('-before')) await moto.api('RestoreTableFromBackup', {BackupArn, TargetTableName: TableName})
    }
    await moto.rules([])
    stopped(await run.ended, /scalar\.asset.*brought it back/)
    for (const name of NAMES) assert.deepEqual(itemsOf(await moto.truth(), name), itemsOf(earlier, name))
    succeeded(await place.run('--yes'))
    assertRestored(await moto.truth(), earlier, NAMES)
  })

  it('takes a table in that was forgotten, also when others have been replaced already', async () => {
    const {place, earlier, elsewhere} = await scene([...TWO_TABLES, {name: 'scalar.function', recoveryDays: 7, tags: {of: 'ledger'}}], {tables: NAMES})
    await moto.rules([{operation: 'TagResource', error: 'AccessDeniedException'}])
    stopped(await place.run('--yes'), /AccessDenied/)
    await moto.rules([])
    const more = [...NAMES, 'scalar.function']
    const other = await elsewhere({tables: more})
    await cp(join(place.dir, 'state'), join(other.dir, 'state'), {recursive: true})
    succeeded(await other.run('--yes'))
    assertRestored(await moto.truth(), earlier, more)
  })

  it('brings the data and the capacity back also when the machine that has captured the settings is lost, when told so', async () => {
    const {place, earlier, elsewhere} = await scene(TWO_TABLES, {tables: NAMES})
    await moto.rules([{operation: 'RestoreTableFromBackup', table: 'scalar', error: 'AccessDeniedException'}])
    stopped(await place.run('--yes'), /AccessDenied/)
    await moto.rules([])
    const other = await elsewhere()
    const refused = await other.run('--yes')
    stopped(refused, /scalar\.asset was replaced by a run on another machine/)
    const [, file] = /If that is lost: touch (\S+),/.exec(refused.output) ?? assert.fail(refused.output)
    await writeFile(String(file), '')
    const ended = await other.run('--yes')
    succeeded(ended)
    assert.match(ended.output, /WARNING: scalar\.asset: .* are lost/)
    const {tables, scaling, violations} = await moto.truth()
    assert.deepEqual(violations, [])
    assert.deepEqual(scaling, earlier.scaling)
    for (const name of NAMES) {
      const {items, throughput, indexes, billing, pitr} = tables[name] ?? assert.fail(name)
      assert.deepEqual(items, ROWS_THEN.toSorted((a, b) => String(a['k']?.['S']).localeCompare(String(b['k']?.['S']))))
      assert.deepEqual({throughput, indexes, billing}, {throughput: earlier.tables[name]?.['throughput'], indexes: earlier.tables[name]?.['indexes'], billing: earlier.tables[name]?.['billing']})
      assert.equal(pitr, 35)
    }
  })

  it('tells every AWS CLI how to word its errors, and never to ask', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'aws-'))
    await writeFile(join(folder, 'aws'), `#!/bin/sh\n[ "$AWS_CLI_ERROR_FORMAT $AWS_CLI_AUTO_PROMPT" = 'legacy off' ] && exec ${warm.folder}/aws "$@"\n`, {mode: 0o755})
    const chosen = {AWS_CLI_ERROR_FORMAT: 'json', AWS_CLI_AUTO_PROMPT: 'on'}
    const {place, earlier} = await scene(PLAIN, {tables: PLAIN.map(({name}) => name), mode: 'copy-only'}, chosen, {...warm, folder})
    succeeded(await place.run('--yes'))
    assertUntouched(await moto.truth(), earlier, PLAIN.map(({name}) => name))
    await rm(folder, {recursive: true})
  })

  it('does not delete a restored table when its backups were deleted, and does not ask for that', async () => {
    const {place, earlier} = await scene(TWO_TABLES, {tables: NAMES})
    await moto.rules([{operation: 'TagResource', error: 'AccessDeniedException'}])
    stopped(await place.run('--yes'), /AccessDenied/)
    await moto.rules([])
    await sleep(400)
    for (const {BackupArn} of await backups()) await moto.api('DeleteBackup', {BackupArn})
    const ended = await place.run('--yes')
    assert.doesNotMatch(ended.output, /something has made it anew/)
    succeeded(ended)
    assertRestored({...await moto.truth(), violations: []}, earlier, NAMES)
  })
})
