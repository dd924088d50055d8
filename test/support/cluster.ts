import type {V1Pod, V1PolicyRule} from '@kubernetes/client-node'
import type {AdminServer} from './admin-server.ts'
import type {Generation} from './admin-pauser.ts'
import type {ChartManifests} from './manifests.ts'

/** How the servers of a deployed release behave from their first second on. */
export interface DeployOptions {
  /** Default: by the image's version (`generationOf`). */
  readonly generation?: Generation
  /** The admin ports speak TLS with this certificate; PEM texts. */
  readonly tls?: {readonly cert: string; readonly key: string}
  /** Default: the first port whose name ends in `admin`, else the first port of the release's Service. */
  readonly adminPort?: number
}

/** Any Kubernetes object, as `kubectl apply` would take it. */
export interface KubeObject {
  readonly apiVersion?: string
  readonly kind?: string
  readonly metadata?: {readonly name?: string; readonly namespace?: string; readonly labels?: Record<string, string>}
}

/** The kinds that scenarios touch in the window. */
export type TouchedKind = 'pods' | 'deployments'

/**
 * A cluster that scenarios run on: the real API server (test/cluster) or the simulated one (test/simulated). The same
 * scenario gets the same answers from both; where they differ, the simulated one is wrong.
 */
export interface TestCluster {
  readonly kind: 'real' | 'simulated'
  /** Minor version of the API server: from 35 on a WebSocket port-forward needs `get` and `create`, before only `get`. */
  readonly minor: number
  /** Path of an administrator's kubeconfig, with one context of the name `context`. */
  readonly kubeconfig: string
  readonly context: string

  /**
   * Applies a release's Deployment, Services and ConfigMaps (ReplicaSets and pods come from the controllers) in its
   * namespace, which is made where missing, and waits until all its pods run. Each pod, also a later one, has its own
   * Admin server behind its admin port.
   * @returns the names of the pods, sorted
   */
  deploy(chart: ChartManifests, options?: DeployOptions): Promise<string[]>
  /** Creates an object of any kind, with its status (an Evicted pod, a Secret, a Lease, an autoscaler, …). */
  create(object: KubeObject): Promise<void>
  /** @returns the path of a kubeconfig whose user may do exactly what `rules` say, in `namespace` or, without one, everywhere */
  user(name: string, rules: readonly V1PolicyRule[], namespace?: string): Promise<string>

  scale(namespace: string, deployment: string, replicas: number): Promise<void>
  /** As `kubectl rollout restart`: new pods first, then the old ones go. */
  rolloutRestart(namespace: string, deployment: string): Promise<void>
  /** As `kubectl delete pod --wait=false`: Terminating and serving for its grace period, then gone. `force` = grace 0. */
  deletePod(namespace: string, pod: string, options?: {readonly force?: boolean}): Promise<void>
  /** The container dies and starts anew, unpaused; its status tells so (container ID, restart count) `statusDelayMs` later. */
  restartContainer(namespace: string, pod: string, options?: {readonly statusDelayMs?: number}): Promise<void>
  annotate(kind: TouchedKind, namespace: string, name: string, annotations: Record<string, string>): Promise<void>
  /** Merges into the status, e.g. a condition's time. */
  patchStatus(kind: TouchedKind, namespace: string, name: string, status: object): Promise<void>

  pods(namespace: string): Promise<V1Pod[]>
  /** The Admin server behind a pod; still there for its log after the pod is gone. @throws Error for an unknown pod */
  server(namespace: string, pod: string): AdminServer
  /** All servers that ever stood behind pods of `namespace`, by pod name. */
  servers(namespace: string): ReadonlyMap<string, AdminServer>
  stop(): Promise<void>
}

/** The generation of a server by its image, e.g. `…/scalardl-ledger:3.13.0`; unknown images count as the newest ScalarDL. */
export function generationOf(image: string): Generation {
  const [, name = '', , minorText] = /([^/:]+):(\d+)\.(\d+)/.exec(image) ?? []
  const minor = Number(minorText ?? 99)
  if (name.startsWith('scalardb-cluster')) return minor >= 19 ? 'cluster-3.19' : 'cluster-3.9'
  if (name.startsWith('scalardb')) return minor >= 6 ? 'scalardb-3.6' : 'scalardb-3.1'
  if (minor >= 14) return 'scalardl-3.14'
  if (minor >= 9) return 'scalardl-3.9'
  return minor >= 5 ? 'scalardl-3.5' : 'scalardl-3.1'
}

/** The port of the admin service in a release's Service. */
export function adminPortOf({services}: ChartManifests): number {
  const ports = services[0]?.spec?.ports ?? []
  const port = ports.find(({name}) => name?.endsWith('admin')) ?? ports[0]
  if (!port) throw new Error('the release has no Service with ports; give adminPort')
  return port.port
}
