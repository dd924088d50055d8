import assert from 'node:assert/strict'
import {execFileSync} from 'node:child_process'
import {postgresql} from '../../src/databases/postgresql/index.ts'
import {goldenPlan, planOf} from '../support/plan-of.ts'
import type {Settings} from '../../src/databases/types.ts'

const storage = (contactPoints: string, name?: string) => ({storage: 'jdbc', contactPoints, name})
const STORAGE = storage('jdbc:postgresql://db.example.com:5432/app')
const FOUND: Settings = {host: 'db.example.com', port: '5432', database: 'app'}
const GIVEN: Settings = {
  ...FOUND, via: 'ssh postgres@db.example.com', 'pg-bin': '/usr/lib/postgresql/15/bin', 'base-backup': '/backups/2026-11-22', archive: '/backups/wal',
  'data-directory': '/var/lib/postgresql/15/restored',
}
const plan = (settings: Settings, mode: 'same-name' | 'copy-only' = 'same-name', storages = [STORAGE]) => planOf(postgresql, {settings, storages, mode})
const step = (id: string, settings: Settings) => plan(settings).steps.find(each => each.id === `postgresql.${id}`)

describe('PostgreSQL', () => {
  it('is recognised by its JDBC URL, one server however it is written', () => {
    assert.deepEqual(postgresql.recognise(STORAGE), {key: 'db.example.com:5432', settings: FOUND})
    assert.equal(postgresql.recognise(storage('jdbc:postgresql://db.example.com/other'))?.key, 'db.example.com:5432')
    assert.deepEqual(postgresql.recognise(storage('jdbc:postgresql:app'))?.settings, {host: 'localhost', port: '5432'})
    assert.equal(postgresql.recognise(storage('jdbc:mysql://db.example.com/')), undefined)
    assert.equal(postgresql.recognise({storage: 'dynamo', contactPoints: 'eu-west-1'}), undefined)
  })

  it('is told from others also where the address was withheld', () => {
    const [one, other] = ['a', 'b'].map(name => postgresql.recognise(storage('jdbc:postgresql:', name)))
    assert.ok(one && other)
    assert.deepEqual(one.settings, {})
    assert.notEqual(one.key, other.key)
  })

  it('takes its time with +00, since it refuses Z', () => {
    assert.equal(postgresql.time({epochSeconds: 1704164645, rfc3339: '2024-01-02T03:04:05Z'}), '2024-01-02 03:04:05+00')
  })

  it('has a plan that is ready to run when everything is given', () => goldenPlan('postgresql', plan(GIVEN)))
  it('has a plan that asks for what only its administrator knows', () => goldenPlan('postgresql-from-the-record', plan(FOUND)))
  it('has a rehearsal that changes nothing', () => goldenPlan('postgresql-copy-only', plan(GIVEN, 'copy-only')))

  it('has a plan for another machine, a tar file, an archive tool, and a configuration elsewhere', () => goldenPlan('postgresql-elsewhere', plan({
    ...FOUND, source: 'gone', 'new-host': 'db2.example.com', 'new-port': '5433', via: 'kubectl exec -i -n db postgres-0 --', 'base-backup': '/backups/base.tar.gz',
    'restore-command': 'pgbackrest --stanza=main archive-get %f "%p"', 'data-directory': '/srv/restored', 'config-file': '/etc/postgresql/15/main/postgresql.conf', timeline: 'current',
  })))

  it('says the products\' new URL when the address changes, and none when it stays', () => {
    const section = (settings: Settings) => postgresql.plan({
      id: 'postgresql', time: {epochSeconds: 1704164645, rfc3339: '2024-01-02T03:04:05Z'}, runId: 'r20240102t030405z', settings,
      storages: [{...STORAGE, owner: {product: 'ledger', release: 'l', namespace: 'l'}, keeps: []}], mode: 'same-name', snapshots: [],
    })
    assert.deepEqual(section(GIVEN).properties, [])
    assert.deepEqual(section({...GIVEN, 'new-port': '5433'}).properties, [{key: 'scalar.db.contact_points', value: 'jdbc:postgresql://db.example.com:5433/app'}])
  })

  it('counts half-done rows in every database that the properties name', () => {
    const storages = [STORAGE, storage('jdbc:postgresql://db.example.com:5432/audit')]
    const verify = plan(GIVEN, 'same-name', storages).steps.find(({id}) => id === 'postgresql.verify-copy')
    assert.deepEqual(verify?.commands.map(({shell}) => / -d (\w+) /.exec(shell)?.[1]), [undefined, 'app', 'audit'])
  })

  it('writes a restore_command to the letter, whatever is in it', () => {
    const config = step('copy', {...FOUND, 'data-directory': '/d', 'base-backup': '/b', 'restore-command': 'fetch \'a b\' "$HOME" `x` \\n %f %p'})?.commands[1]?.shell ?? ''
    const written = execFileSync('bash', ['-c', `tee() { cat; }\n${config}`], {encoding: 'utf8'})
    assert.equal(written.split('\n')[0], 'restore_command = \'fetch \'\'a b\'\' "$HOME" `x` \\n %f %p\'')
  })

  const illegal: Array<[name: string, value: string]> = [
    ['data-directory', '/data; rm -rf /'], ['data-directory', 'relative'], ['data-directory', `/${'x'.repeat(80)}`], ['base-backup', '/a b'], ['archive', '$(x)'],
    ['via', 'sudo -u postgres;'], ['database', 'a b'], ['new-port', '54x'], ['timeline', 'newest'], ['restore-command', 'cp /wal "%p"'], ['user', '-x'],
  ]
  for (const [name, value] of illegal) {
    it(`refuses ${JSON.stringify(value)} for ${name}`, () => {
      assert.throws(() => plan({...GIVEN, [name]: value}), {message: new RegExp(`no legal ${name}`), exitCode: 2})
    })
  }

  it('is checked by hand, with its clock beside', () => {
    assert.deepEqual(postgresql.checkByHand(FOUND, []).map(({shell}) => shell), [
      'psql -X -x -h db.example.com -p 5432 -U postgres -d app '
      + '-c "SELECT current_setting(\'archive_mode\') AS archive_mode, current_setting(\'archive_command\') AS archive_command, a.*, '
      + 'clock_timestamp() AT TIME ZONE \'UTC\' AS server_clock_utc FROM pg_stat_archiver AS a"',
      'date -u',
    ])
  })
})
