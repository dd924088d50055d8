import {createServer} from 'node:net'
import type {AddressInfo, Server as TcpServer, Socket} from 'node:net'
import {fileURLToPath} from 'node:url'
import * as grpc from '@grpc/grpc-js'
import {loadSync} from '@grpc/proto-loader'
import type {MessageTypeDefinition} from '@grpc/proto-loader'
import {systemClock} from '../../src/support/clock.ts'
import type {Clock, Instant} from '../../src/support/clock.ts'
import {RequestGate} from './admin-gate.ts'
import type {GateStep} from './admin-gate.ts'
import {Pauser, rulesOf} from './admin-pauser.ts'
import type {Generation, PauseFailure} from './admin-pauser.ts'

export type AdminMethod = 'Pause' | 'Unpause' | 'CheckPaused'

/** One call as the server saw it: received, and what was answered. `answer` is a gRPC status name, `never` or `dropped`. */
export interface CallRecord {
  readonly at: Instant
  readonly method: AdminMethod
  answeredAt?: Instant
  answer?: string
}

/** How a method leaves the straight path; everything that is not set stays as it is on a good server. */
export interface Misbehaviour {
  /** false: the call never reaches the gate. */
  readonly executes?: boolean
  /** Milliseconds before the gate hears of the call, and between the gate's doing and the answer. */
  readonly delayMs?: number
  readonly answerDelayMs?: number
  /** `never` = silence; `drop` = the connection breaks; else this status in place of the gate's own answer. */
  readonly answer?: 'never' | 'drop' | {readonly code: grpc.status; readonly message: string}
  /** Only the next `times` calls; afterwards the server is good again. */
  readonly times?: number
}

export interface AdminServerOptions {
  /** Default: `scalardl-3.14`. */
  readonly generation?: Generation
  /** PEM texts; undefined: plain text. */
  readonly tls?: {readonly cert: string; readonly key: string}
  /** Default: a free port of the loopback interface. */
  readonly port?: number
  readonly clock?: Clock
}

interface PauseRequest {
  readonly waitOutstanding?: boolean
  readonly maxPauseWaitTime?: number
}

/** A call's value, or its failure. */
type Outcome = {readonly value: object; readonly error?: undefined} | {readonly value?: undefined; readonly error: Partial<grpc.StatusObject>}

const protoDir = fileURLToPath(new URL('../../proto/', import.meta.url))
const protos = loadSync(['admin.proto', 'status.proto'], {includeDirs: [protoDir], longs: Number})
const ERROR_INFO = protos['google.rpc.ErrorInfo'] as MessageTypeDefinition<{reason: string; domain: string}, object>
const STATUS = protos['google.rpc.Status'] as MessageTypeDefinition<object, object>
const ADMIN = protos['rpc.Admin'] as grpc.ServiceDefinition

const OPTIONS = {'grpc.enable_channelz': 0}

const later = (ms: number | undefined) => (ms ? new Promise<void>(resolve => void setTimeout(resolve, ms).unref()) : undefined)

/** The trailer that the contract of 2026 adds to a refused Pause. */
function errorDetails({code, message, reason}: PauseFailure, domain: string | undefined): grpc.Metadata {
  const metadata = new grpc.Metadata()
  if (!reason || !domain) return metadata
  const info = {type_url: 'type.googleapis.com/google.rpc.ErrorInfo', value: ERROR_INFO.serialize({reason, domain})}
  metadata.set('grpc-status-details-bin', STATUS.serialize({code, message, details: [info]}))
  return metadata
}

/**
 * The admin port of one ScalarDL or ScalarDB server, without the server: real gRPC, the real gate's rules, no database.
 * It can be told to misbehave, and it logs the truth: every step of the gate and every call.
 */
export class AdminServer {
  /** Steps of the gate over all restarts. */
  readonly steps: GateStep[] = []
  readonly calls: CallRecord[] = []
  readonly generation: Generation
  gate: RequestGate
  readonly #clock: Clock
  #pauser: Pauser
  readonly #grpc = new grpc.Server(OPTIONS)
  readonly #sockets = new Set<Socket>()
  readonly #listener: TcpServer
  #port = 0
  readonly #misbehaviours = new Map<AdminMethod, {rule: Misbehaviour; left: number}>()

