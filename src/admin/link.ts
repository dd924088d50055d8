import type {Socket} from 'node:net'
import type {Duplex} from 'node:stream'

/** Why a link could not be made, or ended. */
export interface LinkFailure {
  /** The text of whoever refused: API server, kubelet, kubectl, operating system. Empty: our own side ended it. */
  readonly message: string
  /** Settles when `message` is complete, where its words come another way than the end itself. */
  readonly complete?: Promise<unknown>
  /** Trying the same again at once is pointless: calls are answered now instead of at their deadline. */
  readonly final: boolean
}

/** A byte stream to one pod's admin port. */
export interface Link {
  readonly stream: Duplex
  /** Monotonic milliseconds at which the other side last showed life, or undefined if it never did. */
  lastHeardMs(): number | undefined
  /** True once the pod itself said something: from then on a call may have reached it. */
  podSpoke(): boolean
  /** Told once, before whoever reads the stream can know, or at once if it has ended. The latest listener replaces others. */
  onEnd(listener: (failure: LinkFailure) => void): void
}

/** Makes a link out of the TCP socket that grpc-js opened. @throws LinkError */
export type Dial = (socket: Socket, signal: AbortSignal) => Promise<Link>

/** Where grpc-js is to open its sockets, and what is to be made of them. */
export interface Route {
  /** A grpc-js target, e.g. `ipv4:10.0.0.1:443`. */
  readonly target: string
  readonly dial: Dial
  /** Told once when the route is of no use any more, whatever becomes of its links. */
  onEnd?(listener: (failure: LinkFailure) => void): void
  close(): void
}

/** What a route's user is told about it. */
export interface LinkObserver {
  up(link: Link): void
  /** `carried`: a call may have gone through the link before it ended. */
  down(failure: LinkFailure, carried: boolean): void
}

/** A dial that failed. */
export class LinkError extends Error {
  readonly final: boolean
  /** The HTTP status that refused the upgrade, if there was one. */
  readonly status: number | undefined

  constructor(message: string, options: {final?: boolean; status?: number; cause?: unknown} = {}) {
    super(message, {cause: options.cause})
    this.name = 'LinkError'
    this.final = options.final ?? false
    this.status = options.status
  }
}
