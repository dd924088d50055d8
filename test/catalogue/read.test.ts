import assert from 'node:assert/strict'
import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import {describe, it} from 'mocha'
import {readRecord} from '../../src/catalogue/read.ts'
import {schemaProblem} from '../../src/catalogue/schema.ts'
import {CliError} from '../../src/support/errors.ts'
import {validateRecord} from '../support/record-schema.ts'
import {recordAt} from './builders.ts'
import type {RestorePoint} from '../../src/backup/restore-point.ts'
import type {SchemaObject} from '../../src/catalogue/schema.ts'

const original = readFileSync(join(import.meta.dirname, '../backup/consistent.json'), 'utf8')
const good = JSON.parse(original) as RestorePoint
const text = (change: object = {}) => `${JSON.stringify({...good, ...change}, undefined, 2)}\n`
const [target] = good.targets
assert.ok(target)

/** What `readRecord` says, with its first hint. */
function said(content: string): [string, string | undefined] | RestorePoint {
  try {
    return readRecord(content, 'a.json')
  } catch (error) {
    assert.ok(error instanceof CliError)
    return [error.message, error.hints[0]]
  }
}

const COPY = 'another copy may be whole, in a ConfigMap or on the machine that ran the backup: kubectl scalardl restore-points -A'
const changed = (version = '"0.1.0"') =>
  `it says that version ${version} wrote it; if that is newer than yours (kubectl scalardl version), update; else the file was changed or damaged: look for another copy`

describe('reading a record', () => {
  it('gives back what was written', () => { assert.deepEqual(said(original), good) })

  it('takes one of version 0.1.0, which knew no databases', () => {
    const old = recordAt(0)
    assert.equal(old.databases, undefined)
    assert.deepEqual(said(JSON.stringify(old)), old)
  })

  it('takes the mark that editors on Windows put first', () => { assert.deepEqual(said(`\uFEFF${original}`), good) })

  it('takes an instant that was corrected by a measured clock', () => {
    const restorePoint = '2026-11-23T13:44:05Z'
    const clock = {guardMs: 1000, offsets: [{database: 'dynamodb', loMs: 3_599_900, hiMs: 3_600_100}]}
    assert.deepEqual(said(text({restorePoint})), [`a.json is no record to rely on: its restore point ${restorePoint} lies outside its pause`, changed()])
    assert.deepEqual(said(text({restorePoint, clock})), {...good, restorePoint, clock})
  })

  const cases: ReadonlyArray<readonly [string, string, string, string | undefined]> = [
    ['an empty file', ' \n', 'a.json is empty', COPY],
    ['half a record', text().slice(0, 700), 'a.json is damaged: its end is missing', COPY],
    ['a record cut inside a text', text().slice(0, 30), 'a.json is damaged: its end is missing', COPY],
    ['a broken record', text().replace('"verdict":', '"verdict"'), "a.json is damaged: Expected ':' after property name in JSON at position 279 (line 12 column 13)", COPY],
    ['YAML', 'apiVersion: scalardl.scalar-labs.com/v1alpha1\n', 'a.json is no record: it is not JSON', 'a record is what this prints: kubectl scalardl backup -o json'],
    ['other JSON', '{"a": 1}', 'a.json is no record of kubectl scalardl backup', 'a record begins with "apiVersion": "scalardl.scalar-labs.com/v1alpha1" and "kind": "RestorePoint"'],
    ['nothing', 'null', 'a.json is no record of kubectl scalardl backup', 'a record begins with "apiVersion": "scalardl.scalar-labs.com/v1alpha1" and "kind": "RestorePoint"'],
    ['the ConfigMap around a record', '{"apiVersion": "v1", "kind": "ConfigMap"}', 'a.json is a ConfigMap; the record is in it', String.raw`take it out: kubectl get configmap NAME -o jsonpath='{.data.record\.json}'`],
    ['a plan', text({kind: 'RestorePlan'}), 'a.json is no record of kubectl scalardl backup', 'a record begins with "apiVersion": "scalardl.scalar-labs.com/v1alpha1" and "kind": "RestorePoint"'],
    ['a newer version', text({apiVersion: 'scalardl.scalar-labs.com/v2'}),
      'a.json was written by a newer version of this plugin: it is "scalardl.scalar-labs.com/v2", and this version reads scalardl.scalar-labs.com/v1alpha1',
      'update the plugin, then try again; yours is: kubectl scalardl version'],
    ['a field that a newer version added', text({tool: {name: 'kubectl-scalardl', version: '9.9.9'}, encryption: 'none'}), 'a.json is no record to rely on: encryption is not known', changed('"9.9.9"')],
    ['a missing field', text({targets: undefined}), 'a.json is no record to rely on: targets is missing', changed()],
    ['a wrong field deep inside', text({targets: [{...target, admin: {port: 'x', tls: false}}]}), 'a.json is no record to rely on: targets[0].admin.port is not an integer', changed()],
    ['a void backup that was called consistent', text({verdict: 'void', reasons: ['a pod restarted']}), 'a.json is no record to rely on: consistent is not false', changed()],
    ['a moment of no calendar', text({restorePoint: '2026-11-31T12:44:05Z'}), 'a.json is no record to rely on: restorePoint cannot be "2026-11-31T12:44:05Z"', changed()],
    ['a restore point before the pause', text({restorePoint: '2026-11-23T12:43:59Z'}), 'a.json is no record to rely on: its restore point 2026-11-23T12:43:59Z lies outside its pause', changed()],
    ['a restore point after the pause', text({restorePoint: '2026-11-23T12:44:15Z'}), 'a.json is no record to rely on: its restore point 2026-11-23T12:44:15Z lies outside its pause', changed()],
    ['a backup that began after its own pause, and would be the latest for ever', text({startedAt: '2099-11-23T12:44:00.000Z'}),
      'a.json is no record to rely on: its backup began at 2099-11-23T12:44:00.000Z, after its own pause', changed()],
    ['a name with a command in it', text({targets: [{...target, release: 'my-ledger\nrm -rf /'}]}), 'a.json is no record to rely on: targets[0].release has a control character in it', changed()],
    ['an address that other readers would not take', text({targets: [{...target, server: 'https://api.example.com/a b'}]}), 'a.json is no record to rely on: targets[0].server cannot be "https://api.example.com/a b"', changed()],
    ['a database of a target that is not there', text({databases: [{kind: 'dynamodb', name: 'a', key: 'a', targets: [1], check: 'passed', findings: [], settings: {}}]}),
      'a.json is no record to rely on: databases[0].targets names a target that is not there', changed()],
  ]
  for (const [what, content, message, hint] of cases) {
    it(`refuses ${what}`, () => { assert.deepEqual(said(content), [message, hint]) })
  }
})

