import * as grpc from '@grpc/grpc-js'
import {loadSync} from '@grpc/proto-loader'
import {join} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'

/** One answer of a server to CheckPaused; it was true at some moment between the two stamps (ms since the epoch). */
export interface Look {
  readonly sentMs: number
  readonly answeredMs: number
  /** undefined: the server did not answer. */
  readonly paused?: boolean
}

const ADMIN = loadSync('admin.proto', {includeDirs: [join(import.meta.dirname, '../../proto')]})['rpc.Admin'] as grpc.ServiceDefinition
const AdminClient = grpc.makeGenericClientConstructor(ADMIN, 'Admin')
const LOOK_EVERY_MS = 20
const LOOK_DEADLINE_MS = 1000

/** What a server says of itself on a connection that no part of the plugin has touched. */
export class ServerView {
  readonly looks: Look[] = []
  readonly #client: grpc.Client
  #watching = true
  readonly #watch: Promise<void>

  constructor(port: number) {
    this.#client = new AdminClient(`127.0.0.1:${port}`, grpc.credentials.createInsecure(), {'grpc.max_reconnect_backoff_ms': 100})
    this.#watch = this.#lookOn()
  }

  /** Asks once, now. */
  async look(): Promise<Look> {
    const sentMs = Date.now()
    const paused = await this.#ask().catch(() => undefined)
    return {sentMs, answeredMs: Date.now(), paused}
  }

  /** Does every answer that fell wholly into these times say paused, with no silence longer than `maxGapMs`? */
  pausedThroughout(fromMs: number, toMs: number, maxGapMs = 250): boolean {
    const within = this.looks.filter(({sentMs, answeredMs}) => sentMs >= fromMs && answeredMs <= toMs)
    const moments = [fromMs, ...within.map(({answeredMs}) => answeredMs), toMs]
    return within.every(({paused}) => paused) && moments.every((moment, i) => moment - (moments[i - 1] ?? moment) <= maxGapMs)
  }

  /** The first moment from which, and the last up to which, the server said paused; undefined if it never did. */
  pausedSpan(): {readonly fromMs: number; readonly toMs: number} | undefined {
    const paused = this.looks.filter(look => look.paused)
    const [first, last] = [paused[0], paused.at(-1)]
    return first && last && {fromMs: first.answeredMs, toMs: last.sentMs}
  }

  async stop(): Promise<void> {
    this.#watching = false
    await this.#watch
    this.#client.close()
  }

  async #lookOn(): Promise<void> {
    while (this.#watching) {
      this.looks.push(await this.look())
      await sleep(LOOK_EVERY_MS)
    }
  }

  #ask(): Promise<boolean> {
    const check = ADMIN['CheckPaused'] as grpc.MethodDefinition<object, {paused: boolean}>
    return new Promise((resolve, reject) => {
      this.#client.makeUnaryRequest(
        check.path, check.requestSerialize, check.responseDeserialize, {}, {deadline: Date.now() + LOOK_DEADLINE_MS},
        (error, answer) => error ? reject(error) : resolve(answer?.paused ?? false),
      )
    })
  }
}
