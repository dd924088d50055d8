import type {V1Container, V1ContainerStatus, V1Pod} from '@kubernetes/client-node'
import {PRODUCTS, isImageOf} from './products.ts'
import type {Product, ServerPod} from './types.ts'

/** A pod with the container in it that is the product; `assumption` when that had to be guessed. */
export interface Server {
  readonly pod: V1Pod
  readonly container: V1Container
  readonly assumption?: string
}

/**
 * Whether a pod can execute requests, now or soon: it exists, is bound to a node and has not ended.
 * Readiness says nothing about that; Evicted is a phase of Failed.
 */
export const isServer = ({spec, status}: V1Pod): boolean =>
  Boolean(spec?.nodeName) && !hasEnded(status?.phase)

export const hasEnded = (phase: string | undefined): boolean => phase === 'Succeeded' || phase === 'Failed'

/** Picks the product's container beside any sidecars: by name, image, admin port; else the only one, else the first. */
export function serverOf(product: Product, pod: V1Pod, adminPort?: number): Server | undefined {
  const containers = pod.spec?.containers ?? []
  const {containers: names, adminPorts} = PRODUCTS[product]
  const ports = adminPort === undefined ? adminPorts : [adminPort]
  const container = containers.find(each => names.includes(each.name))
    ?? containers.find(each => isImageOf(product, each.image))
    ?? containers.find(each => each.ports?.some(port => ports.includes(port.containerPort)))
  if (container) return {pod, container}
  const [first] = containers
  if (!first) return undefined
  const assumption = containers.length === 1 ? undefined : `container ${first.name} is the server`
  return {pod, container: first, assumption}
}

/** The server's identity: pod UID and container ID (docs/protocol.md, step 1). */
export function serverPod(server: Server): ServerPod {
  const {pod, container} = server
  const status = statusOf(pod, container)
  return {
    name: pod.metadata?.name ?? '',
    namespace: pod.metadata?.namespace ?? '',
    uid: pod.metadata?.uid ?? '',
    node: pod.spec?.nodeName,
    container: container.name,
    containerID: status?.containerID || undefined,
    restartCount: status?.restartCount ?? 0,
    ready: status?.ready ?? false,
    image: container.image,
    unsettled: unsettledServer(server),
  }
}

/** Why a server may appear, change or go away in the next moments, or undefined. */
export function unsettledServer({pod, container}: Server): string | undefined {
  const name = `pod ${pod.metadata?.namespace}/${pod.metadata?.name}`
  const status = statusOf(pod, container)
  const waiting = status?.state?.waiting
  const terminated = status?.state?.terminated
  if (pod.metadata?.deletionTimestamp) return `${name} is terminating and still serves`
  if (pod.status?.phase === 'Pending') return `${name} is pending on ${pod.spec?.nodeName} and would start unpaused`
  const server = `${name}: container ${container.name}`
  if (waiting) return `${server} is waiting (${waiting.reason ?? 'no reason given'}) and would start unpaused`
  if (terminated) return `${server} has ended (${terminated.reason ?? 'no reason given'}) and may start again`
  if (status?.started === false) return `${server} is starting`
  if (!status?.containerID) return `${server} has no container ID yet`
  return undefined
}

const statusOf = (pod: V1Pod, container: V1Container): V1ContainerStatus | undefined =>
  pod.status?.containerStatuses?.find(status => status.name === container.name)
