import {CoreV1Api, CustomObjectsApi, KubeConfig, PatchStrategy, makeInformer, setHeaderOptions} from '@kubernetes/client-node'
import type {V1ContainerStatus, V1Pod} from '@kubernetes/client-node'
import {randomBytes} from 'node:crypto'
import {setTimeout as sleep} from 'node:timers/promises'
import {NODE} from './control-plane.ts'

/** What stands behind a pod's admin port. */
export interface PodServer {
  /** The loopback port that it listens on. */
  readonly port: number
  /** A new process on the same port, as after a crash: nothing of the old one's memory is left. */
  restart(): Promise<void> | void
  stop(): Promise<void>
}

/** Which server a pod gets, and on which of the pod's ports it is reached. */
export interface ServerChoice {
  readonly adminPort: number
  start(): Promise<PodServer>
}

/**
 * The container runtime of the rig's node: starts a server when a pod appears, tells the kubelet (kwok) where the pod's
 * admin port leads, and stops the server when the pod is gone, not before. The kubelet reports the pod as Running only
 * after the annotation that says so.
 */
export interface Runtime {
  /** All servers that ever stood behind pods, by `namespace/name`; of two pods with the same name the later one's. */
  readonly servers: ReadonlyMap<string, PodServer>
  /** @throws the first error that the runtime met in the background, e.g. a server that did not start */
  check(): void
  /** Restarts what is behind the pod's port at once; its status follows `statusDelayMs` later, as a slow kubelet's does. */
  restartContainer(namespace: string, pod: string, statusDelayMs?: number): Promise<void>
  stop(): Promise<void>
}

/** An annotation of pods whose status a test writes: runtime and kubelet leave them as they are. */
export const BY_HAND = 'rig/by-hand'

const RULES = {group: 'kwok.x-k8s.io', version: 'v1alpha1', plural: 'portforwards'}
const MERGE = setHeaderOptions('Content-Type', PatchStrategy.MergePatch)

/** @param choose undefined for a pod means that nothing listens in it */
export async function startRuntime(kubeconfig: string, choose: (pod: V1Pod) => ServerChoice | undefined): Promise<Runtime> {
  const config = new KubeConfig()
  config.loadFromFile(kubeconfig)
  const core = config.makeApiClient(CoreV1Api)
  const servers = new Map<string, PodServer>()
  const byUid = new Map<string, Promise<PodServer | undefined>>()
  const failures: unknown[] = []

  async function bring(pod: V1Pod): Promise<PodServer | undefined> {
    const {name, namespace} = identity(pod)
    const chosen = choose(pod)
    const server = await chosen?.start()
    if (chosen && server) {
      servers.set(`${namespace}/${name}`, server)
      await forward(config, pod, chosen.adminPort, server.port)
    }
    const body = {metadata: {annotations: {'rig/server': server ? `127.0.0.1:${server.port}` : 'none'}}}
    await core.patchNamespacedPod({name, namespace, body}, MERGE).catch(unlessGone)
    return server
  }

  async function leave(uid: string): Promise<void> {
    const server = byUid.get(uid)
    byUid.delete(uid)
    await (await server)?.stop()
  }

  const stopWatching = await watchPods(config, core, {
    present: pod => {
      const {uid} = identity(pod)
      if (!isToStart(pod) || byUid.has(uid)) return
      byUid.set(uid, bring(pod).catch((error: unknown) => void failures.push(error)))
    },
    gone: pod => void leave(identity(pod).uid),
  })

  return {
    servers,
    check() {
      if (failures.length > 0) throw failures[0]
    },
    async restartContainer(namespace, name, statusDelayMs = 0) {
      await servers.get(`${namespace}/${name}`)?.restart()
      await sleep(statusDelayMs)
      const pod = await core.readNamespacedPod({name, namespace})
      const body = {status: {containerStatuses: pod.status?.containerStatuses?.map(restarted)}}
      await core.patchNamespacedPodStatus({name, namespace, body}, MERGE)
    },
    async stop() {
      await stopWatching()
      await Promise.all([...byUid.keys()].map(leave))
    },
  }
}

interface PodEvents {
  readonly present: (pod: V1Pod) => void
  readonly gone: (pod: V1Pod) => void
}

/** Watches all pods, over broken watches too. @returns what ends it */
async function watchPods(config: KubeConfig, core: CoreV1Api, on: PodEvents): Promise<() => Promise<void>> {
  let stopped = false
  const informer = makeInformer<V1Pod>(config, '/api/v1/pods', () => core.listPodForAllNamespaces())
  const again = () => {
    if (!stopped) setTimeout(() => void informer.start().catch(again), 200).unref()
  }
  informer.on('add', on.present)
  informer.on('update', on.present)
  informer.on('delete', on.gone)
  informer.on('error', again)
  await informer.start()
  return async () => {
    stopped = true
    await informer.stop()
  }
}

/** Tells the kubelet where a pod's port leads. The rule belongs to the pod, and the garbage collector takes both. */
async function forward(config: KubeConfig, pod: V1Pod, adminPort: number, port: number): Promise<void> {
  const {name, namespace, uid} = identity(pod)
  const api = config.makeApiClient(CustomObjectsApi)
  await api.deleteNamespacedCustomObject({...RULES, namespace, name}).catch(unlessGone)
  await api.createNamespacedCustomObject({...RULES, namespace, body: {
    apiVersion: `${RULES.group}/${RULES.version}`,
    kind: 'PortForward',
    metadata: {name, namespace, ownerReferences: [{apiVersion: 'v1', kind: 'Pod', name, uid}]},
    spec: {forwards: [{ports: [adminPort], target: {address: '127.0.0.1', port}}]},
  }})
}

const isToStart = ({spec, metadata}: V1Pod) =>
  spec?.nodeName === NODE && !metadata?.deletionTimestamp && !metadata?.annotations?.[BY_HAND]

function restarted(status: V1ContainerStatus): V1ContainerStatus {
  const now = new Date()
  return {
    ...status,
    containerID: `containerd://${randomBytes(32).toString('hex')}`,
    restartCount: status.restartCount + 1,
    state: {running: {startedAt: now}},
    lastState: {terminated: {exitCode: 1, reason: 'Error', finishedAt: now, containerID: status.containerID}},
  }
}

function unlessGone(error: unknown): void {
  if ((error as {code?: number}).code !== 404) throw error
}

function identity({metadata}: V1Pod): {name: string; namespace: string; uid: string} {
  return {name: metadata?.name ?? '', namespace: metadata?.namespace ?? '', uid: metadata?.uid ?? ''}
}
