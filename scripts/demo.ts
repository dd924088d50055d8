// Starts a simulated cluster with Ledger and Auditor under client load, and runs `kubectl-scalardl backup` against it.
// Flags of backup follow `--`: npm run demo -- -o json --hold 10s. With --keep the cluster stays for you to play with.
import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {mkdir} from 'node:fs/promises'
import {createServer} from 'node:http'
import type {AddressInfo} from 'node:net'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {startSimulatedCluster} from '../test/simulated/cluster.ts'
import type {SimulatedCluster} from '../test/simulated/cluster.ts'
import type {AdminServer} from '../test/support/admin-server.ts'
import {startClientLoad} from '../test/support/client-load.ts'
import {NO_CLOUD} from '../test/support/no-cloud.ts'
import {chartAuditor, chartLedger} from '../test/support/manifests.ts'

const NAMESPACE = 'ledger'
const BIN = fileURLToPath(new URL('../bin/kubectl-scalardl', import.meta.url))
/** There is no database: nothing to check, and a clock alone. */
const NO_DATABASE = '--skip-database-check'
const properties = (clock: string, more: string) => `scalar.db.storage=dynamo
scalar.db.contact_points=ap-northeast-1
scalar.db.dynamo.endpoint_override=${clock}
${more}
`

const say = (line = '') => void process.stderr.write(`${line}\n`)

/** A Ledger and its Auditor, three pods each, with the servers behind them. */
async function deploy(cluster: SimulatedCluster, clock: string): Promise<{ledgers: AdminServer[]; auditors: AdminServer[]}> {
  const version = '3.14.0'
  const ledgers = await cluster.deploy(chartLedger({namespace: NAMESPACE, version, properties: properties(clock, 'scalar.dl.ledger.auditor.enabled=true')}))
  const auditors = await cluster.deploy(chartAuditor({namespace: NAMESPACE, version, properties: properties(clock, `scalar.dl.auditor.ledger.host=my-ledger-scalardl-envoy.${NAMESPACE}.svc.cluster.local`)}))
  const serversOf = (pods: readonly string[]) => pods.map(pod => cluster.server(NAMESPACE, pod))
  return {ledgers: serversOf(ledgers), auditors: serversOf(auditors)}
}

/** Answers as a database's endpoint does as far as its clock is concerned. @returns its URL, and how to stop it */
async function startClock(): Promise<{url: string; stop: () => void}> {
  const server = createServer((_, response) => response.end()).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, stop: () => { server.close().closeAllConnections() }}
}

/** Runs the plugin on this terminal. @returns its exit code */
function backup(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(BIN, ['backup', ...args], {stdio: 'inherit', env})
    child.on('error', reject)
    child.on('exit', code => resolve(code ?? 1))
  })
}

async function main(argv: readonly string[]): Promise<number> {
  const keep = argv.includes('--keep')
  const args = argv.filter(arg => arg !== '--keep')
  // Ctrl-C reaches backup as well, which unpauses and ends; the cluster must live until then.
  const asked = new Promise<void>(resolve => process.on('SIGINT', resolve).on('SIGTERM', resolve))
  const cluster = await startSimulatedCluster({name: 'demo'})
  const clock = await startClock()
  try {
    const {ledgers, auditors} = await deploy(cluster, clock.url)
    const load = startClientLoad({route: [auditors, ledgers, auditors]})
    const stateDir = join(cluster.dir, 'state')
    await mkdir(stateDir)
    const flags = ['--kubeconfig', cluster.kubeconfig, '-n', NAMESPACE, NO_DATABASE]
    say(`A simulated cluster with Ledger and Auditor, 3 pods each, under client load:`)
    say(`$ kubectl scalardl backup ${[...flags, ...args].join(' ')}`)
    say()
    const code = await backup([...flags, ...args], {...process.env, ...NO_CLOUD, XDG_STATE_HOME: stateDir})
    say()
    say(`The clients have finished ${load.done} transactions; ${stillPaused([...ledgers, ...auditors])}.`)
    if (keep) await stay(cluster, stateDir, asked)
    load.stop()
    return code
  } finally {
    clock.stop()
    await cluster.stop()
  }
}

function stillPaused(servers: readonly AdminServer[]): string {
  const paused = servers.filter(server => server.paused).length
  return paused === 0 ? 'no server is paused' : `${paused} of ${servers.length} servers ARE STILL PAUSED`
}

async function stay(cluster: SimulatedCluster, stateDir: string, asked: Promise<void>): Promise<void> {
  say('The cluster stays. In another terminal:')
  say(`  export KUBECONFIG=${cluster.kubeconfig} XDG_STATE_HOME=${stateDir}`)
  say(`  ${BIN} backup -n ${NAMESPACE} ${NO_DATABASE}`)
  say(`Ctrl-C (or kill ${process.pid}) stops it and removes ${cluster.dir}.`)
  await asked
}

process.exitCode = await main(process.argv.slice(2))
