import {randomUUID} from 'node:crypto'
import {mkdtemp, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import type {V1Pod, V1PolicyRule} from '@kubernetes/client-node'
import {stringify} from 'yaml'
import {systemClock} from '../../src/support/clock.ts'
import type {Clock} from '../../src/support/clock.ts'
import {startAdminServer} from '../support/admin-server.ts'
import type {AdminServer} from '../support/admin-server.ts'
import {makeCa, makeServerCert} from '../support/certificates.ts'
import {adminPortOf, generationOf} from '../support/cluster.ts'
import type {DeployOptions, KubeObject, TestCluster, TouchedKind} from '../support/cluster.ts'
import type {ChartManifests} from '../support/manifests.ts'
import {Wire} from '../support/wire.ts'
import {AccessControl} from './access.ts'
import {ApiServer} from './api-server.ts'
import {pendingPod, runControllers} from './controllers.ts'
import {Kubelet, deletePod} from './kubelet.ts'
import type {PodServer} from './kubelet.ts'
import {DEPLOYMENTS, NAMESPACES, PODS, resourceOfKind} from './objects.ts'
import type {StoredObject} from './objects.ts'
import {mergePatch} from './patch.ts'
import {Store} from './store.ts'
import type {Draft} from './store.ts'

export interface SimulatedClusterOptions {
  /** Also the name of its context. Default: `simulated`. */
  readonly name?: string
  /** Minor version of the API server. Default: 37. */
  readonly minor?: number
  /** Present: a wire lies before the API server, with this round-trip time in milliseconds, and can break. */
  readonly rttMs?: number
  readonly clock?: Clock
}

interface Choice {
  readonly namespace: string
  readonly labels: Readonly<Record<string, string>>
  readonly start: () => Promise<PodServer>
}

const NODE = 'node-1'
const KINDS = {pods: PODS, deployments: DEPLOYMENTS}

/** A whole cluster in this process, reached over HTTPS like any other: one node, an Admin server behind each pod. */
export class SimulatedCluster implements TestCluster {
  readonly kind = 'simulated'
  readonly context: string
  readonly minor: number
  readonly kubeconfig: string
  /** A folder of its own, removed by `stop`. */
  readonly dir: string
  readonly store: Store
  readonly access = new AccessControl()
  readonly api: ApiServer
  /** The wire before the API server, if `rttMs` was given. */
  readonly wire: Wire | undefined
  readonly #ca: string
  readonly #kubelet: Kubelet
  readonly #choices: Choice[]
  readonly #stopControllers: () => void

  constructor(parts: Parts) {
    this.context = parts.name
    this.minor = parts.minor
    this.dir = parts.dir
    this.kubeconfig = join(parts.dir, 'kubeconfig')
    this.store = parts.store
    this.access = parts.access
    this.api = parts.api
    this.wire = parts.wire
    this.#ca = parts.ca
    this.#kubelet = parts.kubelet
    this.#choices = parts.choices
    this.#stopControllers = runControllers(parts.store)
  }

  async deploy(chart: ChartManifests, options: DeployOptions = {}): Promise<string[]> {
    const {namespace = 'default', name = ''} = chart.deployment.metadata ?? {}
    const labels = chart.deployment.spec?.selector.matchLabels ?? {}
    const generation = options.generation ?? generationOf(chart.deployment.spec?.template.spec?.containers[0]?.image ?? '')
    const adminPort = options.adminPort ?? adminPortOf(chart)
    this.#choices.unshift({namespace, labels, start: async () => ({adminPort, server: await startAdminServer({generation, tls: options.tls})})})
    this.#namespace(namespace)
    for (const object of [...chart.configMaps, ...chart.services, withNode(chart.deployment)]) this.#apply(object)
    await this.#until(`deployment ${namespace}/${name} to roll out`, () => isRolledOut(this.store.get(DEPLOYMENTS, namespace, name)))
    const match = ({metadata}: StoredObject) =>
      metadata.namespace === namespace && Object.entries(labels).every(([key, value]) => metadata.labels?.[key] === value)
    return this.store.list(PODS, match).map(({metadata}) => metadata.name).sort()
  }

  async create(object: KubeObject & {status?: object}): Promise<void> {
    this.#apply(object)
  }

  async user(name: string, rules: readonly V1PolicyRule[], namespace?: string): Promise<string> {
    if (namespace) this.#namespace(namespace)
    this.access.grant({user: name, namespace, rules})
    return this.userKubeconfig(name, [], namespace)
  }

  /** A kubeconfig for a user without permissions but those bound to its name, and those of its groups. */
  async userKubeconfig(user: string, groups: readonly string[] = [], namespace?: string): Promise<string> {
    const token = randomUUID()
    this.access.addUser(token, {name: user, groups: [...groups, 'system:authenticated']})
    const path = user === ADMIN ? this.kubeconfig : join(this.dir, `${user}.kubeconfig`)
    await writeFile(path, this.#kubeconfigText(user, token, namespace), {mode: 0o600})
    return path
  }

  async scale(namespace: string, deployment: string, replicas: number): Promise<void> {
    this.store.edit(DEPLOYMENTS, {namespace, name: deployment}, object => ({...object, spec: {...object.spec, replicas}}))
  }

  async rolloutRestart(namespace: string, deployment: string): Promise<void> {
    const annotations = {'kubectl.kubernetes.io/restartedAt': new Date().toISOString()}
    const patch = {spec: {template: {metadata: {annotations}}}}
    this.store.edit(DEPLOYMENTS, {namespace, name: deployment}, object => mergePatch(object, patch) as Draft)
  }

  async deletePod(namespace: string, pod: string, {force = false}: {force?: boolean} = {}): Promise<void> {
    deletePod(this.store, this.store.get(PODS, namespace, pod), force ? 0 : undefined)
  }

  restartContainer(namespace: string, pod: string, {statusDelayMs = 0}: {statusDelayMs?: number} = {}): Promise<void> {
    return this.#kubelet.restartContainer(this.store.get(PODS, namespace, pod), statusDelayMs)
  }

  async annotate(kind: TouchedKind, namespace: string, name: string, annotations: Record<string, string>): Promise<void> {
    this.store.edit(KINDS[kind], {namespace, name}, object => mergePatch(object, {metadata: {annotations}}) as Draft)
  }

  async patchStatus(kind: TouchedKind, namespace: string, name: string, status: object): Promise<void> {
    this.store.edit(KINDS[kind], {namespace, name}, object => mergePatch(object, {status}) as Draft)
  }

  async pods(namespace: string): Promise<V1Pod[]> {
    return this.store.list(PODS, ({metadata}) => metadata.namespace === namespace) as unknown as V1Pod[]
  }

  server(namespace: string, pod: string): AdminServer {
    const server = this.#kubelet.servers.get(`${namespace}/${pod}`)
    if (!server) throw new Error(`no server ever stood behind pod ${namespace}/${pod}`)
    return server
  }

  servers(namespace: string): ReadonlyMap<string, AdminServer> {
    const prefix = `${namespace}/`
    return new Map([...this.#kubelet.servers].filter(([key]) => key.startsWith(prefix)).map(([key, server]) => [key.slice(prefix.length), server]))
  }

  async stop(): Promise<void> {
    this.#stopControllers()
    await this.#kubelet.stop()
    await this.wire?.stop()
    await this.api.stop()
    await rm(this.dir, {recursive: true, force: true})
  }

  #kubeconfigText(user: string, token: string, namespace?: string): string {
    const server = `https://127.0.0.1:${(this.wire ?? this.api).port}`
    return stringify({
      apiVersion: 'v1', kind: 'Config', 'current-context': this.context,
      clusters: [{name: this.context, cluster: {server, 'certificate-authority-data': Buffer.from(this.#ca).toString('base64')}}],
      users: [{name: `${this.context}-${user}`, user: {token}}],
      contexts: [{name: this.context, context: {cluster: this.context, user: `${this.context}-${user}`, ...(namespace && {namespace})}}],
    })
  }

  #namespace(name: string): void {
    if (!this.store.find(NAMESPACES, undefined, name)) createNamespace(this.store, name)
  }

  /** Creates or replaces, status included. */
  #apply(object: KubeObject): void {
    const resource = resourceOfKind(object.kind ?? '')
    const namespace = resource.namespaced ? object.metadata?.namespace ?? 'default' : undefined
    const metadata = {...object.metadata, uid: undefined, generation: undefined}
    const draft = {...withPodDefaults(JSON.parse(JSON.stringify(object)) as Draft), metadata}
    const known = this.store.find(resource, namespace, object.metadata?.name ?? '')
    if (known) this.store.edit(resource, known.metadata, () => ({...draft, status: known.status}))
    else this.store.create(resource, resource === DEPLOYMENTS ? {...draft, status: undefined} : draft, namespace)
  }

  async #until(what: string, holds: () => boolean, timeoutMs = 30_000): Promise<void> {
    const endMs = performance.now() + timeoutMs
    while (!holds()) {
      this.#kubelet.check()
      if (performance.now() > endMs) throw new Error(`waited ${timeoutMs} ms in vain for ${what}`)
      await new Promise(resolve => setTimeout(resolve, 5))
    }
  }
}

interface Parts {
  readonly name: string
  readonly minor: number
  readonly dir: string
  readonly ca: string
  readonly store: Store
  readonly access: AccessControl
  readonly api: ApiServer
  readonly wire: Wire | undefined
  readonly kubelet: Kubelet
  readonly choices: Choice[]
}

const ADMIN = 'admin'

/** Starts an empty cluster; `stop` ends it. Several may run in one process, each with its own CA. */
export async function startSimulatedCluster(options: SimulatedClusterOptions = {}): Promise<SimulatedCluster> {
  const {name = 'simulated', minor = 37, rttMs, clock = systemClock} = options
  const ca = await makeCa()
  const store = new Store(clock)
  const access = new AccessControl()
  const choices: Choice[] = []
  const kubelet = new Kubelet(store, pod => choiceFor(choices, pod)?.start() ?? Promise.resolve(undefined))
  const tls = await makeServerCert(ca, {dnsNames: ['localhost'], ips: ['127.0.0.1']})
  const api = await new ApiServer({tls, minor, store, access, targetOf: (uid, port) => kubelet.targetOf(uid, port)}).listen()
  const wire = rttMs === undefined ? undefined : await new Wire(api.port, rttMs).listen()
  const dir = await mkdtemp(join(tmpdir(), 'kubectl-scalardl-'))
  for (const namespace of ['default', 'kube-system']) createNamespace(store, namespace)
  const cluster = new SimulatedCluster({name, minor, dir, ca: ca.cert, store, access, api, wire, kubelet, choices})
  await cluster.userKubeconfig(ADMIN, ['system:masters'])
  return cluster
}

function createNamespace(store: Store, name: string): void {
  store.create(NAMESPACES, {metadata: {name, labels: {'kubernetes.io/metadata.name': name}}, status: {phase: 'Active'}})
}

function choiceFor(choices: readonly Choice[], {metadata}: StoredObject): Choice | undefined {
  const matches = (labels: Readonly<Record<string, string>>) =>
    Object.entries(labels).every(([key, value]) => metadata.labels?.[key] === value)
  return choices.find(({namespace, labels}) => namespace === metadata.namespace && matches(labels))
}

function withNode(deployment: ChartManifests['deployment']): ChartManifests['deployment'] {
  const copy = structuredClone(deployment)
  if (copy.spec?.template.spec) copy.spec.template.spec.nodeName ??= NODE
  return copy
}

function withPodDefaults(draft: Draft): Draft {
  if (draft.kind !== 'Pod') return draft
  const {spec, status} = pendingPod((draft['spec'] ?? {}) as Record<string, unknown>)
  return {...draft, spec, status: {...status, ...(draft['status'] as object | undefined)}}
}

/** As `kubectl rollout status` sees it. */
function isRolledOut({metadata, spec, status}: StoredObject): boolean {
  const wanted = Number(spec?.['replicas'] ?? 1)
  const count = (field: string) => Number(status?.[field] ?? 0)
  return status?.['observedGeneration'] === metadata.generation && count('updatedReplicas') === wanted &&
    count('replicas') === wanted && count('availableReplicas') === wanted
}
