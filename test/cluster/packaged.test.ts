import assert from 'node:assert/strict'
import {mkdtemp, readFile, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'
import type {V1ConfigMap} from '@kubernetes/client-node'
import type {RestorePoint} from '../../src/backup/restore-point.ts'
import type {Ended} from '../support/command.ts'
import {installPlugin, type InstalledPlugin} from '../support/installed-plugin.ts'
import {chartServer} from '../support/manifests.ts'
import {validateRecord} from '../support/record-schema.ts'
import {readBooks} from './books.ts'
import {startCluster, type RealCluster} from './cluster.ts'
import {makeDatabase, startLoad, startScalarDbServer, type ClientLoad, type Database, type LoadCount, type ScalarDbServer} from './scalardb.ts'

// What the load puts into the database before it starts: 100 accounts with 1000 each.
const MONEY = 100_000

describe('the packaged plugin, through kubectl, on real ScalarDB Servers under transaction load', () => {
  let dir: string
  let cluster: RealCluster
  let database: Database
  let servers: ScalarDbServer[]
  let load: ClientLoad
  let plugin: InstalledPlugin
  let ended: Ended
  const cleanups: Array<() => Promise<void>> = []

  before(async function () {
    if (process.platform !== 'linux' || process.arch !== 'x64') this.skip()
    dir = await mkdtemp(join(tmpdir(), 'scalardl-packaged-'))
    cleanups.unshift(() => rm(dir, {recursive: true}))
    cluster = await startCluster()
    cleanups.unshift(() => cluster.stop())
    plugin = await installPlugin(dir, cluster.tools.kubectl)
    database = await makeDatabase(cluster.dir)
    const pods = await cluster.deployServers(chartServer({replicas: 3, version: '3.13.6'}), () => startScalarDbServer(database))
    servers = pods.map(pod => cluster.podServer('scalardb', pod) as ScalarDbServer)
    load = await startLoad(database, servers)
    cleanups.unshift(() => load.stop())
    ended = await plugin.run('kubectl', 'scalardl', 'backup', '-n', 'scalardb', '--kubeconfig', cluster.kubeconfig, '-o', 'json')
  })

  after(async () => {
    for (const cleanup of cleanups) await cleanup()
  })

  const record = () => JSON.parse(ended.stdout) as RestorePoint
  const windowMs = () => {
    const {pausedAt, unpausedAt} = record().window
    return [Date.parse(pausedAt ?? ''), Date.parse(unpausedAt ?? '')] as const
  }

  it('needs no Node on the machine', async () => {
    assert.deepEqual(await plugin.run('sh', '-c', 'command -v node'), {code: 127, stdout: '', stderr: ''})
  })

  it('finds a consistent restore point', () => {
    assert.equal(ended.code, 0, ended.stderr)
    validateRecord(record())
    const {consistent, verdict, restorePoint, reasons, targets} = record()
    assert.deepEqual({consistent, verdict, reasons}, {consistent: true, verdict: 'consistent', reasons: []})
    assert.deepEqual(targets.map(({release, pods}) => `${release}: ${pods.length}`), ['my-scalardb: 3'])
    const [fromMs, toMs] = windowMs()
    const atMs = Date.parse(restorePoint ?? '')
    assert.ok(toMs - fromMs >= 10_000 && atMs - 1000 >= fromMs && atMs + 2000 <= toMs, JSON.stringify(record().window))
  })

  it('pauses every server over the whole window, as the servers say themselves', async () => {
    const [fromMs, toMs] = windowMs()
    for (const {view} of servers) {
      assert.equal(view.pausedThroughout(fromMs, toMs, 1000), true)
      assert.equal((await view.look()).paused, false)
    }
  })

  it('lets no transaction commit in the window', async () => {
    const [fromMs, toMs] = windowMs()
    // What was drained before the window, the clients may have counted a moment into it.
    const within = (await load.counts()).filter(({atMs}) => atMs > fromMs + 1000 && atMs < toMs)
    for (const {port} of servers) {
      const committed = within.filter(count => count.port === port).map(count => count.committed)
      assert.ok(committed.length > 10)
      assert.equal(new Set(committed).size, 1)
    }
  })

  it('keeps the record in a ConfigMap beside the release, and in a file', async () => {
    const {metadata: {name}} = record()
    const {stdout} = await cluster.kubectl(['get', 'configmap', name, '-n', 'scalardb', '-o', 'json'])
    assert.deepEqual(JSON.parse((JSON.parse(stdout) as V1ConfigMap).data?.['record.json'] ?? ''), record())
    const file = await readFile(join(plugin.home, '.local/state/kubectl-scalardl/restore-points', `${name}.json`), 'utf8')
    assert.deepEqual(JSON.parse(file), record())
  })

  it('lets the load go on, and no committed transaction is lost', async () => {
    const [, toMs] = windowMs()
    for (const server of servers) await committedAfter(server, toMs)
    await load.stop()
    const counts = await load.counts()
    const counted = servers.reduce((sum, server) => sum + committedOn(server, counts), 0)
    const {money, committed} = await readBooks(database)
    assert.equal(money, MONEY)
    assert.ok(committed >= counted, `${committed} committed, ${counted} known to clients`)
  })

  /** Waits until more is committed on the server than was at a moment. */
  async function committedAfter(server: ScalarDbServer, atMs: number): Promise<void> {
    const end = performance.now() + 20_000
    for (;;) {
      const counts = await load.counts()
      if (committedOn(server, counts) > committedOn(server, counts.filter(count => count.atMs <= atMs))) return
      assert.ok(performance.now() < end, `no commit on port ${server.port} after the pause`)
      await sleep(100)
    }
  }
})

const committedOn = ({port}: ScalarDbServer, counts: readonly LoadCount[]) =>
  counts.filter(count => count.port === port).at(-1)?.committed ?? 0
