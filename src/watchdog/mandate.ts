import {transportsBy} from '../backup/transport.ts'
import {clusterUID} from '../backup/whereabouts.ts'
import {createApiServer} from '../kube/api-server.ts'
import {handOver, takeOver} from '../kube/hand-over.ts'
import type {AdminAddress} from '../admin/types.ts'
import type {Cluster} from '../backup/cluster.ts'
import type {Seat, Site} from '../backup/edge.ts'
import type {Prepared} from '../backup/prepare.ts'
import type {TransportChoice} from '../backup/transport.ts'
import type {KubeWorld} from '../kube/config.ts'
import type {HandedAccess} from '../kube/hand-over.ts'
import type {HeldLease} from '../lease/types.ts'
import type {Plan} from '../protocol/types.ts'
import type {Run} from '../runs/types.ts'
import type {ProcessId} from '../support/process-id.ts'

/**
 * Everything with which a watchdog can unpause by itself: the first line that it is sent. Holds credentials: it goes over a
 * pipe to a process of our own, and nowhere else.
 */
export interface Mandate {
  readonly plan: Plan
  readonly clusters: ReadonlyArray<{readonly handed: HandedAccess; readonly uid?: string}>
  readonly targets: readonly MandateTarget[]
  /** By the index in `Plan.servers`. */
  readonly seats: ReadonlyArray<{readonly target: number; readonly pod: string; readonly uid: string}>
  readonly transport: TransportChoice
  /** The leases that the parent holds. */
  readonly leases: readonly HeldLease[]
  readonly parent: ProcessId
  /** The run file, in which it reports; undefined = there is none. */
  readonly run?: {readonly path: string; readonly content: Run}
}

interface MandateTarget {
  /** Index in `clusters`. */
  readonly cluster: number
  readonly namespace: string
  readonly selector: string
  readonly container: string
  /** UIDs of its Deployments. */
  readonly deployments: readonly string[]
  /** Admin addresses by pod UID. */
  readonly addresses: ReadonlyArray<readonly [string, AdminAddress]>
}

type Known = Pick<Prepared, 'found' | 'plan' | 'sites' | 'seats'>

/** The mandate for what was prepared. */
export async function mandateOf({found, plan, sites, seats}: Known, rest: Pick<Mandate, 'transport' | 'leases' | 'parent' | 'run'>): Promise<Mandate> {
  const clusters = [...new Set(found.map(({cluster}) => cluster))]
  return {
    plan,
    clusters: await Promise.all(clusters.map(async ({options, loaded, uid}) => ({handed: await handOver(options, loaded), uid}))),
    targets: sites.map(({pods: {namespace, selector, container}, deployments, addresses}, target) => ({
      cluster: clusters.findIndex(cluster => cluster === found[target]?.cluster), namespace, selector, container, deployments: [...deployments], addresses: [...addresses],
    })),
    seats: seats.map(({site, pod, uid}) => ({target: site.pods.target, pod, uid})),
    ...rest,
  }
}

/** The ways to the servers, as the watchdog has them. */
export interface Reach {
  readonly clusters: readonly Cluster[]
  readonly sites: readonly Site[]
  readonly seats: readonly Seat[]
  readonly close: () => void
}

/** Makes of a mandate what the edge of a backup works with. */
export function reachOf({clusters: handed, targets, seats, transport}: Mandate, world: KubeWorld): Reach {
  const clusters = handed.map(({handed: access, uid}): Cluster => {
    const loaded = takeOver(access, world)
    return {options: access.options, loaded, api: createApiServer(loaded, {clock: world.clock}), uid}
  })
  const transports = transportsBy(transport, () => undefined)
  const sites = targets.map(({cluster: number, namespace, selector, container, deployments, addresses}, target): Site => {
    const cluster = at(clusters, number)
    return {
      pods: {target, api: cluster.api, namespace, selector, container},
      ways: transports.waysOf(cluster), clusterUID: cluster.uid, deployments: new Set(deployments), addresses: new Map(addresses),
    }
  })
  return {clusters, sites, seats: seats.map(({target, pod, uid}) => ({site: at(sites, target), pod, uid})), close: () => { transports.close() }}
}

export function at<T>(items: readonly T[], index: number): T {
  const item = items[index]
  if (item === undefined) throw new Error(`the mandate has no number ${index}`)
  return item
}

/** How long one cluster may take to answer. */
const REACH_LIMIT_MS = 20_000

/** Shows that every cluster is reached and is the one that was meant. @throws when one is not */
export async function requireReach({clusters}: Reach): Promise<void> {
  await Promise.all(clusters.map(async ({api, uid}) => {
    const {context, cluster} = api.access
    const answering = await clusterUID(api, {timeoutMs: REACH_LIMIT_MS}).catch((error: unknown) => {
      if (isAnswer(error)) return undefined
      throw new Error(`it does not reach ${context ?? cluster}: ${error instanceof Error ? error.message : String(error)}`, {cause: error})
    })
    if (uid !== undefined && answering !== undefined && answering !== uid) throw new Error(`another cluster answers in the place of ${context ?? cluster}`)
  }))
}

/** Not permitted to read kube-system, but let in. */
const isAnswer = (error: unknown) => error instanceof Error && 'status' in error && (error.status === 403 || error.status === 404)
