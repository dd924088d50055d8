import {createHash} from 'node:crypto'
import {deletePod, isFinished, isReady} from './kubelet.ts'
import {DEPLOYMENTS, PODS, REPLICASETS} from './objects.ts'
import type {Resource, StoredObject} from './objects.ts'
import type {Store} from './store.ts'

interface Template {
  readonly metadata?: {readonly labels?: Record<string, string>; readonly annotations?: Record<string, string>}
  readonly spec?: Record<string, unknown>
}

const replicasOf = ({spec}: StoredObject) => Number(spec?.['replicas'] ?? 1)
const templateOf = ({spec}: StoredObject) => (spec?.['template'] ?? {}) as Template
const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0)

/**
 * Deployment and ReplicaSet controllers and the garbage collector: scaling makes and ends pods, a new template replaces
 * them one by one (maxSurge and maxUnavailable 25 %, the defaults). @returns what ends them
 */
export function runControllers(store: Store): () => void {
  let pending: NodeJS.Immediate | undefined
  const reconcile = () => {
    pending = undefined
    collectGarbage(store)
    for (const deployment of store.list(DEPLOYMENTS, () => true)) reconcileDeployment(store, deployment)
    for (const replicaSet of store.list(REPLICASETS, () => true)) reconcileReplicaSet(store, replicaSet)
  }
  const unsubscribe = store.onChange(({resource}) => {
    if ([DEPLOYMENTS, REPLICASETS, PODS].includes(resource)) pending ??= setImmediate(reconcile)
  })
  return () => {
    unsubscribe()
    clearImmediate(pending)
  }
}

const ownedBy = (store: Store, resource: Resource, owner: StoredObject) =>
  store.list(resource, ({metadata}) => Boolean(metadata.ownerReferences?.some(({uid, controller}) => controller && uid === owner.metadata.uid)))

function collectGarbage(store: Store): void {
  const alive = new Set([DEPLOYMENTS, REPLICASETS].flatMap(resource => store.list(resource, () => true)).map(({metadata}) => metadata.uid))
  const isOrphan = ({metadata}: StoredObject) => {
    const owner = metadata.ownerReferences?.find(({controller}) => controller)
    return owner !== undefined && !alive.has(owner.uid) && !metadata.deletionTimestamp
  }
  for (const orphan of store.list(REPLICASETS, isOrphan)) store.remove(REPLICASETS, orphan.metadata)
  for (const orphan of store.list(PODS, isOrphan)) deletePod(store, orphan)
}

function reconcileDeployment(store: Store, deployment: StoredObject): void {
  const hash = createHash('sha256').update(JSON.stringify(templateOf(deployment))).digest('hex').slice(0, 10)
  const isCurrent = ({metadata}: StoredObject) => metadata.labels?.['pod-template-hash'] === hash
  const current = ownedBy(store, REPLICASETS, deployment).find(isCurrent) ?? createReplicaSet(store, deployment, hash)
  const old = ownedBy(store, REPLICASETS, deployment).filter(each => !isCurrent(each))
  const wanted = replicasOf(deployment)
  const total = replicasOf(current) + sum(old.map(replicasOf))
  const room = old.some(each => replicasOf(each) > 0) ? wanted + Math.ceil(wanted / 4) - total : wanted
  const grown = Math.min(wanted, replicasOf(current) + Math.max(0, room))
  setReplicas(store, current, grown)
  shrink(store, deployment, current, old)
  writeDeploymentStatus(store, deployment, current, old)
}

/** Old ReplicaSets give up as many pods as the available ones allow. */
function shrink(store: Store, deployment: StoredObject, current: StoredObject, old: readonly StoredObject[]): void {
  const ready = (replicaSet: StoredObject) => activePods(store, replicaSet).filter(isReady).length
  const wanted = replicasOf(deployment)
  let spare = ready(current) + sum(old.map(ready)) - (wanted - Math.floor(wanted / 4))
  for (const replicaSet of old) {
    const less = Math.min(replicasOf(replicaSet), Math.max(0, spare))
    setReplicas(store, replicaSet, replicasOf(replicaSet) - less)
    spare -= less
  }
}

