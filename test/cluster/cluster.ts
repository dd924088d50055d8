import {execFile} from 'node:child_process'
import {writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'
import type {V1Deployment, V1Pod, V1PolicyRule} from '@kubernetes/client-node'
import {AdminServer, startAdminServer} from '../support/admin-server.ts'
import {makeClientCert, type Certificate} from '../support/certificates.ts'
import {adminPortOf, generationOf, type DeployOptions, type KubeObject, type TestCluster} from '../support/cluster.ts'
import type {ChartManifests} from '../support/manifests.ts'
import type {Rendering} from '../support/renderings.ts'
import {NODE, kubeconfigOf, startControlPlane, type ControlPlane, type SpareApiServer} from './control-plane.ts'
import {BY_HAND, startRuntime, type PodServer, type Runtime, type ServerChoice} from './runtime.ts'
import {clusterTools, kubernetesRelease, type ClusterTools, type KubernetesRelease} from './tools.ts'

export interface RealClusterOptions {
  /** Also the name of its context. Default: `rig`. */
  readonly name?: string
  /** Default: the variable KUBERNETES, else the newest. */
  readonly kubernetes?: KubernetesRelease
  /** Another cluster's, whose kubeconfigs are then good here too. Default: one of its own. */
  readonly ca?: Certificate
}

/** How a command ended. */
export interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/**
 * A cluster of real parts on this machine: etcd, API server with RBAC, controllers, a kubelet (kwok) without containers,
 * and the real kubectl. Behind each pod's admin port stands a server of its own: a light one, or what `deployServers` starts.
 */
export class RealCluster implements TestCluster {
  readonly kind = 'real'
  readonly context: string
  readonly minor: number
  readonly kubeconfig: string
  /** The programs that the cluster is made of, real kubectl among them. */
  readonly tools: ClusterTools
  /** The API server's URL. */
  readonly url: string
  /** Its temporary folder, with a log per program. */
  readonly dir: string
  /** What signs the certificates of its servers and users. */
  readonly ca: Certificate
  readonly #plane: ControlPlane
  readonly #runtime: Runtime

  constructor(tools: ClusterTools, plane: ControlPlane, runtime: Runtime, choices: Choices) {
    this.tools = tools
    this.minor = Number(tools.kubernetes.split('.')[1])
    this.context = plane.name
    this.kubeconfig = plane.kubeconfig
    this.url = plane.url
    this.dir = plane.dir
    this.ca = plane.ca
    this.#plane = plane
    this.#runtime = runtime
    this.#choices = choices
  }

  readonly #choices: Choices

  deploy(chart: ChartManifests, options: DeployOptions = {}): Promise<string[]> {
    return this.deployServers(chart, lightServer(chart, options), options.adminPort)
  }

  /** The pods of this chart get their servers whoever applies it, e.g. helm. */
  serve(chart: ChartManifests, start = lightServer(chart), adminPort = adminPortOf(chart)): void {
    const {namespace = 'default'} = chart.deployment.metadata ?? {}
    this.#choices.unshift({namespace, labels: chart.deployment.spec?.selector.matchLabels ?? {}, choice: {adminPort, start}})
  }

  /** As `deploy`, with servers that the caller starts, e.g. real ones. */
  async deployServers(chart: ChartManifests, start: () => Promise<PodServer>, adminPort = adminPortOf(chart)): Promise<string[]> {
    const {namespace = 'default', name = ''} = chart.deployment.metadata ?? {}
    const labels = chart.deployment.spec?.selector.matchLabels ?? {}
    this.serve(chart, start, adminPort)
    await this.#apply(
      {apiVersion: 'v1', kind: 'Namespace', metadata: {name: namespace}},
      ...chart.configMaps, ...chart.services, withNode(chart.deployment),
    )
    await this.#rolledOut(namespace, name)
    const selector = Object.entries(labels).map(pair => pair.join('=')).join(',')
    return (await this.#list(namespace, '-l', selector)).map(({metadata}) => metadata?.name ?? '').sort()
  }

  /** The real chart as it was rendered, but for the node of its pods; Envoy's pods run, and nothing listens in them. */
  async deployRendering({chart, others}: Rendering, options: DeployOptions = {}): Promise<string[]> {
    const pods = await this.deploy(chart, options)
    await this.#apply(...others.map(object => object.kind === 'Deployment' ? withNode(object as V1Deployment) : object))
    return pods
  }

  async create(object: KubeObject & {status?: object}): Promise<void> {
    const {kind = '', metadata: {name = '', namespace = 'default'} = {}, status} = object
    const byHand = kind === 'Pod' && status !== undefined
    await this.#apply(byHand ? withAnnotation(object, BY_HAND, 'status') : object)
    if (status) await this.#patch(kind, namespace, name, {status}, '--subresource=status')
  }

  async user(name: string, rules: readonly V1PolicyRule[], namespace?: string): Promise<string> {
    const scope = namespace ? '' : 'Cluster'
    const metadata = {name, namespace}
    const group = 'rbac.authorization.k8s.io'
    await this.#apply(
      ...(namespace ? [{apiVersion: 'v1', kind: 'Namespace', metadata: {name: namespace}}] : []),
      {apiVersion: `${group}/v1`, kind: `${scope}Role`, metadata, rules},
      {
        apiVersion: `${group}/v1`, kind: `${scope}RoleBinding`, metadata,
        roleRef: {apiGroup: group, kind: `${scope}Role`, name},
        subjects: [{apiGroup: group, kind: 'User', name}],
      },
    )
    return this.userKubeconfig(name, [], namespace)
  }

  /** A kubeconfig for a user with a client certificate and no permissions but those bound to its name and groups. */
  async userKubeconfig(user: string, groups: readonly string[] = [], namespace?: string): Promise<string> {
    const {name, url, ca} = this.#plane
    const path = join(this.dir, `${user}.kubeconfig`)
    const certificate = await makeClientCert(ca, user, groups)
    await writeFile(path, kubeconfigOf({name, url, ca: ca.cert, user, namespace, ...certificate}), {mode: 0o600})
    return path
  }

  async scale(namespace: string, deployment: string, replicas: number): Promise<void> {
    await this.#kubectl('scale', '-n', namespace, `deployment/${deployment}`, `--replicas=${replicas}`)
  }

  async rolloutRestart(namespace: string, deployment: string): Promise<void> {
    await this.#kubectl('rollout', 'restart', '-n', namespace, `deployment/${deployment}`)
  }

  async deletePod(namespace: string, pod: string, {force = false}: {force?: boolean} = {}): Promise<void> {
    await this.#kubectl('delete', 'pod', '-n', namespace, pod, '--wait=false', ...(force ? ['--force', '--grace-period=0'] : []))
  }

  restartContainer(namespace: string, pod: string, {statusDelayMs = 0}: {statusDelayMs?: number} = {}): Promise<void> {
    return this.#runtime.restartContainer(namespace, pod, statusDelayMs)
  }

  async annotate(kind: string, namespace: string, name: string, annotations: Record<string, string>): Promise<void> {
    const pairs = Object.entries(annotations).map(pair => pair.join('='))
    await this.#kubectl('annotate', '--overwrite', '-n', namespace, kind, name, ...pairs)
  }

  patchStatus(kind: string, namespace: string, name: string, status: object): Promise<void> {
    return this.#patch(kind, namespace, name, {status}, '--subresource=status')
  }

  pods(namespace: string): Promise<V1Pod[]> {
    return this.#list(namespace)
  }

  server(namespace: string, pod: string): AdminServer {
    const server = this.podServer(namespace, pod)
    if (!(server instanceof AdminServer)) throw new Error(`pod ${namespace}/${pod} has another kind of server`)
    return server
  }

  /** Whatever stands, or last stood, behind a pod. @throws Error for an unknown pod */
  podServer(namespace: string, pod: string): PodServer {
    const server = this.#runtime.servers.get(`${namespace}/${pod}`)
    if (!server) throw new Error(`no server ever stood behind pod ${namespace}/${pod}`)
    return server
  }

  servers(namespace: string): ReadonlyMap<string, AdminServer> {
    const found = new Map<string, AdminServer>()
    for (const [key, server] of this.#runtime.servers) {
      if (key.startsWith(`${namespace}/`) && server instanceof AdminServer) found.set(key.slice(namespace.length + 1), server)
    }
    return found
  }

  /** Runs the real kubectl as the administrator, or with another kubeconfig. Never throws for its exit code. */
  kubectl(args: readonly string[], {kubeconfig = this.kubeconfig, input = ''} = {}): Promise<Ended> {
    return new Promise(resolve => {
      const child = execFile(this.tools.kubectl, ['--kubeconfig', kubeconfig, ...args], {maxBuffer: 2 ** 28}, (error, stdout, stderr) =>
        resolve({code: error ? Number(error.code ?? 1) : 0, stdout, stderr}))
      // It may have ended already, without having read.
      child.stdin?.on('error', () => undefined).end(input)
    })
  }

  /** One more API server of this cluster, of which the rig's own parts know nothing. */
  addApiServer(): Promise<SpareApiServer> {
    return this.#plane.addApiServer()
  }

  async stop(): Promise<void> {
    await this.#runtime.stop()
    await this.#plane.stop()
  }

  async #kubectl(...args: string[]): Promise<string> {
    const {code, stdout, stderr} = await this.kubectl(args)
    if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr}`)
    return stdout
  }

  async #apply(...objects: object[]): Promise<void> {
    const input = JSON.stringify({apiVersion: 'v1', kind: 'List', items: objects.map(withoutServerFields)})
    const {code, stderr} = await this.kubectl(['apply', '-f', '-'], {input})
    if (code !== 0) throw new Error(`kubectl apply: ${stderr}`)
  }

  async #patch(kind: string, namespace: string, name: string, body: object, ...flags: string[]): Promise<void> {
    await this.#kubectl('patch', kind, name, '-n', namespace, '--type=merge', '-p', JSON.stringify(body), ...flags)
  }

  async #list(namespace: string, ...flags: string[]): Promise<V1Pod[]> {
    return (JSON.parse(await this.#kubectl('get', 'pods', '-n', namespace, '-o', 'json', ...flags)) as {items: V1Pod[]}).items
  }

  /** Waits as `kubectl rollout status`, and for old pods to be gone too. @throws at once when a server could not start */
  async #rolledOut(namespace: string, deployment: string, timeoutMs = 120_000): Promise<void> {
    const until = performance.now() + timeoutMs
    while (performance.now() < until) {
      this.#runtime.check()
      const {code} = await this.kubectl(['rollout', 'status', '-n', namespace, `deployment/${deployment}`, '--timeout=2s'])
      if (code === 0) return
      await sleep(100)
    }
    throw new Error(`deployment ${namespace}/${deployment} did not roll out within ${timeoutMs} ms`)
  }
}

const lightServer = (chart: ChartManifests, options: DeployOptions = {}) => (): Promise<PodServer> => {
  const image = chart.deployment.spec?.template.spec?.containers[0]?.image ?? ''
  return startAdminServer({generation: options.generation ?? generationOf(image), tls: options.tls})
}

type Choices = Array<{readonly namespace: string; readonly labels: Readonly<Record<string, string>>; readonly choice: ServerChoice}>

/** Starts a cluster; the first time on a machine its parts are built, which takes some minutes. */
export async function startCluster({name = 'rig', kubernetes = kubernetesRelease(), ca}: RealClusterOptions = {}): Promise<RealCluster> {
  const tools = await clusterTools(kubernetes)
  const plane = await startControlPlane(tools, name, ca)
  const choices: Choices = []
  try {
    return new RealCluster(tools, plane, await startRuntime(plane.kubeconfig, pod => choiceFor(choices, pod)), choices)
  } catch (error) {
    await plane.stop()
    throw error
  }
}

function choiceFor(choices: Choices, {metadata}: V1Pod): ServerChoice | undefined {
  const matches = (labels: Readonly<Record<string, string>>) =>
    Object.entries(labels).every(([key, value]) => metadata?.labels?.[key] === value)
  return choices.find(({namespace, labels}) => namespace === metadata?.namespace && matches(labels))?.choice
}

/** There is no scheduler: the pods of a template with a node run on it. */
function withNode(deployment: V1Deployment): V1Deployment {
  const copy = structuredClone(deployment)
  if (copy.spec?.template.spec) copy.spec.template.spec.nodeName ??= NODE
  return copy
}

const withAnnotation = (object: KubeObject, name: string, value: string) =>
  ({...object, metadata: {...object.metadata, annotations: {[name]: value}}})

/** Builders give what a list would show; an API server sets these itself. */
function withoutServerFields(object: object): object {
  const rest = structuredClone(object) as {status?: unknown; metadata?: {uid?: string; generation?: number}}
  delete rest.status
  delete rest.metadata?.uid
  delete rest.metadata?.generation
  return rest
}
