/** Which cluster answers, and where a pod of it is. */
import type {V1Namespace, V1ObjectMeta, V1Pod} from '@kubernetes/client-node'
import {hasEnded} from '../discovery/servers.ts'
import type {ApiServer, RequestLimits} from '../kube/types.ts'
import type {Happening} from '../protocol/types.ts'
import type {Cluster} from './cluster.ts'
import type {Seat, Site} from './edge.ts'

/** Where pods are, without the ways to reach them. */
type Place = Omit<Site, 'ways'>

/** Of one question while something is paused: a connection that died unnoticed must not hold up the answer. */
export const PROMPT: RequestLimits = {timeoutMs: 4000, repeatAfterMs: 1000}

/** The UID of kube-system stands for the cluster, whatever its contexts are called. */
export async function clusterUID(api: ApiServer, limits: RequestLimits): Promise<string | undefined> {
  const namespace = await api.request<V1Namespace>('GET', '/api/v1/namespaces/kube-system', limits)
  return namespace.metadata?.uid
}

/** Whether the cluster that answers is the one noted before the pause. */
export const sameCluster = async (site: Place): Promise<boolean> => (await witnesses(site)).length > 0

/**
 * Gone = a 404, or another pod under the name, in the very cluster noted before the pause, or the pod itself if it has ended
 * (evicted, for one): its containers will not run again. Everything else proves nothing. A 404 is asked for on both sides of the
 * proof, since another cluster may have answered for a moment.
 */
export async function locate(server: number, {site, pod, uid}: Omit<Seat, 'site'> & {readonly site: Place}): Promise<Happening> {
  try {
    const found = await find(site, pod)
    if (found?.metadata?.uid === uid) return {type: 'located', server, answer: hasEnded(found.status?.phase) ? 'gone' : 'there'}
    const known = await witnesses(site)
    if (known.length > 0) return {type: 'located', server, answer: known.includes(uid) || (await find(site, pod))?.metadata?.uid === uid ? 'there' : 'gone'}
    return {type: 'located', server, answer: 'unknown', detail: site.clusterUID === undefined ? 'nothing proves which cluster answers' : 'another cluster answers'}
  } catch (error) {
    return {type: 'located', server, answer: 'unknown', detail: error instanceof Error ? error.message : String(error)}
  }
}

/**
 * UIDs by which the cluster that answers proves to be the one noted before the pause; none = it does not. That of kube-system; who
 * may not read it goes by what no other cluster knows: pods of the target, or its Deployments.
 */
async function witnesses(site: Place): Promise<readonly string[]> {
  if (site.clusterUID !== undefined) return await clusterUID(site.pods.api, PROMPT) === site.clusterUID ? [site.clusterUID] : []
  const pods = (await uidsIn(site, '/api/v1', 'pods', {labelSelector: site.pods.selector})).filter(uid => site.addresses.has(uid))
  if (pods.length > 0 || site.deployments.size === 0) return pods
  return (await uidsIn(site, '/apis/apps/v1', 'deployments', {})).filter(uid => site.deployments.has(uid))
}

async function uidsIn({pods: {api, namespace}}: Place, group: string, plural: string, query: Record<string, string>): Promise<string[]> {
  const {items} = await api.list<{metadata?: V1ObjectMeta}>(`${group}/namespaces/${encodeURIComponent(namespace)}/${plural}`, query, PROMPT)
  return items.map(({metadata}) => metadata?.uid ?? '')
}

/**
 * Whether a pod is gone for good, so far as one of the clusters proves to be the one that it was in.
 * @param name `namespace/pod`
 */
export async function isGone({name, uid}: {readonly name: string; readonly uid: string}, clusterUID: string | undefined, clusters: ReadonlyArray<Pick<Cluster, 'api' | 'uid'>>): Promise<boolean> {
  const cluster = clusters.find(one => one.uid !== undefined && one.uid === clusterUID)
  const [namespace, pod, ...more] = name.split('/')
  if (!cluster || !namespace || !pod || more.length > 0) return false
  const pods = {target: 0, api: cluster.api, namespace, selector: '', container: ''}
  const located = await locate(0, {site: {pods, clusterUID, deployments: new Set(), addresses: new Map()}, pod, uid})
  return located.type === 'located' && located.answer === 'gone'
}

/** The pod of that name; undefined = a 404. */
async function find({pods: {api, namespace}}: Place, pod: string): Promise<V1Pod | undefined> {
  try {
    return await api.request<V1Pod>('GET', `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(pod)}`, PROMPT)
  } catch (error) {
    if (isRecord(error) && error.status === 404 && error.reason === 'NotFound') return undefined
    throw error
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null
