import assert from 'node:assert/strict'
import {EventEmitter, once} from 'node:events'
import {Agent} from 'node:http'
import {createHash} from 'node:crypto'
import type {Socket} from 'node:net'
import {Duplex} from 'node:stream'
import {setImmediate as turn} from 'node:timers/promises'
import type {WebSocket} from 'ws'
import {pauseAnswer} from '../../src/admin/answers.ts'
import {answerOf, reasonOf} from '../../src/admin/grpc.ts'
import {LinkError} from '../../src/admin/link.ts'
import {dateOf, httpClock} from '../../src/clock/http.ts'
import {answerError, ApiError} from '../../src/kube/api-error.ts'
import {eachLine, event} from '../../src/kube/api-watch.ts'
import {complaintIn} from '../../src/kube/kubectl-process.ts'
import {PodTunnel} from '../../src/kube/pod-tunnel.ts'
import {dialTunnel, UpgradeError} from '../../src/kube/websocket-dial.ts'
import {frame} from '../support/tunnel-server.ts'
import {UNSEEN} from '../support/hostile.ts'
import {refusing} from './fuzz.ts'
import {inChunks, mutateBytes, mutateText, mutateValue} from './mutate.ts'
import type {LinkFailure} from '../../src/admin/link.ts'
import type {ApiServer, WatchEvent} from '../../src/kube/types.ts'
import type {Target} from './fuzz.ts'
import type {Random} from './random.ts'

const clock = () => ({monoMs: 0, wallMs: 0})
const TIMES = {handshakeTimeoutMs: 60_000, pingMs: 60_000, answerTimeoutMs: 60_000, clock}
const address = {namespace: 'ledger', pod: 'ledger-0', port: 50_053}
const LONGEST_WORDS = 2100

/** What was said is one line of bounded length, and nothing that a terminal obeys. */
function assertWords(text: string | undefined): void {
  assert.ok(text === undefined || (text.length <= LONGEST_WORDS && !UNSEEN.test(text) && !text.includes('\n')), JSON.stringify(text))
}

const status = (random: Random) => ({
  kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message: 'pods "ledger-0" is forbidden: User "eve" cannot create resource "pods/portforward"',
  reason: random.pick(['Forbidden', 'NotFound', 'Expired']), code: random.pick([403, 404, 410, 429]), details: {retryAfterSeconds: 1},
})

const statusBody = (random: Random) => random.oneIn(3) ? mutateText(JSON.stringify(status(random)), random) : JSON.stringify(mutateValue(status(random), random))

/** A body that is not 2xx: always an ApiError, and 404 never becomes another status. */
function feedStatus(random: Random): void {
  const code = random.pick([400, 401, 403, 404, 410, 429, 500, 503])
  const error = answerError(code, statusBody(random), random.oneIn(2) ? mutateText('120', random) : undefined)
  assert.ok(error instanceof ApiError)
  assert.equal(error.status, code)
  assertWords(error.message)
  assertWords(error.reason)
  assert.ok(error.retryAfterMs === undefined || error.retryAfterMs >= 0)
}

const EVENTS = ['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK'] as const

/** A watch, whole or broken: every line until the first broken one arrives as it was sent, however it is cut. */
async function feedWatch(random: Random): Promise<void> {
  const sent = Array.from({length: random.int(6)}, () => ({type: random.pick(EVENTS), object: {metadata: {name: random.text(random.int(20)), uid: 'u'}, n: random.int(9)}}))
  const whole = sent.map(each => `${JSON.stringify(each)}\n`).join('')
  const broken = random.oneIn(2) ? undefined : random.oneIn(2) ? mutateText(whole, random) : `${whole}${JSON.stringify({type: 'ERROR', object: mutateValue(status(random), random)})}\n`
  const seen: Array<WatchEvent<unknown>> = []
  const failure = await eachLine(inChunks(broken ?? whole, random), line => event(line, each => { seen.push(each) }))
  assert.ok(failure === undefined || failure instanceof ApiError)
  assertWords(failure?.message)
  if (broken === undefined) assert.deepEqual([seen, failure], [JSON.parse(JSON.stringify(sent)), undefined])
  assert.ok(seen.every(({object}) => typeof object === 'object' && object !== null))
}

