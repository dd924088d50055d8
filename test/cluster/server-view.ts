import {setTimeout as sleep} from 'node:timers/promises'
import {directAdmin, type DirectAdmin} from './direct-admin.ts'

/** One answer of a server to CheckPaused; it was true at some moment between the two stamps (ms since the epoch). */
export interface Look {
  readonly sentMs: number
  readonly answeredMs: number
  /** undefined: the server did not answer. */
  readonly paused?: boolean
}

const LOOK_EVERY_MS = 20
const LOOK_DEADLINE_MS = 1000

/** What a server says of itself on a connection that no part of the plugin has touched. */
export class ServerView {
  readonly looks: Look[] = []
  readonly #admin: DirectAdmin
  #watching = true
  readonly #watch: Promise<void>

  constructor(port: number) {
    this.#admin = directAdmin(port)
    this.#watch = this.#lookOn()
  }

  /** Asks once, now. */
  async look(): Promise<Look> {
    const sentMs = Date.now()
    const paused = await this.#admin.checkPaused(LOOK_DEADLINE_MS).catch(() => undefined)
    return {sentMs, answeredMs: Date.now(), paused}
  }

  /** Does every answer that fell wholly into these times say paused, with no silence longer than `maxGapMs`? A busy machine makes some. */
  pausedThroughout(fromMs: number, toMs: number, maxGapMs = 1000): boolean {
    const within = this.looks.filter(({sentMs, answeredMs}) => sentMs >= fromMs && answeredMs <= toMs)
    const moments = [fromMs, ...within.map(({answeredMs}) => answeredMs), toMs]
    return within.every(({paused}) => paused) && moments.every((moment, i) => moment - (moments[i - 1] ?? moment) <= maxGapMs)
  }

  async stop(): Promise<void> {
    this.#watching = false
    await this.#watch
    this.#admin.close()
  }

  async #lookOn(): Promise<void> {
    while (this.#watching) {
      this.looks.push(await this.look())
      await sleep(LOOK_EVERY_MS)
    }
  }
}
