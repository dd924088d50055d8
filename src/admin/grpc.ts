import {Client, Metadata, connectivityState, credentials, status} from '@grpc/grpc-js'
import type {ChannelCredentials, ChannelOptions, ServiceError} from '@grpc/grpc-js'
import {fromJSON} from '@grpc/proto-loader'
import type {MessageTypeDefinition, ServiceDefinition} from '@grpc/proto-loader'
import {BOUNDS} from '../support/bounds.ts'
import {words} from '../support/printable.ts'
import {TunnelCredentials} from './credentials.ts'
import {descriptor} from './descriptor.ts'
import type {LinkObserver, Route} from './link.ts'
import type {AdminAddress} from './types.ts'

/** Brings grpc-js and protobufjs (150 ms): load this file by `import()` only. */

export type AdminMethod = 'Pause' | 'Unpause' | 'CheckPaused'

/** How grpc-js says that a call ended. */
export type CallResult =
  | {readonly ok: true; readonly value: object}
  | {readonly ok: false; readonly code: string; readonly details: string; readonly reason?: string}

export interface CallOptions {
  readonly deadlineMs: number
  /** Wait for a connection instead of failing with the next attempt. */
  readonly waitForReady: boolean
}

export interface StartedCall {
  /** Never rejects. */
  readonly result: Promise<CallResult>
  readonly cancel: () => void
}

/** A gRPC channel to one admin port. */
export interface AdminChannel {
  /** Sent synchronously where the channel is connected. */
  call(method: AdminMethod, request: object, options: CallOptions): StartedCall
  /** Connects in the background as soon as the broken connection is noticed, for the next call. */
  reconnect(): void
  close(): void
}

const definitions = fromJSON(descriptor as Parameters<typeof fromJSON>[0], {longs: Number, defaults: true})
const service = definitions['rpc.Admin'] as Pick<ServiceDefinition, string> & Record<AdminMethod, ServiceDefinition[string]>
const statusType = definitions['google.rpc.Status'] as MessageTypeDefinition<object, RpcStatus>
const errorInfoType = definitions['google.rpc.ErrorInfo'] as MessageTypeDefinition<object, {reason: string}>

const codeNames: Partial<Record<number, string>> = status

const ERROR_INFO_URL = 'type.googleapis.com/google.rpc.ErrorInfo'

interface RpcStatus {
  details: Array<{type_url: string; value: Buffer}>
}

export function openChannel(address: AdminAddress, route: Route, observer: LinkObserver): AdminChannel {
  const tunnel = new TunnelCredentials(innerCredentials(address.tls?.ca, address.tls !== undefined), route.dial, observer)
  const client = new Client(route.target, tunnel, channelOptions(address))
  return {
    call: (method, request, options) => call(client, method, request, options),
    reconnect: () => { reconnect(client.getChannel()) },
    close: () => { client.close() },
  }
}

function reconnect(channel: ReturnType<Client['getChannel']>): void {
  const state = channel.getConnectivityState(true)
  if (state !== connectivityState.READY) return
  channel.watchConnectivityState(state, Infinity, () => {
    if (channel.getConnectivityState(false) !== connectivityState.SHUTDOWN) channel.getConnectivityState(true)
  })
}

/**
 * No keepalive pings: grpc-java answers them with GOAWAY `too_many_pings`; the tunnels have pings of their own.
 * No proxy: a channel's address is the API server's or its proxy's already.
 */
function channelOptions({pod, tls}: AdminAddress): ChannelOptions {
  return {
    'grpc.enable_http_proxy': 0,
    'grpc.enable_channelz': 0,
    'grpc.use_local_subchannel_pool': 1,
    'grpc.default_authority': tls?.serverName ?? pod,
    'grpc.service_config_disable_resolution': 1,
    'grpc.initial_reconnect_backoff_ms': 100,
    'grpc.max_reconnect_backoff_ms': 2000,
    'grpc.enable_retries': 0,
    'grpc.max_receive_message_length': BOUNDS.adminAnswer,
    ...(tls && {'grpc.ssl_target_name_override': tls.serverName}),
  }
}

const shared = new Map<string, ChannelCredentials>()

/** One TLS context for all pods of a release: making it costs more than the handshake. */
function innerCredentials(ca: string | undefined, tls: boolean): ChannelCredentials {
  if (!tls) return credentials.createInsecure()
  const key = ca ?? ''
  const made = shared.get(key) ?? credentials.createSsl(ca === undefined ? null : Buffer.from(ca))
  shared.set(key, made)
  return made
}

function call(client: Client, method: AdminMethod, request: object, options: CallOptions): StartedCall {
  const {path, requestSerialize} = service[method]
  const metadata = new Metadata({waitForReady: options.waitForReady})
  const deadline = Date.now() + options.deadlineMs
  const {promise, resolve} = Promise.withResolvers<CallResult>()
  const started = client.makeUnaryRequest(path, requestSerialize, bytes => answerOf(method, bytes), request, metadata, {deadline}, (error, value) => {
    resolve(error ? failed(error) : {ok: true, value: value ?? {}})
  })
  return {result: promise, cancel: () => { started.cancel() }}
}

/** The answer in these bytes. @throws Error when they are none, which grpc-js makes INTERNAL of */
export const answerOf = (method: AdminMethod, bytes: Buffer): object => service[method].responseDeserialize(bytes)

const failed = (error: ServiceError): CallResult => ({
  ok: false,
  code: codeNames[error.code] ?? String(error.code),
  details: words(error.details),
  reason: reasonOf(error.metadata.get('grpc-status-details-bin')[0]),
})

/** `ErrorInfo.reason`, or undefined when there is none or the trailer cannot be read. */
export function reasonOf(trailer: unknown): string | undefined {
  if (!Buffer.isBuffer(trailer)) return undefined
  try {
    const info = statusType.deserialize(trailer).details.find(detail => detail.type_url === ERROR_INFO_URL)
    return info && errorInfoType.deserialize(info.value).reason
  } catch {
    return undefined
  }
}
