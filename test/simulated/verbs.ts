import {pendingPod} from './controllers.ts'
import {deletePod} from './kubelet.ts'
import {DEPLOYMENTS, NAMESPACES, PODS, StatusError, badRequest, expired, groupVersion, notFound} from './objects.ts'
import type {Resource, StoredObject} from './objects.ts'
import {applyPatch} from './patch.ts'
import type {Route} from './routes.ts'
import {matchOf} from './selectors.ts'
import type {Match} from './selectors.ts'
import type {Draft, Store} from './store.ts'

/** An answer to one request. */
export interface Answer {
  readonly code: number
  readonly body: object
}

/** What came with a request. */
export interface Body {
  readonly contentType: string
  readonly json: unknown
}

const ok = (body: object): Answer => ({code: 200, body})

/** Answers all verbs but `watch` and port-forward. Remembers the rest of lists that were asked for in pieces. */
export class Verbs {
  readonly #store: Store
  readonly #rests = new Map<string, {readonly items: readonly StoredObject[]; readonly version: string}>()

  constructor(store: Store) {
    this.#store = store
  }

  /** Lists in pieces that began before are answered with 410. */
  forgetContinuations(): void {
    this.#rests.clear()
  }

  /** @throws StatusError */
  answer(route: Route, body: Body): Answer {
    const {verb, subresource} = route
    if (subresource === 'scale') return this.#scale(route, body)
    if (subresource !== undefined && subresource !== 'status') throw new StatusError(404, 'NotFound', 'the server could not find the requested resource')
    if (verb === 'list') return this.#list(route)
    if (verb === 'get') return ok(this.#store.get(route.resource, route.namespace, route.name ?? ''))
    if (verb === 'create') return this.#create(route, body)
    if (verb === 'update' || verb === 'patch') return this.#change(route, body)
    if (verb === 'delete') return this.#delete(route, body)
    throw new StatusError(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource')
  }

  #list({resource, namespace, query}: Route): Answer {
    const {items, version} = this.#rest(query) ?? {items: this.#sorted(resource, matchOf(query, namespace)), version: this.#store.version}
    const limit = Number(query.get('limit') || items.length)
    const rest = items.slice(limit)
    const token = rest.length > 0 ? Buffer.from(`${version}:${this.#rests.size}`).toString('base64url') : undefined
    if (token) this.#rests.set(token, {items: rest, version})
    return ok({
      kind: `${resource.kind}List`,
      apiVersion: groupVersion(resource),
      metadata: {resourceVersion: version, ...(token && {continue: token, remainingItemCount: rest.length})},
      items: items.slice(0, limit).map(({kind: _, apiVersion: __, ...item}) => item),
    })
  }

  #sorted(resource: Resource, match: Match): StoredObject[] {
    const key = ({metadata}: StoredObject) => `${metadata.namespace ?? ''}/${metadata.name}`
    return this.#store.list(resource, match).sort((a, b) => (key(a) < key(b) ? -1 : 1))
  }

  #rest(query: URLSearchParams): {items: readonly StoredObject[]; version: string} | undefined {
    const token = query.get('continue')
    if (!token) return undefined
    const rest = this.#rests.get(token)
    if (!rest) throw expired('The provided continue parameter is too old to display a consistent list result.')
    return rest
  }

  #create({resource, namespace, name}: Route, {json}: Body): Answer {
    const draft = asDraft(json)
    if (name || (!draft.metadata?.name && !draft.metadata?.['generateName'])) throw badRequest('name is required')
    if (resource.namespaced && namespace === undefined) throw badRequest('an empty namespace may not be set during creation')
    if (namespace !== undefined) this.#store.get(NAMESPACES, undefined, namespace)
    const initial = resource === PODS ? pendingPod((draft['spec'] ?? {}) as Record<string, unknown>) : {status: undefined}
    return {code: 201, body: this.#store.create(resource, {...draft, ...initial}, namespace)}
  }

  #change({verb, resource, namespace, name = '', subresource}: Route, {json, contentType}: Body): Answer {
    const before = this.#store.get(resource, namespace, name)
    const draft = asDraft(verb === 'patch' ? applyPatch(contentType, before, json) : json)
    // A patch is made of what is stored, version included: only one that names a version itself can be too late.
    const version = asDraft(json).metadata?.resourceVersion
    const metadata = {...(subresource === 'status' ? before.metadata : draft.metadata), resourceVersion: version, uid: draft.metadata?.uid, name, namespace}
    const after = subresource === 'status' ? {...before, status: draft['status']} : {...draft, status: before.status}
    return ok(this.#store.update(resource, stripUndefined({...after, metadata})))
  }

  #delete({resource, namespace, name = '', query}: Route, {json}: Body): Answer {
    const before = this.#store.get(resource, namespace, name)
    const options = (json ?? {}) as {gracePeriodSeconds?: number; preconditions?: {uid?: string}}
    if (options.preconditions?.uid && options.preconditions.uid !== before.metadata.uid) throw notFound(resource, name)
    if (resource === PODS) return ok(deletePod(this.#store, before, graceOf(options.gracePeriodSeconds ?? query.get('gracePeriodSeconds'))))
    this.#store.remove(resource, before.metadata)
    const details = {name, ...(resource.group && {group: resource.group}), kind: resource.plural, uid: before.metadata.uid}
    return ok({kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details})
  }

  #scale({verb, resource, namespace, name = ''}: Route, {json, contentType}: Body): Answer {
    if (resource !== DEPLOYMENTS) throw new StatusError(404, 'NotFound', 'the server could not find the requested resource')
    const before = this.#store.get(resource, namespace, name)
    if (verb === 'get') return ok(scaleOf(before))
    const draft = asDraft(verb === 'patch' ? applyPatch(contentType, scaleOf(before), json) : json)
    const replicas = (draft['spec'] as {replicas?: number} | undefined)?.replicas ?? 0
    return ok(scaleOf(this.#store.edit(resource, before.metadata, object => ({...object, spec: {...object.spec, replicas}}))))
  }
}

const scaleOf = ({metadata, spec, status}: StoredObject) => ({
  kind: 'Scale', apiVersion: 'autoscaling/v1', metadata, spec: {replicas: spec?.['replicas']}, status: {replicas: status?.['replicas'] ?? 0},
})

function graceOf(value: number | string | null | undefined): number | undefined {
  return value === null || value === undefined ? undefined : Number(value)
}

function asDraft(json: unknown): Draft {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw badRequest('the request has no object in its body')
  return json as Draft
}

const stripUndefined = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T
