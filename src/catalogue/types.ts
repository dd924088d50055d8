import type {RestorePoint} from '../backup/restore-point.ts'
import type {ApiServer} from '../kube/types.ts'

/** Where a copy of a record is. */
export type Place =
  | {readonly kind: 'File'; readonly path: string}
  | {readonly kind: 'ConfigMap'; readonly name: string; readonly namespace: string; readonly context?: string}

/** What may be a record, as it was found. */
export interface Copy {
  readonly place: Place
  readonly text: string
  /** UID and version of a ConfigMap: what is deleted must be what was shown. */
  readonly uid?: string
  readonly resourceVersion?: string
}

/** What one look brought back; what could not be read is in `warnings`. */
export interface Look {
  readonly copies: readonly Copy[]
  readonly warnings: readonly string[]
}

/** One record, with every place that holds a copy of it. */
export interface Entry {
  /** By which it is asked for: the name of its file or ConfigMap, which tells apart two records of one name. */
  readonly name: string
  readonly record: RestorePoint
  readonly copies: readonly Copy[]
}

/** All records that were found, the newest first. */
export interface Catalogue {
  readonly entries: readonly Entry[]
  /** What was skipped and why: damaged or foreign records, places that could not be looked at, copies that differ. */
  readonly warnings: readonly string[]
}

/** A cluster whose ConfigMaps may hold records. */
export interface ClusterPlace {
  readonly api: Pick<ApiServer, 'access' | 'list' | 'request'>
  /** Undefined: all namespaces. */
  readonly namespace?: string
}

/** Where records are looked for. */
export interface CatalogueWorld {
  /** Usually `stateDirectory()`; undefined = this user has none. */
  readonly stateDir: string | undefined
  /** Opens the cluster; undefined = the files alone. */
  readonly cluster?: () => Promise<ClusterPlace>
}
