import assert from 'node:assert/strict'
import {mysql} from '../../src/databases/mysql/index.ts'
import {goldenPlan, planOf} from '../support/plan-of.ts'
import type {Settings} from '../../src/databases/types.ts'

const storage = (contactPoints: string, name?: string) => ({storage: 'jdbc', contactPoints, name})
const STORAGE = storage('jdbc:mysql://db.example.com:3306/')
const FOUND: Settings = {flavor: 'mysql', host: 'db.example.com', port: '3306'}
const GIVEN: Settings = {
  ...FOUND, via: 'ssh mysql@db.example.com', dump: '/backups/2026-11-22.sql.gz', binlogs: '/var/lib/mysql', 'data-directory': '/var/lib/mysql-restored',
}
const plan = (settings: Settings, mode: 'same-name' | 'copy-only' = 'same-name') => planOf(mysql, {settings, storages: [STORAGE], mode})

describe('MySQL and MariaDB', () => {
  it('are recognised by their JDBC URLs, with whose programs they have', () => {
    assert.deepEqual(mysql.recognise(STORAGE), {key: 'db.example.com:3306', settings: FOUND})
    assert.deepEqual(mysql.recognise(storage('jdbc:mariadb://a,b:3307/x')), {key: 'a:3306,b:3307', settings: {flavor: 'mariadb', host: 'a', port: '3306'}})
    assert.equal(mysql.recognise(storage('jdbc:postgresql://db.example.com/')), undefined)
    const [one, other] = ['a', 'b'].map(name => mysql.recognise(storage('jdbc:mysql:', name)))
    assert.ok(one && other)
    assert.deepEqual(one.settings, {flavor: 'mysql'})
    assert.notEqual(one.key, other.key)
  })

  it('take their time without a zone, so that it is said beside', () => {
    assert.equal(mysql.time({epochSeconds: 1704164645, rfc3339: '2024-01-02T03:04:05Z'}), '2024-01-02 03:04:05 (TZ=UTC)')
  })

  it('have a plan from a dump that is ready to run when everything is given', () => goldenPlan('mysql', plan(GIVEN)))
  it('have a plan that asks for what only their administrator knows', () => goldenPlan('mysql-from-the-record', plan(FOUND)))
  it('have a rehearsal that changes nothing, by MariaDB\'s own programs', () => goldenPlan('mariadb-copy-only', plan({...GIVEN, flavor: 'mariadb'}, 'copy-only')))
  it('have a plan from a physical backup, for another machine, when the source is gone', () => goldenPlan('mariadb-elsewhere', plan({
    ...FOUND, flavor: 'mariadb', source: 'gone', 'new-host': 'db2.example.com', 'base-backup': '/backups/2026-11-22', binlogs: '/backups/binlogs',
    'data-directory': '/srv/restored', 'config-file': '/etc/mysql/restored.cnf', via: 'sudo -u mysql',
  })))

  it('read binary logs in UTC, from where the backup ended', () => {
    const commands = plan(GIVEN).steps.find(({id}) => id === 'mysql.copy')?.commands.map(({shell}) => shell) ?? []
    assert.match(commands[1] ?? '', /^export TZ=UTC$/m)
    assert.match(commands[1] ?? '', /--start-position="\$position" --stop-datetime='2026-11-23 12:44:07' "\$\{files\[@\]\}"/)
  })

  it('say the products\' new URL when the address changes, and none when it stays', () => {
    const section = (settings: Settings) => mysql.plan({
      id: 'mysql', time: {epochSeconds: 1704164645, rfc3339: '2024-01-02T03:04:05Z'}, runId: 'r20240102t030405z', settings,
      storages: [{...STORAGE, owner: {product: 'ledger', release: 'l', namespace: 'l'}, keeps: []}], mode: 'same-name', snapshots: [],
    })
    assert.deepEqual(section(GIVEN).properties, [])
    assert.deepEqual(section({...GIVEN, 'new-host': 'db2'}).properties, [{key: 'scalar.db.contact_points', value: 'jdbc:mysql://db2:3306/'}])
  })

  const illegal: Array<[name: string, value: string]> =
    [['data-directory', '/data; rm -rf /'], ['dump', '/a b'], ['binlogs', '$(x)'], ['via', 'sudo;'], ['flavor', 'percona'], ['config-file', '~/x'], ['host', '-x y']]
  for (const [name, value] of illegal) {
    it(`refuse ${JSON.stringify(value)} for ${name}`, () => {
      assert.throws(() => plan({...GIVEN, [name]: value}), {message: new RegExp(`no legal ${name}`), exitCode: 2})
    })
  }

  it('are checked by hand, with their clock beside', () => {
    assert.deepEqual(mysql.checkByHand(FOUND, []).map(({shell}) => shell), [
      'mysql -h db.example.com -P 3306 -u root -p '
      + '-e "SHOW VARIABLES WHERE Variable_name IN (\'log_bin\', \'binlog_expire_logs_seconds\', \'expire_logs_days\', \'binlog_format\'); '
      + 'SHOW BINARY LOGS; SELECT UTC_TIMESTAMP(6) AS server_clock_utc"',
      'date -u',
    ])
  })
})
