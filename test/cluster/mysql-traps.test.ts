import assert from 'node:assert/strict'
import {chmod, mkdir, mkdtemp, readdir, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'
import {startMariaDb, type MariaDb} from './mariadb.ts'
import {Workplace} from './restored.ts'

const TABLE = 'CREATE DATABASE bank; CREATE TABLE bank.account (name text, tx_state int, tx_version int)'
const write = (name: string, state = 3) => `INSERT INTO bank.account VALUES ('${name}', ${state}, 1)`

describe('the printed restore of a real MariaDB', () => {
  let dir: string
  let server: MariaDb
  let user: Workplace
  /** Between the rows `before` and `after`. */
  let at: string
  const data = (name: string) => join(dir, 'mariadb', name)

  before(async function () {
    if (process.platform !== 'linux') this.skip()
    dir = await mkdtemp(join(tmpdir(), 'scalardl-mariadb-'))
    await chmod(dir, 0o755)
    await mkdir(join(dir, 'mariadb'))
    server = await startMariaDb(join(dir, 'mariadb'))
    user = new Workplace(dir)
    await server.sql(TABLE)
    await server.dump(data('dump.sql'))
    await server.physicalBackup(data('physical'))
    await server.sql(write('before'))
    at = await nextSecond()
    await server.user.run('cp', '-r', server.binlogs, data('early'))
    await server.sql(`${write('after')}; CREATE USER later IDENTIFIED BY 'secret'`)
  })

  after(async () => {
    await server.stop()
    await rm(dir, {recursive: true})
  })

  async function nextSecond(): Promise<string> {
    const seconds = Math.floor(Date.now() / 1000) + 1
    await sleep(seconds * 1000 + 1500 - Date.now())
    return new Date(seconds * 1000).toISOString().replace('.000', '')
  }

  const rehearsal = (name: string, settings: Record<string, string> = {dump: data('dump.sql')}) => {
    const all = {
      kind: 'mysql', flavor: 'mariadb', host: '127.0.0.1', port: server.port, binlogs: server.binlogs, 'data-directory': data(name),
      ...server.user.via && {via: server.user.via}, ...settings,
    }
    return user.plugin('restore-plan', '--at', at, '-o', 'script', '--mode', 'copy-only', '--database', Object.entries(all).map(pair => pair.join('=')).join(','))
  }

  /** The rows in a restored data directory. */
  async function rows(name: string): Promise<string> {
    await server.stop()
    const restored = await server.startOn(data(name))
    const found = await server.sql('SELECT name FROM bank.account ORDER BY 1')
    await restored.stop(10_000)
    await server.start()
    return found
  }

  it('replays up to the restore point, from a dump', async () => {
    const {code, stdout, stderr} = await user.carryOut(await rehearsal('restored'))
    assert.equal(code, 0, stderr)
    assert.match(stdout, /^bank\.account\t0$/m)
    assert.equal(await rows('restored'), 'before')
  })

  it('replays up to the restore point, from a physical backup, once that is prepared', async () => {
    const script = await rehearsal('from-physical', {'base-backup': data('physical')})
    const refused = await user.carryOut(script)
    assert.notEqual(refused.code, 0)
    assert.match(refused.stderr, /\/physical is not prepared: run mariadb-backup or xtrabackup with --prepare on it$/m)
    await server.user.run('mariadb-backup', '--no-defaults', '--prepare', `--target-dir=${data('physical')}`)
    const {code, stderr} = await user.carryOut(script)
    assert.equal(code, 0, stderr)
    assert.equal(await rows('from-physical'), 'before')
  })

  it('stops at binary logs that end before the restore point, and goes on once they do not', async () => {
    const script = await rehearsal('early-restored', {dump: data('dump.sql'), binlogs: data('early'), source: 'gone'})
    const {code, stderr} = await user.carryOut(script)
    assert.notEqual(code, 0)
    assert.match(stderr, /^\S+\/early\/binlog\.\d+ ends at #\d{6} \d\d:\d\d:\d\d \(yymmdd, UTC\), before \S+ \S+ UTC: flush the source's binary logs, copy what is missing, and run this again$/m)
    await server.user.run('cp', '-r', `${server.binlogs}/.`, data('early'))
    const again = await user.carryOut(script)
    assert.equal(again.code, 0, again.stderr)
    assert.match(again.stderr, /already there: The backup$/m)
    assert.equal(await rows('early-restored'), 'before')
  })

  it('stops at a binary log that is missing', async () => {
    await server.sql('FLUSH BINARY LOGS; FLUSH BINARY LOGS')
    await server.user.run('cp', '-r', server.binlogs, data('gap'))
    const logs = (await readdir(data('gap'))).filter(name => /\.\d+$/.test(name)).sort()
    await server.user.run('rm', join(data('gap'), logs.at(-2) ?? ''))
    const {code, stderr} = await user.carryOut(await rehearsal('from-gap', {dump: data('dump.sql'), binlogs: data('gap'), source: 'gone'}))
    assert.notEqual(code, 0)
    assert.match(stderr, /^a binary log between binlog\.\d+ and binlog\.\d+ is missing in \S+\/gap$/m)
  })

  it('refuses a dump that is younger than the restore point, and one that does not say where it ends', async () => {
    await server.dump(data('young.sql'))
    const young = await user.carryOut(await rehearsal('from-young', {dump: data('young.sql')}))
    assert.notEqual(young.code, 0)
    assert.match(young.stderr, /^the backup holds what was written at #\S+ \S+ \(yymmdd, UTC\): it does not end before \S+ \S+ UTC, take an older one$/m)
    await server.dump(data('plain.sql'), ['--all-databases', '--single-transaction'])
    const plain = await user.carryOut(await rehearsal('from-plain', {dump: data('plain.sql')}))
    assert.notEqual(plain.code, 0)
    assert.match(plain.stderr, /plain\.sql does not say where in the binary log it ends: it was made without --source-data \(MariaDB: --master-data\)$/m)
    for (const name of ['from-young', 'from-plain']) await assert.rejects(readdir(data(name)), {code: 'ENOENT'})
  })

  it('comes to the same end when it is killed again and again', async () => {
    at = await nextSecond()
    const script = await rehearsal('killed')
    let ended
    for (let killAfterMs = 2000; (ended = await user.carryOut(script, {killAfterMs})).code === -1; killAfterMs += 3000);
    assert.equal(ended.code, 0, ended.stderr)
    assert.equal(await rows('killed'), 'after\nbefore')
  })
})
