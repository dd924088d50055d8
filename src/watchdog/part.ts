import {spawn} from 'node:child_process'
import {fileURLToPath} from 'node:url'
import {systemClock} from '../support/clock.ts'
import {encodeKnown, readLines, say} from './messages.ts'
import {BEAT_MS} from './watch.ts'
import type {ChildProcessByStdio} from 'node:child_process'
import type {Readable, Writable} from 'node:stream'
import type {Beside} from '../backup/edge.ts'
import type {Effect, Happening, Whose} from '../protocol/types.ts'
import type {Clock, Instant} from '../support/clock.ts'
import type {Mandate} from './mandate.ts'
import type {FromWatchdog} from './messages.ts'

export interface WatchdogOptions {
  /** Made when the watchdog is armed: with the credentials and leases of that moment. */
  readonly mandate: () => Promise<Mandate>
  /** When the leases were last known to be ours; undefined = there are none. */
  readonly leaseAt?: () => Instant | undefined
  readonly clock?: Clock
  /** How its process is started. */
  readonly start?: () => Child
}

type Child = ChildProcessByStdio<Writable, Readable, null>
type Tell = (happening: Happening) => void

/** How long a watchdog may take until it is ready, and until it has heard that it may go. */
const READY_LIMIT_MS = 30_000
const DISARM_LIMIT_MS = 2000
/** An answer that took longer says nothing of now: it may have lain in the pipe while this process stood still. */
const STALE_MS = 2000
/** What a watchdog says is short. */
const MAX_ANSWER_BYTES = 65_536

/** In a bundle every entry lies beside the code that it is started from. */
const ENTRY = import.meta.url.endsWith('.ts') ? '../../bin/watchdog.ts' : './watchdog.js'

/**
 * A process of its own session, so that what ends a terminal does not end it, with nothing but two pipes to us. It gets our
 * environment and no arguments.
 */
const startProcess = (): Child =>
  spawn(process.execPath, [fileURLToPath(new URL(ENTRY, import.meta.url))], {detached: true, windowsHide: true, stdio: ['pipe', 'pipe', 'ignore']})

/** The part of an edge that has a watchdog. */
export function watchdogPart(options: WatchdogOptions): Beside['watchdog'] {
  const watchdog = new Watchdog(options)
  return {
    handle(effect, tell) {
      switch (effect.type) {
        case 'arm': { watchdog.arm(tell); return; }
        case 'brief': { watchdog.brief(effect); return; }
        case 'disarm': watchdog.disarm(tell)
      }
    },
    close: () => { watchdog.close() },
  }
}

class Watchdog {
  readonly #mandate: WatchdogOptions['mandate']
  readonly #leaseAt: () => Instant | undefined
  readonly #clock: Clock
  readonly #start: () => Child
  readonly #known: Array<Whose | undefined> = []
  #child: Child | undefined
  #beating: NodeJS.Timeout | undefined
  #armed: ((happening: Happening) => void) | undefined
  #disarmed: (() => void) | undefined

  constructor({mandate, leaseAt = () => undefined, clock = systemClock, start = startProcess}: WatchdogOptions) {
    this.#mandate = mandate
    this.#leaseAt = leaseAt
    this.#clock = clock
    this.#start = start
  }

  /** Answered once; from then on every sign of life is told. */
  arm(tell: Tell): void {
    const limit = setTimeout(() => { this.#failed(`it was not ready within ${READY_LIMIT_MS / 1000} s`) }, READY_LIMIT_MS)
    this.#armed = happening => {
      clearTimeout(limit)
      this.#armed = undefined
      tell(happening)
    }
    try {
      const child = this.#start()
      this.#child = child
      child.stdin.on('error', () => undefined)
      child.on('error', error => { this.#failed(error.message) })
      child.on('close', (code, signal) => { this.#failed(signal ? `it was ended by ${signal}` : `it ended with exit code ${code}`) })
      readLines(child.stdout, text => { this.#hear(JSON.parse(text) as FromWatchdog, tell) }, () => undefined, MAX_ANSWER_BYTES)
      this.#mandate().then(made => void child.stdin.write(`${JSON.stringify(made)}\n`), (error: unknown) => { this.#failed(messageOf(error)) })
    } catch (error) {
      this.#failed(messageOf(error))
    }
  }

  /** Written before this returns, and so before the Pauses of the same step. */
  brief({servers, unpausing}: Extract<Effect, {type: 'brief'}>): void {
    for (const {server, whose} of servers) this.#known[server] = whose
    if (this.#child) say(this.#child.stdin, {type: 'brief', known: encodeKnown(Array.from(this.#known)), unpausing})
  }

  disarm(tell: Tell): void {
    const limit = setTimeout(() => { this.#gone() }, DISARM_LIMIT_MS)
    this.#disarmed = () => {
      clearTimeout(limit)
      tell({type: 'disarmed'})
    }
    if (this.#child) say(this.#child.stdin, {type: 'disarm'})
    else this.#gone()
  }

  /** At the end of its pipe it sees by itself whether it is needed. */
  close(): void {
    clearInterval(this.#beating)
    this.#child?.stdin.end()
  }

  #hear(message: FromWatchdog, tell: Tell): void {
    switch (message.type) {
      case 'ready': {
        this.#beating = setInterval(() => { this.#beat() }, BEAT_MS)
        this.#beat()
        this.#armed?.({type: 'armed', alive: true})
        return
      }
      case 'failed': { this.#failed(message.reason); return; }
      case 'alive': {
        if (this.#clock().monoMs - message.sentMs <= STALE_MS) tell({type: 'watchdog alive'})
        return
      }
      case 'disarmed': this.#gone()
    }
  }

  #beat(): void {
    // Behind what is not read yet, another one says nothing more.
    if (!this.#child || this.#child.stdin.writableLength > 0) return
    const at = this.#leaseAt()
    const now = this.#clock()
    const leaseAgeMs = at && Math.max(now.monoMs - at.monoMs, now.wallMs - at.wallMs)
    say(this.#child.stdin, {type: 'beat', sentMs: now.monoMs, ...leaseAgeMs !== undefined && {leaseAgeMs}})
  }

  #failed(reason: string): void {
    this.#gone()
    this.#armed?.({type: 'arm failed', reason: `${reason}; with --no-watchdog it goes on without one`})
  }

  /** Whatever became of it: it does nothing any more. */
  #gone(): void {
    clearInterval(this.#beating)
    this.#child?.kill('SIGKILL')
    this.#child = undefined
    this.#disarmed?.()
    this.#disarmed = undefined
  }
}

const messageOf = (error: unknown) => error instanceof Error ? error.message : String(error)
