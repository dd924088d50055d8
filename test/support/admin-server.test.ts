import assert from 'node:assert/strict'
import {fileURLToPath} from 'node:url'
import * as grpc from '@grpc/grpc-js'
import {loadSync} from '@grpc/proto-loader'
import {startAdminServer} from './admin-server.ts'
import type {AdminServer, AdminServerOptions} from './admin-server.ts'
import {quietThroughout} from './admin-gate.ts'
import {makeCa, makeServerCert} from './certificates.ts'

const protoDir = fileURLToPath(new URL('../../proto/', import.meta.url))
const descriptor = loadSync('admin.proto', {includeDirs: [protoDir], longs: Number, defaults: true})
const AdminClient = grpc.makeGenericClientConstructor(descriptor['rpc.Admin'] as grpc.ServiceDefinition, 'Admin')

type Unary = (request: object, options: object, callback: (error: grpc.ServiceError | null, value: object) => void) => grpc.ClientUnaryCall

/** What a caller sees: the answer, or the code's name with the reason of ErrorInfo or the description. */
async function call(client: grpc.Client, method: string, request: object = {}, deadlineMs = 5000): Promise<unknown> {
  const options = {deadline: Date.now() + deadlineMs}
  return new Promise(resolve => {
    ;(client as unknown as Record<string, Unary | undefined>)[method]?.(request, options, (error, value) => {
      if (!error) return resolve(value)
      const details = error.metadata.get('grpc-status-details-bin')[0]?.toString('latin1')
      const info = details && /\n.{1}([A-Z_]{5,})\x12.(com[.a-z]+)/s.exec(details)
      resolve(`${grpc.status[error.code]}: ${info ? `${info[1]} of ${info[2]}` : error.details}`)
    })
  })
}

