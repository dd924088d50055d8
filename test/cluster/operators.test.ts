import assert from 'node:assert/strict'
import type {RestorePoint} from '../../src/backup/restore-point.ts'
import {asked, inTheWindow, outcome, stage, type Stage} from '../scenarios/backup.ts'
import {startCluster, type RealCluster} from './cluster.ts'
import {scalarAdmin} from './scalar-admin.ts'

const CONSISTENT = {code: 0, verdict: 'consistent', reasons: []}

describe('two operators on a real API server', () => {
  let cluster: RealCluster

  before(async () => {
    cluster = await startCluster()
  })

  after(() => cluster.stop())

  const portsOf = (on: Stage) => on.pods.map((_, index) => on.server(index).port)
  const unpauses = (on: Stage) => on.pods.map((_, index) => on.server(index).calls.filter(({method}) => method === 'Unpause').length)

  for (const version of ['3.13.0', '3.14.0']) {
    describe(`scalar-admin beside a backup, on ScalarDL ${version}`, () => {
      it('has paused before: nothing is touched, and the exit code is 4', async () => {
        const on = await stage(cluster, {version})
        assert.equal((await scalarAdmin('PAUSE', portsOf(on))).code, 0)
        const {code, verdict} = await outcome(on, on.backup(), ['pod-0', 'pod-1'])
        assert.deepEqual({code, verdict, unpauses: unpauses(on)}, {code: 4, verdict: 'failed', unpauses: [0, 0]})
        assert.equal((await scalarAdmin('UNPAUSE', portsOf(on))).code, 0)
      })

      it('unpauses in the window: the backup is void, and what scalar-admin pauses then is left alone', async () => {
        const on = await stage(cluster, {version})
        const run = on.backup('--hold', '50s')
        await inTheWindow(on, run)
        assert.equal((await scalarAdmin('UNPAUSE', portsOf(on))).code, 0)
        const {code, verdict, reasons} = await outcome(on, run)
        assert.deepEqual({code, verdict}, {code: 3, verdict: 'void'})
        assert.match(reasons?.[0] ?? '', /^ns\/pod-[01] is not paused any more$/)
        assert.equal((await scalarAdmin('PAUSE', portsOf(on))).code, 0)
        assert.deepEqual(on.pods.map((_, index) => on.server(index).paused), [true, true])
        assert.equal((await scalarAdmin('UNPAUSE', portsOf(on))).code, 0)
      })
    })
  }

  it('a pause on top of ours is one that no server tells apart, and ours ends both', async () => {
    const on = await stage(cluster)
    const run = on.backup('--hold', '20s')
    await inTheWindow(on, run)
    assert.equal((await scalarAdmin('PAUSE', portsOf(on))).code, 0)
    assert.deepEqual(await outcome(on, run), CONSISTENT)
  })

  it('a pause that scalar-admin had queued behind ours takes over when ours times out, and is left alone', async () => {
    const on = await stage(cluster)
    const release = on.server(0).gate.holdRequests(1)
    const run = on.backup('--drain-timeout', '15s')
    await asked(on.server(0), 'Pause')
    const queued = scalarAdmin('PAUSE', [on.server(0).port], '-m', '60000')
    assert.deepEqual(await outcome(on, run, ['pod-0']), {code: 4, verdict: 'void', reasons: ['ns/pod-0 could not finish its outstanding requests in time and opened again']})
    assert.equal(unpauses(on)[0], 0)
    release()
    assert.equal((await queued).code, 0)
    assert.equal(on.server(0).paused, true)
    on.server(0).gate.open()
  })

  it('without leases, what one of ours pauses another leaves alone', async () => {
    const on = await stage(cluster)
    const first = on.backup('--hold', '10s', '--lock', 'off')
    await inTheWindow(on, first)
    const {code, stdout} = await on.backup('--lock', 'off').ended
    assert.deepEqual([code, (JSON.parse(stdout) as RestorePoint).verdict], [4, 'failed'])
    assert.deepEqual(await outcome(on, first), CONSISTENT)
  })

  it('without leases, two of ours at the same moment leave nothing paused, and call nothing consistent that is not', async () => {
    const on = await stage(cluster)
    const both = [on.backup('--lock', 'off'), on.backup('--lock', 'off')]
    await Promise.all(both.map(run => run.ended))
    for (const run of both) {
      const {code} = await outcome(on, run)
      assert.ok([0, 3, 4].includes(code ?? -1), `exit code ${code}`)
    }
  })
})