/** The sub-protocol of port-forward, message by message, against what it says in a few words: the truth of this target. */
function feedTunnel(random: Random): void {
  let closed = 0
  const ws = Object.assign(new EventEmitter(), {OPEN: 1, readyState: 1, isPaused: false, resume: () => undefined, pause: () => undefined, ping: () => undefined, send: () => undefined, close: () => closed++, terminate: () => closed++})
  const tunnel = new PodTunnel(ws as unknown as WebSocket, {port: 1, ...TIMES})
  const ends: LinkFailure[] = []
  tunnel.on('error', error => assert.fail(error))
  tunnel.onEnd(failure => ends.push(failure))
  const [expected, seen]: [Buffer[], number[]] = [[], [0, 0]]
  let refused = ''
  for (let times = random.int(8); times > 0; times--) {
    const message = random.oneIn(8) ? random.bytes(random.int(5)) : frame(random.pick([0, 0, 0, 1, 2, 255]), random.oneIn(2) ? 1 : undefined, random.oneIn(3) ? random.text(random.int(30)) : random.bytes(random.int(40)))
    ws.emit('message', message)
    const channel = message[0] ?? 9
    if (channel > 1) continue
    const skipped = Math.min(2 - (seen[channel] ?? 0), message.length - 1)
    seen[channel] = (seen[channel] ?? 0) + skipped
    if (channel === 0) expected.push(message.subarray(1 + skipped))
    else refused += message.subarray(1 + skipped).toString()
  }
  const delivered = tunnel.read() as Buffer | null
  assert.deepEqual(delivered ?? Buffer.alloc(0), Buffer.concat(expected))
  ws.emit('close', random.pick([1000, 1006, 1011]))
  ws.emit('message', frame(0, 1, 'too late'))
  assert.equal(ends.length, 1)
  assertWords(ends[0]?.message)
  if (refused !== '') assert.ok(closed > 0)
}

/** A stream in memory whose other end answers the first request. */
function answering(answer: (request: string) => Buffer): Duplex {
  let asked = ''
  let answered = false
  return new Duplex({
    read: () => undefined,
    write(chunk: Buffer, _encoding, done) {
      asked += chunk.toString('latin1')
      if (!answered && asked.includes('\r\n\r\n')) {
        answered = true
        this.push(answer(asked))
        this.push(null)
      }
      done()
    },
  })
}

const MAGIC = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'

function upgradeOf(request: string): string {
  const [, key = ''] = /sec-websocket-key: (\S+)/i.exec(request) ?? []
  const accept = createHash('sha1').update(key + MAGIC).digest('base64')
  return `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\nSec-WebSocket-Protocol: v4.channel.k8s.io\r\n\r\n`
}

function webSocketFrame(random: Random): Buffer {
  const payload = random.oneIn(4) ? random.bytes(random.int(200)) : frame(random.pick([0, 1]), random.oneIn(2) ? 50_053 : undefined, random.bytes(random.int(60)))
  const opcode = random.pick([2, 2, 2, 2, 1, 0, 8, 9, 10, random.int(16)])
  const length = payload.length < 126 ? [payload.length] : [126, payload.length >> 8, payload.length & 255]
  return Buffer.concat([Buffer.from([(random.oneIn(8) ? 0 : 0x80) | opcode, ...length]), payload])
}

