// A cluster to try things on by hand: node test/cluster/up.ts [number of real ScalarDB Servers, default 1]
// Runs until SIGINT or SIGTERM; all that it made goes with it.
import {chartAuditor, chartLedger, chartServer} from '../support/manifests.ts'
import {startCluster} from './cluster.ts'
import {makeDatabase, startLoad, startScalarDbServer, type ScalarDbServer} from './scalardb.ts'

const replicas = Number(process.argv[2] ?? 1)
const cluster = await startCluster()
const stopAll = [() => cluster.stop()]
let stopping = false

async function stop(): Promise<void> {
  if (stopping) return
  stopping = true
  for (const each of stopAll.reverse()) await each()
  process.exit()
}

process.on('SIGTERM', () => void stop())
process.on('SIGINT', () => void stop())

try {
  await cluster.deploy(chartLedger({properties: 'scalar.db.storage=dynamo\nscalar.db.contact_points=ap-northeast-1\nscalar.dl.ledger.auditor.enabled=true\n'}))
  await cluster.deploy(chartAuditor({properties: 'scalar.db.storage=dynamo\nscalar.db.contact_points=us-west-2\nscalar.dl.auditor.ledger.host=my-ledger-scalardl-envoy.ledger.svc.cluster.local\n'}))
  const database = await makeDatabase(cluster.dir)
  const pods = await cluster.deployServers(chartServer({replicas}), () => startScalarDbServer(database))
  const load = await startLoad(database, pods.map(pod => cluster.podServer('scalardb', pod) as ScalarDbServer))
  stopAll.push(() => load.stop())
  process.stdout.write(`export KUBECONFIG=${cluster.kubeconfig} PATH=${cluster.tools.kubectl.replace(/\/kubectl$/, '')}:$PATH\n`)
  process.stderr.write(`namespaces ledger, auditor (light servers), scalardb (${replicas} real, under load); logs in ${cluster.dir}\n`)
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
  await stop()
}
