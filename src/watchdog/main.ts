import {preloadAdmin} from '../admin/client.ts'
import {systemWorld} from '../kube/config.ts'
import {writeRun} from '../runs/run-file.ts'
import {systemClock} from '../support/clock.ts'
import {endProcess, isRunning, ownId} from '../support/process-id.ts'
import {within} from '../support/within.ts'
import {reachOf, requireReach} from './mandate.ts'
import {decodeKnown, readLines, say} from './messages.ts'
import {rescue} from './rescue.ts'
import {BEAT_MS, briefed, dutyOf, heard, isNeeded, newWatch, ticked} from './watch.ts'
import type {Mandate, Reach} from './mandate.ts'
import type {FromWatchdog, ToWatchdog} from './messages.ts'
import type {Rescue} from './rescue.ts'
import type {Cause} from './watch.ts'
import type {ProcessId} from '../support/process-id.ts'
import type {Instant} from '../support/clock.ts'

/** A plugin that has started us says at once what for. */
const MANDATE_LIMIT_MS = 30_000
/** How long an ended parent may hang in the system; from then on it does nothing any more anyway. */
const END_LIMIT_MS = 5000
/** The end of a pipe may be seen a moment before the end of its process. */
const GOING_MS = 2000
/** A run file on a drive that hangs must not keep us from being ready. */
const NOTE_LIMIT_MS = 2000

/**
 * The watchdog's process: gets its mandate from stdin, shows that it is ready, and watches its parent until that disarms it or
 * has to be stood in for. Ends the process itself.
 */
export function watchdog(): void {
  process.title = 'kubectl-scalardl watchdog'
  stayAlive()
  const idle = setTimeout(leave, MANDATE_LIMIT_MS)
  let watching: Promise<Watching> | undefined
  let told = Promise.resolve()
  // One line after the other, the end after all of them.
  const then = (act: (watching: Watching) => void) => {
    told = told.then(async () => { act(await (watching ?? Promise.reject(new Error('no mandate')))) }).catch(leave)
  }
  readLines(process.stdin, text => {
    if (watching) return then(one => { one.hear(JSON.parse(text) as ToWatchdog) })
    clearTimeout(idle)
    watching = begin(text)
    watching.catch((error: unknown) => { answer({type: 'failed', reason: messageOf(error)}, leave) })
  }, () => then(one => { one.ended() }))
}

/** Nothing that ends a process ends this one, but its parent's word, the end of its work, and SIGKILL. */
function stayAlive(): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGPIPE', 'SIGBREAK'] as const) ignore(signal)
  process.on('uncaughtException', () => undefined)
  process.on('unhandledRejection', () => undefined)
  process.stdout.on('error', () => undefined)
}

function ignore(signal: NodeJS.Signals): void {
  try {
    process.on(signal, () => undefined)
  } catch {
    // This system does not know it.
  }
}

const leave = (): void => process.exit(0)

const answer = (message: FromWatchdog, said?: () => void) => { say(process.stdout, message, said) }

/** Loads and opens everything that a rescue takes, for files and connections may be gone by then. */
async function begin(text: string): Promise<Watching> {
  const mandate = JSON.parse(text) as Mandate
  const reach = reachOf(mandate, systemWorld())
  await Promise.all([preloadAdmin(), import('../kube/websocket-dial.ts'), requireReach(reach)])
  const id = await ownId()
  const armed = mandate.run && {...mandate, run: {...mandate.run, content: {...mandate.run.content, watchdog: id}}}
  // A full disk takes nothing but the story for the next command.
  if (armed) await within(NOTE_LIMIT_MS, writeRun(armed.run.path, armed.run.content).catch(() => undefined))
  return new Watching(armed ?? mandate, reach, id)
}

/** One parent, watched. */
class Watching {
  readonly #mandate: Mandate
  readonly #reach: Reach
  readonly #ticking: NodeJS.Timeout
  #watch = newWatch
  #tickedMs = systemClock().monoMs
  #leaseAt: Instant | undefined
  #pausedAt: Instant | undefined
  #rescue: Promise<Rescue> | undefined

  constructor(mandate: Mandate, reach: Reach, id: ProcessId) {
    this.#mandate = mandate
    this.#reach = reach
    this.#ticking = setInterval(() => { this.#tick() }, BEAT_MS)
    answer({type: 'ready', watchdog: id})
  }

  hear(message: ToWatchdog): void {
    if (this.#rescue) return
    this.#watch = heard(this.#watch)
    switch (message.type) {
      case 'beat': return this.#beat(message)
      case 'brief': return this.#brief(message)
      case 'disarm': return this.#disarm()
    }
  }

  /** All lines were read before. Nothing of the parent's left: a living one did without us, a dead one may hold leases. */
  ended(): void {
    if (isNeeded(this.#watch)) return this.#act('was killed')
    void this.#goes().then(gone => {
      if (gone) this.#act('was killed')
      else leave()
    }).catch(leave)
  }

  #beat({sentMs, leaseAgeMs}: Extract<ToWatchdog, {type: 'beat'}>): void {
    if (leaseAgeMs !== undefined) {
      const now = systemClock()
      this.#leaseAt = {monoMs: now.monoMs - leaseAgeMs, wallMs: now.wallMs - leaseAgeMs}
    }
    answer({type: 'alive', sentMs})
  }

  #brief({known, unpausing}: Extract<ToWatchdog, {type: 'brief'}>): void {
    this.#watch = briefed(this.#watch, decodeKnown(known), unpausing)
    if (this.#watch.pausedMs !== undefined) this.#pausedAt ??= systemClock()
  }

  #disarm(): void {
    clearInterval(this.#ticking)
    answer({type: 'disarmed'}, leave)
  }

  #tick(): void {
    const nowMs = systemClock().monoMs
    this.#watch = ticked(this.#watch, nowMs - this.#tickedMs)
    this.#tickedMs = nowMs
    const duty = dutyOf(this.#watch, this.#mandate.plan)
    if (duty.type === 'leave') leave()
    if (duty.type === 'act') this.#act(duty.cause)
  }

  async #goes(): Promise<boolean> {
    for (const untilMs = systemClock().monoMs + GOING_MS; systemClock().monoMs < untilMs;) {
      if (!await isRunning(this.#mandate.parent)) return true
      await new Promise(resolve => setTimeout(resolve, 50))
    }
    return false
  }

  /** The parent is ended first: two who pause and unpause the same servers would undo each other's work. */
  #act(cause: Cause): void {
    if (this.#rescue) return
    clearInterval(this.#ticking)
    const orphan = {watch: this.#watch, cause, leaseAt: this.#leaseAt, pausedAt: this.#pausedAt}
    this.#rescue = endProcess(this.#mandate.parent, END_LIMIT_MS).then(() => rescue(this.#mandate, this.#reach, orphan))
    void this.#rescue.then(({done}) => done).then(leave, leave)
  }
}

const messageOf = (error: unknown) => error instanceof Error ? error.message : String(error)
