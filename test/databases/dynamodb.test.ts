import assert from 'node:assert/strict'
import {dynamodb} from '../../src/databases/dynamodb/index.ts'
import {inline} from '../../src/plan/shell.ts'
import {findDatabases} from '../../src/databases/find.ts'
import {goldenPlan, planOf} from '../support/plan-of.ts'
import {refusesPlan} from './refuses.ts'

const SETTINGS = {region: 'eu-west-1', account: '123456789012'}
const TABLES = ['scalardb.metadata', 'scalar.asset', 'coordinator.state']

/** shellcheck reads 1,000 lines, maybe on a busy machine. */
const SHELLCHECK_MS = 60_000

describe('the plan for Amazon DynamoDB', () => {
  it('brings every table back under its name, copies and backups first', () => {
    goldenPlan('dynamodb', planOf(dynamodb, {settings: SETTINGS, tables: TABLES}))
  }).timeout(SHELLCHECK_MS)

  it('rehearses with copies alone, with a profile and an endpoint', () => {
    goldenPlan('dynamodb-copy-only', planOf(dynamodb, {
      settings: {...SETTINGS, profile: 'prod', endpoint: 'https://vpce-1.example.com:8443'}, tables: TABLES, mode: 'copy-only',
    }))
  }).timeout(SHELLCHECK_MS)

  it('restores under a new prefix, and writes it into ScalarDB\'s own tables', () => {
    goldenPlan('dynamodb-prefix', planOf(dynamodb, {
      settings: {...SETTINGS, prefix: 'p_'}, tables: [...TABLES, 'scalardb.namespaces'].map(table => `p_${table}`), mode: 'prefix', prefix: 'r1_',
    }))
  }).timeout(SHELLCHECK_MS)

  it('finds the tables in a copy of ScalarDB\'s list when nobody knows them', () => {
    goldenPlan('dynamodb-find', planOf(dynamodb, {settings: {...SETTINGS, 'metadata-namespace': 'system'}}))
  }).timeout(SHELLCHECK_MS)

  it('says when ScalarDB\'s list is not among the tables', () => {
    const {warnings} = planOf(dynamodb, {settings: SETTINGS, tables: ['scalar.asset', 'scalardb.namespaces']})
    assert.deepEqual(warnings, ['dynamodb: scalardb.metadata is not among the tables: without it ScalarDB may not know the others as they were'])
  })

  it('says that two clusters may have two accounts, where nobody knows the tables', () => {
    const storages = ['ledger', 'auditor'].map(who => ({owner: {product: who as 'ledger' | 'auditor', release: `my-${who}`, namespace: who, context: who}}))
    const warning = 'dynamodb: it is used from several clusters; where they have AWS accounts of their own, this is a database in each: say so, or all but one are left out: '
      + '--database kind=dynamodb,for=my-ledger,profile=… --database kind=dynamodb,for=my-auditor,profile=…'
    assert.equal(planOf(dynamodb, {settings: SETTINGS, storages}).warnings[0], warning)
    assert.equal(planOf(dynamodb, {settings: SETTINGS, storages: storages.slice(0, 1)}).warnings.includes(warning), false)
    assert.deepEqual(planOf(dynamodb, {settings: SETTINGS, storages, tables: TABLES}).warnings, [])
  })

  it('marks the deletion as the point of no return, after both backups of every table', () => {
    const {steps} = planOf(dynamodb, {settings: SETTINGS, tables: TABLES})
    const deletes = steps.findIndex(({commands, phase}) => phase !== 'finish' && commands.some(({argv}) => argv?.includes('delete-table')))
    assert.equal(steps.findIndex(({pointOfNoReturn}) => pointOfNoReturn), deletes)
    const backups = steps.slice(0, deletes).flatMap(({commands}) => commands.flatMap(({argv = []}) => argv.includes('create-backup') ? argv[argv.indexOf('--backup-name') + 1] : []))
    assert.deepEqual(backups.toSorted(), TABLES.flatMap(table => [`r20261123t124407z-${table}`, `r20261123t124407z-${table}-before`]).toSorted())
  })

  it('changes nothing that exists in a rehearsal or under a prefix', () => {
    for (const mode of ['copy-only', 'prefix'] as const) {
      const {steps} = planOf(dynamodb, {settings: SETTINGS, tables: TABLES, mode, ...mode === 'prefix' && {prefix: 'r1_'}})
      assert.ok(!steps.some(({destructive, pointOfNoReturn, phase}) => destructive || pointOfNoReturn || phase === 'replace'), mode)
    }
  })

  refusesPlan('a database whose region nobody knows', dynamodb, {settings: {}},
    'the plan for dynamodb needs region (AWS region), and the record does not have it')
  refusesPlan('a table whose backup could have no name', dynamodb, {settings: SETTINGS, tables: ['x'.repeat(231)]},
    `"r20261123t124407z-${'x'.repeat(231)}-before" is no legal name in DynamoDB: 3 to 255 of a-z, A-Z, 0-9, _, . and -`)
  refusesPlan('a name with a slash', dynamodb, {settings: SETTINGS, tables: ['scalar/asset']},
    '"scalar/asset" is no legal name in DynamoDB: 3 to 255 of a-z, A-Z, 0-9, _, . and -')
  refusesPlan('a table without the prefix that all have', dynamodb, {settings: {...SETTINGS, prefix: 'p_'}, tables: ['scalar.asset']},
    'the table scalar.asset does not begin with the prefix p_')
  refusesPlan('the prefix that there is already', dynamodb, {settings: {...SETTINGS, prefix: 'p_'}, tables: ['p_scalar.asset'], mode: 'prefix', prefix: 'p_'},
    'the new prefix is the one that the tables have: "p_"')
  refusesPlan('a prefix that no table can have', dynamodb, {settings: SETTINGS, tables: TABLES, mode: 'prefix', prefix: 'r1:'},
    '"r1:" is no legal prefix of tables')
  refusesPlan('a new prefix without the table that tells ScalarDB of the others', dynamodb, {settings: SETTINGS, tables: ['scalar.asset'], mode: 'prefix', prefix: 'r1_'},
    'scalardb.metadata is not among the tables: without it ScalarDB finds none under a new prefix')
})

