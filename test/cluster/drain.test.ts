import assert from 'node:assert/strict'
import {setTimeout as sleep} from 'node:timers/promises'
import type {RestorePoint} from '../../src/backup/restore-point.ts'
import {command} from '../support/command.ts'
import {chartServer} from '../support/manifests.ts'
import {readBooks} from './books.ts'
import {startCluster, type RealCluster} from './cluster.ts'
import {scalarAdmin} from './scalar-admin.ts'
import {makeDatabase, startLoad, startScalarDbServer, type ClientLoad, type Database, type LoadCount, type LoadOptions, type ScalarDbServer} from './scalardb.ts'

// What a load puts into the database before it starts: 100 accounts with 1000 each.
const MONEY = 100_000

describe('a real ScalarDB Server under load', () => {
  let cluster: RealCluster
  let database: Database
  let pod: string
  let server: ScalarDbServer

  before(async () => {
    cluster = await startCluster()
    database = await makeDatabase(cluster.dir);
    [pod = ''] = await cluster.deployServers(chartServer({replicas: 1, version: '3.13.6'}), () => startScalarDbServer(database))
    server = cluster.podServer('scalardb', pod) as ScalarDbServer
  })

  after(() => cluster.stop())

  async function backup(...flags: string[]): Promise<{code: number | null; record: RestorePoint}> {
    const args = ['backup', '--kubeconfig', cluster.kubeconfig, '-n', 'scalardb', '--clock-guard', '100ms', '--hold', '3s', '-o', 'json', ...flags]
    const {code, stdout, stderr} = await command(args).ended
    assert.ok(stdout.startsWith('{'), stderr)
    return {code, record: JSON.parse(stdout) as RestorePoint}
  }

  async function underLoad(options: LoadOptions, act: (load: ClientLoad) => Promise<void>): Promise<void> {
    const load = await startLoad(database, [server], options)
    try {
      await act(load)
    } finally {
      await load.stop()
    }
    assert.equal((await readBooks(database)).money, MONEY)
  }

  /** Transactions were turned away, none of them before the pause, and none any more while others are committed. */
  async function rejectedOnlyWhilePaused(load: ClientLoad, {startedAt}: RestorePoint): Promise<void> {
    const before = (await load.counts()).filter(({atMs}) => atMs < Date.parse(startedAt)).at(-1)
    assert.equal(before?.rejected, 0)
    // A transaction that was turned away at the last moment is counted a moment later.
    const after = await countAfter(load, Date.now() + 500, () => true)
    assert.ok(after.rejected > 0)
    const later = await countAfter(load, after.atMs, ({committed}) => committed > after.committed)
    assert.equal(later.rejected, after.rejected)
  }

  it('opens again when a transaction stays open for longer than the drain timeout, and no money is lost', async () => {
    await underLoad({heldMs: 300_000}, async load => {
      const {code, record} = await backup('--drain-timeout', '2s')
      assert.deepEqual([code, record.verdict, record.consistent, record.stillPaused], [3, 'void', false, []])
      assert.deepEqual(record.reasons.map(reason => reason.replace(pod, 'pod')), [
        'scalardb/pod could not be paused, most likely since its outstanding requests did not finish in time: '
          + 'failed to finish processing outstanding requests within the time limit.',
      ])
      assert.equal((await server.view.look()).paused, false)
      await rejectedOnlyWhilePaused(load, record)
    })
  })

  it('turns transactions away for as long as it is paused, and no longer', async () => {
    await underLoad({}, async load => {
      const {code, record} = await backup()
      assert.deepEqual([code, record.verdict, record.reasons], [0, 'consistent', []])
      assert.equal((await server.view.look()).paused, false)
      await rejectedOnlyWhilePaused(load, record)
    })
  })

  it('stays paused when scalar-admin has paused it', async () => {
    assert.equal((await scalarAdmin('PAUSE', [server.port])).code, 0)
    const {code, record} = await backup()
    assert.deepEqual([code, record.verdict, record.stillPaused.map(({whose}) => whose)], [4, 'failed', ['another\'s']])
    assert.equal((await server.view.look()).paused, true)
    assert.equal((await scalarAdmin('UNPAUSE', [server.port])).code, 0)
    assert.equal((await server.view.look()).paused, false)
  })
})

/** The first count after a moment that fulfils a condition. @throws when none does within a minute */
async function countAfter(load: ClientLoad, afterMs: number, holds: (count: LoadCount) => boolean): Promise<LoadCount> {
  const endMs = Date.now() + 60_000
  while (Date.now() < endMs) {
    const found = (await load.counts()).find(count => count.atMs > afterMs && holds(count))
    if (found) return found
    await sleep(50)
  }
  throw new Error(`no such count of the load within a minute: ${holds.toString()}`)
}
