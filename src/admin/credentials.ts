import type {Socket} from 'node:net'
import {ChannelCredentials} from '@grpc/grpc-js'
import type {experimental} from '@grpc/grpc-js'
import type {Dial, Link, LinkFailure, LinkObserver} from './link.ts'
import {LinkError} from './link.ts'

type Connector = experimental.SecureConnector
type ConnectorArguments = Parameters<ChannelCredentials['_createSecureConnector']>

/**
 * Channel credentials that put a link to a pod between grpc-js's TCP socket and the TLS (or plain text) of the `inner`
 * credentials. grpc-js thus keeps backoff, reconnect and fail-over, and no local listener exists that others could use.
 * The underscored methods are its own; test/admin/grpc-contract.test.ts says when they change.
 */
export class TunnelCredentials extends ChannelCredentials {
  readonly #inner: ChannelCredentials
  readonly #dial: Dial
  readonly #observer: LinkObserver

  constructor(inner: ChannelCredentials, dial: Dial, observer: LinkObserver) {
    super()
    this.#inner = inner
    this.#dial = dial
    this.#observer = observer
  }

  _isSecure(): boolean {
    return this.#inner._isSecure()
  }

  _equals(other: ChannelCredentials): boolean {
    return this === other
  }

  _createSecureConnector(...args: ConnectorArguments): Connector {
    const inner = this.#inner._createSecureConnector(...args)
    const abort = new AbortController()
    return {
      connect: socket => this.#connect(inner, socket, abort.signal),
      waitForReady: () => inner.waitForReady(),
      getCallCredentials: () => inner.getCallCredentials(),
      destroy: () => {
        abort.abort()
        inner.destroy()
      },
    }
  }

  async #connect(inner: Connector, socket: Socket, signal: AbortSignal): ReturnType<Connector['connect']> {
    try {
      const link = await this.#dial(socket, signal)
      // node:http2 and node:tls take any Duplex; only the type asks for a socket.
      const stream: unknown = link.stream
      const result = await endingWith(link, inner.connect(stream as Socket))
      this.#observer.up(link)
      link.onEnd(failure => { this.#observer.down(failure, link.podSpoke()) })
      return result
    } catch (error) {
      this.#observer.down(failureOf(error), false)
      throw error
    }
  }
}

/** TLS over a stream that just ends may never settle by itself; when TLS is what ended it, TLS has the first word. */
function endingWith<T>(link: Link, handshake: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    link.onEnd(failure => {
      if (failure.message) reject(new LinkError(failure.message, failure))
      else setImmediate(reject, new LinkError('the connection was closed'))
    })
    handshake.then(resolve, reject)
  })
}

function failureOf(error: unknown): LinkFailure {
  if (error instanceof LinkError) return {message: error.message, final: error.final}
  if (!(error instanceof Error)) return {message: String(error), final: false}
  const {code = '', reason = ''} = error as {readonly code?: string; readonly reason?: string}
  // OpenSSL's message is full of its own insides; its reason says the same.
  const message = code.startsWith('ERR_SSL_') ? `TLS: ${reason}` : error.message
  return {message, final: WILL_NOT_MATCH.test(code)}
}

/** Codes of Node's TLS: a name, a CA or a protocol that does not match now will not match in a second either. */
const WILL_NOT_MATCH = /^(ERR_TLS_|ERR_SSL_|CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_)/
