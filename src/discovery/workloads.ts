import type {V1Deployment, V1Pod} from '@kubernetes/client-node'
import {hasEnded} from './servers.ts'
import type {HorizontalPodAutoscaler, Inventory, Release} from './types.ts'

/** What a pod belongs to: the workload's name and the revision of its template. */
export interface Owner {
  readonly kind: string
  readonly name: string
  /** ReplicaSet or controller revision; pods of two revisions mean a rollout. */
  readonly revision: string
}

/** Finds the Deployment through the pod's ReplicaSet; by the ReplicaSet's name where listing those is not permitted. */
export function ownerOf(pod: V1Pod, {replicaSets}: Pick<Inventory, 'replicaSets'>): Owner | undefined {
  const owner = pod.metadata?.ownerReferences?.find(reference => reference.controller)
  if (!owner) return undefined
  const labels = pod.metadata?.labels ?? {}
  if (owner.kind !== 'ReplicaSet') {
    return {kind: owner.kind, name: owner.name, revision: labels['controller-revision-hash'] ?? owner.name}
  }
  const set = replicaSets?.find(({metadata}) => metadata?.name === owner.name && metadata.namespace === pod.metadata?.namespace)
  const parent = set?.metadata?.ownerReferences?.find(reference => reference.controller)
  if (parent) return {kind: parent.kind, name: parent.name, revision: owner.name}
  const suffix = `-${labels['pod-template-hash'] ?? ''}`
  return owner.name.endsWith(suffix)
    ? {kind: 'Deployment', name: owner.name.slice(0, -suffix.length), revision: owner.name}
    : {kind: 'ReplicaSet', name: owner.name, revision: owner.name}
}

/**
 * Why a Deployment's pods are not yet, or no longer, the ones it asks for; empty when they are. Pods that are not
 * ready, or that no node takes, don't count against it: the first are servers already, the second are none.
 * @param pods all its pods that were found, also those that are not servers
 */
export function rolloutReasons(deployment: V1Deployment, pods: readonly V1Pod[], revisions: readonly string[]): string[] {
  const {metadata, spec, status} = deployment
  const name = `deployment ${metadata?.namespace}/${metadata?.name}`
  const wanted = spec?.replicas ?? 1
  const existing = pods.filter(({metadata, status}) => !metadata?.deletionTimestamp && !hasEnded(status?.phase)).length
  const reasons: Array<[boolean, string]> = [
    [(status?.observedGeneration ?? 0) < (metadata?.generation ?? 0), `${name} has a change that is not yet acted on`],
    [(status?.updatedReplicas ?? 0) !== wanted, `${name} is rolling out: ${status?.updatedReplicas ?? 0} of ${wanted} replicas updated`],
    [(status?.replicas ?? 0) !== wanted, `${name} is scaling: ${status?.replicas ?? 0} of ${wanted} replicas exist`],
    [existing !== wanted, `${name} asks for ${wanted} replicas, but ${existing} were found`],
    [revisions.length > 1, `${name} has pods of ${revisions.length} replica sets: ${revisions.join(', ')}`],
  ]
  return reasons.flatMap(([holds, reason]) => holds ? [reason] : [])
}

/** Chart and version from the label `helm.sh/chart`, e.g. `scalardl-audit-2.12.0`. */
export function helmOf(deployments: readonly V1Deployment[]): Release['helm'] {
  const label = deployments.map(each => each.metadata?.labels?.['helm.sh/chart']).find(Boolean)
  const [, chart, chartVersion] = /^(.+?)-(\d+\.\d+\.\d+.*)$/.exec(label ?? '') ?? []
  return chart && chartVersion ? {chart, chartVersion} : undefined
}

/** The autoscalers that change the replicas of these Deployments. */
export function hpasOf(deployments: readonly V1Deployment[], hpas: readonly HorizontalPodAutoscaler[] = []): Release['hpas'] {
  const scales = (hpa: HorizontalPodAutoscaler) => deployments.some(({metadata}) =>
    hpa.spec?.scaleTargetRef?.kind === 'Deployment'
      && hpa.spec.scaleTargetRef.name === metadata?.name
      && hpa.metadata?.namespace === metadata?.namespace)
  return hpas.filter(scales)
    .map(({metadata, spec}) => ({name: metadata?.name ?? '', minReplicas: spec?.minReplicas, maxReplicas: spec?.maxReplicas}))
}
