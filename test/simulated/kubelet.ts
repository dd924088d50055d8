import {randomBytes} from 'node:crypto'
import {setTimeout as sleep} from 'node:timers/promises'
import type {AdminServer} from '../support/admin-server.ts'
import {PODS} from './objects.ts'
import type {StoredObject} from './objects.ts'
import type {Change, Store} from './store.ts'

/** What stands behind one port of a pod. */
export interface PodServer {
  readonly adminPort: number
  readonly server: AdminServer
}

/** A pod that exists without a controller's doing: `kubectl delete pod`, with its grace period or without (0). */
export function deletePod(store: Store, pod: StoredObject, graceSeconds?: number): StoredObject {
  const grace = graceSeconds ?? Number(pod.spec?.['terminationGracePeriodSeconds'] ?? 30)
  if (grace === 0 || !pod.spec?.['nodeName'] || isFinished(pod)) return store.remove(PODS, pod.metadata) ?? pod
  return pod.metadata.deletionTimestamp ? pod : store.terminate(PODS, pod, grace)
}

export const isFinished = ({status}: StoredObject) => status?.['phase'] === 'Failed' || status?.['phase'] === 'Succeeded'

export const isReady = ({status}: StoredObject) =>
  ((status?.['conditions'] ?? []) as Array<{type: string; status: string}>).some(({type, status}) => type === 'Ready' && status === 'True')

/** The node of the cluster: starts a server for each pod that is bound to it, and ends what is deleted after its grace. */
export class Kubelet {
  /** All servers that ever stood behind pods, by `namespace/name`. */
  readonly servers = new Map<string, AdminServer>()
  readonly #store: Store
  readonly #start: (pod: StoredObject) => Promise<PodServer | undefined>
  readonly #byUid = new Map<string, PodServer>()
  readonly #timers = new Set<NodeJS.Timeout>()
  readonly #stopWatching: () => void
  readonly #failures: unknown[] = []
  #stopped = false

  /** @param start undefined for a pod means that nothing listens in it */
  constructor(store: Store, start: (pod: StoredObject) => Promise<PodServer | undefined>) {
    this.#store = store
    this.#start = start
    this.#stopWatching = store.onChange(change => this.#see(change))
  }

  /** The loopback port behind a pod's port. */
  targetOf(uid: string, port: number): number | undefined {
    const found = this.#byUid.get(uid)
    return found?.adminPort === port ? found.server.port : undefined
  }

  /** @throws the first error of a server that did not start */
  check(): void {
    if (this.#failures.length > 0) throw this.#failures[0]
  }

  async restartContainer(pod: StoredObject, statusDelayMs: number): Promise<void> {
    this.#byUid.get(pod.metadata.uid)?.server.restart()
    await sleep(statusDelayMs)
    this.#store.edit(PODS, pod.metadata, object => ({...object, status: restarted(object.status ?? {}, this.#store.timestamp())}))
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#stopWatching()
    for (const timer of this.#timers) clearTimeout(timer)
    await Promise.all([...this.#byUid.values()].map(({server}) => server.stop()))
  }

  #see({resource, type, object, before}: Change): void {
    if (resource !== PODS || !object.spec?.['nodeName']) return
    if (type === 'DELETED') void this.#end(object)
    else if (type === 'ADDED') setImmediate(() => void this.#run(object).catch((error: unknown) => this.#failures.push(error)))
    else if (object.metadata.deletionTimestamp && !before?.metadata.deletionTimestamp) this.#removeLater(object)
  }

  #isStopped(): boolean {
    return this.#stopped
  }

  async #run(pod: StoredObject): Promise<void> {
    const now = this.#store.find(PODS, pod.metadata.namespace, pod.metadata.name)
    if (this.#isStopped() || now?.metadata.uid !== pod.metadata.uid || now.status?.['phase'] !== 'Pending') return
    const started = await this.#start(pod)
    const still = this.#store.find(PODS, pod.metadata.namespace, pod.metadata.name)
    if (this.#isStopped() || still?.metadata.uid !== pod.metadata.uid) return started?.server.stop()
    if (started) {
      this.#byUid.set(pod.metadata.uid, started)
      this.servers.set(`${pod.metadata.namespace}/${pod.metadata.name}`, started.server)
    }
    this.#store.edit(PODS, pod.metadata, object => ({...object, status: running(object, this.#store.timestamp())}))
  }

  #removeLater(pod: StoredObject): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      const now = this.#store.find(PODS, pod.metadata.namespace, pod.metadata.name)
      if (now?.metadata.uid === pod.metadata.uid) this.#store.remove(PODS, pod.metadata)
    }, (pod.metadata.deletionGracePeriodSeconds ?? 0) * 1000)
    this.#timers.add(timer)
  }

  async #end(pod: StoredObject): Promise<void> {
    const {uid} = pod.metadata
    const ended = this.#byUid.get(uid)
    this.#byUid.delete(uid)
    await ended?.server.stop()
  }
}

const containerID = () => `containerd://${randomBytes(32).toString('hex')}`

function running({spec, status}: StoredObject, now: string): Record<string, unknown> {
  const types = ['PodReadyToStartContainers', 'Initialized', 'Ready', 'ContainersReady', 'PodScheduled']
  const containers = (spec?.['containers'] ?? []) as ReadonlyArray<{name: string; image?: string}>
  return {
    ...status,
    phase: 'Running',
    conditions: types.map(type => ({type, status: 'True', lastTransitionTime: now})),
    containerStatuses: containers.map(({name, image = ''}) => ({
      name, image, imageID: '', containerID: containerID(), ready: true, started: true, restartCount: 0, state: {running: {startedAt: now}},
    })),
    hostIP: '127.0.0.1', podIP: '127.0.0.1', startTime: now,
  }
}

function restarted(status: Record<string, unknown>, now: string): Record<string, unknown> {
  const statuses = (status['containerStatuses'] ?? []) as Array<{containerID: string; restartCount: number}>
  return {
    ...status,
    containerStatuses: statuses.map(each => ({
      ...each, containerID: containerID(), restartCount: each.restartCount + 1, state: {running: {startedAt: now}},
      lastState: {terminated: {exitCode: 1, reason: 'Error', finishedAt: now, containerID: each.containerID}},
    })),
  }
}
