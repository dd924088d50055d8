/** Which cluster answers, and where a pod of it is. */
import type {V1Namespace, V1ObjectMeta, V1Pod} from '@kubernetes/client-node'
import type {ApiServer, RequestLimits} from '../kube/types.ts'
import type {Happening} from '../protocol/types.ts'
import type {Seat, Site} from './edge.ts'

/** Of one question while something is paused: a connection that died unnoticed must not hold up the answer. */
export const PROMPT: RequestLimits = {timeoutMs: 4000, repeatAfterMs: 1000}

/** The UID of kube-system stands for the cluster, whatever its contexts are called. */
export async function clusterUID(api: ApiServer, limits: RequestLimits): Promise<string | undefined> {
  const namespace = await api.request<V1Namespace>('GET', '/api/v1/namespaces/kube-system', limits)
  return namespace.metadata?.uid
}

/** Whether the cluster that answers is the one noted before the pause. */
export const sameCluster = async (site: Site): Promise<boolean> => (await witnesses(site)).length > 0

/**
 * Gone = a 404, or another pod under the name, in the very cluster noted before the pause; everything else proves nothing. Asked
 * on both sides of the proof, since another cluster may have answered for a moment.
 */
export async function locate(server: number, {site, pod, uid}: Seat): Promise<Happening> {
  try {
    if (await isThere(site, pod, uid)) return {type: 'located', server, answer: 'there'}
    const known = await witnesses(site)
    if (known.length > 0) return {type: 'located', server, answer: known.includes(uid) || await isThere(site, pod, uid) ? 'there' : 'gone'}
    return {type: 'located', server, answer: 'unknown', detail: site.clusterUID === undefined ? 'nothing proves which cluster answers' : 'another cluster answers'}
  } catch (error) {
    return {type: 'located', server, answer: 'unknown', detail: error instanceof Error ? error.message : String(error)}
  }
}

/**
 * UIDs by which the cluster that answers proves to be the one noted before the pause; none = it does not. That of kube-system; who
 * may not read it goes by what no other cluster knows: pods of the target, or its Deployments.
 */
async function witnesses(site: Site): Promise<readonly string[]> {
  if (site.clusterUID !== undefined) return await clusterUID(site.pods.api, PROMPT) === site.clusterUID ? [site.clusterUID] : []
  const pods = (await uidsIn(site, '/api/v1', 'pods', {labelSelector: site.pods.selector})).filter(uid => site.addresses.has(uid))
  if (pods.length > 0 || site.deployments.size === 0) return pods
  return (await uidsIn(site, '/apis/apps/v1', 'deployments', {})).filter(uid => site.deployments.has(uid))
}

async function uidsIn({pods: {api, namespace}}: Site, group: string, plural: string, query: Record<string, string>): Promise<string[]> {
  const {items} = await api.list<{metadata?: V1ObjectMeta}>(`${group}/namespaces/${encodeURIComponent(namespace)}/${plural}`, query, PROMPT)
  return items.map(({metadata}) => metadata?.uid ?? '')
}

async function isThere({pods: {api, namespace}}: Site, pod: string, uid: string): Promise<boolean> {
  try {
    const found = await api.request<V1Pod>('GET', `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(pod)}`, PROMPT)
    return found.metadata?.uid === uid
  } catch (error) {
    if (isRecord(error) && error.status === 404 && error.reason === 'NotFound') return false
    throw error
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null
