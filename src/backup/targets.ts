import {clusterOpener} from './cluster.ts'
import type {CloudAccess} from '../databases/types.ts'
import type {DiscoveryOverrides, Release} from '../discovery/types.ts'
import type {KubeOptions} from '../kube/types.ts'
import type {Place} from './search.ts'

/** One `--target`, or the flags where there is none: how to reach it, what to look for, and whose credentials its databases take. */
export interface Wanted {
  readonly kube: KubeOptions
  readonly allNamespaces: boolean
  readonly overrides: DiscoveryOverrides
  readonly access: CloudAccess
}

/** Connects to every cluster that is named, once. */
export async function openPlaces(wanted: readonly Wanted[]): Promise<Place[]> {
  const open = clusterOpener()
  return Promise.all(wanted.map(async ({kube, allNamespaces, overrides, access}) => {
    const cluster = await open(kube)
    return {cluster, namespace: allNamespaces ? undefined : kube.namespace ?? cluster.api.access.namespace, overrides, access}
  }))
}

/** A cluster for people: `prod (https://10.0.0.1:6443), namespace ledger`. */
export function clusterLine({cluster, namespace}: Place): string {
  const {context, cluster: name, server} = cluster.api.access
  return `${context ?? name} (${server}), ${namespace === undefined ? 'all namespaces' : `namespace ${namespace}`}`
}

const PRODUCT_FAMILY = {ledger: 'ScalarDL', auditor: 'ScalarDL', 'scalardb-cluster': 'ScalarDB Cluster', scalardb: 'ScalarDB Server'} as const

/** A release for people: `my-ledger: ledger, 3 pods, ScalarDL 3.14.0`. */
export function releaseLine({release, product, pods, version}: Release): string {
  return `${release}: ${product}, ${pods.length} ${pods.length === 1 ? 'pod' : 'pods'}, ${PRODUCT_FAMILY[product]} ${version ?? 'of unknown version'}`
}
