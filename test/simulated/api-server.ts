import {STATUS_CODES} from 'node:http'
import type {IncomingMessage, ServerResponse} from 'node:http'
import {createServer} from 'node:https'
import type {Server} from 'node:https'
import type {AddressInfo} from 'node:net'
import type {Duplex} from 'node:stream'
import type {AccessControl, User} from './access.ts'
import {PODS, StatusError, badRequest} from './objects.ts'
import {PortForwards} from './port-forward.ts'
import type {TargetOf} from './port-forward.ts'
import {discovery, nameInSelector, routeOf} from './routes.ts'
import type {Route} from './routes.ts'
import type {Store} from './store.ts'
import {Verbs} from './verbs.ts'
import type {Answer, Body} from './verbs.ts'
import {Watches} from './watch.ts'

/** One request as it came in. */
export interface Request {
  readonly method: string
  /** Path and query. */
  readonly path: string
  /** The acting user, or undefined where nobody was recognized. */
  readonly user?: string
}

export interface ApiServerOptions {
  readonly tls: {readonly cert: string; readonly key: string}
  /** Minor version, e.g. 37. */
  readonly minor: number
  readonly store: Store
  readonly access: AccessControl
  readonly targetOf: TargetOf
}

/** What a fault makes of a request: an answer in the server's place, or a broken connection. */
export type Fault = (request: Request) => StatusError | 'drop' | undefined

const OPEN_TO_ALL = ['/version', '/readyz', '/livez', '/healthz']

/**
 * An API server, as far as kubectl-like clients use one: resources with list, get, watch, create, update, patch and
 * delete, RBAC on every request, access reviews, port-forward by WebSocket.
 */
export class ApiServer {
  readonly requests: Request[] = []
  /** Requests to paths that no part of this cluster knows: a test that meets one is wrong, or the simulation is too small. */
  readonly unexpected: Request[] = []
  fault: Fault | undefined
  readonly watches: Watches
  readonly forwards: PortForwards
  readonly verbs: Verbs
  readonly #options: ApiServerOptions
  readonly #server: Server

  constructor(options: ApiServerOptions) {
    this.#options = options
    this.watches = new Watches(options.store)
    this.verbs = new Verbs(options.store)
    this.forwards = new PortForwards(options.targetOf)
    this.#server = createServer({...options.tls, ALPNProtocols: ['http/1.1'], keepAlive: true})
    this.#server.on('request', (request, response) => void this.#serve(request, response))
    this.#server.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head))
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  async listen(): Promise<this> {
    await new Promise<void>((resolve, reject) => this.#server.once('error', reject).listen(0, '127.0.0.1', resolve))
    return this
  }

  async stop(): Promise<void> {
    const closed = new Promise<void>(resolve => void this.#server.close(() => resolve()))
    this.forwards.drop()
    this.#server.closeAllConnections()
    await closed
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const json = await readJson(request)
      const {user, record} = this.#admit(request)
      const route = this.#route(request, user)
      if (route?.verb === 'watch') {
        this.watches.serve(route, response)
        return
      }
      const body = {contentType: request.headers['content-type'] ?? '', json}
      const answer = route ? this.verbs.answer(route, body) : this.#special(request, user, record, body)
      send(response, answer.code, answer.body)
    } catch (error) {
      if (error instanceof Dropped) request.socket.destroy()
      else sendError(response, error)
    }
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => {})
    try {
      const {user, record} = this.#admit(request)
      const route = this.#route(request, user)
      if (route?.subresource !== 'portforward') throw this.#unknown(record)
      this.#demandCreate(user, route)
      const pod = this.#options.store.get(PODS, route.namespace, route.name ?? '')
      this.forwards.accept(request, socket, head, pod, route.query.getAll('ports').flatMap(ports => ports.split(',')).map(Number))
    } catch (error) {
      if (error instanceof Dropped) socket.destroy()
      else refuse(socket, error)
    }
  }

  /** Who is it, and is there a fault in the way? */
  #admit(request: IncomingMessage): {user: User; record: Request} {
    const seen = {method: request.method ?? '', path: request.url ?? ''}
    let user: User | undefined
    try {
      user = this.#options.access.identify(request.headers)
    } finally {
      this.requests.push({...seen, user: user?.name})
    }
    const fault = this.fault?.({...seen, user: user.name})
    if (fault) throw fault === 'drop' ? new Dropped() : fault
    return {user, record: {...seen, user: user.name}}
  }

