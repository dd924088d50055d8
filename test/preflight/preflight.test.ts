import assert from 'node:assert/strict'
import {databaseOf} from '../backup/builders.ts'
import {client, DYNAMO} from './clients.ts'
import {databasesBehind} from '../../src/preflight/behind.ts'
import {checkDatabases, refuseUnrestorable} from '../../src/preflight/check.ts'
import {CliError} from '../../src/support/errors.ts'
import type {CheckInput, CheckResult, Database} from '../../src/databases/types.ts'
import type {Client} from '../../src/preflight/behind.ts'
import type {CheckedDatabase} from '../../src/preflight/types.ts'

const behind = (...clients: Client[]) => databasesBehind(clients, [databaseOf()])
const names = ({databases, unknown}: ReturnType<typeof behind>) => ({databases: databases.map(({name, owners, access}) => [name, owners, access]), unknown})

describe('the databases behind the targets', () => {
  it('are each found once, with all who use them', () => {
    assert.deepEqual(names(behind(client('one'), client('two'), client('three', [{...DYNAMO, contactPoints: 'us-east-1'}]))), {
      databases: [['Amazon DynamoDB in eu-west-1', [0, 1], {}], ['Amazon DynamoDB in us-east-1', [2], {}]], unknown: [],
    })
  })

  it('are two where two profiles lead to them, and one where only a subscription of Azure differs', () => {
    const found = behind(client('one', [DYNAMO], {awsProfile: 'prod'}), client('two', [DYNAMO], {awsProfile: 'test'}))
    assert.deepEqual(found.databases.map(({settings, owners}) => [settings, owners]), [[{region: 'eu-west-1', profile: 'prod'}, [0]], [{region: 'eu-west-1', profile: 'test'}, [1]]])
    assert.equal(behind(client('one', [DYNAMO], {azureSubscription: 'a'}), client('two', [DYNAMO], {azureSubscription: 'b'})).databases.length, 1)
  })

  for (const [what, storage, unknown] of [
    ['a kind that is hidden', {unresolved: ['scalar.db.storage']}, 'scalar.db.storage could not be read'],
    ['properties that could not be read', {}, 'its properties could not be read'],
    ['a kind without a plan', {storage: 'grpc'}, 'no restore plan for scalar.db.storage=grpc with these properties'],
  ] as const) {
    it(`are not known by ${what}`, () => {
      const [said] = behind(client('mine', [storage])).unknown
      assert.equal(said, `the database behind ledger/mine is not known: ${unknown}`)
    })
  }

  it('with names that cannot be legal are not known, and nothing fails', () => {
    assert.deepEqual(behind(client('mine', [{...DYNAMO, contactPoints: 'EU; rm'}])), {
      databases: [], unknown: ['the databases are not known: dynamodb: "EU; rm" is no legal region (the region)'],
    })
  })
})

const passed: CheckResult = {status: 'passed', summary: 'all well', findings: [], settings: {account: '1'}, tables: ['scalar.asset']}

async function checked(check: Database['check'], {skip = false, silenceMs = 10_000}: {skip?: boolean; silenceMs?: number} = {}) {
  const progress: string[] = []
  const {databases} = databasesBehind([client('mine')], [databaseOf({check})])
  const [database] = await checkDatabases(databases, {skip, silenceMs, progress: (name, text) => { progress.push(`${name}: ${text}`) }})
  assert.ok(database)
  return {...database, progress}
}

