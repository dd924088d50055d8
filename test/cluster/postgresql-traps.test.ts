import assert from 'node:assert/strict'
import {chmod, mkdir, mkdtemp, readdir, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'
import {startPostgreSql, type PostgreSql} from './postgresql.ts'
import {freePorts} from './processes.ts'
import {Workplace, runIdOf} from './restored.ts'

const TABLE = 'CREATE SCHEMA bank; CREATE TABLE bank.account (name text, tx_state int, tx_version int)'
const write = (name: string, state = 3) => `INSERT INTO bank.account VALUES ('${name}', ${state}, 1)`

describe('the printed restore of a real PostgreSQL', () => {
  let dir: string
  let server: PostgreSql
  let user: Workplace
  /** Between the rows `before` and `after`. */
  let at: string
  const data = (name: string) => join(dir, 'postgresql', name)

  before(async function () {
    if (process.platform !== 'linux') this.skip()
    dir = await mkdtemp(join(tmpdir(), 'scalardl-postgresql-'))
    await chmod(dir, 0o755)
    await mkdir(join(dir, 'postgresql'))
    server = await startPostgreSql(join(dir, 'postgresql'))
    user = new Workplace(dir)
    await server.sql(TABLE)
    await server.baseBackup(data('base'))
    await server.sql(write('before'))
    at = await nextSecond()
  })

  after(async () => {
    await server.stop()
    await rm(dir, {recursive: true})
  })

  async function nextSecond(): Promise<string> {
    const seconds = Math.floor(Date.now() / 1000) + 1
    await sleep(seconds * 1000 + 500 - Date.now())
    return new Date(seconds * 1000).toISOString().replace('.000', '')
  }

  const plan = (name: string, settings: Record<string, string> = {}, ...flags: string[]) => {
    const all = {
      kind: 'postgresql', host: '127.0.0.1', port: server.port, database: 'postgres', 'pg-bin': server.bin, 'base-backup': data('base'), archive: server.archive,
      'data-directory': data(name), ...server.user.via && {via: server.user.via}, ...settings,
    }
    return user.plugin('restore-plan', '--at', at, '-o', 'script', '--database', Object.entries(all).map(pair => pair.join('=')).join(','), ...flags)
  }
  const rehearsal = (name: string, settings: Record<string, string> = {}) => plan(name, settings, '--mode', 'copy-only')

  /** The rows in a restored server that is still closed. */
  const rows = (name: string) => server.user.run(`${server.bin}/psql`, '-XAtq', '-h', join(data(name), runIdOf(at)), '-p', String(server.port), '-U', 'postgres',
    '-c', 'SELECT name FROM bank.account ORDER BY 1')
  const stop = (name: string) => server.user.run(`${server.bin}/pg_ctl`, '-D', data(name), '-m', 'immediate', 'stop')

  it('stops when the archive has no later commit, says why, and goes on once it has one', async () => {
    await server.sql('SELECT pg_switch_wal()')
    const script = await rehearsal('early', {source: 'gone'})
    const {code, stdout, stderr} = await user.carryOut(script)
    assert.notEqual(code, 0)
    assert.match(stdout, /FATAL: {2}recovery ended before configured recovery target was reached/)
    assert.match(stderr, /stopped in step \d+ \(postgresql\.replay: /)
    await server.sql(write('after'))
    await server.sql('SELECT pg_switch_wal()')
    await sleep(500)
    const again = await user.carryOut(script)
    assert.equal(again.code, 0, again.stderr)
    assert.equal(await rows('early'), 'before')
    await stop('early')
  })

  it('makes a later commit itself where the source still answers', async () => {
    at = await nextSecond()
    const {code, stdout, stderr} = await user.carryOut(await rehearsal('later'))
    assert.equal(code, 0, stderr)
    assert.match(stdout, /recovery stopping before commit of transaction \d+, time /)
    assert.match(stdout, /^bank\.account\|0$/m)
    assert.equal(await rows('later'), 'after\nbefore')
    await stop('later')
  })

  it('refuses a base backup whose files hold later commits, which PostgreSQL itself would restore from', async () => {
    await server.sql(write('too late'))
    await server.sql('CHECKPOINT')
    await server.baseBackup(data('young'))
    const {code, stdout, stderr} = await user.carryOut(await rehearsal('from-young', {'base-backup': data('young')}))
    assert.notEqual(code, 0)
    assert.match(stdout, /^the base backup began at \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC$/m)
    assert.match(stderr, /^the base backup does not end before \S+ \S+\+00: take an older one$/m)
    await assert.rejects(readdir(data('from-young')), {code: 'ENOENT'})
    await server.sql('DELETE FROM bank.account WHERE name = \'too late\'')
  })

  it('leaves a directory alone that is already there', async () => {
    await server.user.run('mkdir', data('mine'))
    await writeFile(join(data('mine'), 'precious'), 'data')
    const {code, stderr} = await user.carryOut(await rehearsal('mine'))
    assert.notEqual(code, 0)
    assert.match(stderr, /stopped in step \d+ \(postgresql\.check: /)
    assert.deepEqual(await readdir(data('mine')), ['precious'])
  })

  it('stops at tablespaces, which would lead into the old server\'s files', async () => {
    await server.user.run('mkdir', data('space'), data('space-copy'))
    await server.sql(`CREATE TABLESPACE other LOCATION '${data('space')}'`)
    await server.baseBackup(data('spaced'), `--tablespace-mapping=${data('space')}=${data('space-copy')}`)
    await server.sql('DROP TABLESPACE other')
    const {code, stderr} = await user.carryOut(await rehearsal('from-spaced', {'base-backup': data('spaced')}))
    assert.notEqual(code, 0)
    assert.match(stderr, /rmdir: failed to remove '\S+pg_tblspc': Directory not empty/)
    await assert.rejects(readdir(data('from-spaced')), {code: 'ENOENT'})
  })

  it('warns of half-done rows, and goes on', async () => {
    await server.sql(write('prepared', 1))
    at = await nextSecond()
    const {code, stdout, stderr} = await user.carryOut(await rehearsal('prepared'))
    assert.equal(code, 0, stderr)
    assert.match(stdout, /^bank\.account\|1\nWARNING: 1 rows are not committed: was the restore point inside a pause\?$/m)
    await stop('prepared')
    await server.sql('UPDATE bank.account SET tx_state = 3')
  })

  it('comes to the same end when it is killed again and again', async () => {
    const script = await rehearsal('killed')
    let ended
    for (let killAfterMs = 200; (ended = await user.carryOut(script, {killAfterMs})).code === -1; killAfterMs += 350);
    assert.equal(ended.code, 0, ended.stderr)
    assert.equal(await rows('killed'), 'after\nbefore\nprepared')
    await stop('killed')
  })

  it('takes a tar file, an archive tool, a configuration outside the data directory, and another port', async () => {
    await server.user.run('mkdir', data('etc'))
    for (const file of ['postgresql.conf', 'pg_hba.conf', 'pg_ident.conf']) await server.user.run('cp', join(server.data, file), data('etc'))
    await server.baseBackup(data('tar'), '-Ft', '-z')
    await server.sql(write('last'))
    at = await nextSecond()
    const [port = 0] = await freePorts(1)
    const script = await plan('elsewhere', {
      'base-backup': join(data('tar'), 'base.tar.gz'), 'restore-command': `cp "${server.archive}/%f" "%p"`,
      'config-file': join(data('etc'), 'postgresql.conf'), 'new-port': String(port),
    })
    const {code, stderr} = await user.carryOut(script)
    assert.equal(code, 0, stderr)
    const asked = ['-h', '127.0.0.1', '-p', String(port), '-U', 'postgres', '-c', 'SELECT name FROM bank.account ORDER BY 1; SHOW archive_mode; SHOW data_directory']
    assert.equal(await server.user.run(`${server.bin}/psql`, '-XAtq', ...asked), `after\nbefore\nlast\nprepared\non\n${data('elsewhere')}`)
    await stop('elsewhere')
  })
})
