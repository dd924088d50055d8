import assert from 'node:assert/strict'
import type {RestorePoint} from '../../src/backup/restore-point.ts'
import {quietThroughout} from '../support/admin-gate.ts'
import {startClockServer, type ClockServer} from '../support/clock-server.ts'
import type {TestCluster} from '../support/cluster.ts'
import type {Ended} from '../support/command.ts'
import {validateRecord} from '../support/record-schema.ts'
import {inTheWindow, outcome, stage, type Stage} from './backup.ts'

/** The hold that has room for a clock measured to half a second. */
const FLAGS = ['--hold', '5s', '--skip-database-check']

const dynamo = (prefix: string, region: string, {url}: Pick<ClockServer, 'url'>) => [
  `${prefix}storage=dynamo`, `${prefix}contact_points=${region}`, `${prefix}dynamo.endpoint_override=${url}`,
]
/** One DynamoDB whose endpoint is this server. */
const oneDatabase = (server: Pick<ClockServer, 'url'>) => dynamo('scalar.db.', 'eu-west-1', server).join('\n')
const twoDatabases = (one: ClockServer, other: ClockServer) => [
  'scalar.db.storage=multi-storage', 'scalar.db.multi_storage.storages=one,other', 'scalar.db.multi_storage.default_storage=one',
  'scalar.db.multi_storage.namespace_mapping=scalar:one,coordinator:other',
  ...dynamo('scalar.db.multi_storage.storages.one.', 'eu-west-1', one), ...dynamo('scalar.db.multi_storage.storages.other.', 'eu-central-1', other),
].join('\n')

const recordOf = ({stdout, stderr}: Ended): RestorePoint => {
  assert.ok(stdout.startsWith('{'), stderr)
  const record = JSON.parse(stdout) as RestorePoint
  validateRecord(record)
  return record
}

/** Widths and parts of seconds differ from run to run. */
const plain = (text: string) => text.replaceAll(/give or take \d+ ms/g, 'give or take * ms').replaceAll(/\d+\.\d\d s/g, measured => `${Math.round(parseFloat(measured))} s`)

/** What was told of the databases' clocks, without the address of each run. */
const clockLines = ({stderr}: Ended) => plain(stderr).split('\n').filter(line => line.includes('Clocks') && line.includes('DynamoDB')).map(line => line.replace(/^.*?Clocks\s+/, ''))

/** All of the second that the database's clock calls T, every server was closed and drained. */
function quietAt({cluster, namespace, pods}: Stage, record: RestorePoint, offsetMs: number): void {
  const fromMs = Date.parse(record.restorePoint ?? '') - offsetMs
  for (const pod of pods) assert.ok(quietThroughout(cluster.server(namespace, pod).steps, fromMs, fromMs + 999), `${pod} at T by the database's clock`)
}

/** Databases whose clocks are off by so many ms: the restore point is in their time, or there is none. */
export function clockScenarios(cluster: () => TestCluster, offsetsMs: readonly number[]): void {
  const servers: ClockServer[] = []
  const clock = async (offsetMs: number) => {
    const server = await startClockServer({offsetMs})
    servers.push(server)
    return server
  }
  afterEach(async () => {
    await Promise.all(servers.splice(0).map(server => server.close()))
  })

  for (const offsetMs of offsetsMs) {
    const words = `${Math.abs(offsetMs) / 1000} s ${offsetMs > 0 ? 'ahead of' : 'behind'}`
    it(`moves the restore point with a database's clock that is ${words} ours`, async () => {
      const on = await stage(cluster(), {properties: oneDatabase(await clock(offsetMs))})
      const ended = await on.backup(...FLAGS).ended
      assert.equal(ended.code, 0, ended.stderr)
      const record = recordOf(ended)
      assert.deepEqual([record.verdict, record.reasons, record.assumptions.filter(text => text.includes('clock'))], ['consistent', [], []])
      assert.deepEqual(clockLines(ended), [`Amazon DynamoDB in eu-west-1: ${words} this machine's clock, give or take * ms (127.0.0.1; over plain http, where nothing proves who answers)`])
      quietAt(on, record, offsetMs)
      for (const offsets of [record.clock.offsets, record.clock.offsetsAfter ?? []]) {
        const [{loMs, hiMs} = assert.fail('not measured')] = offsets
        assert.ok(loMs <= offsetMs && offsetMs <= hiMs && hiMs - loMs < 1000, `[${loMs}, ${hiMs}]`)
      }
    })
  }

  it('pauses nothing for two databases whose clocks are 30 s apart', async () => {
    const on = await stage(cluster(), {properties: twoDatabases(await clock(30_000), await clock(0))})
    const ended = await on.backup(...FLAGS).ended
    assert.equal(ended.code, 2, ended.stderr)
    assert.deepEqual([...on.server(0).steps, ...on.server(1).steps], [])
    const [, refusal = ''] = ended.stderr.split('error: ')
    assert.deepEqual(plain(refusal).trim().split(/\n\s*/), [
      '--hold 5s has no restore point that lies inside the pause by the clock of every database: with these clocks and --clock-guard 0.1s it takes at least --hold 33s',
      "Amazon DynamoDB in eu-central-1 is as this machine's clock, give or take * ms",
      "Amazon DynamoDB in eu-west-1 is 30 s ahead of this machine's clock, give or take * ms",
      'set the clocks right (NTP), or pause for longer; nothing was paused',
    ])
  })

  it('is void when a database\'s clock jumps in the window', async () => {
    const server = await clock(0)
    const on = await stage(cluster(), {properties: oneDatabase(server)})
    const run = on.backup(...FLAGS)
    await inTheWindow(on, run)
    server.offsetMs = -30_000
    const ended = await outcome(on, run) as {code: number; verdict: string; reasons: string[]}
    assert.deepEqual({...ended, reasons: ended.reasons.map(plain)}, {code: 3, verdict: 'void', reasons: [
      "the clock of Amazon DynamoDB in eu-west-1 was as this machine's clock, give or take * ms, before the pause and is 30 s behind this machine's clock, give or take * ms, after it: "
      + 'by that clock the restore point may lie outside the pause',
    ]})
  })

  it('says what is assumed of a clock that nobody tells', async () => {
    const gone = await startClockServer()
    await gone.close()
    const on = await stage(cluster(), {properties: oneDatabase(gone)})
    const ended = await on.backup(...FLAGS).ended
    const record = recordOf(ended)
    const why = `127.0.0.1: connect ECONNREFUSED 127.0.0.1:${gone.port}`
    assert.deepEqual([ended.code, record.verdict, record.clock.offsets, record.assumptions.filter(text => text.includes('clock'))], [0, 'consistent', [], [
      `the clock of Amazon DynamoDB in eu-west-1 was not measured (${why}): it is assumed to be within 100 ms of this machine's`,
    ]])
    assert.deepEqual(clockLines(ended)[0], `Amazon DynamoDB in eu-west-1: not measured (${why}); it is taken to be within 100 ms of this machine's`)
  })
}
