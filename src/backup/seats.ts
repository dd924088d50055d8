import {addressesOf} from './addresses.ts'
import type {Release, ServerPod} from '../discovery/types.ts'
import type {PlannedServer} from '../protocol/types.ts'
import type {Cluster} from './cluster.ts'
import type {Seat, Site} from './edge.ts'
import type {Ways} from './line.ts'
import type {Found} from './search.ts'

/** One server and where it belongs; its index among all of them is that in `Plan.servers`. */
export interface Member {
  readonly pod: ServerPod
  readonly release: Release
  readonly target: number
}

/** Numbers the targets and their servers, and gives each its way and its address. @throws CliError when a CA cannot be read */
export async function seatsOf(found: readonly Found[], waysOf: (cluster: Cluster) => Ways): Promise<{sites: Site[]; seats: Seat[]; members: Member[]}> {
  const sites = await Promise.all(found.map(async ({cluster, release}, target): Promise<Site> => ({
    pods: {target, api: cluster.api, namespace: release.namespace, selector: release.selector, container: release.pods[0]?.container ?? ''},
    ways: waysOf(cluster),
    clusterUID: cluster.uid,
    deployments: new Set(release.deployments.flatMap(({uid}) => uid ?? [])),
    addresses: await addressesOf({cluster, release}),
  })))
  const members = found.flatMap(({release}, target) => release.pods.map(pod => ({pod, release, target})))
  const seats = members.flatMap(({pod, target}): Seat[] => {
    const site = sites[target]
    return site ? [{site, pod: pod.name, uid: pod.uid}] : []
  })
  return {sites, seats, members}
}

/** A server as the core has it. */
export const plannedServer = ({pod, release, target}: Member): PlannedServer =>
  ({name: `${pod.namespace}/${pod.name}`, wave: release.product === 'auditor' ? 'auditor' : 'ledger', target})
