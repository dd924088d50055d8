/** A stored Kubernetes object. Never changed in place: a change makes another object. */
export interface StoredObject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: ObjectMeta
  readonly spec?: Record<string, unknown>
  readonly status?: Record<string, unknown>
  readonly [field: string]: unknown
}

export interface ObjectMeta {
  readonly name: string
  readonly namespace?: string
  readonly uid: string
  readonly resourceVersion: string
  readonly generation?: number
  readonly creationTimestamp: string
  readonly deletionTimestamp?: string
  readonly deletionGracePeriodSeconds?: number
  readonly labels?: Record<string, string>
  readonly annotations?: Record<string, string>
  readonly ownerReferences?: ReadonlyArray<{readonly uid: string; readonly controller?: boolean; readonly [field: string]: unknown}>
  readonly [field: string]: unknown
}

/** A refusal, as the API server words it; thrown by the verbs and sent as a Status object. */
export class StatusError extends Error {
  readonly code: number
  readonly reason: string
  readonly details?: object

  constructor(code: number, reason: string, message: string, details?: object) {
    super(message)
    this.code = code
    this.reason = reason
    this.details = details
  }

  get body(): object {
    return {
      kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure',
      message: this.message, reason: this.reason, ...(this.details && {details: this.details}), code: this.code,
    }
  }
}

const detailsOf = (resource: Resource, name: string) => ({name, ...(resource.group && {group: resource.group}), kind: resource.plural})

export const notFound = (resource: Resource, name: string) =>
  new StatusError(404, 'NotFound', `${qualified(resource)} "${name}" not found`, detailsOf(resource, name))

export const alreadyExists = (resource: Resource, name: string) =>
  new StatusError(409, 'AlreadyExists', `${qualified(resource)} "${name}" already exists`, detailsOf(resource, name))

export const conflict = (resource: Resource, name: string, why: string) =>
  new StatusError(409, 'Conflict', `Operation cannot be fulfilled on ${qualified(resource)} "${name}": ${why}`, detailsOf(resource, name))

export const badRequest = (message: string) => new StatusError(400, 'BadRequest', message)

export const expired = (message: string) => new StatusError(410, 'Expired', message)

/** One kind of the API. */
export interface Resource {
  /** '' = core. */
  readonly group: string
  readonly version: string
  readonly plural: string
  readonly singular: string
  readonly kind: string
  readonly shortNames: readonly string[]
  readonly namespaced: boolean
  readonly hasStatus: boolean
}

const resource = (groupVersion: string, plural: string, kind: string, options: Partial<Resource> = {}): Resource => {
  const [version = '', group = ''] = groupVersion.split('/').reverse()
  return {group, version, plural, singular: kind.toLowerCase(), kind, shortNames: [], namespaced: true, hasStatus: false, ...options}
}

/** Everything this cluster knows; a path to anything else is unexpected. */
export const RESOURCES: readonly Resource[] = [
  resource('v1', 'namespaces', 'Namespace', {namespaced: false, hasStatus: true, shortNames: ['ns']}),
  resource('v1', 'nodes', 'Node', {namespaced: false, hasStatus: true, shortNames: ['no']}),
  resource('v1', 'pods', 'Pod', {hasStatus: true, shortNames: ['po']}),
  resource('v1', 'services', 'Service', {hasStatus: true, shortNames: ['svc']}),
  resource('v1', 'configmaps', 'ConfigMap', {shortNames: ['cm']}),
  resource('v1', 'secrets', 'Secret'),
  resource('apps/v1', 'deployments', 'Deployment', {hasStatus: true, shortNames: ['deploy']}),
  resource('apps/v1', 'replicasets', 'ReplicaSet', {hasStatus: true, shortNames: ['rs']}),
  resource('autoscaling/v2', 'horizontalpodautoscalers', 'HorizontalPodAutoscaler', {hasStatus: true, shortNames: ['hpa']}),
  resource('coordination.k8s.io/v1', 'leases', 'Lease'),
]

export const groupVersion = ({group, version}: Pick<Resource, 'group' | 'version'>) => (group ? `${group}/${version}` : version)

/** As error texts name it: `pods`, `deployments.apps`. */
export const qualified = ({group, plural}: Pick<Resource, 'group' | 'plural'>) => (group ? `${plural}.${group}` : plural)

export function resourceOfKind(kind: string): Resource {
  const found = RESOURCES.find(each => each.kind === kind)
  if (!found) throw new Error(`the simulated cluster has no kind ${kind}`)
  return found
}

export const [PODS, DEPLOYMENTS, REPLICASETS, NAMESPACES] = ['Pod', 'Deployment', 'ReplicaSet', 'Namespace'].map(resourceOfKind) as
  [Resource, Resource, Resource, Resource]
