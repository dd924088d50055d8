import assert from 'node:assert/strict'
import {execFileSync} from 'node:child_process'
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {after, describe, it} from 'mocha'
import {parse} from 'yaml'
import {command} from '../support/command.ts'
import {validateBy} from '../support/record-schema.ts'
import type {RestorePoint} from '../../src/backup/restore-point.ts'
import type {RestorePlan} from '../../src/plan/model.ts'

const consistent = JSON.parse(readFileSync(join(import.meta.dirname, '../backup/consistent.json'), 'utf8')) as RestorePoint
const cosmos: RestorePoint = {
  ...consistent,
  targets: consistent.targets.map(target => ({...target, config: {...target.config, storages: [{storage: 'cosmos', contactPoints: 'https://my-account.documents.azure.com:443/'}]}})),
  databases: undefined,
}

/** As a backup records servers whose properties it could not read. */
const unread: RestorePoint = {...cosmos, targets: cosmos.targets.map(target => ({...target, config: {...target.config, readable: false, storages: []}}))}

const dir = mkdtempSync(join(tmpdir(), 'restore-plan-'))
after(() => rmSync(dir, {recursive: true, force: true}))

function file(name: string, content: unknown): string {
  const path = join(dir, name)
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}

/** On a machine with no kubeconfig and no cloud's command line; what must fail is an error of one line, and its hints. */
const plan = (...args: string[]) => command(['restore-plan', ...args], {PATH: process.execPath.replace(/\/[^/]+$/, ':/usr/bin:/bin')}).ended

