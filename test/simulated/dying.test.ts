import {dyingScenarios} from '../scenarios/dying.ts'
import {startSimulatedCluster, type SimulatedCluster} from './cluster.ts'

describe('dying on the simulated cluster', function () {
  this.timeout(120_000)
  let cluster: SimulatedCluster

  before(async () => {
    cluster = await startSimulatedCluster()
  })

  after(() => cluster.stop())

  dyingScenarios(() => cluster)
})
