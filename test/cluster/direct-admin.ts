import * as grpc from '@grpc/grpc-js'
import {loadSync} from '@grpc/proto-loader'
import {join} from 'node:path'

/** The admin API of a server on a loopback port, spoken without any part of the plugin. All reject with gRPC's error. */
export interface DirectAdmin {
  pause(maxPauseWaitMs?: number): Promise<void>
  unpause(): Promise<void>
  checkPaused(deadlineMs?: number): Promise<boolean>
  close(): void
}

const ADMIN = loadSync('admin.proto', {includeDirs: [join(import.meta.dirname, '../../proto')]})['rpc.Admin'] as grpc.ServiceDefinition
const AdminClient = grpc.makeGenericClientConstructor(ADMIN, 'Admin')
const OPTIONS = {'grpc.max_reconnect_backoff_ms': 100, 'grpc.use_local_subchannel_pool': 1, 'grpc.enable_http_proxy': 0}

export function directAdmin(port: number, tls?: {readonly ca: string; readonly serverName: string}): DirectAdmin {
  const credentials = tls ? grpc.credentials.createSsl(Buffer.from(tls.ca)) : grpc.credentials.createInsecure()
  const client = new AdminClient(`127.0.0.1:${port}`, credentials, {
    ...OPTIONS,
    ...(tls && {'grpc.ssl_target_name_override': tls.serverName, 'grpc.default_authority': tls.serverName}),
  })
  const call = <T>(name: 'Pause' | 'Unpause' | 'CheckPaused', request: object, deadlineMs: number) => {
    const method = ADMIN[name] as grpc.MethodDefinition<object, T>
    return new Promise<T>((resolve, reject) => {
      client.makeUnaryRequest(
        method.path, method.requestSerialize, method.responseDeserialize, request, {deadline: Date.now() + deadlineMs},
        (error, answer) => error || answer === undefined ? reject(error ?? new Error(`no answer to ${name}`)) : resolve(answer),
      )
    })
  }
  return {
    async pause(maxPauseWaitMs = 10_000) {
      await call('Pause', {waitOutstanding: true, maxPauseWaitTime: maxPauseWaitMs}, maxPauseWaitMs + 1000)
    },
    async unpause() {
      await call('Unpause', {}, 5000)
    },
    async checkPaused(deadlineMs = 5000) {
      return (await call<{paused?: boolean}>('CheckPaused', {}, deadlineMs)).paused ?? false
    },
    close: () => client.close(),
  }
}