describe('kubectl scalardl restore-plan', function () {
  this.timeout(30_000)
  const record = file('record.json', cosmos)

  it('prints a plan from the record alone, for people', async () => {
    const {code, stdout, stderr} = await plan(record)
    assert.deepEqual([code, stderr], [0, ''])
    assert.match(stdout, /^Restore plan\n\nRestore point {3}2026-11-23T12:44:05Z \(1795437845 seconds since 1970\)\n/)
    assert.match(stdout, /\n {2}cosmosdb: .*my-account.*\n {4}used by: ledger my-ledger in namespace ledger\n/)
  })

  it('prints it as data that is as the schema says, in JSON and in YAML', async () => {
    const [json, yaml] = await Promise.all([plan(record, '-o', 'json'), plan(record, '-o', 'yaml')])
    const data = JSON.parse(json.stdout) as RestorePlan
    validateBy('restore-plan', data)
    assert.deepEqual(parse(yaml.stdout), data)
  })

  it('prints it as a script that runs nothing by itself', async () => {
    const {stdout} = await plan(record, '-o', 'script')
    const script = file('plan.sh', stdout)
    assert.match(execFileSync('bash', [script, '--list'], {encoding: 'utf8'}), /^ {2}1 {2}prepare {5}cluster {18}Make sure of the cluster\n/)
  })

  it('prints it as a runbook', async () => {
    assert.match((await plan(record, '-o', 'markdown')).stdout, /^# Restore plan\n[^]*\n### 1\. Make sure of the cluster\n/)
  })

  it('takes a time in place of a record', async () => {
    const {code, stdout} = await plan('--at', '2026-11-23T21:44:07+09:00', '--database', 'kind=cosmosdb,account=my-account')
    assert.equal(code, 0)
    assert.match(stdout, /\nRestore point {3}2026-11-23T12:44:07Z /)
    assert.match(stdout, /\nWARNING {2}no record says that 2026-11-23T12:44:07Z lies within a pause/)
  })

  it('takes the newest record where none is named', async () => {
    const {code, stderr} = await plan('--local')
    assert.deepEqual([code, stderr.split('\n')[0]], [1, 'error: no record with a restore point was found'])
  })

  it('takes tables from a file, one a line', async () => {
    const tables = file('tables.txt', 'scalar/asset\n\nscalar/asset_metadata\n')
    assert.equal((await plan(record, '--tables-file', tables)).code, 0)
    const evil = await plan(record, '--tables-file', file('evil.txt', 'scalar/asset\n`reboot`\n'))
    assert.deepEqual([evil.code, evil.stderr.split('\n')[0]], [2, 'error: "`reboot`" is no legal name of a table'])
  })

  const unverified = {...cosmos, verdict: 'unverified', consistent: false, reasons: ['ledger/pod-0 is too old for CheckPaused']}
  it('needs --insist for a record that is not known to be consistent, and says so first', async () => {
    const path = file('unverified.json', unverified)
    const refused = await plan(path)
    assert.deepEqual([refused.code, refused.stdout], [2, ''])
    assert.equal(refused.stderr, [
      'error: the restore point of scalardl-20261123t124400z-my-ledger is not known to be consistent: it is unverified',
      '  ledger/pod-0 is too old for CheckPaused',
      '  choose another: kubectl scalardl restore-points',
      '  or, when nothing better is there: --insist',
      '',
    ].join('\n'))
    const {code, stdout} = await plan(path, '--insist')
    assert.equal(code, 0)
    assert.match(stdout, /\n\nWARNING {2}this restore point is not known to be consistent \(unverified\):/)
  })

  it('takes the word of a flag for what the record does not know', async () => {
    const {code, stdout} = await plan(file('unread-too.json', unread), '--database', 'kind=cosmosdb,for=my-ledger,account=my-account')
    assert.equal(code, 0)
    assert.match(stdout, /\n {2}cosmosdb: .*my-account.*\n {4}used by: ledger my-ledger in namespace ledger\n/)
  })

  const bad: ReadonlyArray<readonly [string, string[], number, RegExp]> = [
    ['a damaged record', [file('half.json', JSON.stringify(cosmos).slice(0, 500))], 1, /half\.json is damaged: its end is missing\n/],
    ['a record of a newer version', [file('newer.json', {...cosmos, apiVersion: 'scalardl.scalar-labs.com/v2'})], 1, /newer\.json was written by a newer version of this plugin/],
    ['a record that does not know the database', [file('unread.json', unread)], 2,
      /^error: which database my-ledger in namespace ledger uses is not in the record: its properties could not be read\n {2}say it: --database kind=KIND,for=my-ledger,NAME=VALUE\n/],
    ['a record that does not know the database of one of two', [file('half-unread.json', {...cosmos, targets: [...cosmos.targets, ...unread.targets.map(target => ({...target, release: 'other'}))]})], 2,
      /^error: which database other in namespace ledger uses is not in the record/],
    ['a table that would be an option', [record, '--tables=-rf'], 2, /^error: "-rf" is no legal name of a table\n/],
    ['a time without a zone', ['--at', '2026-11-23T12:44:07', '--database', 'kind=cosmosdb,account=a'], 2, /^error: the time "2026-11-23T12:44:07" has no zone\n {2}write it as 2026-11-23T12:44:07Z/],
    ['a time in the future', ['--at', '2999-01-01T00:00:00Z', '--database', 'kind=cosmosdb,account=a'], 2, /is in the future: it is \S+Z now\n/],
    ['a record and a time', [record, '--at', '2026-11-23T12:44:07Z'], 2, /^error: the record \S+ and --at contradict each other\n/],
    ['an unknown kind', ['--at', '2026-11-23T12:44:07Z', '--database', 'kind=oracle'], 2, /^error: there is no plan for databases of the kind "oracle", one of: /],
    ['a database of no kind', [record, '--database', 'account=a'], 2, /does not say which kind of database/],
    ['a prefix without its mode', [record, '--prefix', 'r1_'], 2, /^error: --prefix is for --mode prefix alone\n/],
    ['the mode without a prefix', [record, '--mode', 'prefix'], 2, /^error: --mode prefix needs --prefix\n/],
    ['an illegal prefix', [record, '--mode', 'prefix', '--prefix', '$(id)'], 2, /^error: "\$\(id\)" is no legal prefix/],
    ['a snapshot without its identifier', [record, '--snapshot', 'nightly'], 2, /"nightly" is not NAME=VALUE/],
    ['an unknown format', [record, '-o', 'html'], 2, /^error: /],
  ]
  for (const [name, args, exitCode, words] of bad) {
    it(`refuses ${name}`, async () => {
      const {code, stdout, stderr} = await plan(...args)
      assert.deepEqual([code, stdout], [exitCode, ''])
      assert.match(stderr, words)
    })
  }
})
