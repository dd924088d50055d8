import type {Part} from '../backup/edge.ts'
import type {ApiServer} from '../kube/types.ts'
import type {Clock, Instant} from '../support/clock.ts'

/** The way to one lease. */
export interface LeaseWay {
  readonly api: Pick<ApiServer, 'request' | 'access'>
  /** Whether the cluster that answers is still the one in which the lease is; where nothing tells, it is not. May throw. */
  readonly sameCluster: () => Promise<boolean>
}

/** Where a lease is to be: one for each Deployment of a target, or one for a release that has none. */
export interface LeasePlace extends LeaseWay {
  readonly namespace: string
  /** Name of the Deployment, else of the release. */
  readonly owner: string
  /** Index of the target whose servers it protects. */
  readonly target: number
}

/** A lease that is ours. Plain data, fit for JSON: another process may go on holding it. */
export interface HeldLease {
  readonly namespace: string
  readonly name: string
  /** The object's UID: a lease of another UID is another one, whatever it is called. */
  readonly uid: string
  /** As written: `user@host/id`. */
  readonly holder: string
  /** `leaseTransitions` as written when it was taken. */
  readonly transitions: number
  readonly durationSeconds: number
  readonly target: number
}

/** A lease that is ours, and the way to it. */
export type HeldPlace = HeldLease & LeaseWay

/** `--lock`: without permission `auto` goes on with a warning, `require` does not; `off` touches no lease. */
export type LockMode = 'auto' | 'require' | 'off'

/** What holding leases needs of the world. */
export interface HoldOptions {
  readonly clock: Clock
  /** Rejects when the signal aborts. Default: a timer. */
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<unknown>
  /** Told which lease could not be released, as a phrase; it runs out by itself. */
  readonly warn: (text: string) => void
}

export interface LockOptions extends HoldOptions {
  readonly mode: LockMode
  /** `boundMs(plan)`: nobody else may take a lease for longer than this after its last renewal. */
  readonly boundMs: number
  /** `user@host/id`, whose id tells this run from every other: `newHolder()`. */
  readonly holder: string
  /** Holders that are known to be dead, however fresh their leases look: none of their processes runs on this machine any more. */
  readonly dead?: ReadonlySet<string>
  /** Sees whether another holds a lease; takes none. */
  readonly dryRun?: boolean
  /** Told what is waited for: a holder that seems to be dead. */
  readonly waiting: (text: string) => void
  /** Ends that wait. */
  readonly giveUp: AbortSignal
}

/** What another process needs to hold on to leases that its parent took. */
export interface HeldOptions extends HoldOptions {
  /** When the leases were last known to be ours, by this process' clocks. */
  readonly leaseAt: Instant
}

/** The part of an edge that holds leases. */
export interface LeaseLock extends Part<'lock' | 'read lock' | 'unlock'> {
  /** What is held now, for another process to go on with. */
  readonly held: () => readonly HeldLease[]
}
