import {byHandScenarios} from '../scenarios/by-hand.ts'
import {catalogueScenarios} from '../scenarios/catalogue.ts'
import {choiceScenarios} from '../scenarios/choice.ts'
import {clockScenarios} from '../scenarios/clocks.ts'
import {dyingScenarios} from '../scenarios/dying-ourselves.ts'
import {execScenarios} from '../scenarios/exec.ts'
import {frozenScenarios, leaseScenarios} from '../scenarios/lease.ts'
import {pauseScenarios} from '../scenarios/pause.ts'
import {signalScenarios} from '../scenarios/signals.ts'
import {statusScenarios} from '../scenarios/status.ts'
import {unpauseScenarios} from '../scenarios/unpause.ts'
import {windowScenarios} from '../scenarios/window.ts'
import {startSimulatedCluster, type SimulatedCluster} from './cluster.ts'

describe('backup on the simulated cluster', function () {
  this.timeout(60_000)
  let cluster: SimulatedCluster

  before(async () => {
    cluster = await startSimulatedCluster()
  })

  after(() => cluster.stop())

  choiceScenarios(() => cluster)
  catalogueScenarios(() => cluster)
  leaseScenarios(() => cluster)
  frozenScenarios(() => cluster)
  pauseScenarios(() => cluster)
  windowScenarios(() => cluster)
  signalScenarios(() => cluster)
  statusScenarios(() => cluster)
  unpauseScenarios(() => cluster)
  byHandScenarios(() => cluster)
  execScenarios(() => cluster)
  dyingScenarios(() => cluster)
  clockScenarios(() => cluster, [3000, -30_000])
})
