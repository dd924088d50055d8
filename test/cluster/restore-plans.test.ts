import assert from 'node:assert/strict'
import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {planOfRecord} from '../../src/plan/plan.ts'
import type {RestorePoint} from '../../src/backup/restore-point.ts'
import type {RestorePlan} from '../../src/plan/model.ts'
import {installPlugin, type InstalledPlugin} from '../support/installed-plugin.ts'
import {chartAuditor, chartCluster, chartLedger} from '../support/manifests.ts'
import {SAMPLE_RECORDS} from '../support/sample-records.ts'
import {startCluster, type RealCluster} from './cluster.ts'

// Nothing goes out to it: the plugin's environment has a proxy at a closed port (NO_CLOUD).
const COSMOS = (account: string) => `scalar.db.storage=cosmos\nscalar.db.contact_points=https://${account}.documents.azure.com:443/\n`
const MULTI_STORAGE = [
  'scalar.db.storage=multi-storage',
  'scalar.db.multi_storage.storages=orders,customers',
  'scalar.db.multi_storage.storages.orders.storage=dynamo',
  'scalar.db.multi_storage.storages.orders.contact_points=ap-northeast-1',
  'scalar.db.multi_storage.storages.orders.dynamo.endpoint_override=http://127.0.0.1:9',
  'scalar.db.multi_storage.storages.customers.storage=jdbc',
  'scalar.db.multi_storage.storages.customers.contact_points=jdbc:mysql://customers.cluster-abc123.ap-northeast-1.rds.amazonaws.com:3306/',
  'scalar.db.multi_storage.namespace_mapping=order:orders,customer:customers,coordinator:orders',
  'scalar.db.multi_storage.default_storage=orders',
  '',
].join('\n')

describe('a plan of the packaged plugin, straight after its backup', () => {
  let dir: string
  let cluster: RealCluster
  let plugin: InstalledPlugin
  const cleanups: Array<() => Promise<unknown>> = []

  before(async function () {
    if (process.platform !== 'linux' || process.arch !== 'x64') this.skip()
    dir = await mkdtemp(join(tmpdir(), 'scalardl-plans-'))
    cleanups.unshift(() => rm(dir, {recursive: true}))
    cluster = await startCluster()
    cleanups.unshift(() => cluster.stop())
    plugin = await installPlugin(dir, cluster.tools.kubectl)
  })
  after(async () => {
    for (const cleanup of cleanups) await cleanup()
  })

  const scalardl = async (...args: string[]): Promise<string> => {
    const {code, stdout, stderr} = await plugin.run('kubectl', 'scalardl', ...args)
    assert.equal(code, 0, stderr)
    return stdout
  }

  /** The plan of a backup of one namespace, as data; the text, the runbook and the script of it are printed, too. */
  async function planAfterBackup(namespace: string, ...flags: string[]): Promise<RestorePlan> {
    const kube = ['--kubeconfig', cluster.kubeconfig]
    const record = JSON.parse(await scalardl('backup', '-n', namespace, ...kube, '--hold', '5s', '--clock-guard', '100ms', '-o', 'json')) as RestorePoint
    assert.equal(record.verdict, 'consistent')
    for (const format of ['text', 'markdown', 'script']) {
      assert.ok((await scalardl('restore-plan', 'latest', '--local', ...flags, '-o', format)).includes(record.restorePoint ?? 'none'), format)
    }
    return JSON.parse(await scalardl('restore-plan', 'latest', '--local', ...flags, '-o', 'json')) as RestorePlan
  }

  const idsOf = ({steps}: RestorePlan) => steps.map(({id}) => id)
  const documented = (name: string) => {
    const record = SAMPLE_RECORDS[name]?.() ?? assert.fail(name)
    return planOfRecord(record, {
      version: '0.1.0', nowMs: Date.parse(record.restorePoint ?? '') + 3_600_000, databases: [], mode: 'same-name', snapshots: [], insist: false, scaleWith: 'kubectl', values: {},
    })
  }

  it('for Ledger and Auditor on Cosmos DB has the steps of docs/restore/plan-cosmosdb.md', async () => {
    await cluster.deploy(chartLedger({namespace: 'cosmos', replicas: 1, properties: `${COSMOS('my-ledger')}scalar.dl.ledger.auditor.enabled=true\n`}))
    await cluster.deploy(chartAuditor({
      namespace: 'cosmos', replicas: 1, properties: `${COSMOS('my-auditor')}scalar.dl.auditor.ledger.host=my-ledger-scalardl-envoy.cosmos.svc.cluster.local\n`,
    }))
    const plan = await planAfterBackup('cosmos')
    assert.deepEqual(idsOf(plan), idsOf(documented('cosmosdb')))
    assert.deepEqual(plan.databases.map(({title, owners}) => `${title}: ${owners.map(({release}) => release).join()}`), [
      'Azure Cosmos DB account my-ledger: my-ledger', 'Azure Cosmos DB account my-auditor: my-auditor',
    ])
  })

  it('for multi-storage has a section for each database, and the steps of docs/restore/plan-multi-storage.md', async () => {
    await cluster.deploy(chartCluster({namespace: 'multi', replicas: 1, properties: MULTI_STORAGE}))
    const plan = await planAfterBackup('multi', '--database', 'kind=aurora,instances=2')
    assert.deepEqual(idsOf(plan), idsOf(documented('multi-storage')))
    assert.deepEqual(plan.databases.map(({title}) => title), ['Amazon DynamoDB in ap-northeast-1', 'Amazon Aurora cluster customers in ap-northeast-1'])
    assert.equal(new Set(plan.databases.map(({time}) => time)).size, 1)
  })
})