describe('Amazon DynamoDB behind a product', () => {
  const found = (storages: Parameters<typeof findDatabases>[0][number]['config']['storages']) => findDatabases([
    {product: 'ledger', release: 'r', namespace: 'n', config: {storages, coordinatorNamespace: 'coordinator', transactionManager: 'consensus-commit'}},
  ], undefined, [dynamodb])

  it('is one for the same region, endpoint and prefix', () => {
    const at = (more: object) => ({storage: 'dynamo', contactPoints: 'eu-west-1', ...more})
    const {found: databases} = found([at({}), at({}), at({namespacePrefix: 'p_'}), at({endpointOverride: 'https://x.example.com'}), at({contactPoints: 'us-east-1', metadataNamespace: 'system'})])
    assert.deepEqual(databases.map(({settings, storages}) => [dynamodb.name(settings), storages.length, settings]), [
      ['Amazon DynamoDB in eu-west-1', 2, {region: 'eu-west-1'}],
      ['Amazon DynamoDB in eu-west-1, prefix p_', 1, {region: 'eu-west-1', prefix: 'p_'}],
      ['Amazon DynamoDB in eu-west-1', 1, {region: 'eu-west-1', endpoint: 'https://x.example.com'}],
      ['Amazon DynamoDB in us-east-1', 1, {region: 'us-east-1', 'metadata-namespace': 'system'}],
    ])
  })

  it('is not recognised without a region, and in no other storage', () => {
    assert.equal(found([{storage: 'dynamo'}, {storage: 'cosmos', contactPoints: 'eu-west-1'}]).unknown.length, 2)
  })

  it('tells its clock by its endpoint: its own, the environment\'s, the region\'s', () => {
    const clock = (settings: object, env = {}) => dynamodb.clock?.({...settings}, env)
    assert.deepEqual([
      clock({region: 'eu-west-1'}), clock({region: 'cn-north-1'}), clock({}),
      clock({region: 'eu-west-1'}, {AWS_ENDPOINT_URL: 'http://a', AWS_ENDPOINT_URL_DYNAMODB: 'http://b'}), clock({region: 'eu-west-1'}, {AWS_ENDPOINT_URL: 'http://a'}),
      clock({region: 'eu-west-1', endpoint: 'http://c'}, {AWS_ENDPOINT_URL: 'http://a'}),
    ], ['https://dynamodb.eu-west-1.amazonaws.com', 'https://dynamodb.cn-north-1.amazonaws.com.cn', undefined, 'http://b', 'http://a', 'http://c'])
  })

  it('shows how to check it by hand', () => {
    const scan = "aws dynamodb scan --region eu-west-1 --profile prod --table-name p_scalardb.metadata --projection-expression '#t' "
      + "--expression-attribute-names '{\"#t\":\"table\"}' --query 'Items[].table.S'"
    const [list, look] = dynamodb.checkByHand({region: 'eu-west-1', prefix: 'p_', profile: 'prod'}, [])
    assert.equal(list && inline(list), scan)
    assert.equal(look?.note, 'ENABLED for every table, and for p_scalardb.metadata')
    assert.equal(look.shell, [
      `${scan} --output text |`,
      "  tr '\\t' '\\n' | while read -r TABLE; do",
      '  echo "$TABLE $(aws dynamodb describe-continuous-backups --region eu-west-1 --profile prod --table-name "$TABLE" '
      + '--query ContinuousBackupsDescription.PointInTimeRecoveryDescription.PointInTimeRecoveryStatus --output text)"',
      'done',
    ].join('\n'))
  })
})
