import type {ProcessId} from '../support/process-id.ts'

/** What a command that pauses leaves on this machine while it is at work, so that the next one can tell what became of it. No secrets. */
export interface Run {
  readonly version: 1
  /** As it is typed: `backup`, `pause`. */
  readonly command: string
  readonly host: string
  /** Within which `process` and `watchdog` are known by their numbers (`processSpace`). */
  readonly space?: string
  readonly process: ProcessId
  /** As whom it holds leases. */
  readonly holder?: string
  /** Once it is armed. */
  readonly watchdog?: ProcessId
  /** RFC 3339. */
  readonly since: string
  /** The longest that anything is paused, unless something is in the way. */
  readonly boundMs: number
  readonly targets: readonly RunTarget[]
  readonly servers: readonly RunServer[]
  readonly report?: RunReport
}

export interface RunTarget {
  readonly context?: string
  readonly clusterUID?: string
  readonly namespace: string
  /** The flags that lead to the cluster, without a token, and find the servers there. */
  readonly flags: readonly string[]
}

export interface RunServer {
  /** `namespace/pod` */
  readonly name: string
  readonly uid: string
  /** Index in `targets`. */
  readonly target: number
}

/** What became of the servers, by whoever saw to them last. */
export interface RunReport {
  /** `itself`: the command ended by itself, and something may still be paused. */
  readonly by: 'watchdog' | 'itself'
  /** What became of the command: `was killed`. */
  readonly cause: string
  readonly phase: 'unpausing' | 'looking again' | 'ended'
  /** RFC 3339. */
  readonly at: string
  /** How many servers the command had paused, or may have; how many of them were unpaused for it. */
  readonly paused: number
  readonly unpaused: number
  /** From when the watchdog began to the last server seen open. */
  readonly tookMs?: number
  /** From the first Pause to the last server seen open. */
  readonly outageMs?: number
  readonly left: readonly RunLeftover[]
}

/** A server that may still be paused. */
export interface RunLeftover {
  /** Index in `servers`. */
  readonly server: number
  readonly whose: 'ours' | "another's"
  readonly message?: string
}
