import assert from 'node:assert/strict'
import type {RestorePoint} from '../../src/backup/restore-point.ts'
import {command} from '../support/command.ts'
import {chartServer} from '../support/manifests.ts'
import {validateRecord} from '../support/record-schema.ts'
import {startCluster, type RealCluster} from './cluster.ts'
import {makeDatabase, startLoad, startScalarDbServer, type ClientLoad, type ScalarDbServer} from './scalardb.ts'

describe('backup of real ScalarDB Servers under transaction load', () => {
  let cluster: RealCluster
  let load: ClientLoad
  let servers: ScalarDbServer[]

  before(async () => {
    cluster = await startCluster()
    const database = await makeDatabase(cluster.dir)
    const pods = await cluster.deployServers(chartServer({replicas: 2, version: '3.13.6'}), () => startScalarDbServer(database))
    servers = pods.map(pod => cluster.podServer('scalardb', pod) as ScalarDbServer)
    load = await startLoad(database, servers)
  })

  after(async () => {
    await load.stop()
    await cluster.stop()
  })

  it('finds a restore point at which every server says that it was paused, and the load goes on', async () => {
    const {code, stdout, stderr} = await command(['backup', '-n', 'scalardb', '--kubeconfig', cluster.kubeconfig, '-o', 'json']).ended
    assert.equal(code, 0, stderr)
    const record = JSON.parse(stdout) as RestorePoint
    validateRecord(record)
    const [fromMs, toMs] = [Date.parse(record.window.pausedAt ?? ''), Date.parse(record.window.unpausedAt ?? '')]
    assert.ok(toMs - fromMs >= 10_000, `${toMs - fromMs} ms`)
    for (const {view} of servers) {
      // The window ends when the first Unpause is sent; what a look saw until a moment before lies wholly in it.
      assert.equal(view.pausedThroughout(fromMs, toMs - 50), true)
      assert.equal((await view.look()).paused, false)
    }
    await committedAfter(toMs)
  })

  async function committedAfter(atMs: number): Promise<void> {
    const end = performance.now() + 10_000
    for (const {port} of servers) {
      for (;;) {
        const counts = (await load.counts()).filter(count => count.port === port)
        const paused = counts.filter(count => count.atMs <= atMs).at(-1)?.committed ?? 0
        if ((counts.at(-1)?.committed ?? 0) > paused) break
        assert.ok(performance.now() < end, `no commit on port ${port} after the pause`)
        await new Promise(resolve => setTimeout(resolve, 100))
      }
    }
  }
})
