import assert from 'node:assert/strict'
import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {dirname, join} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'
import type {RestorePoint} from '../../src/backup/restore-point.ts'
import type {RestorePlan} from '../../src/plan/model.ts'
import {provideAws, type Aws} from '../clouds/aws.ts'
import {REGION, startMoto, type Item, type Moto} from '../clouds/moto.ts'
import {Place} from '../clouds/place.ts'
import {installPlugin, type InstalledPlugin} from '../support/installed-plugin.ts'
import {chartLedger} from '../support/manifests.ts'
import {startCluster, type RealCluster} from './cluster.ts'

const TABLES = ['coordinator.state', 'scalar.asset']
const SHORT = ['--hold', '5s', '--clock-guard', '100ms']

describe('from the packaged plugin\'s backup of a Ledger on DynamoDB to its restored tables', () => {
  let dir: string
  let cluster: RealCluster
  let moto: Moto
  let aws: Aws
  let plugin: InstalledPlugin
  let record: RestorePoint
  const cleanups: Array<() => Promise<unknown>> = []

  before(async function () {
    if (process.platform !== 'linux' || process.arch !== 'x64') this.skip()
    dir = await mkdtemp(join(tmpdir(), 'scalardl-dynamodb-'))
    cleanups.unshift(() => rm(dir, {recursive: true}))
    moto = await startMoto({lagSeconds: 1})
    cleanups.unshift(() => moto.stop())
    // Version 1, loaded once for all calls: test/clouds has plans carried out by v1 and v2 as they are.
    aws = await provideAws('warm', moto.url)
    cleanups.unshift(() => aws.stop())
    cluster = await startCluster()
    cleanups.unshift(() => cluster.stop())
    plugin = await installPlugin(dir, cluster.tools.kubectl, moto.env)
    for (const name of [...TABLES, 'scalardb.metadata']) await makeTable(name)
    for (const name of TABLES) await put('scalardb.metadata', {table: {S: name}})
    await cluster.deploy(chartLedger({replicas: 2, properties: [
      'scalar.db.storage=dynamo', `scalar.db.contact_points=${REGION}`, `scalar.db.dynamo.endpoint_override=${moto.url}`, '',
    ].join('\n')}))
  })
  after(async () => {
    for (const cleanup of cleanups) await cleanup()
  })

  async function makeTable(name: string): Promise<void> {
    const key = name === 'scalardb.metadata' ? 'table' : 'k'
    await moto.api('CreateTable', {
      TableName: name, KeySchema: [{AttributeName: key, KeyType: 'HASH'}], AttributeDefinitions: [{AttributeName: key, AttributeType: 'S'}],
      BillingMode: 'PAY_PER_REQUEST', DeletionProtectionEnabled: true,
    })
    await moto.api('UpdateContinuousBackups', {TableName: name, PointInTimeRecoverySpecification: {PointInTimeRecoveryEnabled: true, RecoveryPeriodInDays: 35}})
  }

  const put = (TableName: string, Item: Item) => moto.api('PutItem', {TableName, Item})
  const row = (key: string, value: string): Item => ({k: {S: key}, value: {S: value}, tx_state: {N: '3'}, tx_version: {N: '1'}})
  const rows = async (name: string) => (await moto.truth()).tables[name]?.items.map(({k, value}) => [k, value].map(each => String(each?.['S'])).join('=')).sort()
  const scalardl = async (...args: string[]) => {
    const {code, stdout, stderr} = await plugin.run('kubectl', 'scalardl', ...args)
    assert.equal(code, 0, stderr)
    return {stdout, stderr}
  }

  it('checks every table of the Ledger before the pause, measures the clock, and says from when to when the point is restorable', async () => {
    for (const name of TABLES) await put(name, row('a', 'before'))
    // A moment is a whole second: what is written in the second of the restore point belongs to it.
    await sleep(2000)
    const {stdout, stderr} = await scalardl('backup', '-n', 'ledger', '--kubeconfig', cluster.kubeconfig, ...SHORT, '-o', 'json')
    assert.match(stderr, /^✔ Databases {5}Amazon DynamoDB in eu-west-1: point-in-time recovery is on for all 3 tables, kept for 35 days$/m)
    assert.match(stderr, /^✔ Clocks {8}Amazon DynamoDB in eu-west-1: /m)
    assert.match(stderr, /^✔ Clocks {8}measured again, the restore point holds$/m)
    record = JSON.parse(stdout) as RestorePoint
    const [database] = record.databases ?? []
    assert.deepEqual([record.verdict, database?.check, database?.tables], ['consistent', 'passed', [...TABLES, 'scalardb.metadata']])
    assert.equal(Date.parse(database?.restorableUntil ?? '') - Date.parse(record.restorePoint ?? ''), 35 * 86_400_000)
    assert.equal(record.clock.offsets.length, 1)
  })

  it('prints a plan that restores them, the servers stopped meanwhile, by the real kubectl and the AWS CLI', async function () {
    this.timeout(300_000)
    for (const name of TABLES) await put(name, row('a', 'after'))
    await put('scalar.asset', row('b', 'after'))
    const before = new Set((await cluster.pods('ledger')).map(({metadata}) => metadata?.name))
    const script = (await scalardl('restore-plan', 'latest', '--local', '-o', 'script')).stdout
    const plan = JSON.parse((await scalardl('restore-plan', record.metadata.name, '--local', '-o', 'json')).stdout) as RestorePlan
    await moto.watch(TABLES, plan.restorePoint.epochSeconds)
    const env = {KUBECONFIG: cluster.kubeconfig}
    const place = await Place.make(script, moto, {...aws, folder: `${aws.folder}:${dirname(cluster.tools.kubectl)}`}, env)
    const done = plan.steps.filter(step => step.commands.some(({byHand}) => byHand) && step.phase !== 'finish').flatMap(({id}) => ['--done', id])
    const {code, output} = await place.run('--yes', ...done)
    await place.remove()
    assert.equal(code, 0, output)
    assert.deepEqual([await rows('coordinator.state'), await rows('scalar.asset')], [['a=before'], ['a=before']])
    const {tables, violations} = await moto.truth()
    assert.deepEqual(violations, [])
    assert.ok(tables['scalar.asset']?.restored)
    const now = (await cluster.pods('ledger')).map(({metadata}) => metadata?.name)
    assert.equal(now.length, 2)
    assert.deepEqual(now.filter(name => before.has(name)), [])
  })
})
