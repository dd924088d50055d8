import assert from 'node:assert/strict'
import {chmod, mkdir, mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'
import type {RestorePoint} from '../../src/backup/restore-point.ts'
import {chartServer} from '../support/manifests.ts'
import {startCluster, type RealCluster} from './cluster.ts'
import {startMariaDb, type MariaDb} from './mariadb.ts'
import {Workplace, runIdOf, secondsBefore} from './restored.ts'
import {makeDatabase, startScalarDbServer, type ScalarDbServer} from './scalardb.ts'
import {MONEY, PREPARED, SUM, TRANSFERS_SCHEMA, startTransfers} from './transfers.ts'

describe('ScalarDB Servers on MariaDB, under load, backed up and restored by the printed script', () => {
  let dir: string
  let cluster: RealCluster
  let user: Workplace
  let server: MariaDb
  let dump: string
  let record: RestorePoint
  const cleanups: Array<() => Promise<unknown>> = []

  before(async function () {
    if (process.platform !== 'linux' || process.arch !== 'x64') this.skip()
    dir = await mkdtemp(join(tmpdir(), 'scalardl-mariadb-'))
    await chmod(dir, 0o755)
    cleanups.unshift(() => rm(dir, {recursive: true}))
    cluster = await startCluster()
    cleanups.unshift(() => cluster.stop())
    user = new Workplace(dir, cluster)
    await mkdir(join(dir, 'mariadb'))
    server = await startMariaDb(join(dir, 'mariadb'))
    cleanups.unshift(() => server.stop())
    const database = await makeDatabase(cluster.dir, `${server.url}\nscalar.db.username=root\nscalar.db.password=`, TRANSFERS_SCHEMA)
    dump = join(dir, 'mariadb', 'dump.sql')
    await server.dump(dump)
    const properties = `scalar.db.storage=jdbc\nscalar.db.contact_points=${server.url}\nscalar.db.username=root\n`
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

  const data = (name: string) => join(dir, 'mariadb', name)

  /** What a user knows of the backups; that the server behind `jdbc:mysql:` is MariaDB, and how to become its user. */
  const given = (name: string) => {
    const {via, binlogs} = {via: server.user.via, binlogs: server.binlogs}
    return `flavor=mariadb,dump=${dump},binlogs=${binlogs},data-directory=${data(name)}${via && `,via=${via}`}`
  }

  /** How many rows of which table a script has found half-done. */
  const counted = (said: string): Record<string, number> => Object.fromEntries([...said.matchAll(/^(bank|savings)\.account\t(\d+)$/gm)].map(([, table = '', count]) => [table, Number(count)] as const))

  /** Rehearses the restore to another instant; no server is left on it. */
  async function rehearse(at: string): Promise<{said: string; prepared: number}> {
    const where = `host=127.0.0.1,port=${server.port}`
    const script = await user.plugin('restore-plan', '--at', at, '--mode', 'copy-only', '-o', 'script', '--database', `kind=mysql,${where},${given(runIdOf(at))}`)
    const {code, stdout, stderr} = await user.carryOut(script)
    assert.equal(code, 0, stderr)
    const {bank = NaN, savings = NaN} = counted(stdout)
    return {said: stdout, prepared: bank + savings}
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
    const script = await user.plugin('restore-plan', 'latest', '-o', 'script', '--database', `kind=mysql,for=my-scalardb,${given('restored')}`)
    const first = await user.carryOut(script)
    assert.match(first.stderr, /this needs a person: do it, then run this script again with --done mysql\.start/)
    assert.deepEqual(counted(first.stdout), {bank: 0, savings: 0})
    assert.deepEqual(await cluster.pods('scalardb'), [])
    await server.stop()
    const restored = await server.startOn(data('restored'))
    cleanups.unshift(() => restored.stop())
    const {code, stderr} = await user.carryOut(script, {done: ['mysql.start']})
    assert.equal(code, 0, stderr)
    assert.deepEqual((await server.sql(`${SUM}; ${PREPARED}`)).split('\n').map(Number), [MONEY, 0])
    assert.ok(Number(await server.sql('SELECT count(*) FROM coordinator.state')) < later)
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
