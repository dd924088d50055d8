import type {V1ConfigMap} from '@kubernetes/client-node'
import {RECORD_KEY, RECORD_LABELS} from '../backup/store.ts'
import {within} from '../support/within.ts'
import type {CatalogueWorld, ClusterPlace, Look} from './types.ts'

const SELECTOR = Object.entries(RECORD_LABELS).map(pair => pair.join('=')).join(',')

/**
 * The records in ConfigMaps. Never throws: a cluster that is not there, or does not permit it, is a warning; the files alone
 * have to be enough on the day when it is gone.
 * @param limitMs how long it is waited for, a login included; undefined: as long as the connection flags say
 */
export async function lookAtCluster(cluster: CatalogueWorld['cluster'], limitMs?: number): Promise<Look> {
  if (!cluster) return {copies: [], warnings: []}
  const look = cluster().then(listRecords).catch((error: unknown) => failed(error instanceof Error ? error.message : String(error)))
  return (limitMs === undefined ? await look : await within(limitMs, look)) ?? failed(`no answer within ${limitMs} ms`)
}

const failed = (reason: string): Look => ({copies: [], warnings: [`the ConfigMaps of the cluster are left out: ${reason}`]})

async function listRecords({api, namespace}: ClusterPlace): Promise<Look> {
  const path = namespace === undefined ? '/api/v1/configmaps' : `/api/v1/namespaces/${encodeURIComponent(namespace)}/configmaps`
  const {items} = await api.list<V1ConfigMap>(path, {labelSelector: SELECTOR})
  const looks = items.map((map): Look => {
    const {name = '', namespace: own = '', uid, resourceVersion} = map.metadata ?? {}
    const text = map.data?.[RECORD_KEY]
    if (text === undefined) return {copies: [], warnings: [`skipped: configmap/${name} in ${own} has our labels, and no ${RECORD_KEY}`]}
    return {copies: [{place: {kind: 'ConfigMap', name, namespace: own, context: api.access.context}, text, uid, resourceVersion}], warnings: []}
  })
  return {copies: looks.flatMap(look => look.copies), warnings: looks.flatMap(look => look.warnings)}
}
