import {randomUUID} from 'node:crypto'
import type {Clock} from '../../src/support/clock.ts'
import {alreadyExists, conflict, expired, groupVersion, notFound} from './objects.ts'
import type {ObjectMeta, Resource, StoredObject} from './objects.ts'
import type {Match} from './selectors.ts'

/** One change, as a watch may see it; `before` tells which selectors it left. */
export interface Change {
  readonly version: number
  readonly resource: Resource
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
  readonly object: StoredObject
  readonly before?: StoredObject
}

/** An object as a caller hands it in: what the server sets may be missing. */
export type Draft = {readonly kind?: string; readonly metadata?: Partial<ObjectMeta>} & Readonly<Record<string, unknown>>

/** Of the kinds here: those whose spec the API server counts the changes of. */
const hasGeneration = ({group, kind}: Resource) => group === 'apps' || kind === 'Pod'

const differ = (a: unknown, b: unknown) => JSON.stringify(a) !== JSON.stringify(b)

const keyOf = (namespace: string | undefined, name: string) => `${namespace ?? ''}/${name}`

/** All objects of the cluster, their versions and the history of changes: what etcd is to the API server. */
export class Store {
  #version = 1000
  #oldest = 1000
  #history: Change[] = []
  readonly #clock: Clock
  readonly #objects = new Map<Resource, Map<string, StoredObject>>()
  readonly #listeners = new Set<(change: Change) => void>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get version(): string {
    return String(this.#version)
  }

  /** @returns a function that ends it */
  onChange(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** Changes after `version`. @throws StatusError 410 when they are forgotten */
  since(version: number): Change[] {
    if (version < this.#oldest) throw expired(`too old resource version: ${version} (${this.#oldest})`)
    return this.#history.filter(change => change.version > version)
  }

  /** Forgets the history, so that older versions are answered with 410. */
  compact(): void {
    this.#oldest = this.#version
    this.#history = []
  }

  /** In the order of their creation. */
  list(resource: Resource, match: Match): StoredObject[] {
    return [...this.#all(resource).values()].filter(match)
  }

  find(resource: Resource, namespace: string | undefined, name: string): StoredObject | undefined {
    return this.#all(resource).get(keyOf(namespace, name))
  }

  /** @throws StatusError 404 */
  get(resource: Resource, namespace: string | undefined, name: string): StoredObject {
    const found = this.find(resource, namespace, name)
    if (!found) throw notFound(resource, name)
    return found
  }

  /** @throws StatusError 409 when the name is taken */
  create(resource: Resource, draft: Draft, namespace?: string): StoredObject {
    const name = draft.metadata?.name ?? this.#freeName(resource, namespace, String(draft.metadata?.['generateName']))
    if (this.find(resource, namespace, name)) throw alreadyExists(resource, name)
    const object = {
      ...draft,
      apiVersion: groupVersion(resource),
      kind: resource.kind,
      metadata: {
        ...draft.metadata, name, ...(namespace !== undefined && {namespace}), uid: randomUUID(),
        creationTimestamp: this.timestamp(), ...(hasGeneration(resource) && {generation: 1}),
      },
    }
    return this.#put(resource, 'ADDED', object)
  }

  /**
   * Replaces an object; without a difference nothing happens.
   * @throws StatusError 404, or 409 when `draft` names another version or UID
   */
  update(resource: Resource, draft: Draft & {metadata: {name: string; namespace?: string}}): StoredObject {
    const before = this.get(resource, draft.metadata.namespace, draft.metadata.name)
    const {resourceVersion, uid} = draft.metadata
    if (uid && uid !== before.metadata.uid) {
      throw conflict(resource, before.metadata.name, `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${before.metadata.uid}`)
    }
    if (resourceVersion && resourceVersion !== before.metadata.resourceVersion) {
      throw conflict(resource, before.metadata.name, 'the object has been modified; please apply your changes to the latest version and try again')
    }
    const {generation, creationTimestamp, deletionTimestamp} = before.metadata
    const counts = differ(draft['spec'], before.spec) ||
      // Annotations too, because a Deployment's are copied to its ReplicaSets.
      (resource.kind === 'Deployment' && differ(draft.metadata.annotations, before.metadata.annotations))
    const metadata = {
      ...draft.metadata, uid: before.metadata.uid, resourceVersion: before.metadata.resourceVersion, creationTimestamp,
      ...(generation && {generation: generation + (counts ? 1 : 0)}),
      ...(deletionTimestamp && {deletionTimestamp}),
    }
    const object = {...draft, apiVersion: before.apiVersion, kind: before.kind, metadata}
    if (!differ(object, before)) return before
    return this.#put(resource, 'MODIFIED', object, before)
  }

  /** Changes an object by a function of what is stored now; the controllers' way. @throws StatusError 404 */
  edit(resource: Resource, {namespace, name}: Pick<ObjectMeta, 'namespace' | 'name'>, change: (object: StoredObject) => Draft): StoredObject {
    const before = this.get(resource, namespace, name)
    const after = change(before)
    return this.update(resource, {...after, metadata: {...before.metadata, ...after.metadata}})
  }

  /** Sets what makes a pod Terminating. */
  terminate(resource: Resource, before: StoredObject, graceSeconds: number): StoredObject {
    const deletionTimestamp = this.timestamp(graceSeconds * 1000)
    const metadata = {...before.metadata, deletionTimestamp, deletionGracePeriodSeconds: graceSeconds}
    return this.#put(resource, 'MODIFIED', {...before, metadata}, before)
  }

  remove(resource: Resource, {namespace, name}: Pick<ObjectMeta, 'namespace' | 'name'>): StoredObject | undefined {
    const before = this.#all(resource).get(keyOf(namespace, name))
    return before && this.#put(resource, 'DELETED', before, before)
  }

  /** RFC 3339, whole seconds, as metadata has it. */
  timestamp(fromNowMs = 0): string {
    return new Date(this.#clock().wallMs + fromNowMs).toISOString().replace(/\.\d+/, '')
  }

  #all(resource: Resource): Map<string, StoredObject> {
    const known = this.#objects.get(resource)
    if (known) return known
    const made = new Map<string, StoredObject>()
    this.#objects.set(resource, made)
    return made
  }

  #freeName(resource: Resource, namespace: string | undefined, prefix: string): string {
    const name = `${prefix}${randomUUID().slice(0, 5)}`
    return this.find(resource, namespace, name) ? this.#freeName(resource, namespace, prefix) : name
  }

  #put(resource: Resource, type: Change['type'], draft: Omit<StoredObject, 'metadata'> & {metadata: Omit<ObjectMeta, 'resourceVersion'>}, before?: StoredObject): StoredObject {
    this.#version += 1
    const object = {...draft, metadata: {...draft.metadata, resourceVersion: this.version}} as StoredObject
    const key = keyOf(object.metadata.namespace, object.metadata.name)
    if (type === 'DELETED') this.#all(resource).delete(key)
    else this.#all(resource).set(key, object)
    const change = {version: this.#version, resource, type, object, before}
    this.#history.push(change)
    for (const listener of [...this.#listeners]) listener(change)
    return object
  }
}
