import {boundMs} from '../protocol/limits.ts'
import {systemClock} from '../support/clock.ts'
import {leaseLock} from '../lease/lock.ts'
import {deadHolders, runsWorld} from '../runs/earlier.ts'
import {stateDirectory} from './store.ts'
import {sameCluster} from './whereabouts.ts'
import {processSpace} from '../support/process-id.ts'
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
 * The leases of a backup, a pause by hand, or a repair. Who held one from this machine and is dead by its run file is not waited for.
 * @param giveUp ends the wait for a holder that seems to be dead
 */
export async function leasesOf(
  {found, sites, plan}: {readonly found: readonly Found[]; readonly sites: readonly Site[]; readonly plan: Plan},
  {mode, holder}: {readonly mode: LockMode; readonly holder: string}, {tell, giveUp}: {readonly tell: Narrator; readonly giveUp: AbortSignal},
): Promise<LeaseLock> {
  const dead = await deadHolders(runsWorld(stateDirectory()), await processSpace())
  return leaseLock(placesOf(found, sites), {
    mode, boundMs: boundMs(plan), holder, dead, dryRun: plan.dryRun, clock: systemClock, giveUp,
    warn: text => { tell.warn('Lease', text) },
    waiting: text => { tell.busy('Lease', `waiting ${text}`) },
  })
}
