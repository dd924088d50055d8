import type {V1ConfigMap, V1Deployment, V1Pod, V1ReplicaSet, V1Service} from '@kubernetes/client-node'

/** The value of the label `app.kubernetes.io/app` (products.md §2); it decides how a server is found and paused. */
export type Product = 'ledger' | 'auditor' | 'scalardb-cluster' | 'scalardb'

/** What one look at one namespace (or, with -A, a whole cluster) brought back: plain Kubernetes objects. */
export interface Inventory {
  readonly pods: readonly V1Pod[]
  /** undefined: not permitted to list them; discovery then falls back to defaults and says so. */
  readonly deployments?: readonly V1Deployment[]
  readonly replicaSets?: readonly V1ReplicaSet[]
  readonly services?: readonly V1Service[]
  readonly configMaps?: readonly V1ConfigMap[]
  readonly hpas?: readonly HorizontalPodAutoscaler[]
}

/** The part of an autoscaling/v2 HorizontalPodAutoscaler that a restore plan needs. */
export interface HorizontalPodAutoscaler {
  readonly metadata?: {readonly name?: string; readonly namespace?: string}
  readonly spec?: {
    readonly scaleTargetRef?: {readonly kind?: string; readonly name?: string}
    readonly minReplicas?: number
    readonly maxReplicas?: number
  }
}

/** One server that can execute requests: a pod UID and the container ID of the product's container (protocol.md, step 1). */
export interface ServerPod {
  readonly name: string
  readonly namespace: string
  readonly uid: string
  readonly node?: string
  /** Name of the product's container, never a sidecar's. */
  readonly container: string
  readonly containerID?: string
  readonly restartCount: number
  /** The kubelet's word, which says nothing about the gate. */
  readonly ready: boolean
  readonly image?: string
  /** Why it may change or go away in the next moments. */
  readonly unsettled?: string
}

/** Where the CA of a server's certificate is to be read. */
export type CaSource =
  | {readonly kind: 'secret'; readonly namespace: string; readonly name: string; readonly key: string}
  | {readonly kind: 'file'; readonly path: string}
  /** Nothing names a CA: the system's roots. */
  | {readonly kind: 'system'}

/** TLS of an admin port. `serverName` is what the certificate is checked against. */
export interface AdminTls {
  /** Candidates in order; the first that exists and holds a certificate is taken. */
  readonly ca: readonly CaSource[]
  readonly serverName: string
}

/** How a pod's admin port is spoken to. */
export interface AdminEndpoint {
  readonly port: number
  readonly tls?: AdminTls
}

/** One database behind a product, without any secret. Multi-storage unfolds into several. */
export interface Storage {
  /** The name in `scalar.db.multi_storage.storages`, or undefined when there is only one. */
  readonly name?: string
  /** `scalar.db.storage`: cassandra, cosmos, dynamo, jdbc, s3, blob-storage, cloud-storage, grpc; undefined: not readable. */
  readonly storage?: string
  /** `scalar.db.contact_points`; user and password inside JDBC URLs are removed. */
  readonly contactPoints?: string
  readonly contactPort?: string
  /** `scalar.db.dynamo.namespace.prefix`. */
  readonly namespacePrefix?: string
  /** `scalar.db.dynamo.endpoint_override`. */
  readonly endpointOverride?: string
  /** The namespace of ScalarDB's own metadata tables, as the `table_metadata.*` keys name it. */
  readonly metadataNamespace?: string
  /** Namespaces mapped here by `scalar.db.multi_storage.namespace_mapping`. */
  readonly namespaces?: readonly string[]
  /** Tables mapped here by the deprecated `scalar.db.multi_storage.table_mapping` (`ns.table`). */
  readonly tables?: readonly string[]
  /** True for `scalar.db.multi_storage.default_storage`. */
  readonly isDefault?: boolean
  /** Property keys whose values lie in Secrets or are missing, so that they are asked for at the restore. */
  readonly unresolved?: readonly string[]
}

/** What a product's properties say, as far as a backup and a later restore plan need it. */
export interface ProductConfig {
  /** False when the properties could not be read at all. */
  readonly readable: boolean
  readonly storages: readonly Storage[]
  /** `scalar.db.transaction_manager` (default consensus-commit). */
  readonly transactionManager: string
  /** `scalar.db.consensus_commit.coordinator.namespace` (default coordinator). */
  readonly coordinatorNamespace: string
  /** `scalar.dl.ledger.namespace` or `scalar.dl.auditor.namespace`, where the product has one. */
  readonly baseNamespace?: string
  /** Ledger only: does its configuration say that an Auditor is used? 'unknown' when it cannot be read. */
  readonly auditorEnabled?: 'yes' | 'no' | 'unknown'
  /** Auditor only: `scalar.dl.auditor.ledger.host`. */
  readonly ledgerHost?: string
}

/** All servers of one product in one Helm release (or one selector) of one namespace. */
export interface Release {
  readonly product: Product
  readonly namespace: string
  /** `app.kubernetes.io/instance`; without Helm the name of the owning workload, else the selector. */
  readonly release: string
  /** From the image tag (products.md §1), or undefined with an assumption saying so. */
  readonly version?: string
  readonly image?: string
  readonly helm?: {readonly chart: string; readonly chartVersion: string}
  readonly deployments: ReadonlyArray<{readonly name: string; readonly uid?: string; readonly replicas: number}>
  readonly hpas: ReadonlyArray<{readonly name: string; readonly minReplicas?: number; readonly maxReplicas?: number}>
  readonly admin: AdminEndpoint
  readonly config: ProductConfig
  readonly pods: readonly ServerPod[]
  /** Names of the Services in front of it, Envoy's included: what `scalar.dl.auditor.ledger.host` may name. */
  readonly services?: readonly string[]
  /** Reasons for which the set of servers is not settled: rollout, Pending, Terminating. Empty = settled. */
  readonly unsettled: readonly string[]
  /** Facts that were not found and had to be taken from defaults, in words for the user. */
  readonly assumptions: readonly string[]
  /** Label selector that finds exactly these pods again (for lists and watches in the window). */
  readonly selector: string
}

/** Names and values given by hand, which go before everything found. */
export interface DiscoveryOverrides {
  /** `-l`, in kubectl's syntax: replaces the default product selector. */
  readonly selector?: string
  readonly product?: Product
  readonly release?: string
  readonly adminPort?: number
  readonly adminTls?: boolean
  readonly adminCaFile?: string
  readonly adminServerName?: string
}
