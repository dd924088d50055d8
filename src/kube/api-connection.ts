import {lookup} from 'node:dns/promises'
import {Agent} from 'node:http'
import type {ClientRequestArgs} from 'node:http'
import {connect as tcpConnect, isIP} from 'node:net'
import type {Socket} from 'node:net'
import type {Duplex} from 'node:stream'
import {createSecureContext, getCACertificates} from 'node:tls'
import type {SecureContext} from 'node:tls'
import {CliError} from '../support/errors.ts'
import {noAnswer} from './api-error.ts'
import type {LoadedAccess, ServerTrust} from './config.ts'
import type {Credentials} from './credentials.ts'
import {bareHost, portOf} from './proxy.ts'
import {startTls, throughProxy} from './proxy-connect.ts'

export interface Endpoint {
  readonly host: string
  readonly port: number
}

/** As client-go has it for the handshake; a dial that takes longer is better begun anew. */
const handshakeMs = 10_000

/** What a connection needs to know of the server, and of the user where there is one. */
export interface Reach extends Pick<LoadedAccess, 'trust' | 'credentials'> {
  readonly access: Pick<LoadedAccess['access'], 'server' | 'proxy'>
}

/**
 * Connections to one API server as one user: names are resolved once, all TLS connections share a context and the newest
 * session, so that hundreds of tunnels resume instead of shaking hands in full.
 */
export class ApiConnection {
  readonly server: URL
  readonly #loaded: Reach
  readonly #proxy?: URL
  #endpoints?: Promise<readonly Endpoint[]>
  #context?: {readonly of: Credentials; readonly value: SecureContext}
  #session?: Buffer
  #agent = new ConnectionAgent(() => this.open())

  /** @param known endpoints to fall back to where the name can't be resolved any more */
  constructor(loaded: Reach, known?: Promise<readonly Endpoint[]>) {
    this.#loaded = loaded
    this.server = new URL(loaded.access.server)
    this.#proxy = loaded.access.proxy ? new URL(loaded.access.proxy) : undefined
    if (known) this.#endpoints = this.#resolve().catch(() => known)
  }

  /** Where requests wait for a free connection; a new one once the client certificate has changed. */
  async agent(): Promise<Agent> {
    await this.#secureContext()
    return this.#agent
  }

  /** Gives up the connections kept for reuse: one of them has died unnoticed. What is under way on others goes on. */
  forgetKept(): void {
    const {freeSockets} = this.#agent
    this.#agent = new ConnectionAgent(() => this.open())
    for (const socket of Object.values(freeSockets).flat()) socket?.destroy()
  }

  endpoints(): Promise<readonly Endpoint[]> {
    this.#endpoints ??= this.#resolve().catch((error: unknown) => {
      this.#endpoints = undefined
      throw noAnswer(this.server.origin, error)
    })
    return this.#endpoints
  }

  async #resolve(): Promise<readonly Endpoint[]> {
    const first = this.#proxy ?? this.server
    const host = bareHost(first)
    const addresses = isIP(host) ? [{address: host}] : await lookup(host, {all: true})
    return addresses.map(({address}) => ({host: address, port: Number(portOf(first))}))
  }

  /** A new connection to the API server, ready for HTTP; `aside` marks those that no agent keeps. */
  async open(): Promise<Socket> {
    const endpoints = await this.endpoints()
    const socket = await dial(endpoints).catch((error: unknown) => {
      throw noAnswer(this.server.origin, error)
    })
    return this.connect(socket)
  }

  /** Leads a connected socket through the proxy, if there is one, and through TLS; destroys it where that fails. */
  async connect(socket: Socket): Promise<Socket> {
    try {
      const tls = {
        secureContext: await this.#secureContext(),
        insecure: this.#loaded.trust?.insecure ?? false,
        serverName: this.#loaded.trust?.serverName,
        timeoutMs: handshakeMs,
      }
      const through = this.#proxy ? await throughProxy(socket, this.#proxy, this.server, tls) : socket
      if (!this.#loaded.trust) return through
      const secure = await startTls(through, this.server, {...tls, session: this.#session})
      secure.on('session', session => {
        this.#session = session
      })
      return secure
    } catch (error) {
      socket.destroy()
      throw error instanceof CliError ? error : noAnswer(this.server.origin, error)
    }
  }

  async #secureContext(): Promise<SecureContext> {
    const credentials = await this.#loaded.credentials()
    if (this.#context?.of.cert === credentials.cert && this.#context?.of.key === credentials.key && this.#context) return this.#context.value
    if (this.#context) {
      this.#session = undefined
      this.#agent = new ConnectionAgent(() => this.open())
    }
    this.#context = {of: credentials, value: secureContext(this.#loaded.trust, credentials)}
    return this.#context.value
  }
}

/** Without a CA Go trusts the system's; Node alone would know only its own list. An intermediate may be the CA, as in Go. */
function secureContext(trust: ServerTrust | undefined, {cert, key}: Credentials): SecureContext {
  const ca = trust?.ca ?? (trust && !trust.insecure ? [...getCACertificates('default'), ...getCACertificates('system')] : undefined)
  try {
    return createSecureContext({ca, cert, key, allowPartialTrustChain: true})
  } catch (error) {
    throw new CliError(`cannot use the certificates of the kubeconfig: ${(error as Error).message}`, {
      hints: ['kubectl config view --minify'],
      cause: error,
    })
  }
}

/** Tries the addresses in turn; a second each is enough for the other side of the world. */
export function dial(endpoints: readonly Endpoint[]): Promise<Socket> {
  const {promise, resolve, reject} = Promise.withResolvers<Socket>()
  const addresses = endpoints.map(({host}) => ({address: host, family: isIP(host)}))
  const socket = tcpConnect({
    host: 'api-server',
    port: endpoints[0]?.port ?? 443,
    lookup: (_host, _options, found) => found(null, addresses),
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: 1000,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: 15_000,
  })
  const limit = setTimeout(() => socket.destroy(new Error(`no connection within ${handshakeMs} ms`)), handshakeMs)
  socket.once('error', reject)
  socket.once('connect', () => {
    socket.off('error', reject)
    resolve(socket)
  })
  return promise.finally(() => clearTimeout(limit))
}

/** Keeps connections for the next request; TLS and proxies are the opener's affair, so it speaks plain HTTP over them. */
export class ConnectionAgent extends Agent {
  readonly #open: () => Promise<Socket>

  constructor(open: () => Promise<Socket>) {
    super({keepAlive: true})
    this.#open = open
  }

  override createConnection(_options: ClientRequestArgs, callback?: (error: Error | null, stream: Duplex) => void): undefined {
    this.#open().then(
      socket => callback?.(null, socket),
      // The types ask for a stream that an error does not have.
      (error: unknown) => callback?.(error as Error, undefined as unknown as Duplex),
    )
  }
}
