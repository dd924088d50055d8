import {setTimeout as delay} from 'node:timers/promises'
import {CliError, usageError} from '../support/errors.ts'
import {chooseTargets} from '../discovery/choose.ts'
import {findReleases} from '../discovery/releases.ts'
import {readInventory} from './inventory.ts'
import type {CloudAccess} from '../databases/types.ts'
import type {Choice} from '../discovery/choose.ts'
import type {DiscoveryOverrides, Release} from '../discovery/types.ts'
import type {Cluster} from './cluster.ts'

/** One place to look in: a namespace of a cluster, or all of them, and what is wanted there. */
export interface Place {
  readonly cluster: Cluster
  /** undefined = all namespaces */
  readonly namespace?: string
  readonly overrides: DiscoveryOverrides
  readonly access: CloudAccess
}

/** A release to be paused, the cluster that it is in, and whose credentials look at its databases. */
export interface Found {
  readonly cluster: Cluster
  readonly release: Release
  readonly access: CloudAccess
  /** What was wanted where it was found. */
  readonly overrides?: DiscoveryOverrides
}

/** How often a set of servers that is still moving is looked at again. */
const LOOK_AGAIN_MS = 2000

/**
 * Looks in all places and chooses the releases to pause; with `waitMs` again and again until nothing moves any more.
 * @throws CliError (usage) when it is ambiguous, (failed) when nothing is there or the servers have not settled
 */
export async function search(places: readonly Place[], {ledgerOnly, waitMs, waiting}: {
  readonly ledgerOnly: boolean
  readonly waitMs: number
  /** Told what is waited for. */
  readonly waiting: (reasons: readonly string[]) => void
}): Promise<Found[]> {
  const until = performance.now() + waitMs
  for (;;) {
    const found = await look(places, {ledgerOnly})
    const reasons = found.flatMap(({release}) => release.unsettled)
    if (reasons.length === 0) return found
    if (performance.now() >= until) throw unsettled(reasons, waitMs)
    waiting(reasons)
    await delay(LOOK_AGAIN_MS)
  }
}

/** One look at all places. @throws CliError (usage) when it is ambiguous, (failed) when nothing is there */
export async function look(places: readonly Place[], choice: Choice): Promise<Found[]> {
  const searched = await Promise.all(places.map(async (place) => {
    const {cluster, namespace, overrides, access} = place
    const inventory = await readInventory(cluster.api, namespace, overrides.selector)
    return {
      context: cluster.api.access.context,
      namespace,
      clusterUID: cluster.uid,
      releases: findReleases(inventory, overrides),
      wanted: {release: overrides.release, product: overrides.product, selector: overrides.selector},
      cluster,
      access,
      overrides,
    }
  }))
  const targets = chooseTargets(searched, choice)
  return targets.map(({from, release}) => {
    const place = searched.find(one => one === from)
    if (!place) throw usageError(`release ${release.release} was found nowhere`)
    return {cluster: place.cluster, release, access: place.access, overrides: place.overrides}
  })
}

function unsettled(reasons: readonly string[], waitMs: number): CliError {
  const still = waitMs > 0 ? `, still after ${waitMs / 1000} s` : ''
  return new CliError(`the set of servers is not settled${still}: a server that starts or stops in the window would not be paused`, {
    hints: [...reasons, ...waitMs > 0 ? [] : ['wait for it with --wait 2m']],
  })
}
