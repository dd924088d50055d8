import type {Effect, Plan, Whose} from '../../src/protocol/types.ts'
import type {Instant} from '../../src/support/clock.ts'
import type {Process} from './process.ts'
import type {World} from './world.ts'

const BEAT_MS = 500
/** So many ticks of its own without a beat, and the parent is ended. */
const SILENT_TICKS = 20
const START_MS = 120
/** How long the parent waits for a watchdog that does not say that it is ready. */
const START_LIMIT_MS = 30_000
/** How long the parent waits for a watchdog that does not say that it is disarmed. */
const DISARM_LIMIT_MS = 2000

/**
 * The watchdog until it has to act: it hears its parent's beats and briefs, ends a parent that is silent or beyond the bound,
 * and then becomes a process with the same core, which begins where its parent was.
 */
export class Watchdog {
  state: 'watching' | 'acting' | 'disarmed' | 'killed' = 'watching'
  /** Told that it is not needed any more, it does nothing but go. */
  #dismissed = false
  #stoppedUntilMs = 0
  readonly #world: World
  readonly #parent: Process
  readonly #plan: Plan
  readonly #known: Array<Whose | undefined> = []
  #leaseAt: Instant | undefined
  #unpausing = false
  #pausedAtMs: number | undefined
  #ticks = 0
  #silent = 0
  #inbox: Array<() => void> = []
  /** The process that it has become. */
  process: Process | undefined
  /** When it could not answer, virtual ms. */
  readonly away: Array<{readonly fromMs: number; readonly toMs: number}> = []

  constructor(world: World, parent: Process) {
    this.#world = world
    this.#parent = parent
    this.#plan = parent.state.plan
  }

  arm(): void {
    let ready = false
    const answer = () => {
      if (ready) return
      ready = true
      this.#parent.tell({type: 'armed', alive: true})
    }
    this.#parent.after(START_LIMIT_MS, 'arm limit', () => {
      if (ready) return
      ready = true
      this.kill()
      this.#parent.tell({type: 'arm failed', reason: 'it did not start in time'})
    })
    this.#world.agenda.after(START_MS, 'watchdog ready', () => {
      this.#leaseAt = this.#parent.state.leaseAt
      this.#run(() => {
        this.#answer(answer)
        this.#beat()
        this.#tick()
      })
    })
  }

  /** Written before the Pauses of the same step go out, so it arrives whatever becomes of the parent. */
  brief({servers, unpausing}: Extract<Effect, {type: 'brief'}>): void {
    const leaseAt = this.#parent.state.leaseAt
    this.#run(() => {
      for (const {server, whose} of servers) this.#known[server] = whose
      this.#unpausing ||= unpausing
      this.#pausedAtMs ??= servers.length > 0 ? this.#ticks * BEAT_MS : undefined
      this.#leaseAt = leaseAt
    })
  }

  disarm(): void {
    this.#dismissed = true
    let answered = false
    const answer = () => {
      if (answered) return
      answered = true
      this.#parent.tell({type: 'disarmed'})
    }
    this.#run(() => {
      if (this.state === 'watching') this.state = 'disarmed'
      this.#answer(answer)
    })
    this.#parent.after(DISARM_LIMIT_MS, 'disarm limit', answer)
  }

  parentDied(): void {
    this.#run(() => this.#world.agenda.after(3, 'watchdog sees its parent dead', () => this.#run(() => this.#act('its parent is dead'))))
  }

  stop(ms: number): void {
    this.process?.stop(ms)
    this.away.push({fromMs: this.#world.agenda.nowMs, toMs: this.#world.agenda.nowMs + ms})
    this.#stoppedUntilMs = Math.max(this.#stoppedUntilMs, this.#world.agenda.nowMs + ms)
    this.thawAfter(ms)
  }

  thawAfter(ms: number): void {
    this.process?.thawAfter(ms)
    this.#world.agenda.after(ms, 'watchdog runs again', () => {
      if (this.frozen) return
      for (const act of this.#inbox.splice(0)) this.#run(act)
    })
  }

  kill(): void {
    if (this.state !== 'killed') this.away.push({fromMs: this.#world.agenda.nowMs, toMs: Infinity})
    this.state = 'killed'
    this.process?.kill()
  }

  get mayAct(): boolean {
    return this.state === 'acting' || (this.state === 'watching' && !this.#dismissed)
  }

  get frozen(): boolean {
    const {nowMs} = this.#world.agenda
    return nowMs < this.#stoppedUntilMs || nowMs < this.#parent.machine.asleepUntilMs
  }

  #run(act: () => void): void {
    if (this.state === 'killed' || this.state === 'disarmed') return
    if (this.frozen) this.#inbox.push(act)
    else act()
  }

  #answer(tell: () => void): void {
    this.#world.agenda.after(1, 'watchdog answers', tell)
  }

  #beat(): void {
    this.#parent.run(() => {
      if (this.state !== 'watching') return
      const leaseAt = this.#parent.state.leaseAt
      this.#run(() => {
        this.#silent = 0
        this.#leaseAt = leaseAt
        this.#answer(() => this.#parent.tell({type: 'watchdog alive'}))
      })
      this.#parent.after(BEAT_MS, 'beat', () => this.#beat())
    }, true)
  }

  /** Its own ticks are what it counts: asleep, it does not take its parent for silent. */
  #tick(): void {
    if (this.state !== 'watching') return
    this.#ticks += 1
    this.#silent += 1
    const beyond = this.#pausedAtMs !== undefined && !this.#unpausing && this.#ticks * BEAT_MS - this.#pausedAtMs > this.#world.core.boundMs(this.#plan)
    if (this.#silent >= SILENT_TICKS || beyond) return this.#act(beyond ? 'its parent went beyond the bound' : 'its parent was silent')
    this.#world.agenda.after(BEAT_MS, 'watchdog tick', () => this.#run(() => this.#tick()))
  }

  #act(why: string): void {
    if (this.state !== 'watching') return
    this.state = 'acting'
    this.#parent.kill()
    const {machine} = this.#parent
    this.process = this.#world.startProcess('watchdog', machine, this.#world.core.orphaned(this.#plan, this.#known, this.#leaseAt, why, machine.now()))
    this.process.lock.adopt(this.#parent.lock)
    for (const [server, whose] of this.#known.entries()) if (whose === 'theirs') this.process.toldTheirs.add(server)
    this.process.begin()
  }
}
