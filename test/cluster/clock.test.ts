import {clockScenarios} from '../scenarios/clocks.ts'
import {startCluster, type RealCluster} from './cluster.ts'

describe('databases whose clocks are off, behind a real API server', () => {
  let cluster: RealCluster

  before(async () => {
    cluster = await startCluster()
  })

  after(() => cluster.stop())

  clockScenarios(() => cluster, [3000, -3000, 30_000, -30_000])
})
