import {Duplex} from 'node:stream'
import type {RawData, WebSocket} from 'ws'
import type {Link, LinkFailure} from '../admin/link.ts'
import type {Clock} from '../support/clock.ts'
import {words} from '../support/printable.ts'

export interface PodTunnelOptions {
  /** The pod's port, for messages. */
  readonly port: number
  /** A tunnel without any sign of life between two pings is lost. */
  readonly pingMs: number
  /** How long the pod may stay silent after the tunnel was opened. */
  readonly answerTimeoutMs: number
  readonly clock: Clock
}

/** Channels of the sub-protocol v4.channel.k8s.io. */
const DATA = 0
const ERROR = 1

const HEADER_BYTES = 2
const MAX_ERROR_CHARS = 4096
const DATA_PREFIX = Buffer.from([DATA])

/**
 * One WebSocket of the Kubernetes API's port-forward as a byte stream to one port of one pod. Every message is
 * `[channel][payload]`; the first two bytes of each channel repeat the port. It never fails with an error, because
 * grpc-js and node:http2 turn that into misleading statuses: it ends, and `onEnd` says why.
 */
export class PodTunnel extends Duplex implements Link {
  readonly stream: Duplex = this
  readonly #ws: WebSocket
  readonly #options: PodTunnelOptions
  readonly #pinger: NodeJS.Timeout
  readonly #silence: NodeJS.Timeout
  readonly #headerSeen = [0, 0]
  #podError = ''
  #podSpoke = false
  #heardMs: number | undefined
  #pongAwaited = false
  #end: LinkFailure | undefined
  #listener: ((failure: LinkFailure) => void) | undefined

  /** @param ws just opened: made in its `open` event, so that no message is missed */
  constructor(ws: WebSocket, options: PodTunnelOptions) {
    super({allowHalfOpen: false, emitClose: true})
    this.#ws = ws
    this.#options = options
    ws.on('message', data => { this.#receive(data) })
    ws.on('pong', () => { this.#heard() })
    ws.on('error', error => { this.lost(error) })
    ws.on('close', code => { this.#finish(code === 1000 ? 'the port-forward was closed from the pod\'s side' : `port-forward closed (${code})`) })
    this.on('end', () => setImmediate(() => this.destroy()))
    this.#pinger = setInterval(() => { this.#ping() }, options.pingMs).unref()
    this.#silence = setTimeout(() => { this.#finish(`port ${options.port} accepts connections but does not answer`) }, options.answerTimeoutMs).unref()
  }

  /** The connection below broke; its own words say more than the close that follows. */
  lost(error: Error): void {
    this.#finish(`tunnel lost: ${error.message}`)
  }

  lastHeardMs(): number | undefined {
    return this.#heardMs
  }

  podSpoke(): boolean {
    return this.#podSpoke
  }

  onEnd(listener: (failure: LinkFailure) => void): void {
    this.#listener = listener
    if (this.#end) listener(this.#end)
  }

  override _read(): void {
    this.#ws.resume()
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#send([chunk], done)
  }

  override _writev(chunks: Array<{chunk: Buffer}>, done: () => void): void {
    this.#send(chunks.map(({chunk}) => chunk), done)
  }

  override _final(done: () => void): void {
    this.#ws.close(1000)
    done()
  }

  override _destroy(error: Error | null, done: () => void): void {
    this.#finish(error?.message ?? '')
    this.#ws.terminate()
    done()
  }

  /** One unfragmented message per call: the runtime takes a continuation frame for a message of its own. */
  #send(chunks: readonly Buffer[], done: () => void): void {
    // What cannot be sent is no error here: the close event that follows knows the true reason.
    if (this.#ws.readyState === this.#ws.OPEN) this.#ws.send(Buffer.concat([DATA_PREFIX, ...chunks]), {binary: true}, () => { done() })
    else done()
  }

  #receive(data: RawData): void {
    this.#heard()
    const message = data as Buffer
    const channel = message[0]
    if (channel !== DATA && channel !== ERROR) return
    const payload = message.subarray(1 + this.#skipHeader(channel, message.length - 1))
    if (payload.length === 0 || this.#end) return
    if (channel === ERROR) this.#refused(payload)
    else this.#deliver(payload)
  }

  /** How many of the `available` bytes still belong to the channel's port header, which may span messages. */
  #skipHeader(channel: number, available: number): number {
    const seen = this.#headerSeen[channel] ?? 0
    const skipped = Math.min(HEADER_BYTES - seen, available)
    this.#headerSeen[channel] = seen + skipped
    return skipped
  }

  #deliver(payload: Buffer): void {
    this.#podSpoke = true
    clearTimeout(this.#silence)
    if (!this.push(payload)) this.#ws.pause()
  }

  /** The kubelet's or the runtime's words; it closes right behind them, and we in case that it does not. */
  #refused(payload: Buffer): void {
    this.#podError = (this.#podError + payload.toString()).slice(0, MAX_ERROR_CHARS)
    this.#ws.close(1000)
  }

  #heard(): void {
    this.#pongAwaited = false
    this.#heardMs = this.#options.clock().monoMs
  }

  #ping(): void {
    // While our reader is behind, pongs stay unread as well: silence then proves nothing.
    if (this.#ws.isPaused) this.#pongAwaited = false
    else if (this.#pongAwaited) this.#lateChance()
    else {
      this.#pongAwaited = true
      this.#ws.ping(undefined, undefined, () => undefined)
    }
  }

  /** After a freeze of this process the pong may lie unread in the socket: read once more before judging. */
  #lateChance(): void {
    setImmediate(() => {
      if (this.#pongAwaited) this.#finish(`no pong within ${this.#options.pingMs} ms`)
    })
  }

  /** The first reason stays; what the pod said before is still delivered, then the stream ends. */
  #finish(message: string): void {
    if (this.#end) return
    this.#end = this.#podError === '' ? {message, final: false} : {message: words(this.#podError.trim()), final: !this.#podSpoke}
    clearInterval(this.#pinger)
    clearTimeout(this.#silence)
    this.#ws.terminate()
    this.#listener?.(this.#end)
    this.push(null)
  }
}
