/** What a Pause brought back, classified by "Answers to Pause" in protocol.md. */
export type PauseAnswer =
  | {readonly kind: 'ok'}
  /** Our closure was undone by the server: its drain timed out (`TIMED_OUT`), or someone unpaused (`GATE_OPEN`). */
  | {readonly kind: 'open'; readonly reason: 'TIMED_OUT' | 'GATE_OPEN'; readonly message: string}
  /** Another's pause holds the gate. */
  | {readonly kind: 'foreign'; readonly reason: 'TIMED_OUT_STILL_PAUSED' | 'PAUSE_IN_PROGRESS'; readonly message: string}
  /** FAILED_PRECONDITION without details: ScalarDL up to 3.13 is open again, an older ScalarDB Cluster unknown. */
  | {readonly kind: 'failed'; readonly message: string}
  /** UNAVAILABLE, DEADLINE_EXCEEDED, CANCELLED, INTERNAL and all others: the server may still close later. */
  | {readonly kind: 'unclear'; readonly code: string; readonly message: string; readonly tunnelLost: boolean}
  /** INVALID_ARGUMENT: nothing happened. */
  | {readonly kind: 'invalid'; readonly message: string}

/** An answer to Unpause. */
export type UnpauseAnswer =
  | {readonly kind: 'ok'}
  | {readonly kind: 'failed'; readonly code: string; readonly message: string}

/** An answer to CheckPaused; `unsupported` = UNIMPLEMENTED (products.md §7.2). */
export type CheckAnswer =
  | {readonly kind: 'paused'}
  | {readonly kind: 'unpaused'}
  | {readonly kind: 'unsupported'}
  | {readonly kind: 'failed'; readonly code: string; readonly message: string}

/** Which pod's admin port, and the TLS it speaks. `ca` is PEM text; undefined = the system's roots. */
export interface AdminAddress {
  readonly namespace: string
  readonly pod: string
  readonly port: number
  readonly tls?: {readonly ca?: string; readonly serverName: string}
}

/** One connection to one pod's admin port. Calls never throw: what went wrong is in the answer. */
export interface AdminConnection {
  pause(options: {maxPauseWaitMs: number; deadlineMs: number}): Promise<PauseAnswer>
  unpause(options: {deadlineMs: number}): Promise<UnpauseAnswer>
  checkPaused(options: {deadlineMs: number}): Promise<CheckAnswer>
  close(): void
}

/** A way to reach admin ports of one cluster: WebSocket tunnels (design D2) or `kubectl port-forward`. */
export interface Transport {
  readonly name: 'websocket' | 'kubectl'
  /** Opens lazily; the first call dials. A new call of `open` is a fresh tunnel. */
  open(address: AdminAddress): AdminConnection
  close(): void
}
