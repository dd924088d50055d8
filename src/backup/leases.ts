import {boundMs} from '../protocol/limits.ts'
import {systemClock} from '../support/clock.ts'
import {leaseLock} from '../lease/lock.ts'
import {newHolder} from '../lease/lease.ts'
import {sameCluster} from './whereabouts.ts'
import type {LeaseLock, LeasePlace, LeaseWay, LockMode} from '../lease/types.ts'
import type {Plan} from '../protocol/types.ts'
import type {Narrator} from './prepare.ts'
import type {Site} from './edge.ts'
import type {Found} from './search.ts'

/** The way to the leases of a target. */
export const leaseWay = (site: Site): LeaseWay => ({api: site.pods.api, sameCluster: () => sameCluster(site)})

/** One lease for each Deployment of a release, or for the release where it has none; `sites` in the order of `found`. */
function placesOf(found: readonly Found[], sites: readonly Site[]): LeasePlace[] {
  return sites.flatMap((site, target) => {
    const release = found[target]?.release
    const owners = release?.deployments.map(({name}) => name) ?? []
    return (owners.length > 0 ? owners : [release?.release ?? '']).map(owner => ({...leaseWay(site), namespace: site.pods.namespace, owner, target}))
  })
}

/**
 * The leases of a backup, or of a pause by hand.
 * @param giveUp ends the wait for a holder that seems to be dead
 */
export function leasesOf(
  {found, sites, plan}: {readonly found: readonly Found[]; readonly sites: readonly Site[]; readonly plan: Plan},
  mode: LockMode, {tell, giveUp}: {readonly tell: Narrator; readonly giveUp: AbortSignal},
): LeaseLock {
  return leaseLock(placesOf(found, sites), {
    mode, boundMs: boundMs(plan), holder: newHolder(), dryRun: plan.dryRun, clock: systemClock, giveUp,
    warn: text => { tell.warn('Lease', text) },
    waiting: text => { tell.busy('Lease', `waiting ${text}`) },
  })
}
