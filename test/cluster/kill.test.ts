import assert from 'node:assert/strict'
import {blows, undisturbedMs} from '../scenarios/kills.ts'
import {dyingScenarios} from '../scenarios/dying.ts'
import {startCluster, type RealCluster} from './cluster.ts'

const SEED = 20261129

describe('dying on a real API server', function () {
  this.timeout(900_000)
  let cluster: RealCluster

  before(async () => {
    cluster = await startCluster()
  })

  after(() => cluster.stop())

  for (const blow of ['SIGKILL', 'SIGSTOP'] as const) {
    it(`leaves nothing paused after ten times ${blow} at random moments, and the next command tells`, async () => {
      const passes = await blows(cluster, blow, {times: 10, withinMs: await undisturbedMs(cluster), seed: SEED})
      assert.deepEqual(passes.filter(({problems}) => problems.length > 0), [])
    })
  }

  dyingScenarios(() => cluster)
})
