import assert from 'node:assert/strict'
import {checkTimes} from '../../src/backup/prepare.ts'
import Backup, {requestOf} from '../../src/commands/backup.ts'
import {splitCommand} from '../../src/cli/arguments.ts'
import {CliError} from '../../src/support/errors.ts'

type BackupFlags = Parameters<typeof requestOf>[0]

/** The request that a command line makes. */
async function request(...argv: string[]) {
  const parsed: Array<Parameters<typeof requestOf>> = []
  class Parsing extends Backup {
    override async run(): Promise<void> {
      const [own, behind] = splitCommand(this.argv)
      const {flags} = await this.parse(Backup, own)
      parsed.push([flags as BackupFlags, behind])
    }
  }
  await Parsing.run(argv, {root: import.meta.dirname})
  assert.ok(parsed[0])
  return requestOf(...parsed[0])
}

const given = (value: object) => Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined))

describe('the flags of backup', () => {
  it('have the guide\'s hold and the clients\' patience as defaults', async () => {
    const {wanted, ...rest} = await request()
    assert.deepEqual(rest, {
      holdMs: 10_000, drainMs: 30_000, guardMs: 1000, waitMs: 0,
      dryRun: false, ledgerOnly: false, allowUnverified: false, skipDatabaseCheck: false, noConfigMap: false, noWatchdog: false, transport: 'auto', lock: 'auto',
    })
    assert.deepEqual(wanted.map(({kube, allNamespaces, overrides}) => [given(kube), allNamespaces, given(overrides)]), [[{}, false, {}]])
  })

  it('say what to look for and where', async () => {
    const {wanted: [place], ...rest} = await request('-n', 'ledger', '--context', 'prod', '-l', 'app=mine', '--product', 'ledger', '--admin-port', '50053',
      '--admin-tls', '--admin-ca-file', 'ca.pem', '--admin-server-name', 'ledger.example.com', '--release', 'blue',
      '--hold', '15s', '--drain-timeout', '20s', '--clock-guard', '500ms', '--wait', '2m', '--no-configmap', '--no-watchdog', '--ledger-only', '--skip-database-check', '--transport', 'kubectl', '--lock', 'require')
    assert.deepEqual(given(place?.kube ?? {}), {namespace: 'ledger', context: 'prod'})
    assert.deepEqual(place?.overrides, {
      selector: 'app=mine', product: 'ledger', release: 'blue', adminPort: 50_053, adminTls: true, adminCaFile: 'ca.pem', adminServerName: 'ledger.example.com',
    })
    assert.deepEqual(rest, {
      holdMs: 15_000, drainMs: 20_000, guardMs: 500, waitMs: 120_000,
      dryRun: false, ledgerOnly: true, allowUnverified: false, skipDatabaseCheck: true, noConfigMap: true, noWatchdog: true, transport: 'kubectl', lock: 'require',
    })
  })

  it('name a file for the record', async () => {
    assert.equal((await request('--record', 'a.json')).recordFile, 'a.json')
    assert.equal((await request('--record', '-')).recordFile, undefined)
  })

  it('have a command to run in the pause, in 20 seconds unless said otherwise', async () => {
    assert.equal((await request()).exec, undefined)
    assert.deepEqual((await request('--exec', 'pg_dump -f x')).exec, {command: 'pg_dump -f x', timeoutMs: 20_000})
    assert.deepEqual((await request('--exec', 'dump', '--exec-timeout', '2m')).exec, {command: 'dump', timeoutMs: 120_000})
    assert.deepEqual((await request('--exec-timeout', '5s', '--', 'dump', '-n', 'x')).exec, {command: 'dump', args: ['-n', 'x'], timeoutMs: 5000})
  })

  for (const [what, argv, message] of [
    ['two commands', ['--exec', 'a', '--', 'b'], '--exec and -- contradict each other: one command runs in the pause'],
    ['nothing behind --', ['--'], 'no command after --'],
    ['an empty command', ['--exec', ' '], '--exec has no command'],
    ['a time limit for no command', ['--exec-timeout', '5s'], '--exec-timeout without a command: give --exec or --, too'],
  ] as const) {
    it(`are refused with ${what}`, async () => {
      await assert.rejects(request(...argv), (error: unknown) => error instanceof CliError && error.exitCode === 2 && error.message === message)
    })
  }

  it('beside targets count for all of them, and a target\'s own go first', async () => {
    const {wanted} = await request('--as', 'operator', '--context', 'all', '-n', 'common', '--target', 'release=red', '--target', 'context=arn:aws:eks:x:1:cluster/b,namespace=auditor,admin-port=40053')
    assert.deepEqual(wanted.map(({kube, overrides}) => [given(kube), given(overrides)]), [
      [{as: 'operator', context: 'all', namespace: 'common'}, {release: 'red'}],
      [{as: 'operator', context: 'arn:aws:eks:x:1:cluster/b', namespace: 'auditor'}, {adminPort: 40_053}],
    ])
  })

  it('say whose credentials look at the databases, for all targets or for each', async () => {
    const {wanted} = await request('--aws-profile', 'all', '--azure-subscription', 'main', '--target', 'release=red', '--target', 'release=blue,aws-profile=other')
    assert.deepEqual(wanted.map(({access}) => access), [{awsProfile: 'all', azureSubscription: 'main'}, {awsProfile: 'other', azureSubscription: 'main'}])
    const {wanted: [alone]} = await request('--aws-profile', 'mine')
    assert.deepEqual(given(alone?.access ?? {}), {awsProfile: 'mine'})
  })

  for (const [flag, value, hint] of [
    ['selector', 'app=x', 'write it into the target: --target …,selector=…'],
    ['release', 'red', 'write it into the target: --target …,release=…'],
    ['admin-port', '1', 'write it into the target: --target …,admin-port=…'],
    ['all-namespaces', undefined, 'name the namespace in each --target'],
  ] as const) {
    it(`take no --${flag} beside a target`, async () => {
      await assert.rejects(request('--target', 'release=red', `--${flag}`, ...value === undefined ? [] : [value]), (error: unknown) => {
        assert.ok(error instanceof CliError)
        assert.deepEqual([error.exitCode, error.message, ...error.hints], [2, `--${flag} and --target contradict each other`, hint])
        return true
      })
    })
  }
})

