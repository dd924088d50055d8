import type {V1Pod} from '@kubernetes/client-node'
import {ENDED} from '../kube/api-error.ts'
import type {ApiServer, RequestLimits, WatchEvent} from '../kube/types.ts'
import type {PodSnapshot} from '../protocol/types.ts'

/** Which pods of which cluster make up one target, and which of their containers is the product's. */
export interface PodSet {
  readonly target: number
  readonly api: ApiServer
  readonly namespace: string
  readonly selector: string
  readonly container: string
}

/** A connection that died unnoticed must not hold up a list; a long one over a slow line takes its time. */
const LIST_LIMITS: RequestLimits = {timeoutMs: 20_000, repeatAfterMs: 1500}
/** A pause between two attempts to watch again. */
const WATCH_AGAIN_MS = 500
/** A watch says nothing while nothing changes: one that does not end in due time has died unnoticed. */
const WATCH_FOR_S = 10

/** What of a pod matters to a backup. */
function snapshotOf(pod: V1Pod, {target, container}: Pick<PodSet, 'target' | 'container'>): PodSnapshot {
  const status = pod.status?.containerStatuses?.find(({name}) => name === container)
  return {
    target,
    name: `${pod.metadata?.namespace}/${pod.metadata?.name}`,
    uid: pod.metadata?.uid ?? '',
    scheduled: Boolean(pod.spec?.nodeName),
    ended: pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed',
    terminating: pod.metadata?.deletionTimestamp !== undefined,
    containerID: status?.containerID,
    restartCount: status?.restartCount ?? 0,
  }
}

const pathOf = (set: PodSet) => `/api/v1/namespaces/${encodeURIComponent(set.namespace)}/pods`

/** The pods of a target now, past every cache, and the version from which to watch them. */
export async function listPods(set: PodSet): Promise<{pods: readonly PodSnapshot[]; resourceVersion: string}> {
  const {items, resourceVersion} = await set.api.list<V1Pod>(pathOf(set), {labelSelector: set.selector}, LIST_LIMITS)
  return {pods: items.map(pod => snapshotOf(pod, set)), resourceVersion}
}

/**
 * Tells all pods of the target after every change, from `list` on until `signal` aborts. A watch that ends in due time goes on from
 * its last line; one that fails is begun again with a fresh list, so that no change stays unseen for good.
 */
export async function watchPods(
  set: PodSet,
  list: {pods: readonly PodSnapshot[]; resourceVersion: string},
  changed: (pods: readonly PodSnapshot[]) => void,
  signal: AbortSignal,
  watchForS = WATCH_FOR_S,
): Promise<void> {
  const over = () => signal.aborted
  let {pods, resourceVersion} = list
  let known = byUid(pods)
  while (!over()) {
    const query = {labelSelector: set.selector, resourceVersion, allowWatchBookmarks: 'true', timeoutSeconds: String(watchForS)}
    const failure = await set.api.watch<V1Pod>(pathOf(set), query, (event) => {
      resourceVersion = event.object.metadata?.resourceVersion ?? resourceVersion
      if (!apply(known, event, set)) return
      changed([...known.values()])
    }, signal)
    if (over()) return
    await new Promise(resolve => setTimeout(resolve, WATCH_AGAIN_MS))
    if (failure?.reason === ENDED) continue
    const again = await listPods(set).catch(() => undefined)
    if (again === undefined || over()) continue
    ;({pods, resourceVersion} = again)
    known = byUid(pods)
    changed(pods)
  }
}

const byUid = (pods: readonly PodSnapshot[]) => new Map(pods.map(pod => [pod.uid, pod]))

function apply(known: Map<string, PodSnapshot>, event: WatchEvent<V1Pod>, set: PodSet): boolean {
  if (event.type === 'BOOKMARK' || event.type === 'ERROR') return false
  const pod = snapshotOf(event.object, set)
  if (event.type === 'DELETED') known.delete(pod.uid)
  else known.set(pod.uid, pod)
  return true
}