describe('light admin server', () => {
  const started: AdminServer[] = []
  const clients: grpc.Client[] = []
  const start = async (options: AdminServerOptions = {}) => {
    const server = await startAdminServer(options)
    started.push(server)
    const client = new AdminClient(`127.0.0.1:${server.port}`, grpc.credentials.createInsecure())
    clients.push(client)
    return {server, client}
  }
  const pause = (client: grpc.Client, maxPauseWaitTime = 4000, waitOutstanding = true) =>
    call(client, 'Pause', {waitOutstanding, maxPauseWaitTime})
  const steps = (server: AdminServer) => server.steps.map(({step}) => step)

  afterEach(async () => {
    for (const client of clients.splice(0)) client.close()
    await Promise.all(started.splice(0).map(server => server.stop()))
  })

  it('pauses, says so, and unpauses', async () => {
    const {server, client} = await start()
    assert.deepEqual(await call(client, 'CheckPaused'), {paused: false})
    assert.deepEqual(await pause(client), {})
    assert.deepEqual(await call(client, 'CheckPaused'), {paused: true})
    assert.deepEqual(await call(client, 'Unpause'), {})
    assert.deepEqual(await call(client, 'Unpause'), {})
    assert.deepEqual(await call(client, 'CheckPaused'), {paused: false})
    assert.deepEqual(steps(server), ['closed', 'drained', 'open'])
    assert.deepEqual(server.calls.map(({method, answer}) => `${method} ${answer}`), [
      'CheckPaused OK', 'Pause OK', 'CheckPaused OK', 'Unpause OK', 'Unpause OK', 'CheckPaused OK',
    ])
  })

  it('answers a Pause only when the outstanding requests have ended, with the gate closed meanwhile', async () => {
    const {server, client} = await start()
    const finish = server.gate.holdRequests(2)
    const answer = pause(client)
    while (!server.paused) await new Promise(setImmediate)
    assert.deepEqual(await call(client, 'CheckPaused'), {paused: true})
    assert.deepEqual(steps(server), ['closed'])
    finish()
    assert.deepEqual(await answer, {})
    assert.deepEqual(steps(server), ['closed', 'drained'])
  })

  it('lets blocked requests run after the unpause, and turns them away where the generation does so', async () => {
    const {server, client} = await start()
    await pause(client)
    const request = server.gate.beginRequest()
    assert.equal(server.gate.blocked, 1)
    await call(client, 'Unpause')
    await request
    assert.deepEqual([server.gate.executed, server.gate.blocked], [1, 0])

    const old = await start({generation: 'scalardb-3.6'})
    await pause(old.client)
    await assert.rejects(old.server.gate.beginRequest(), {message: 'the server is paused'})
  })

  it('opens again after a drain that timed out, and says TIMED_OUT', async () => {
    const {server, client} = await start()
    server.gate.holdRequests(1)
    assert.equal(await pause(client, 20), 'FAILED_PRECONDITION: TIMED_OUT of com.scalar.dl.admin')
    assert.deepEqual(steps(server), ['closed', 'open'])
  })

  it('leaves the gate to an earlier pause: TIMED_OUT_STILL_PAUSED', async () => {
    const {server, client} = await start({generation: 'cluster-3.19'})
    server.gate.holdRequests(1)
    await pause(client, 20, false)
    assert.equal(await pause(client, 20), 'FAILED_PRECONDITION: TIMED_OUT_STILL_PAUSED of com.scalar.db.cluster.admin')
    assert.deepEqual(await call(client, 'CheckPaused'), {paused: true})
  })

  it('answers GATE_OPEN to a pause whose drain another ended by Unpause', async () => {
    const {server, client} = await start()
    server.gate.holdRequests(1)
    const answer = pause(client)
    while (!server.paused) await new Promise(setImmediate)
    await call(client, 'Unpause')
    assert.equal(await answer, 'ABORTED: GATE_OPEN of com.scalar.dl.admin')
  })

  it('queues a waiting pause, refuses one without waiting: PAUSE_IN_PROGRESS', async () => {
    const {server, client} = await start()
    const finish = server.gate.holdRequests(1)
    const first = pause(client)
    while (!server.paused) await new Promise(setImmediate)
    assert.equal(await pause(client, 60_000, false), 'ABORTED: PAUSE_IN_PROGRESS of com.scalar.dl.admin')
    assert.equal(await pause(client, 20), 'ABORTED: PAUSE_IN_PROGRESS of com.scalar.dl.admin')
    const second = pause(client)
    finish()
    assert.deepEqual([await first, await second], [{}, {}])
  })

  it('refuses a wait of nothing', async () => {
    const {client} = await start()
    assert.equal(await pause(client, -1), 'INVALID_ARGUMENT: max_pause_wait_time must be positive')
  })

  it('up to 3.13 opens the gate of an earlier pause too, without a reason', async () => {
    const {server, client} = await start({generation: 'scalardl-3.9'})
    server.gate.holdRequests(1)
    await pause(client, 20, false)
    assert.equal(await pause(client, 20), 'FAILED_PRECONDITION: ')
    assert.deepEqual(await call(client, 'CheckPaused'), {paused: false})
  })

  it('up to 3.13 can answer OK with the gate open', async () => {
    const {server, client} = await start({generation: 'scalardl-3.9'})
    const finish = server.gate.holdRequests(1)
    const answer = pause(client)
    while (!server.paused) await new Promise(setImmediate)
    await call(client, 'Unpause')
    finish()
    assert.deepEqual(await answer, {})
    assert.deepEqual(await call(client, 'CheckPaused'), {paused: false})
  })

  it('before 3.5 has no CheckPaused', async () => {
    const {client} = await start({generation: 'scalardl-3.1'})
    assert.match(String(await call(client, 'CheckPaused')), /^UNIMPLEMENTED/)
    assert.deepEqual(await pause(client), {})
  })

  it('pauses on although the caller gave up', async () => {
    const {server, client} = await start()
    const finish = server.gate.holdRequests(1)
    assert.match(String(await call(client, 'Pause', {waitOutstanding: true, maxPauseWaitTime: 4000}, 30)), /^DEADLINE_EXCEEDED/)
    finish()
    assert.deepEqual(await call(client, 'CheckPaused'), {paused: true})
  })

  it('misbehaves as told, so many times', async () => {
    const {server, client} = await start()
    server.misbehave('Unpause', {answer: {code: grpc.status.INTERNAL, message: 'no luck'}, executes: false, times: 1})
    await pause(client)
    assert.equal(await call(client, 'Unpause'), 'INTERNAL: no luck')
    assert.equal(server.paused, true)
    assert.deepEqual(await call(client, 'Unpause'), {})
    server.misbehave('CheckPaused', {answer: 'never'})
    assert.match(String(await call(client, 'CheckPaused', {}, 30)), /^DEADLINE_EXCEEDED/)
    server.behave()
    server.misbehave('Pause', {answer: 'drop'})
    assert.match(String(await pause(client)), /^(UNAVAILABLE|INTERNAL)/)
    assert.equal(server.paused, true)
  })

  it('is open, and another process, after a restart', async () => {
    const {server, client} = await start()
    await pause(client)
    const waiting = server.gate.beginRequest()
    server.restart()
    await assert.rejects(waiting, {message: 'the server is gone'})
    while (!((await call(client, 'CheckPaused')) instanceof Object));
    assert.deepEqual(await call(client, 'CheckPaused'), {paused: false})
    assert.deepEqual(steps(server), ['closed', 'drained', 'restarted'])
  })

  it('speaks TLS when given a certificate', async () => {
    const ca = await makeCa()
    const tls = await makeServerCert(ca, {dnsNames: ['auditor.example']})
    const server = await startAdminServer({tls})
    started.push(server)
    const client = new AdminClient(`127.0.0.1:${server.port}`, grpc.credentials.createSsl(Buffer.from(ca.cert)), {
      'grpc.ssl_target_name_override': 'auditor.example',
    })
    clients.push(client)
    assert.deepEqual(await call(client, 'CheckPaused'), {paused: false})
  })
})

describe('quietThroughout', () => {
  const step = (step: 'closed' | 'drained' | 'open' | 'restarted', wallMs: number) => ({at: {wallMs, monoMs: wallMs}, step})
  const cases: Array<[string, ReturnType<typeof step>[], boolean]> = [
    ['drained before, open after', [step('closed', 1), step('drained', 2), step('open', 30)], true],
    ['drained too late', [step('closed', 1), step('drained', 12)], false],
    ['never drained', [step('closed', 1)], false],
    ['opened within', [step('closed', 1), step('drained', 2), step('open', 15)], false],
    ['opened and closed again within', [step('drained', 2), step('open', 15), step('closed', 16), step('drained', 17)], false],
    ['restarted within', [step('drained', 2), step('restarted', 15)], false],
    ['never paused', [], false],
  ]
  for (const [name, steps, quiet] of cases) it(name, () => assert.equal(quietThroughout(steps, 10, 20), quiet))
})