  constructor({generation = 'scalardl-3.14', tls, clock = systemClock}: AdminServerOptions = {}) {
    this.generation = generation
    this.#clock = clock
    this.gate = new RequestGate(rulesOf(generation).whilePaused, clock, this.steps)
    this.#pauser = new Pauser(this.gate, rulesOf(generation), clock)
    const credentials = tls
      ? grpc.ServerCredentials.createSsl(null, [{cert_chain: Buffer.from(tls.cert), private_key: Buffer.from(tls.key)}])
      : grpc.ServerCredentials.createInsecure()
    const injector = this.#grpc.createConnectionInjector(credentials)
    this.#listener = createServer(socket => {
      this.#sockets.add(socket)
      socket.setNoDelay(true)
      socket.on('close', () => this.#sockets.delete(socket)).on('error', () => {})
      injector.injectConnection(socket)
    })
    this.#serve()
  }

  /** The loopback port it listens on, or did. */
  get port(): number {
    return this.#port
  }

  /** Closed or still draining, as CheckPaused would say. */
  get paused(): boolean {
    return this.gate.closed
  }

  async listen(port = 0): Promise<this> {
    await new Promise<void>((resolve, reject) => {
      this.#listener.once('error', reject).listen(port, '127.0.0.1', resolve)
    })
    this.#port = (this.#listener.address() as AddressInfo).port
    return this
  }

  misbehave(method: AdminMethod | 'all', rule: Misbehaviour): void {
    const methods = method === 'all' ? (['Pause', 'Unpause', 'CheckPaused'] as const) : [method]
    for (const name of methods) this.#misbehaviours.set(name, {rule, left: rule.times ?? Infinity})
  }

  /** From now on a good server. */
  behave(): void {
    this.#misbehaviours.clear()
  }

  /** Breaks all connections. Not by a reset: under HTTP/2 that can keep this process from ending, busy (Node 22.23.2). */
  dropConnections(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  /** The process behind the port is another one now: connections broken, gate open, nothing outstanding. */
  restart(): void {
    this.gate.vanish()
    this.dropConnections()
    this.steps.push({at: this.#clock(), step: 'restarted'})
    this.gate = new RequestGate(rulesOf(this.generation).whilePaused, this.#clock, this.steps)
    this.#pauser = new Pauser(this.gate, rulesOf(this.generation), this.#clock)
  }

  /** Closes the port; a later connection is refused. */
  async stop(): Promise<void> {
    this.gate.vanish()
    const closed = this.#listener.listening ? new Promise<void>(resolve => void this.#listener.close(() => resolve())) : undefined
    this.dropConnections()
    this.#grpc.forceShutdown()
    await closed
  }

  #serve(): void {
    const {CheckPaused, ...withoutCheck} = ADMIN
    const {checkPaused} = rulesOf(this.generation)
    this.#grpc.addService((checkPaused ? {...withoutCheck, CheckPaused} : withoutCheck) as grpc.ServiceDefinition, {
      Pause: this.#handler('Pause', (request: PauseRequest) => this.#pause(request)),
      Unpause: this.#handler('Unpause', () => {
        this.gate.open()
        return {value: {}}
      }),
      CheckPaused: this.#handler('CheckPaused', () => ({value: {paused: this.gate.closed}})),
    })
  }

  async #pause({waitOutstanding = false, maxPauseWaitTime}: PauseRequest): Promise<Outcome> {
    const refused = await this.#pauser.pause({waitOutstanding, maxWaitMs: maxPauseWaitTime})
    if (!refused) return {value: {}}
    const metadata = errorDetails(refused, rulesOf(this.generation).errorDomain)
    return {error: {code: refused.code, details: refused.message, metadata}}
  }

  #handler<Q>(method: AdminMethod, act: (request: Q) => Outcome | Promise<Outcome>): grpc.handleUnaryCall<Q, object> {
    return ({request}, callback) => {
      const record: CallRecord = {at: this.#clock(), method}
      this.calls.push(record)
      void this.#answer(this.#takeRule(method), () => act(request)).then(answer => {
        record.answer = typeof answer === 'string' ? answer : grpc.status[answer.error?.code ?? grpc.status.OK]
        if (typeof answer === 'string') return
        record.answeredAt = this.#clock()
        callback(answer.error ?? null, answer.value)
      })
    }
  }

  async #answer(rule: Misbehaviour, act: () => Outcome | Promise<Outcome>): Promise<Outcome | 'never' | 'dropped'> {
    await later(rule.delayMs)
    const own = rule.executes === false ? {value: {}} : act()
    // Whoever never answers, or breaks the line, does not wait for the gate to say so.
    const outcome = rule.answer ? {value: {}} : await own
    await later(rule.answerDelayMs)
    if (rule.answer === 'never') return 'never'
    if (rule.answer !== 'drop') return rule.answer ? {error: {code: rule.answer.code, details: rule.answer.message}} : outcome
    this.dropConnections()
    return 'dropped'
  }

  #takeRule(method: AdminMethod): Misbehaviour {
    const entry = this.#misbehaviours.get(method)
    if (!entry) return {}
    entry.left -= 1
    if (entry.left <= 0) this.#misbehaviours.delete(method)
    return entry.rule
  }
}

/** Starts an Admin server on a loopback port. */
export const startAdminServer = (options: AdminServerOptions = {}): Promise<AdminServer> =>
  new AdminServer(options).listen(options.port)
