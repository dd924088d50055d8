import type {Product} from '../discovery/types.ts'
import type {RecordedStorage} from '../backup/restore-point.ts'
import type {Command, PropertyChange, RestoreTime, Step, Tool} from '../plan/model.ts'

/** Names and values that say which database is meant: found in properties, found by the check, or given by flags. No secrets. */
export type Settings = Readonly<Record<string, string>>

/** One setting that `--database kind=…,NAME=VALUE` takes. */
export interface Setting {
  readonly name: string
  readonly summary: string
  /** What a legal value looks like; others are refused, whatever the source. */
  readonly pattern?: RegExp
}

/** A storage of a target, and whose it is. */
export interface OwnedStorage extends RecordedStorage {
  readonly owner: {
    readonly product: Product
    readonly release: string
    readonly namespace: string
    /** Of the cluster, where it is not the current one. */
    readonly context?: string
    /** The product's, where it is known: tools that touch its tables must fit it. */
    readonly version?: string
  }
  /** The namespaces (ScalarDB's) that the owner keeps here, as far as known: `scalar`, `coordinator`. A trailing `*` = all with this beginning. */
  readonly keeps: readonly string[]
}

/** A database as it was found behind one or several products. */
export interface FoundDatabase {
  readonly database: Database
  /** The same for two storages exactly when they are one database that is restored once. */
  readonly key: string
  readonly settings: Settings
  readonly storages: readonly OwnedStorage[]
}

/** Whose credentials a check uses; the user's ordinary ones where nothing is said. */
export interface CloudAccess {
  readonly awsProfile?: string
  readonly azureSubscription?: string
}

/** What a check found out. `unverified`: nothing speaks against it, but it could not be looked at. */
export interface CheckResult {
  readonly status: 'passed' | 'failed' | 'unverified'
  /** One line that says it all, e.g. `point-in-time recovery on for 12 tables, back to 2026-10-20`. */
  readonly summary: string
  readonly findings: readonly Finding[]
  /** Facts for the record, which a plan needs on the day when the database is gone: account, resource group, location. */
  readonly settings: Settings
  /** Full names of all tables (containers: `database/container`) that belong, as found now. */
  readonly tables?: readonly string[]
  readonly restorable?: Restorable
}

export interface Finding {
  /** `problem`: a restore point would not be restorable; `warning`: it would, with something to know. */
  readonly level: 'problem' | 'warning'
  /** Names the object: `scalar.asset: point-in-time recovery is off`. */
  readonly text: string
  /** The command that mends it. */
  readonly fix?: string
}

/** When a restore point becomes restorable, and for how long it stays so. */
export interface Restorable {
  /** How far the newest restorable moment lags behind now. */
  readonly lagSeconds: number
  readonly retentionDays?: number
}

export interface CheckInput {
  readonly settings: Settings
  readonly storages: readonly OwnedStorage[]
  readonly access: CloudAccess
  readonly signal?: AbortSignal
  /** A sign of life, in a few words (`40 of 100 tables`): a check that gives none for a while is given up. */
  readonly progress?: (text: string) => void
}

export interface SectionInput {
  /** Prefix of all its steps' ids: `dynamodb`. */
  readonly id: string
  readonly time: RestoreTime
  /** `r20261123t124407z`: names copies and backups, so that a second run finds them again. */
  readonly runId: string
  readonly settings: Settings
  readonly storages: readonly OwnedStorage[]
  /** The tables recorded at backup time, or given by hand; undefined = to be found out at the restore. */
  readonly tables?: readonly string[]
  readonly mode: PlanMode
  /** The prefix of the new names; with `mode: 'prefix'` alone. */
  readonly prefix?: string
  /** Snapshots taken while everything was paused, for databases without point-in-time recovery. */
  readonly snapshots: ReadonlyArray<{readonly name: string; readonly identifier: string}>
}

/** `same-name`: back under the old names; `copy-only`: a rehearsal that changes nothing; `prefix`: beside the old ones, under a prefix. */
export type PlanMode = 'same-name' | 'copy-only' | 'prefix'

/** What one database contributes to a plan. */
export interface Section {
  readonly steps: readonly Step[]
  readonly tools: readonly Tool[]
  readonly covers: readonly string[]
  readonly leftOut: readonly string[]
  readonly warnings: readonly string[]
  /** What the products' properties must say afterwards, by their keys without multi-storage (`scalar.db.contact_points`); empty where the names stay. */
  readonly properties: readonly PropertyChange[]
  /** Name of the bash library (in this folder) that its `script` lines call: `dynamodb.sh`. */
  readonly library?: string
}

/** One kind of database: how it is recognised, checked, and restored. Each has a folder; its `index.ts` exports one of these. */
export interface Database {
  /** As records and `--database kind=` name it: `dynamodb`. */
  readonly kind: string
  /** Its maker's name: `Amazon DynamoDB`. */
  readonly title: string
  readonly settings: readonly Setting[]
  /**
   * Is this storage one of these? What it says about which one (`settings`), and what tells two apart (`key`).
   * The first database in the registry that recognises a storage has it.
   */
  recognise(storage: RecordedStorage): {readonly key: string; readonly settings: Settings} | undefined
  /** One of them for people: `Amazon DynamoDB in eu-west-1`. */
  name(settings: Settings): string
  /** The restore point as its commands take it (restore.md §1.2). */
  time(time: RestoreTime): string
  restorable(settings: Settings): Restorable | undefined
  /** Its tables can be restored beside the old ones, under a prefix of their names; others do as with `same-name`. */
  readonly takesPrefix?: boolean
  /** An HTTP(S) address whose `Date` tells its clock, with no credentials; undefined: there is none. */
  clock?(settings: Settings, env: NodeJS.ProcessEnv): string | undefined
  /** Asks the database's own API, with the user's credentials. Must load its SDK only now. Throws only on its own bugs. */
  check?(input: CheckInput): Promise<CheckResult>
  /** The commands that answer what `check` asks, for a person with credentials. */
  checkByHand(settings: Settings, storages: readonly OwnedStorage[]): readonly Command[]
  /** @throws CliError (usage) when a setting is missing or not legal, naming the flag that gives it */
  plan(input: SectionInput): Section
}
