import type {RestorePoint} from '../backup/restore-point.ts'
import type {Entry} from './types.ts'

/** What `prune` was asked to leave and to take. */
export interface PruneRequest {
  /** So many restore points of the same servers stay, and all that is newer than the oldest of them; undefined = all but for `olderThanMs`. */
  readonly keep?: number
  /** Only records whose backup began longer ago than this. */
  readonly olderThanMs?: number
}

/** What would be deleted, and what stays although it is old enough. */
export interface Pruning {
  readonly doomed: readonly Entry[]
  /** The newest consistent ones of their servers: `--keep 0` alone takes those. */
  readonly spared: readonly Entry[]
}

/**
 * Chooses what to delete. Records of different servers are counted apart, and the newest consistent one of each stays unless
 * `keep` is 0.
 * @param entries the newest first
 * @param nowMs since the epoch
 */
export function choosePruning(entries: readonly Entry[], {keep, olderThanMs = 0}: PruneRequest, nowMs: number): Pruning {
  const before = new Date(Math.max(0, nowMs - olderThanMs)).toISOString()
  const groups = [...Map.groupBy(entries, ({record}) => identityOf(record)).values()].map(group => {
    const wanted = beyond(group, keep).filter(({record}) => record.startedAt < before)
    const newest = keep === 0 ? undefined : group.find(({record}) => record.consistent)
    return {doomed: wanted.filter(entry => entry !== newest), spared: wanted.filter(entry => entry === newest)}
  })
  return {doomed: entries.filter(entry => groups.some(({doomed}) => doomed.includes(entry))), spared: groups.flatMap(({spared}) => spared)}
}

/** What is older than the last of the restore points to keep. */
function beyond(group: readonly Entry[], keep: number | undefined): readonly Entry[] {
  if (keep === undefined || keep === 0) return group
  const last = group.filter(({record}) => record.restorePoint !== undefined)[keep - 1]
  return last ? group.filter(({record}) => record.startedAt < last.record.startedAt) : []
}

/** The servers that a record is of, whatever their contexts are called. */
const identityOf = ({targets}: RestorePoint) =>
  JSON.stringify(targets.map(({product, namespace, release, clusterUID, server, cluster}) => [product, namespace, release, clusterUID ?? server ?? cluster]))