describe('the reader of the schema', () => {
  const ajvAccepts = (value: unknown) => {
    try {
      validateRecord(value)
      return true
    } catch {
      return false
    }
  }
  const schema = JSON.parse(readFileSync(new URL('../../schema/restore-point.schema.json', import.meta.url), 'utf8')) as SchemaObject
  const database = {
    kind: 'dynamodb', name: 'Amazon DynamoDB in eu-west-1', key: 'eu-west-1', targets: [0], check: 'passed', findings: ['a'], settings: {region: 'eu-west-1'}, tables: ['a.b'],
    restorableFrom: '2026-11-23T12:49:07.000Z', restorableUntil: '2026-12-28T12:44:07.000Z',
  }
  const full = JSON.parse(JSON.stringify({
    ...good, databases: [database], snapshots: [{name: 'a', identifier: 'b'}],
    stillPaused: [{pod: 'a', namespace: 'b', whose: 'ours', message: 'c', command: 'd'}],
    clock: {guardMs: 1000, offsets: [{database: 'a', loMs: 0, hiMs: 1}]},
  })) as unknown

  it('says what a validator of the whole standard says, for every single field missing, emptied, of another kind or out of range', () => {
    assert.equal(schemaProblem(schema, full), undefined)
    let refused = 0
    for (const [place, value] of variants(full)) {
      const expected = ajvAccepts(value)
      assert.equal(schemaProblem(schema, value) === undefined, expected, place)
      if (!expected) refused++
    }
    assert.ok(refused > 500, `${refused} were refused`)
  })
})

const OTHERS: readonly unknown[] = ['', 'x', 0, -1, 1.5, 70_000, true, null, [], ['x'], {}, {x: 'x'}, '2026-13-01T00:00:00Z', '2026-11-23T12:44:05Z', '2026-11-23T12:44:05.123Z', 'void']

/** The value with one place changed, for every place in it. */
function* variants(value: unknown, path = ''): Generator<[string, unknown]> {
  for (const other of OTHERS) yield [`${path} = ${JSON.stringify(other)}`, other]
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) {
      for (const [place, changed] of variants(item, `${path}[${index}]`)) yield [place, value.with(index, changed)]
    }
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value)) {
      yield [`${path} without ${key}`, Object.fromEntries(Object.entries(value).filter(([name]) => name !== key))]
      for (const [place, changed] of variants(item, `${path}.${key}`)) yield [place, {...value, [key]: changed}]
    }
    yield [`${path} with more`, {...value, more: 'x'}]
  }
}
