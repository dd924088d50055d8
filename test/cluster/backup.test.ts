import {byHandScenarios} from '../scenarios/by-hand.ts'
import {catalogueScenarios} from '../scenarios/catalogue.ts'
import {choiceScenarios} from '../scenarios/choice.ts'
import {dyingScenarios} from '../scenarios/dying-ourselves.ts'
import {execScenarios} from '../scenarios/exec.ts'
import {frozenScenarios, leaseScenarios} from '../scenarios/lease.ts'
import {pauseScenarios, silentPauseScenarios} from '../scenarios/pause.ts'
import {signalScenarios} from '../scenarios/signals.ts'
import {statusScenarios} from '../scenarios/status.ts'
import {unpauseScenarios} from '../scenarios/unpause.ts'
import {windowScenarios} from '../scenarios/window.ts'
import {startCluster, type RealCluster} from './cluster.ts'

describe('backup on a real API server', () => {
  let cluster: RealCluster

  before(async () => {
    cluster = await startCluster()
  })

  after(() => cluster.stop())

  choiceScenarios(() => cluster)
  catalogueScenarios(() => cluster)
  leaseScenarios(() => cluster)
  frozenScenarios(() => cluster)
  pauseScenarios(() => cluster)
  silentPauseScenarios(() => cluster)
  windowScenarios(() => cluster)
  signalScenarios(() => cluster)
  statusScenarios(() => cluster)
  unpauseScenarios(() => cluster)
  byHandScenarios(() => cluster)
  execScenarios(() => cluster)
  dyingScenarios(() => cluster)
})
