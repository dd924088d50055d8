import type {Product} from '../discovery/types.ts'

export const API_VERSION = 'scalardl.scalar-labs.com/v1alpha1'
export const KIND = 'RestorePoint'

/** An instant: ISO 8601 in UTC with milliseconds. */
export type Timestamp = string

/**
 * The record of one backup: what `-o json` prints and what is kept in the file and the ConfigMap. Its published schema is
 * schema/restore-point.schema.json. It holds everything a later restore plan needs without the cluster, and no secret.
 */
export interface RestorePoint {
  readonly apiVersion: typeof API_VERSION
  readonly kind: typeof KIND
  readonly metadata: {readonly name: string}
  readonly tool: {readonly name: 'kubectl-scalardl'; readonly version: string}
  readonly startedAt: Timestamp
  /** `failed` and `dry run` (nothing was paused) are printed, never kept. */
  readonly verdict: 'consistent' | 'unverified' | 'void' | 'failed' | 'dry run'
  /** True exactly when the verdict is `consistent`. */
  readonly consistent: boolean
  /** A whole UTC second, `2026-11-23T12:44:07Z`; absent when there is none that could be restored to. */
  readonly restorePoint?: string
  /** Why it is not consistent, or what cut the hold short after it was confirmed. */
  readonly reasons: readonly string[]
  readonly warnings: readonly string[]
  readonly window: RecordedWindow
  /** What held other operators off; absent in records of before there were leases. */
  readonly lock?: RecordedLock
  readonly clock: RecordedClock
  /** Facts that were taken for granted. */
  readonly assumptions: readonly string[]
  /** What the restore point does not say by itself, e.g. that an Auditor that was not paused is bound by it too. */
  readonly statements: readonly string[]
  readonly options: RecordedOptions
  readonly targets: readonly RecordedTarget[]
  /** The databases behind the targets, each once; absent when they were not looked for. */
  readonly databases?: readonly RecordedDatabase[]
  /** Snapshots taken while everything was paused, for databases without point-in-time recovery. */
  readonly snapshots?: ReadonlyArray<{readonly name: string; readonly identifier: string}>
  /** Servers that may still be paused when the record was made. */
  readonly stillPaused: readonly StillPaused[]
}

export interface RecordedWindow {
  /** When the first Pause was sent. */
  readonly pauseSentAt?: Timestamp
  /** When the last server's Pause was answered OK: everything is closed and drained from here on. */
  readonly pausedAt?: Timestamp
  /** When the first Unpause was sent: the proof holds until here. */
  readonly unpausedAt?: Timestamp
  /** How far all of the restore point's second lies inside the window, on the nearer side; only with a restore point. */
  readonly marginMs?: number
  /** From the first Pause sent to the last server seen unpaused, as far as known. */
  readonly outageMs?: number
}

export interface RecordedLock {
  /** `--lock`. */
  readonly mode: 'auto' | 'require' | 'off'
  /** Held from before the first Pause on; `target` is an index of `targets`. None: nothing held them off. */
  readonly leases: ReadonlyArray<{readonly target: number; readonly namespace: string; readonly name: string; readonly holder: string}>
}

export interface RecordedClock {
  readonly guardMs: number
  /** Before the pause: a database's clock minus this machine's lies in `[loMs, hiMs]`; empty = nothing was measured. */
  readonly offsets: readonly RecordedOffset[]
  /** The same after the pause; absent = not measured again. */
  readonly offsetsAfter?: readonly RecordedOffset[]
}

export interface RecordedOffset {
  readonly database: string
  readonly loMs: number
  readonly hiMs: number
}

export interface RecordedOptions {
  readonly holdMs: number
  readonly drainTimeoutMs: number
  readonly clockGuardMs: number
  readonly ledgerOnly: boolean
  readonly allowUnverified: boolean
  readonly dryRun: boolean
}

/** One release in one cluster. */
export interface RecordedTarget {
  readonly product: Product
  readonly release: string
  readonly namespace: string
  readonly context?: string
  readonly cluster: string
  /** The API server's URL without credentials. */
  readonly server?: string
  /** UID of the namespace kube-system. */
  readonly clusterUID?: string
  readonly version?: string
  readonly image?: string
  /** The first of `deployments`, which usually is the only one. */
  readonly deployment?: string
  readonly deployments: ReadonlyArray<{readonly name: string; readonly uid?: string; readonly replicas: number}>
  /** Of all deployments together. */
  readonly replicas: number
  readonly hpa: ReadonlyArray<{readonly name: string; readonly minReplicas?: number; readonly maxReplicas?: number}>
  readonly helm?: {readonly chart: string; readonly chartVersion: string}
  readonly selector: string
  readonly admin: {readonly port: number; readonly tls: boolean; readonly serverName?: string}
  readonly config: RecordedConfig
  readonly pods: readonly RecordedPod[]
}

export interface RecordedConfig {
  /** False: the properties could not be read, and everything else here is a default. */
  readonly readable: boolean
  readonly transactionManager: string
  readonly coordinatorNamespace: string
  readonly baseNamespace?: string
  readonly auditorEnabled?: 'yes' | 'no' | 'unknown'
  readonly ledgerHost?: string
  readonly storages: readonly RecordedStorage[]
}

/** One database, as src/discovery/types.ts has it. */
export interface RecordedStorage {
  readonly name?: string
  readonly storage?: string
  readonly contactPoints?: string
  readonly contactPort?: string
  readonly namespacePrefix?: string
  readonly endpointOverride?: string
  readonly metadataNamespace?: string
  readonly namespaces?: readonly string[]
  readonly tables?: readonly string[]
  readonly isDefault?: boolean
  readonly unresolved?: readonly string[]
}

/** What was found out about a database before the pause, and all that restoring it needs. No secret. */
export interface RecordedDatabase {
  /** As src/databases names it: `dynamodb`. */
  readonly kind: string
  /** For people: `Amazon DynamoDB in eu-west-1`. */
  readonly name: string
  /** Tells it from other databases; the same as long as the properties are. */
  readonly key: string
  /** Indexes in `targets` of those who use it. */
  readonly targets: readonly number[]
  /** Whether its point-in-time recovery was found to reach the restore point: `skipped` was not asked for. */
  readonly check: 'passed' | 'failed' | 'unverified' | 'skipped'
  /** What speaks against it, why it could not be verified, or what to know. */
  readonly findings: readonly string[]
  /** Region, account, resource group, server and the like. */
  readonly settings: Readonly<Record<string, string>>
  /** Full names of the tables that belong to the restore point; absent when they could not be listed. */
  readonly tables?: readonly string[]
  /** From about when, and until when, the restore point can be restored to. */
  readonly restorableFrom?: Timestamp
  readonly restorableUntil?: Timestamp
}

/** One server as it was before the pause, and when it was paused. */
export interface RecordedPod {
  readonly name: string
  readonly uid: string
  readonly container: string
  readonly containerID?: string
  readonly restartCount: number
  readonly node?: string
  /** When its Pause was answered OK. */
  readonly pausedAt?: Timestamp
  /** When it was first seen unpaused again. */
  readonly unpausedAt?: Timestamp
}

/** A server that may still be paused, and the command that ends it. */
export interface StillPaused {
  readonly pod: string
  readonly namespace: string
  readonly context?: string
  /** `another's`: the pause was met, is not ours, and was left alone. */
  readonly whose: 'ours' | "another's"
  readonly message?: string
  readonly command: string
}
