import type {Socket} from 'node:net'
import type {TLSSocket} from 'node:tls'

/** kubectl's connection flags, as given on the command line or in one `--target`. */
export interface KubeOptions {
  readonly kubeconfig?: string
  readonly context?: string
  readonly cluster?: string
  readonly user?: string
  readonly namespace?: string
  readonly as?: string
  readonly asGroup?: readonly string[]
  readonly asUid?: string
  readonly token?: string
  readonly server?: string
  readonly certificateAuthority?: string
  readonly insecureSkipTlsVerify?: boolean
  readonly tlsServerName?: string
  /** 0 = no limit, as kubectl has it. */
  readonly requestTimeoutMs?: number
}

/** How a cluster is reached, resolved from the kubeconfig by kubectl's rules. Holds credentials: never print it. */
export interface ClusterAccess {
  /** Name of the context, or undefined in-cluster. */
  readonly context?: string
  /** Name of the cluster entry in the kubeconfig, or 'in-cluster'. */
  readonly cluster: string
  /** The API server's URL, path prefix included, without a trailing slash. */
  readonly server: string
  /** `-n`, else the context's, else the service account's, else 'default'. */
  readonly namespace: string
  /** `proxy-url`, or HTTPS_PROXY/HTTP_PROXY unless NO_PROXY excepts the server. */
  readonly proxy?: string
  readonly requestTimeoutMs: number
  /** The server proves itself by a certificate that is checked: neither plain http nor insecure-skip-tls-verify. */
  readonly verified: boolean
}

/** An answer of the API server that is not 2xx, with the text of its Status object. */
export interface ApiFailure {
  /** HTTP status; 0 when no answer came (connection refused, timeout, …). */
  readonly status: number
  /** Status.reason, e.g. Forbidden, NotFound, Expired; `Ended` for a watch that ended in due time. */
  readonly reason?: string
  readonly message: string
}

/** One line of a watch. */
export interface WatchEvent<T> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR'
  readonly object: T
}

/** How long an answer is waited for. */
export interface RequestLimits {
  /** Then the request has failed; default: the access' own limit. */
  readonly timeoutMs?: number
  /** Then it is sent once more over a new connection, since the one it took may be dead: only for what may be done twice. */
  readonly repeatAfterMs?: number
}

/** One API server and one user: requests, watches and the raw connections on which tunnels are built. */
export interface ApiServer {
  readonly access: ClusterAccess
  /**
   * One JSON request. `path` is below the server's prefix, e.g. `/api/v1/namespaces/ledger/pods?limit=500`.
   * @throws ApiError for every answer but 2xx, and when none comes
   */
  request<T>(method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, options?: RequestLimits & {
    body?: unknown
    contentType?: string
    signal?: AbortSignal
  }): Promise<T>
  /** Follows `limit`/`continue` to the end. Never asks the API server's cache. Limits are those of each request. */
  list<T>(path: string, query?: Record<string, string>, limits?: RequestLimits): Promise<{items: T[]; resourceVersion: string}>
  /**
   * Calls `onEvent` for every line until `signal` aborts (resolves) or the stream ends or fails (resolves with the failure; also for
   * an ERROR line, which `onEvent` never gets). With `timeoutSeconds` in its query, a watch that does not end by then has failed.
   */
  watch<T>(path: string, query: Record<string, string>, onEvent: (event: WatchEvent<T>) => void, signal: AbortSignal): Promise<ApiFailure | undefined>
  /** Host and port to open TCP connections to: the API server's, or the proxy's. Resolved once (several = failover). */
  endpoints(): Promise<ReadonlyArray<{readonly host: string; readonly port: number}>>
  /** Turns a fresh TCP socket to one of `endpoints()` into a connection to the API server: CONNECT where there is a proxy, then TLS (plain for http://). */
  connect(socket: Socket): Promise<TLSSocket | Socket>
  /** Headers that authenticate and impersonate; a list stands for several lines of one name (Impersonate-Group), as node:http sends it. */
  headers(): Promise<Record<string, string | string[]>>
  /** A new object for the same server with fresh credentials (kubeconfig and files re-read, exec plugins re-run), for re-dials after a 401 or a lost tunnel. */
  refreshed(): Promise<ApiServer>
}