function createReplicaSet(store: Store, deployment: StoredObject, hash: string): StoredObject {
  const {namespace, name, uid} = deployment.metadata
  const template = templateOf(deployment)
  const labels = {...template.metadata?.labels, 'pod-template-hash': hash}
  return store.create(REPLICASETS, {
    metadata: {name: `${name}-${hash}`, namespace, labels, ownerReferences: [ownerReference('Deployment', name, uid)]},
    spec: {replicas: 0, selector: {matchLabels: labels}, template: {...template, metadata: {...template.metadata, labels}}},
    status: {replicas: 0},
  }, namespace)
}

const ownerReference = (kind: string, name: string, uid: string) =>
  ({apiVersion: 'apps/v1', kind, name, uid, controller: true, blockOwnerDeletion: true})

function setReplicas(store: Store, replicaSet: StoredObject, replicas: number): void {
  if (replicasOf(replicaSet) !== replicas) store.edit(REPLICASETS, replicaSet.metadata, object => ({...object, spec: {...object.spec, replicas}}))
}

/** Pods that count: neither finished nor on their way out. */
const activePods = (store: Store, replicaSet: StoredObject) =>
  ownedBy(store, PODS, replicaSet).filter(pod => !isFinished(pod) && !pod.metadata.deletionTimestamp)

function reconcileReplicaSet(store: Store, replicaSet: StoredObject): void {
  const pods = activePods(store, replicaSet)
  const surplus = pods.length - replicasOf(replicaSet)
  const expendable = [...pods].sort((a, b) => Number(isReady(a)) - Number(isReady(b)) || (a.metadata.creationTimestamp < b.metadata.creationTimestamp ? 1 : -1))
  for (const pod of expendable.slice(0, Math.max(0, surplus))) deletePod(store, pod)
  for (let i = surplus; i < 0; i++) createPod(store, replicaSet)
  const active = activePods(store, replicaSet)
  const ready = active.filter(isReady).length
  const status = {replicas: active.length, ...positive({fullyLabeledReplicas: active.length, readyReplicas: ready, availableReplicas: ready})}
  writeStatus(store, REPLICASETS, replicaSet, status)
}

function createPod(store: Store, replicaSet: StoredObject): void {
  const {namespace, name, uid} = replicaSet.metadata
  const {metadata, spec} = templateOf(replicaSet)
  store.create(PODS, {
    metadata: {...metadata, generateName: `${name}-`, namespace, ownerReferences: [ownerReference('ReplicaSet', name, uid)]},
    ...pendingPod(spec ?? {}),
  }, namespace)
}

/** A pod's spec with the API server's defaults, and the status of a pod that nobody has started yet. */
export function pendingPod(spec: Record<string, unknown>): {spec: Record<string, unknown>; status: Record<string, unknown>} {
  return {
    spec: {restartPolicy: 'Always', terminationGracePeriodSeconds: 30, dnsPolicy: 'ClusterFirst', schedulerName: 'default-scheduler', ...spec},
    status: {phase: 'Pending', qosClass: 'BestEffort'},
  }
}

function writeDeploymentStatus(store: Store, deployment: StoredObject, current: StoredObject, old: readonly StoredObject[]): void {
  const updated = activePods(store, current)
  const all = [...updated, ...old.flatMap(each => activePods(store, each))]
  const ready = all.filter(isReady).length
  const wanted = replicasOf(deployment)
  const complete = updated.length === wanted && all.length === wanted && ready === wanted
  const available = ready >= wanted - Math.floor(wanted / 4)
  writeStatus(store, DEPLOYMENTS, deployment, {
    ...positive({
      replicas: all.length, updatedReplicas: updated.length, readyReplicas: ready, availableReplicas: ready, unavailableReplicas: wanted - ready,
    }),
    conditions: [
      condition('Available', available, available ? 'MinimumReplicasAvailable' : 'MinimumReplicasUnavailable'),
      condition('Progressing', true, complete ? 'NewReplicaSetAvailable' : 'ReplicaSetUpdated'),
    ],
  })
}

const condition = (type: string, holds: boolean, reason: string) => ({type, status: holds ? 'True' : 'False', reason})

/** The API leaves out what is zero. */
const positive = (counts: Record<string, number>) => Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0))

function writeStatus(store: Store, resource: Resource, {metadata}: StoredObject, status: Record<string, unknown>): void {
  store.edit(resource, metadata, object => ({...object, status: {observedGeneration: object.metadata.generation, ...status}}))
}
