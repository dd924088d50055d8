import {PRODUCT_SELECTOR} from './products.ts'
import type {Inventory} from './types.ts'

/** One list that discovery asks the API server for, and the right it needs. */
export interface ListRequest {
  /** Where the answer goes in the Inventory. */
  readonly into: keyof Inventory
  readonly path: string
  readonly query: Readonly<Record<string, string>>
  /** For access reviews and messages. */
  readonly group: string
  readonly resource: string
  /** Without the pods there is nothing to do; all else has defaults, which are then called assumptions. */
  readonly required: boolean
}

const RESOURCES: ReadonlyArray<{into: keyof Inventory; base: string; group: string; resource: string}> = [
  {into: 'pods', base: '/api/v1', group: '', resource: 'pods'},
  {into: 'deployments', base: '/apis/apps/v1', group: 'apps', resource: 'deployments'},
  {into: 'replicaSets', base: '/apis/apps/v1', group: 'apps', resource: 'replicasets'},
  {into: 'services', base: '/api/v1', group: '', resource: 'services'},
  {into: 'configMaps', base: '/api/v1', group: '', resource: 'configmaps'},
  {into: 'hpas', base: '/apis/autoscaling/v2', group: 'autoscaling', resource: 'horizontalpodautoscalers'},
]

/**
 * The lists that make up one Inventory.
 * @param namespace undefined = all (`-A`)
 * @param selector `-l`, in kubectl's syntax; it replaces the one of Scalar's labels and is for pods alone, since
 *   ConfigMaps carry no labels and Services of Envoy other ones
 */
export function discoveryRequests(namespace: string | undefined, selector = PRODUCT_SELECTOR): ListRequest[] {
  const scope = namespace === undefined ? '' : `/namespaces/${encodeURIComponent(namespace)}`
  return RESOURCES.map(({into, base, group, resource}) => ({
    into,
    path: `${base}${scope}/${resource}`,
    query: {...(into === 'pods' && {labelSelector: selector})},
    group,
    resource,
    required: into === 'pods',
  }))
}
