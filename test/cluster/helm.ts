import {execFile} from 'node:child_process'
import {once} from 'node:events'
import {mkdir, readFile, writeFile} from 'node:fs/promises'
import {createServer} from 'node:http'
import type {AddressInfo} from 'node:net'
import {basename, join} from 'node:path'
import {promisify} from 'node:util'
import type {ChartManifests} from '../support/manifests.ts'
import type {RealCluster} from './cluster.ts'
import {NODE} from './control-plane.ts'
import {helm} from './tools.ts'

const run = promisify(execFile)

/** A release that the real helm installs: the objects of our builders, its number of pods a value, as in the products' charts. */
export interface HelmRelease {
  readonly manifests: ChartManifests
  /** `scalardl`, and its version. */
  readonly chart: string
  readonly version: string
  /** The key of the number of pods: `ledger.replicaCount`. */
  readonly replicas: string
}

/** The real helm beside one cluster, with a chart repository `scalar-labs` on loopback. */
export interface HelmRig {
  readonly binary: string
  /** Variables under which helm finds repository and cluster. */
  readonly env: Readonly<Record<string, string>>
  install(release: HelmRelease): Promise<void>
  stop(): Promise<void>
}

export async function startHelm(cluster: RealCluster, releases: readonly HelmRelease[]): Promise<HelmRig> {
  const binary = await helm()
  const home = join(cluster.dir, 'helm')
  const env = {KUBECONFIG: cluster.kubeconfig, HELM_CACHE_HOME: `${home}/cache`, HELM_CONFIG_HOME: `${home}/config`, HELM_DATA_HOME: `${home}/data`}
  const ask = (...args: string[]) => run(binary, args, {env: {PATH: process.env['PATH'], HOME: home, ...env}})
  const charts = join(home, 'charts')
  for (const release of releases) await ask('package', '-d', charts, await writeChart(join(home, release.chart), release))
  const server = createServer((request, response) => {
    readFile(join(charts, basename(request.url ?? ''))).then(
      content => response.end(content),
      () => response.writeHead(404).end(),
    )
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  await ask('repo', 'index', charts, '--url', url)
  await ask('repo', 'add', 'scalar-labs', url)
  return {
    binary,
    env,
    async install({manifests, chart, version}) {
      const {name = '', namespace = ''} = manifests.deployment.metadata ?? {}
      cluster.serve(manifests)
      await ask('install', releaseOf(manifests), `scalar-labs/${chart}`, '--version', version, '-n', namespace, '--create-namespace')
      await run(cluster.tools.kubectl, ['rollout', 'status', '-n', namespace, `deployment/${name}`, '--timeout=60s'], {env: {HOME: home, ...env}})
    },
    async stop() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

const releaseOf = ({deployment}: ChartManifests) => deployment.metadata?.labels?.['app.kubernetes.io/instance'] ?? ''

async function writeChart(folder: string, {manifests, chart, version, replicas}: HelmRelease): Promise<string> {
  const {deployment, services, configMaps} = manifests
  const [product = '', count = ''] = replicas.split('.')
  await mkdir(join(folder, 'templates'), {recursive: true})
  await writeFile(join(folder, 'Chart.yaml'), JSON.stringify({apiVersion: 'v2', name: chart, version}))
  await writeFile(join(folder, 'values.yaml'), JSON.stringify({[product]: {[count]: deployment.spec?.replicas}}))
  const objects = [...configMaps, ...services, deployment].map(object => JSON.stringify(plain(object)))
  await writeFile(join(folder, 'templates/all.yaml'), objects.join('\n---\n').replace(/"replicas":\d+/, `"replicas":{{ .Values.${replicas} }}`))
  return folder
}

/** Without what the API server sets, and with the rig's one node, since nothing schedules. */
function plain(object: object): object {
  const copy = structuredClone(object) as {status?: unknown; metadata?: {uid?: string; generation?: number}; spec?: {template?: {spec?: {nodeName?: string}}}}
  delete copy.status
  delete copy.metadata?.uid
  delete copy.metadata?.generation
  if (copy.spec?.template?.spec) copy.spec.template.spec.nodeName ??= NODE
  return copy
}
