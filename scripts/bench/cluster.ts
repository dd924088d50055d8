/**
 * The simulated cluster of a benchmark, in a process of its own so that the client's CPU and memory are the client's alone.
 * Started by cluster-process.ts's `startBenchCluster`: `node cluster.ts <pods> <round trip in ms>`, answers over IPC.
 */
import {startSimulatedCluster} from '../../test/simulated/cluster.ts'
import type {SimulatedCluster} from '../../test/simulated/cluster.ts'
import {Wire} from '../../test/support/wire.ts'
import type {AdminServer, CallRecord} from '../../test/support/admin-server.ts'
import {chartAuditor, chartLedger} from '../../test/support/manifests.ts'
import type {ClusterTimes, ServerTimes} from './figures.ts'
import type {Answer, Question} from './cluster-process.ts'

const NAMESPACE = 'ledger'
const VERSION = '3.14.0'
const STORAGE = 'scalar.db.storage=dynamo\nscalar.db.contact_points=ap-northeast-1\n'

/** Six pods are three of Ledger and three of Auditor; every other number is Ledger alone. */
async function deploy(cluster: SimulatedCluster, pods: number): Promise<AdminServer[]> {
  const withAuditor = pods === 6
  const replicas = withAuditor ? pods / 2 : pods
  const common = {namespace: NAMESPACE, version: VERSION, replicas}
  await cluster.deploy(chartLedger({...common, properties: `${STORAGE}scalar.dl.ledger.auditor.enabled=${withAuditor}\n`}))
  if (withAuditor) {
    const ledger = `scalar.dl.auditor.ledger.host=my-ledger-scalardl-envoy.${NAMESPACE}.svc.cluster.local\n`
    await cluster.deploy(chartAuditor({...common, properties: STORAGE + ledger}))
  }
  return [...cluster.servers(NAMESPACE).values()]
}

function timesOf({steps, calls}: AdminServer): ServerTimes {
  const count = (method: CallRecord['method']) => calls.filter(call => call.method === method).length
  return {
    readyMs: calls.find(({method, answeredAt}) => method === 'CheckPaused' && answeredAt)?.answeredAt?.monoMs ?? NaN,
    closedMs: steps.find(({step}) => step === 'closed')?.at.monoMs ?? NaN,
    openMs: steps.findLast(({step}) => step === 'open')?.at.monoMs ?? NaN,
    calls: {Pause: count('Pause'), Unpause: count('Unpause'), CheckPaused: count('CheckPaused')},
  }
}

const firstPause = (servers: readonly AdminServer[]) =>
  Math.min(...servers.flatMap(({steps}) => steps.find(({step}) => step === 'closed')?.at.wallMs ?? NaN))

/** Answers questions until whoever asks is gone. */
async function serve(pods: number, rttMs: number): Promise<void> {
  const cluster = await startSimulatedCluster({name: 'bench', rttMs: rttMs > 0 ? rttMs : undefined})
  const servers = await deploy(cluster, pods)
  const wires: Wire[] = []
  let [firstRequestWallMs, firstTunnelMs]: [number, number | undefined] = [NaN, undefined]
  cluster.api.fault = ({path}) => {
    if (Number.isNaN(firstRequestWallMs)) firstRequestWallMs = performance.timeOrigin + performance.now()
    if (path.includes('/portforward')) firstTunnelMs ??= performance.now()
    return undefined
  }

  function begin(): Answer {
    [firstRequestWallMs, firstTunnelMs] = [NaN, undefined]
    for (const {steps, calls} of servers) steps.length = calls.length = 0
    return {}
  }

  /** Ports for a client without tunnels, at the same distance. */
  async function direct(): Promise<Answer> {
    if (rttMs === 0) return {ports: servers.map(({port}) => port)}
    for (const {port} of servers) wires.push(await new Wire(port, rttMs).listen())
    return {ports: wires.map(({port}) => port)}
  }

  async function answer(question: Question): Promise<Answer> {
    switch (question) {
      case 'begin': return begin()
      case 'direct': return direct()
      case 'times': return {times: {firstRequestWallMs, firstTunnelMs, firstPauseWallMs: firstPause(servers), servers: servers.map(timesOf)} satisfies ClusterTimes}
    }
  }

  process.on('message', (question: Question) => void answer(question).then(told => process.send?.(told)))
  process.once('disconnect', () => void cluster.stop().finally(() => process.exit()))
  process.send?.({kubeconfig: cluster.kubeconfig, namespace: NAMESPACE} satisfies Answer)
}

const [pods = '1', rttMs = '0'] = process.argv.slice(2)
await serve(Number(pods), Number(rttMs))
