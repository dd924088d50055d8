import assert from 'node:assert/strict'
import {chmod, mkdir, mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'
import type {RestorePoint} from '../../src/backup/restore-point.ts'
import {chartServer} from '../support/manifests.ts'
import {startCluster, type RealCluster} from './cluster.ts'
import {startPostgreSql, type PostgreSql} from './postgresql.ts'
import {Workplace, runIdOf, secondsBefore} from './restored.ts'
import {makeDatabase, startScalarDbServer, type ScalarDbServer} from './scalardb.ts'
import {MONEY, PREPARED, SUM, TRANSFERS_SCHEMA, startTransfers} from './transfers.ts'

describe('ScalarDB Servers on PostgreSQL, under load, backed up and restored by the printed script', () => {
  let dir: string
  let cluster: RealCluster
  let user: Workplace
  let server: PostgreSql
  let base: string
  let record: RestorePoint
  const cleanups: Array<() => Promise<unknown>> = []

  before(async function () {
    if (process.platform !== 'linux' || process.arch !== 'x64') this.skip()
    dir = await mkdtemp(join(tmpdir(), 'scalardl-postgresql-'))
    await chmod(dir, 0o755)
    cleanups.unshift(() => rm(dir, {recursive: true}))
    cluster = await startCluster()
    cleanups.unshift(() => cluster.stop())
    user = new Workplace(dir, cluster)
    await mkdir(join(dir, 'postgresql'))
    server = await startPostgreSql(join(dir, 'postgresql'))
    cleanups.unshift(() => server.stop())
    const database = await makeDatabase(cluster.dir, `${server.url}?user=postgres`, TRANSFERS_SCHEMA)
    base = join(dir, 'postgresql', 'base')
    await server.baseBackup(base)
    const properties = `scalar.db.storage=jdbc\nscalar.db.contact_points=${server.url}\nscalar.db.username=postgres\n`
    const pods = await cluster.deployServers(chartServer({replicas: 2, version: '3.13.6', properties}), () => startScalarDbServer(database))
    const load = await startTransfers(database, pods.map(pod => cluster.podServer('scalardb', pod) as ScalarDbServer), 16)
    cleanups.unshift(() => load.stop())
    await sleep(5000)
    record = JSON.parse(await user.plugin('backup', '-n', 'scalardb', '-o', 'json')) as RestorePoint
    await load.goesOn()
    await load.stop()
  })

  after(async () => {
    for (const cleanup of cleanups) await cleanup()
  })

  const data = (name: string) => join(dir, 'postgresql', name)

  /** What a user knows of the backups; how to become PostgreSQL's user, and where its programs are. */
  const given = (name: string) => {
    const {via, bin, archive} = {via: server.user.via, bin: server.bin, archive: server.archive}
    return `base-backup=${base},archive=${archive},data-directory=${data(name)},pg-bin=${bin}${via && `,via=${via}`}`
  }

  /** Rehearses the restore to another instant, and looks at the closed server that it leaves. */
  async function rehearse(at: string): Promise<{said: string; prepared: number}> {
    const name = `rehearsal-${runIdOf(at)}`
    const where = `host=127.0.0.1,port=${server.port},database=postgres`
    const script = await user.plugin('restore-plan', '--at', at, '--mode', 'copy-only', '-o', 'script', '--database', `kind=postgresql,${where},${given(name)}`)
    const {code, stdout, stderr} = await user.carryOut(script)
    assert.equal(code, 0, stderr)
    const look = ['-XAtq', '-h', join(data(name), runIdOf(at)), '-p', String(server.port), '-U', 'postgres', '-c', PREPARED]
    const prepared = Number(await server.user.run(`${server.bin}/psql`, ...look))
    await server.user.run(`${server.bin}/pg_ctl`, '-D', data(name), '-m', 'immediate', 'stop')
    return {said: stdout, prepared}
  }

  it('finds half-done transactions at instants outside the pause, and says so', async () => {
    // One of them may be clean by luck, under this load hardly several.
    let found = {said: '', prepared: 0}
    for (const at of secondsBefore(record.window.pauseSentAt ?? '', [1, 2, 3, 4])) {
      if (found.prepared === 0) found = await rehearse(at)
    }
    assert.ok(found.prepared > 0)
    assert.match(found.said, new RegExp(`^WARNING: ${found.prepared} rows are not committed`, 'm'))
  })

  it('restores everything to the restore point: the sum is kept, no transaction is half-done, and what came later is gone', async () => {
    assert.equal(record.verdict, 'consistent')
    const later = Number(await server.sql('SELECT count(*) FROM coordinator.state'))
    const script = await user.plugin('restore-plan', 'latest', '-o', 'script', '--database', `kind=postgresql,for=my-scalardb,${given('restored')}`)
    const first = await user.carryOut(script)
    assert.match(first.stderr, /this needs a person: do it, then run this script again with --done postgresql\.stop-old/)
    assert.match(first.stdout, /^bank\.account\|0\nsavings\.account\|0$/m)
    assert.deepEqual(await cluster.pods('scalardb'), [])
    await server.stop()
    cleanups.unshift(() => server.user.run(`${server.bin}/pg_ctl`, '-D', data('restored'), '-m', 'immediate', 'stop'))
    const {code, stderr} = await user.carryOut(script, {done: ['postgresql.stop-old']})
    assert.equal(code, 0, stderr)
    assert.deepEqual((await server.sql(`${SUM}; ${PREPARED}`)).split('\n').map(Number), [MONEY, 0])
    assert.ok(Number(await server.sql('SELECT count(*) FROM coordinator.state')) < later)
    assert.equal(await server.sql('SHOW archive_mode; SHOW recovery_target_time; SHOW restore_command'), 'on')
  })

  it('starts the servers again, which work on the restored database', async () => {
    const pods = await cluster.pods('scalardb')
    assert.equal(pods.length, 2)
    const servers = pods.map(({metadata}) => cluster.podServer('scalardb', metadata?.name ?? '') as ScalarDbServer)
    const before = Number(await server.sql('SELECT count(*) FROM coordinator.state'))
    const load = await startTransfers({url: server.url, dir: cluster.dir}, servers, 1)
    await load.stop()
    assert.ok(Number(await server.sql('SELECT count(*) FROM coordinator.state')) > before)
  })
})
