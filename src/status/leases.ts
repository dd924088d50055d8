import {describePermission} from '../kube/permissions.ts'
import {messageOf, readLease, statusOf} from '../lease/calls.ts'
import {durationOf, holderOf, leaseName, timeOf} from '../lease/lease.ts'
import {defined} from '../support/defined.ts'
import type {Found} from '../backup/search.ts'
import type {Lease} from '../lease/lease.ts'
import type {LeaseStatus, LeasesRead} from './status.ts'

/** Reads who holds the servers, all at once; what cannot be read is told and left out. */
export async function readLeases(found: readonly Found[], wallMs: () => number, dead: ReadonlySet<string>): Promise<LeasesRead> {
  const read = await Promise.all(found.map(async (one): Promise<{one: Found; lease?: LeaseStatus; warning?: string}> => {
    const {cluster: {api}, release: {namespace, release, deployments}} = one
    const owners = deployments.length > 0 ? deployments.map(({name}) => name) : [release]
    try {
      const leases = await Promise.all(owners.map(owner => readLease({api}, namespace, leaseName(owner))))
      const all = leases.flatMap(lease => lease ? [leaseStatus(lease, wallMs(), dead)] : [])
      return {one, lease: all.find(({holder}) => holder !== undefined) ?? all[0]}
    } catch (error) {
      const why = statusOf(error) === 403 ? `cannot ${describePermission({verb: 'get', group: 'coordination.k8s.io', resource: 'leases', namespace})}` : messageOf(error)
      return {one, warning: `who holds ${namespace}/${release} is not known: ${why}`}
    }
  }))
  return {
    of: new Map(read.flatMap(({one, lease}) => lease ? [[one, lease]] : [])),
    warnings: read.flatMap(({warning}) => warning ?? []),
  }
}

/**
 * What a lease says, by our clock.
 * @param dead holders of whom nothing runs on this machine any more
 */
export function leaseStatus(lease: Lease, wallMs: number, dead: ReadonlySet<string> = new Set()): LeaseStatus {
  const holder = holderOf(lease)?.slice(0, MOST_HOLDER)
  const name = lease.metadata.name
  if (holder === undefined) return {name}
  const [sinceMs, renewedMs, durationMs] = [timeOf(lease.spec?.acquireTime), timeOf(lease.spec?.renewTime), durationOf(lease)]
  const untilMs = renewedMs === undefined || durationMs === undefined ? undefined : renewedMs + durationMs
  return defined({name, holder, since: stamp(sinceMs), renewed: stamp(renewedMs), until: stamp(untilMs), alive: untilMs !== undefined && untilMs > wallMs && !dead.has(holder)})
}

/** A name of ours is shorter. */
const MOST_HOLDER = 200
/** Beyond this there is no date. */
const LAST_MS = 8.64e15

const stamp = (ms: number | undefined) => ms === undefined || Math.abs(ms) > LAST_MS ? undefined : new Date(ms).toISOString()