describe('the times of a backup', () => {
  const times = {holdMs: 10_000, drainMs: 30_000, guardMs: 1000}
  const said = (given: Partial<Parameters<typeof checkTimes>[0]>) => {
    const warnings: string[] = []
    try {
      checkTimes({...times, ...given}, (title, text) => { warnings.push(`${title}: ${text}`) })
    } catch (error) {
      return error instanceof CliError ? [`${error.exitCode}: ${error.message}`] : [String(error)]
    }
    return warnings
  }

  for (const [what, given, expected] of [
    ['are good as they come', {}, []],
    ['may be just long enough, with a warning', {holdMs: 4000}, ['Hold: --hold 4s is shorter than the 10s that Scalar\'s guide asks for: the databases\' clocks may differ by more']],
    ['must hold a restore point', {holdMs: 3999}, ['2: --hold 3.999s is too short for any restore point: with --clock-guard 1s it takes at least 4s']],
    ['must leave room for the guard', {holdMs: 10_000, guardMs: 4001}, ['2: --hold 10s is too short for any restore point: with --clock-guard 4.001s it takes at least 10.002s']],
    ['need a guard that clocks can tell', {guardMs: 99}, ['2: --clock-guard 99ms is too short: below 100ms clocks cannot be compared']],
    ['need time to drain', {drainMs: 0}, ['2: --drain-timeout must be longer than 0']],
    ['should end before clients give up', {drainMs: 50_000}, ['Drain: --drain-timeout and --hold together may pause for 60s, and ScalarDL clients give up after 60s']],
    ['count a command that may take longer', {exec: {command: 'dump', timeoutMs: 120_000}}, ['Drain: --drain-timeout and --exec-timeout together may pause for 150s, and ScalarDL clients give up after 60s']],
    ['give a command some time', {exec: {command: 'dump', timeoutMs: 0}}, ['2: --exec-timeout must be longer than 0']],
  ] satisfies Array<[string, Partial<Parameters<typeof checkTimes>[0]>, string[]]>) {
    it(what, () => { assert.deepEqual(said(given), expected) })
  }
})
