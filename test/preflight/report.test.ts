import assert from 'node:assert/strict'
import {Chalk} from 'chalk'
import {checked, releaseOf} from '../backup/builders.ts'
import {reportOf} from '../../src/preflight/report.ts'
import {reportText} from '../../src/preflight/report-text.ts'
import {validateBy} from '../support/record-schema.ts'
import type {Found} from '../../src/backup/search.ts'
import type {CheckReport} from '../../src/preflight/report.ts'
import type {Preflight} from '../../src/preflight/preflight.ts'

const access = {context: 'prod', cluster: 'prod-cluster', namespace: 'ledger', server: 'https://10.0.0.1:6443', verified: true}
const found = [releaseOf('ledger', {servers: [{}]}), releaseOf('auditor', {servers: [{}]})].map(release => ({release, cluster: {api: {access}}, access: {}}) as unknown as Found)
const clocks: Preflight['clocks'] = {
  asked: [],
  databases: [
    {database: 'Amazon DynamoDB in eu-west-1', measurement: {loMs: 2990, hiMs: 3010, host: 'dynamodb.eu-west-1.amazonaws.com', verified: true, samples: 9, agree: true}},
    {database: 'PostgreSQL db', measurement: {unmeasured: 'nothing tells it without credentials'}},
  ],
  apiServers: [],
}

function report(differing: Partial<Preflight> = {}): CheckReport {
  const made = reportOf({databases: [checked()], unknown: [], clocks, ...differing}, found, '0.1.0', new Date('2026-11-23T12:44:00Z'))
  validateBy('database-check', JSON.parse(JSON.stringify(made)))
  return made
}

const text = (differing?: Partial<Preflight>) => reportText(report(differing), new Chalk({level: 0})).split('\n')

describe('the report of a check', () => {
  it('says what is well, whose it is, and how far the clocks are off', () => {
    assert.deepEqual(text(), [
      '✔ Amazon DynamoDB in eu-west-1, of ledger/my-ledger',
      '    point-in-time recovery is on for all 2 tables, kept for 35 days',
      '    tables: prod_scalar.asset, prod_scalardb.metadata',
      "✔ clock of Amazon DynamoDB in eu-west-1: 3.00 s ahead of this machine's clock, give or take 10 ms (dynamodb.eu-west-1.amazonaws.com)",
      '? clock of PostgreSQL db: not measured (nothing tells it without credentials)',
    ])
  })

  it('says what is wrong and what mends it', () => {
    const findings = [
      {level: 'problem', text: 'scalar.asset: point-in-time recovery is off', fix: 'aws dynamodb x \\\n  --y'}, {level: 'warning', text: 'scalar.gone: no such table'},
    ] as const
    assert.deepEqual(text({databases: [checked({check: 'failed', summary: 'off for 1 of 2 tables', findings, tables: undefined, owners: [0, 1]})], clocks: {...clocks, databases: []}}), [
      '✖ Amazon DynamoDB in eu-west-1, of ledger/my-ledger, ledger/my-auditor',
      '    off for 1 of 2 tables',
      '    scalar.asset: point-in-time recovery is off',
      '      aws dynamodb x \\',
      '        --y',
      '    scalar.gone: no such table',
    ])
  })

  it('says what was not verified, and how to do it by hand', () => {
    const database = checked({check: 'unverified', summary: 'no AWS credentials were found', tables: undefined, byHand: ['aws dynamodb list-tables']})
    assert.deepEqual(text({databases: [database], unknown: ['the database behind ledger/other is not known'], clocks: {...clocks, databases: []}}), [
      '? Amazon DynamoDB in eu-west-1, of ledger/my-ledger',
      '    not verified: no AWS credentials were found',
      '    by hand:',
      '      aws dynamodb list-tables',
      '? the database behind ledger/other is not known',
    ])
  })

  for (const [what, differing, result] of [
    ['all passed', {}, 'passed'],
    ['one failed, another is unverified', {databases: [checked({check: 'failed'}), checked({check: 'unverified'})]}, 'failed'],
    ['one is unverified', {databases: [checked(), checked({check: 'unverified'})]}, 'unverified'],
    ['one is not known', {unknown: ['?']}, 'unverified'],
  ] satisfies ReadonlyArray<readonly [string, Partial<Preflight>, CheckReport['result']]>) {
    it(`as a whole is ${result} when ${what}`, () => { assert.equal(report(differing).result, result) })
  }

  it('as data has everything, by its schema', () => {
    const {targets, databases: [database], clocks: [clock]} = report()
    assert.deepEqual(targets[1], {product: 'auditor', release: 'my-auditor', namespace: 'ledger', context: 'prod', cluster: 'prod-cluster', version: '3.14.0'})
    assert.deepEqual(database, {
      kind: 'dynamodb', name: 'Amazon DynamoDB in eu-west-1', targets: [0], check: 'passed', summary: 'point-in-time recovery is on for all 2 tables, kept for 35 days',
      findings: [], byHand: [], settings: {region: 'eu-west-1', prefix: 'prod_', account: '123456789012'}, tables: ['prod_scalar.asset', 'prod_scalardb.metadata'],
      lagSeconds: 300, retentionDays: 35,
    })
    assert.deepEqual([clock?.of, clock?.loMs, clock?.hiMs], ['Amazon DynamoDB in eu-west-1', 2990, 3010])
  })
})