/** Bytes of a WebSocket that the API server upgraded, or refused to: only LinkErrors, and the stream never fails with an error. */
async function feedWebSocket(random: Random): Promise<void> {
  const connection = answering(request => {
    const refusal = () => {
      const body = statusBody(random)
      return `HTTP/1.1 ${random.pick([400, 401, 403, 404, 502])} X\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
    }
    const head = Buffer.from(random.oneIn(4) ? refusal() : upgradeOf(request))
    const frames = Buffer.concat(Array.from({length: random.int(5)}, () => webSocketFrame(random)))
    return Buffer.concat([random.oneIn(6) ? mutateBytes(head, random) : head, random.oneIn(2) ? mutateBytes(frames, random) : frames])
  })
  const api = {access: {server: 'http://cluster'}, connect: async () => connection, headers: async () => ({})} as unknown as ApiServer
  try {
    const tunnel = await dialTunnel(api, address, connection as Socket, TIMES, new AbortController().signal)
    tunnel.on('error', error => assert.fail(error)).resume()
    const ended = new Promise<LinkFailure>(resolve => { tunnel.onEnd(resolve) })
    assertWords((await ended).message)
    tunnel.destroy()
  } catch (error) {
    if (!(error instanceof LinkError)) throw error
    if (error instanceof UpgradeError) assertWords(error.message)
  } finally {
    connection.destroy()
  }
}

const REASONS = ['TIMED_OUT', 'GATE_OPEN', 'TIMED_OUT_STILL_PAUSED', 'PAUSE_IN_PROGRESS', 'SOMETHING_NEW']
const field = (number: number, bytes: Buffer | string) => Buffer.concat([Buffer.from([number << 3 | 2, Buffer.byteLength(bytes)]), Buffer.from(bytes)])

/** `grpc-status-details-bin`: broken or not, a reason is the one that was written, and no failure is ever taken for OK. */
function feedDetails(random: Random): void {
  const written = random.pick(REASONS)
  const info = Buffer.concat([field(1, written), field(2, 'scalar')])
  const whole = Buffer.concat([Buffer.from([8, 9]), field(2, 'paused'), field(3, Buffer.concat([field(1, 'type.googleapis.com/google.rpc.ErrorInfo'), field(2, info)]))])
  const broken = random.oneIn(4) ? undefined : random.oneIn(8) ? random.bytes(random.int(90)) : mutateBytes(whole, random)
  const reason = reasonOf(broken ?? whole)
  if (broken === undefined) assert.equal(reason, written)
  const answer = pauseAnswer({ok: false, code: random.pick(['FAILED_PRECONDITION', 'UNAVAILABLE', 'INTERNAL', 'UNKNOWN']), message: 'x', reason, tunnelLost: false})
  assert.notEqual(answer.kind, 'ok')
  if (answer.kind === 'open' || answer.kind === 'foreign') assert.equal(answer.reason, reason)
}

/** The message of an answer: it is understood, or refused as grpc-js expects it. */
function feedAnswer(random: Random): void {
  const bytes = random.oneIn(3) ? random.bytes(random.int(20)) : mutateBytes(Buffer.from([8, random.int(2)]), random)
  try {
    assert.equal(typeof Reflect.get(answerOf('CheckPaused', bytes), 'paused'), 'boolean')
  } catch (error) {
    if (!(error instanceof Error) || error instanceof assert.AssertionError) throw error
  }
}

/** Headers of whoever answers for a database: a time, or a reason in words. */
function feedDate(random: Random): void {
  const headers = mutateValue({date: 'Mon, 23 Nov 2026 12:44:07 GMT', age: '0'}, random)
  const texts = Object.fromEntries(Object.entries(headers ?? {}).map(([name, value]) => [name, String(value)]))
  const dateMs = refusing(() => dateOf({statusCode: random.pick([200, 301, 403, 404, 502]), headers: texts}, random.oneIn(2)), Error)
  assert.ok(dateMs === undefined || Number.isFinite(dateMs))
}

/** The same as bytes of HTTP, over a connection that ends. */
async function feedHttp(random: Random): Promise<void> {
  const text = 'HTTP/1.1 403 Forbidden\r\nDate: Mon, 23 Nov 2026 12:44:07 GMT\r\nContent-Type: text/plain\r\nContent-Length: 0\r\n\r\n'
  const connection = answering(() => random.oneIn(4) ? Buffer.from(text) : mutateBytes(Buffer.from(text), random))
  const agent = new Agent()
  agent.createConnection = () => connection
  const giveUp = new AbortController()
  const asked = httpClock({url: new URL('http://database'), agent, verified: false}, clock, giveUp.signal).ask().then(({dateMs}) => dateMs, (error: unknown) => {
    assert.ok(error instanceof Error)
    return undefined
  })
  for (let turns = 0; turns < 10; turns++) await turn()
  giveUp.abort(new Error('no answer in time'))
  const dateMs = await asked
  assert.ok(dateMs === undefined || Number.isFinite(dateMs))
  connection.destroy()
  if (!connection.closed) await once(connection, 'close')
}

const STDERR = 'Handling connection for 40123\nE1123 12:44:07.123456   17 portforward.go:409] an error occurred forwarding 40123 -> 50053: error forwarding port 50053 to pod abc, uid : \\"x\\": connection refused\nerror: lost connection to pod\n'

const feedKubectl = (random: Random): void => { assertWords(complaintIn(random.oneIn(9) ? random.text(random.int(200)) : mutateText(STDERR, random))) }

export const NETWORK: readonly Target[] = [
  {name: 'status', share: 10, feed: feedStatus},
  {name: 'watch', share: 10, feed: feedWatch},
  {name: 'tunnel', share: 8, feed: feedTunnel},
  {name: 'websocket', share: 4, feed: feedWebSocket},
  {name: 'error details', share: 8, feed: feedDetails},
  {name: 'admin answer', share: 4, feed: feedAnswer},
  {name: 'date', share: 6, feed: feedDate},
  {name: 'http', share: 2, feed: feedHttp},
  {name: 'kubectl', share: 4, feed: feedKubectl},
]