describe('the check of the databases', () => {
  it('brings what the record needs', async () => {
    let given: CheckInput | undefined
    const found = await checked(async input => {
      given = input
      input.progress?.('1 of 2 tables')
      return {...passed, restorable: {lagSeconds: 60, retentionDays: 7}}
    })
    assert.deepEqual([found.check, found.summary, found.settings, found.tables, found.restorable, found.byHand, found.progress], [
      'passed', 'all well', {region: 'eu-west-1', account: '1'}, ['scalar.asset'], {lagSeconds: 60, retentionDays: 7}, [], ['Amazon DynamoDB in eu-west-1: 1 of 2 tables'],
    ])
    assert.deepEqual(given?.storages.map(({keeps}) => keeps), [['scalar', 'scalar_*', 'coordinator']])
  })

  for (const [what, check, summary] of [
    ['there is none', undefined, 'there is no check for Amazon DynamoDB'],
    ['it breaks', async () => { throw new TypeError('x is not a function') }, 'the check itself failed: x is not a function'],
    ['it breaks at once', () => { throw new TypeError('y is not a function') }, 'the check itself failed: y is not a function'],
  ] satisfies ReadonlyArray<readonly [string, Database['check'], string]>) {
    it(`leaves unverified, with the commands to do it by hand, where ${what}`, async () => {
      const found = await checked(check)
      assert.deepEqual([found.check, found.summary, found.byHand, found.restorable], ['unverified', summary, ['aws dynamodb list-tables --region eu-west-1'], {lagSeconds: 300, retentionDays: 35}])
    })
  }

  it('says what the commands by hand are for', async () => {
    const {databases} = databasesBehind([client('mine')], [databaseOf({checkByHand: () => [{shell: 'aws x', note: 'ENABLED for every table'}]})])
    const [found] = await checkDatabases(databases, {skip: false, progress: () => undefined})
    assert.deepEqual(found?.byHand, ['# ENABLED for every table\naws x'])
  })

  it('has no commands by hand where they cannot be made', async () => {
    const {databases} = databasesBehind([client('mine')], [databaseOf({checkByHand: () => { throw new CliError('the region is missing') }})])
    const [found] = await checkDatabases(databases, {skip: false, progress: () => undefined})
    assert.deepEqual([found?.check, found?.byHand], ['unverified', []])
  })

  it('is given up after a silence, and told so', async () => {
    let signal: AbortSignal | undefined
    const found = await checked(input => {
      signal = input.signal
      return new Promise(() => undefined)
    }, {silenceMs: 50})
    assert.deepEqual([found.check, found.summary, signal?.aborted], ['unverified', 'no answer within 0.05 s', true])
  })

  it('may last as long as it gives signs of life', async () => {
    const found = await checked(async ({progress}) => {
      for (let i = 0; i < 8; i++) {
        await new Promise(resolve => setTimeout(resolve, 30))
        progress?.(`${i}`)
      }
      return passed
    }, {silenceMs: 120})
    assert.equal(found.check, 'passed')
  })

  it('asks nothing when it is skipped', async () => {
    let asked = false
    const found = await checked(async () => {
      asked = true
      return passed
    }, {skip: true})
    assert.deepEqual([found.check, found.summary, asked], ['skipped', 'not checked, as --skip-database-check says', false])
  })
})

describe('one account behind two profiles', () => {
  async function two(resultOf: (profile: string | undefined) => CheckResult) {
    const clients = ['one', 'two'].map(name => client(name, [DYNAMO], {awsProfile: name}))
    const {databases} = databasesBehind(clients, [databaseOf({check: async ({access}) => resultOf(access.awsProfile)})])
    const found = await checkDatabases(databases, {skip: false, progress: () => undefined})
    return found.map(({owners, check, summary, settings: {profile}, storages}) => [owners, check, summary, profile, storages.length])
  }

  it('is one database, restored once', async () => {
    assert.deepEqual(await two(() => passed), [[[0, 1], 'passed', 'all well', 'one', 2]])
  })

  it('is as bad as the worse of what was found', async () => {
    const doubtful: CheckResult = {...passed, status: 'unverified', summary: 'throttled'}
    assert.deepEqual(await two(profile => profile === 'two' ? doubtful : passed), [[[0, 1], 'unverified', 'throttled', 'one', 2]])
  })

  it('stays two databases where the accounts differ, or where nothing proves that they are one', async () => {
    assert.equal((await two(profile => ({...passed, settings: {account: profile ?? ''}}))).length, 2)
    assert.equal((await two(() => ({...passed, settings: {}}))).length, 2)
  })
})

describe('a database that cannot be restored', () => {
  const database = async (result: CheckResult): Promise<CheckedDatabase> => checked(async () => result)

  it('stops the backup, with each problem and what mends it', async () => {
    const bad: CheckResult = {
      status: 'failed', summary: 'recovery is off for 1 of 2 tables', settings: {}, findings: [
        {level: 'problem', text: 'scalar.asset: recovery is off', fix: 'aws one \\\n  --two'}, {level: 'warning', text: 'not told here'},
      ],
    }
    const databases = [await database(passed), await database(bad)]
    assert.throws(() => { refuseUnrestorable(databases) }, (error: unknown) => {
      assert.ok(error instanceof CliError)
      assert.deepEqual([error.exitCode, error.message, ...error.hints], [
        1, 'no restore point would be restorable: Amazon DynamoDB in eu-west-1: recovery is off for 1 of 2 tables',
        'scalar.asset: recovery is off', '  aws one \\', '    --two',
        'nothing was paused; --skip-database-check goes on without this check, and the record says so',
      ])
      return true
    })
  })

  it('is none that could only not be looked at', async () => {
    refuseUnrestorable([await database(passed), await database({...passed, status: 'unverified'})])
  })
})
