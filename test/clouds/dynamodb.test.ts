import assert from 'node:assert/strict'
import {provideAws, type Aws} from './aws.ts'
import {startMoto, type Moto, type Rule, type Truth} from './moto.ts'
import {assertRestored, assertUntouched, changing, endState, itemsOf} from './outcome.ts'
import {Place, type Ended} from './place.ts'
import {restoreTime} from '../../src/plan/time.ts'
import {dynamoScript} from './plan.ts'
import {awsCommands} from './tools.ts'
import {makeWorld, ROWS_THEN, TWO_TABLES, type WorldTable} from './world.ts'

const NAMES = TWO_TABLES.map(({name}) => name)
const SOME_TIME = {durationsMs: {copy: 400, backup: 300, restore: 400, delete: 200, update: 100}, settlingMs: 200}

describe('the printed script for DynamoDB', () => {
  let moto: Moto
  let warm: Aws
  let place: Place | undefined
  before(async () => {
    moto = await startMoto()
    warm = await provideAws('warm', moto.url)
  })
  beforeEach(() => moto.reset())
  afterEach(() => place?.remove())
  after(async () => {
    await warm.stop()
    await moto.stop()
  })

  interface Scene {
    readonly at: number
    readonly earlier: Truth
    readonly place: Place
  }

  /** A world with a past, watched, and the place with the script for it. */
  async function scene(tables: readonly WorldTable[], asked: Parameters<typeof dynamoScript>[1], aws = warm): Promise<Scene> {
    const at = await makeWorld(moto, tables)
    await moto.watch(tables.filter(({recoveryDays, young}) => recoveryDays && !young).map(({name}) => name), at)
    await moto.settings(SOME_TIME)
    place = await Place.make(dynamoScript(at, asked), moto, aws)
    const earlier = await moto.truth()
    await moto.freeze(0, 'before')
    return {at, earlier, place}
  }

  const succeeded = (ended: Ended) => assert.equal(ended.code, 0, ended.output)
  const stopped = (ended: Ended, ...words: RegExp[]) => {
    assert.notEqual(ended.code, 0, ended.output)
    for (const each of words) assert.match(ended.output, each)
  }

  /** Settings that a CLI of 2022 knows. */
  const OLDER: readonly WorldTable[] = TWO_TABLES.map(table => ({...table, protected: undefined, policy: undefined, recoveryDays: 35}))

  for (const [kind, tables] of [['v1', TWO_TABLES], ['v2', OLDER]] as const) {
    it(`brings tables, their data of the restore point and their settings back: the real AWS CLI ${kind}`, async function () {
      this.timeout(300_000)
      if (!(await awsCommands())[kind]) return this.skip()
      const aws = await provideAws(kind, moto.url)
      const {earlier, place} = await scene(tables, {tables: NAMES}, aws)
      succeeded(await place.run('--yes'))
      assertRestored(await moto.truth(), earlier, NAMES)
      await aws.stop()
    })
  }

  it('changes nothing when it is run once more', async () => {
    const {place} = await scene(TWO_TABLES, {tables: NAMES})
    succeeded(await place.run('--yes'))
    const then = endState(await moto.truth())
    await moto.freeze(0, 'before')
    await place.run('--yes')
    assert.deepEqual(changing(await moto.calls()), [])
    assert.deepEqual(endState(await moto.truth()), then)
  })

  it('rehearses with copies and leaves everything that exists as it is', async () => {
    const {earlier, place} = await scene(TWO_TABLES, {tables: NAMES, mode: 'copy-only'})
    succeeded(await place.run('--yes'))
    const truth = await moto.truth()
    assertUntouched(truth, earlier, NAMES)
    const copies = Object.keys(truth.tables).filter(name => !NAMES.includes(name))
    assert.equal(copies.length, NAMES.length)
    for (const copy of copies) assert.deepEqual(itemsOf(truth, copy), ROWS_THEN.toSorted((a, b) => JSON.stringify(a['k']).localeCompare(JSON.stringify(b['k']))))
  })

  it('calls nothing with --dry-run', async () => {
    const {place} = await scene(TWO_TABLES, {tables: NAMES})
    succeeded(await place.run('--dry-run'))
    assert.deepEqual(await moto.calls(), [])
  })

  /** Nothing of it may have touched what exists. */
  async function refuses(tables: readonly WorldTable[], names: readonly string[], ...words: RegExp[]) {
    const {place, earlier} = await scene(tables, {tables: names})
    stopped(await place.run('--yes'), ...words)
    assert.deepEqual(changing(await moto.calls()), [])
    return earlier
  }

  it('stops before anything is changed when a table is missing, and names it', () => refuses(TWO_TABLES, [...NAMES, 'scalar.gone'], /scalar\.gone/))

  it('stops before anything is changed when a table has no point-in-time recovery, and names it', () =>
    refuses([...TWO_TABLES, {name: 'scalar.function'}], [...NAMES, 'scalar.function'], /scalar\.function/, /[Pp]oint-in-time recovery/))

  it('stops before anything is changed when a table is younger than the restore point, and names it', () =>
    refuses([...TWO_TABLES, {name: 'scalar.function', recoveryDays: 35, young: true}], [...NAMES, 'scalar.function'], /scalar\.function/))

  it('stops before anything is changed when a table has replicas in other regions', async () => {
    const {place} = await scene(TWO_TABLES, {tables: NAMES})
    await moto.replicas('scalar.asset', ['us-east-1'])
    stopped(await place.run('--yes'), /scalar\.asset/, /replica|global table/i)
    assert.deepEqual(changing(await moto.calls()), [])
  })

  it('stops with all data safe when a change is refused on the way, and goes on when it is not any more', async () => {
    const {earlier, place} = await scene(TWO_TABLES, {tables: NAMES})
    await moto.rules([{operation: 'UpdateTable', table: '^scalar', error: 'ValidationException', message: 'refused'}])
    stopped(await place.run('--yes'), /scalar\.asset/)
    assert.deepEqual((await moto.truth()).violations, [])
    await moto.rules([])
    succeeded(await place.run('--yes'))
    assertRestored(await moto.truth(), earlier, NAMES)
  })

  it('carries on where an endpoint has no Kinesis destinations and no Contributor Insights, and says so', async () => {
    const {place} = await scene(TWO_TABLES, {tables: NAMES, mode: 'copy-only'})
    await moto.rules([{operation: 'Kinesis|ContributorInsights', error: 'UnknownOperationException', message: 'An unknown operation was requested.'}])
    const ended = await place.run('--yes')
    succeeded(ended)
    for (const call of ['describe-kinesis-streaming-destination', 'list-contributor-insights']) assert.ok(ended.output.includes(`does not know ${call}`), ended.output)
  })

  it('says which tables hold half-done rows', async () => {
    const {place} = await scene([...TWO_TABLES, {name: 'scalar.function', recoveryDays: 35, halfDone: true}], {tables: [...NAMES, 'scalar.function'], mode: 'copy-only'})
    const ended = await place.run('--yes')
    succeeded(ended)
    assert.match(ended.output, /WARNING: rows that are not committed: scalar\.function: 1 of 4 /)
  })

  it('never takes a table that is in the way for a copy', async () => {
    const {at, place} = await scene(TWO_TABLES, {tables: NAMES})
    const name = `${restoreTime(at).rfc3339.toLowerCase().replaceAll(/[-:]/g, '').replace(/^/, 'r')}-scalar.asset`
    await moto.api('RestoreTableToPointInTime', {SourceTableName: 'scalar.asset', TargetTableName: name, RestoreDateTime: at - 60})
    await moto.freeze(0, 'before')
    stopped(await place.run('--yes'), new RegExp(name))
    assert.deepEqual(changing(await moto.calls()), [])
  })

  const TROUBLE: ReadonlyArray<readonly [string, readonly Rule[]]> = [
    ['throttled', [{operation: 'Restore|CreateBackup|Describe', skip: 2, times: 6, error: 'ThrottlingException'}]],
    ['slow', [{operation: 'Restore|CreateBackup|DeleteTable', delayMs: 700}]],
    ['cut off without an answer', [{operation: 'Describe', skip: 5, times: 2, drop: true}]],
    ['failing inside the service', [{operation: 'Describe|CreateBackup', skip: 3, times: 2, error: 'InternalServerError', status: 500}]],
  ]
  for (const [what, rules] of TROUBLE) {
    it(`gets there, at the latest when it is run again, when calls are ${what}`, async () => {
      const {earlier, place} = await scene(TWO_TABLES, {tables: NAMES})
      await moto.rules(rules)
      const first = await place.run('--yes')
      if (first.code !== 0) succeeded(await place.run('--yes'))
      assertRestored(await moto.truth(), earlier, NAMES)
    })
  }

  it('stops when its credentials expire on the way, takes nothing for missing, and goes on with new ones', async () => {
    const {earlier, place} = await scene(TWO_TABLES, {tables: NAMES})
    await moto.rules([{skip: 40, error: 'ExpiredTokenException', message: 'The security token included in the request is expired'}])
    stopped(await place.run('--yes'), /ExpiredToken/)
    assert.deepEqual((await moto.truth()).violations, [])
    await moto.rules([])
    succeeded(await place.run('--yes'))
    assertRestored(await moto.truth(), earlier, NAMES)
  })

  it('finds the tables of that time in the metadata of that time, and leaves out what came later', async () => {
    const system: WorldTable[] = [{name: 'scalardb.metadata', recoveryDays: 35}, {name: 'scalardb.namespaces', recoveryDays: 35}]
    const young: WorldTable = {name: 'scalar.younger', recoveryDays: 35, young: true}
    const {earlier, place} = await scene([...system, ...TWO_TABLES, young], {})
    succeeded(await place.run('--yes'))
    const truth = await moto.truth()
    assertRestored(truth, earlier, NAMES)
    assert.deepEqual(Object.keys(truth.tables).filter(name => name.endsWith('scalar.younger')), ['scalar.younger'])
    assert.deepEqual(itemsOf(truth, 'scalardb.metadata').map(row => row['table']?.['S']), ['coordinator.state', 'scalar.asset'])
  })
})