  /** The route, already allowed to this user. */
  #route(request: IncomingMessage, user: User): Route | undefined {
    const route = routeOf(request.method ?? '', new URL(request.url ?? '', 'https://localhost'))
    if (route) this.#demand(user, route)
    return route
  }

  #demand(user: User, {verb, resource, subresource, namespace, name, query}: Route): void {
    const wish = {verb, group: resource.group, resource: resource.plural, subresource, namespace, name: name ?? nameInSelector(query)}
    this.#options.access.demand(user, wish)
  }

  /** The check that 1.35 added behind the usual one; its refusal gives no reason. */
  #demandCreate(user: User, {resource, namespace, name = '', subresource}: Route): void {
    const wish = {verb: 'create', group: resource.group, resource: resource.plural, subresource, namespace, name}
    if (this.#options.minor < 35 || this.#options.access.allows(user, wish)) return
    throw new StatusError(403, 'Forbidden', `${resource.plural} "${name}" is forbidden: `, {name, kind: resource.plural})
  }

  #special(request: IncomingMessage, user: User, record: Request, {json}: Body): Answer {
    const {pathname} = new URL(request.url ?? '', 'https://localhost')
    const discovered = discovery(pathname)
    if (discovered) return {code: 200, body: discovered}
    if (pathname === '/version') return {code: 200, body: this.#version()}
    if (OPEN_TO_ALL.includes(pathname)) return {code: 200, body: TEXT_OK}
    if (request.method === 'POST' && pathname === '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews') return this.#review(user, json)
    throw this.#unknown(record)
  }

  #version(): object {
    const {minor} = this.#options
    return {major: '1', minor: String(minor), gitVersion: `v1.${minor}.0`, platform: 'linux/amd64'}
  }

  #review(user: User, json: unknown): Answer {
    const spec = (json as {spec?: {resourceAttributes?: Record<string, string>}} | undefined)?.spec
    if (!spec?.resourceAttributes) throw badRequest('an access review needs resourceAttributes')
    const {verb = '', group = '', resource = '', subresource, namespace, name} = spec.resourceAttributes
    const allowed = this.#options.access.allows(user, {verb, group, resource, subresource: subresource || undefined, namespace: namespace || undefined, name})
    const metadata = {creationTimestamp: null}
    return {code: 201, body: {kind: 'SelfSubjectAccessReview', apiVersion: 'authorization.k8s.io/v1', metadata, spec, status: {allowed}}}
  }

  #unknown(record: Request): StatusError {
    this.unexpected.push(record)
    return new StatusError(404, 'NotFound', 'the server could not find the requested resource')
  }
}

/** Not an answer: the connection breaks. */
class Dropped extends Error {}

const TEXT_OK = {ok: true}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const text = Buffer.concat(chunks).toString()
  if (text === '') return undefined
  try {
    return JSON.parse(text) as unknown
  } catch {
    throw badRequest('the body of the request is not JSON')
  }
}

function send(response: ServerResponse, code: number, body: object): void {
  const isText = body === TEXT_OK
  response.writeHead(code, {'Content-Type': isText ? 'text/plain; charset=utf-8' : 'application/json'})
  response.end(isText ? 'ok' : `${JSON.stringify(body)}\n`)
}

/** An error that is not a refusal is a bug of the simulation; it is told, not swallowed. */
const asStatus = (error: unknown) =>
  error instanceof StatusError ? error : new StatusError(500, 'InternalError', `simulated cluster: ${(error as Error).stack}`)

function sendError(response: ServerResponse, error: unknown): void {
  const status = asStatus(error)
  send(response, status.code, status.body)
}

function refuse(socket: Duplex, error: unknown): void {
  const {code, body} = asStatus(error)
  const text = `${JSON.stringify(body)}\n`
  const head = [`HTTP/1.1 ${code} ${STATUS_CODES[code]}`, 'Content-Type: application/json', `Content-Length: ${Buffer.byteLength(text)}`, 'Connection: close']
  socket.end(`${head.join('\r\n')}\r\n\r\n${text}`)
}
