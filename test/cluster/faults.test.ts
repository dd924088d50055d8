import {startCluster, type RealCluster} from './cluster.ts'
import {apiServerFaults} from './faults/api-server.ts'
import {networkFaults} from './faults/network.ts'
import {otherClusterFaults} from './faults/other-cluster.ts'
import {faultRig, type FaultRig} from './faults/rig.ts'

describe('faults between a backup and a real API server', () => {
  let cluster: RealCluster
  let rig: FaultRig

  before(async () => {
    cluster = await startCluster()
    rig = await faultRig(cluster)
  })

  after(async () => {
    await rig.stop()
    await cluster.stop()
  })

  afterEach(() => {
    rig.wire.silence(false)
    rig.wire.rttMs = 0
    rig.wire.targetPort = rig.apiServer.port
  })

  apiServerFaults(() => rig)
  networkFaults(() => rig)
  otherClusterFaults(() => rig)
})
