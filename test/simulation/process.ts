import type {Effect, Event, Happening, ServerState, State} from '../../src/protocol/types.ts'
import type {Operator} from './gate.ts'
import {Lock} from './lock.ts'
import type {Machine} from './machine.ts'
import {Network} from './network.ts'
import type {Watchdog} from './watchdog.ts'
import type {World} from './world.ts'

const MEASURE_MS = 2400

/** States of one shape are copied several times as fast as those that gain fields on their way. */
const SHAPE: Partial<State> = {
  watchdogMs: undefined, briefedUnpausing: undefined, heardMs: undefined, lookMs: undefined, pauseSent: undefined, pausedAt: undefined,
  restorePointMs: undefined, sweptMs: undefined, sweepCall: undefined, confirmSent: undefined, leaseAt: undefined, lockRead: undefined,
  confirmedAt: undefined, unpauseSent: undefined, unpausedAt: undefined, offsetsAfter: undefined, recorded: undefined, command: undefined,
  commandFailure: undefined, holdEnded: undefined,
}
const SERVER_SHAPE: Partial<ServerState> = {
  call: undefined, pausedAt: undefined, unpausedAt: undefined, message: undefined, looks: undefined, looksFromMs: undefined, briefed: undefined,
}

/** A process of ours: the core, driven as src/backup/run.ts does it, with its edge, on a machine that may sleep. */
export class Process {
  status: 'running' | 'ended' | 'killed' = 'running'
  state: State
  readonly name: 'tool' | 'watchdog' | 'rival'
  readonly operator: Operator
  readonly machine: Machine
  readonly network: Network
  readonly lock: Lock
  watchdog: Watchdog | undefined
  /** When it heard the answers to its questions by call, and to its Pauses by server where they tell what became of them, virtual ms. */
  readonly heardMs = new Map<number, number>()
  readonly pauseHeard = new Map<number, {readonly atMs: number; readonly ok: boolean}>()
  /** Servers that answered its Pause without a reason, and when its Pauses were done. */
  readonly bareAnswers = new Set<number>()
  readonly pauseArrivedMs = new Map<number, number>()
  readonly beganMs: number
  /** When it was killed, and when its way back and its first Pause began, virtual ms. */
  killedMs: number | undefined
  pauseSentMs: number | undefined
  readonly pausesSentMs = new Map<number, number>()
  /** The first of its calls that was an Unpause. */
  firstUnpause: number | undefined
  unpauseSentMs: number | undefined
  readonly askedMs: Array<readonly [server: number, atMs: number]> = []
  /** The calls whose answers it heard before its way back began. */
  readonly heardInTime = new Set<number>()
  /** What it sent of Pauses, when its confirmation began and held, and when it was told to stop. */
  readonly pauses: Array<{readonly server: number; readonly atMs: number; readonly maxPauseWaitMs: number}> = []
  confirmSentMs: number | undefined
  heldMs: number | undefined
  interruptedMs: number | undefined
  /** Servers of which it was told before its way back began, by themselves or by its parent, that another may hold them. */
  readonly toldTheirs = new Set<number>()
  /** Its watchdog was dismissed; and its leases were released while that might still act. */
  dismissedMs: number | undefined
  releasedArmed = false
  /** How long it stood still, all in all. */
  stoodMs = 0
  /** When it took leases over from a holder that seemed dead. */
  inheritedMs: number | undefined
  /** Stopped until then, virtual ms. */
  #stoppedUntilMs = 0
  readonly #world: World
  readonly #timers = new Map<string, number>()
  readonly #queue: Happening[] = []
  #handling = false
  #inbox: Array<{readonly timer: boolean; readonly act: () => void}> = []

  constructor(world: World, name: Process['name'], machine: Machine, state: State) {
    this.#world = world
    this.name = name
    this.operator = name === 'rival' ? 'rival' : 'us'
    this.machine = machine
    this.state = {...SHAPE, ...state, servers: state.servers.map(server => ({...SERVER_SHAPE, ...server}))}
    this.beganMs = world.agenda.nowMs
    this.network = new Network(world, this)
    this.lock = new Lock(world, this, world.core.boundMs(state.plan) + 5000)
  }

  /** The name under which its leases are held: a watchdog's is its parent's. */
  get holder(): string {
    return this.operator
  }

  begin(): void {
    this.tell({type: 'start'})
  }

  /** One event after the other: what is told while one is handled waits for it. */
  tell(happening: Happening): void {
    this.run(() => {
      this.#queue.push(happening)
      if (this.#handling) return
      this.#handling = true
      for (let next = this.#queue.shift(); next && this.status === 'running'; next = this.#queue.shift()) this.#handle(next)
      this.#handling = false
    })
  }

  /** Runs now, or as soon as the process does again: then what its timers have to say goes first. */
  run(act: () => void, timer = false): void {
    if (this.status !== 'running') return
    if (this.frozen) this.#inbox.push({timer, act})
    else act()
  }

  after(ms: number, label: string, act: () => void): void {
    this.#world.agenda.after(ms, `${this.name} ${label}`, () => this.run(act, true))
  }

  get frozen(): boolean {
    const {nowMs} = this.#world.agenda
    return nowMs < this.#stoppedUntilMs || nowMs < this.machine.asleepUntilMs
  }

  stop(ms: number): void {
    this.#stoppedUntilMs = Math.max(this.#stoppedUntilMs, this.#world.agenda.nowMs + ms)
    this.thawAfter(ms)
  }

  thawAfter(ms: number): void {
    this.stoodMs += ms
    this.#world.agenda.after(ms, `${this.name} runs again`, () => {
      if (this.status !== 'running' || this.frozen) return
      const inbox = this.#inbox
      this.#inbox = []
      for (const {act} of [...inbox.filter(({timer}) => timer), ...inbox.filter(({timer}) => !timer)]) this.run(act)
    })
  }

  kill(): void {
    if (this.status !== 'running') return
    this.status = 'killed'
    this.killedMs = this.#world.agenda.nowMs
    this.network.abandon()
    this.watchdog?.parentDied()
  }

  #handle(happening: Happening): void {
    const event: Event = {...happening, at: this.machine.now()}
    this.#note(happening)
    const {state, effects} = this.#world.core.step(this.state, event)
    this.state = state
    this.#world.trace?.step(this, event, effects)
    if (state.confirmedAt !== undefined) this.heldMs ??= this.#world.agenda.nowMs
    if (state.phase === 'ended') this.#end()
    for (const effect of effects) {
      this.#perform(effect)
      this.#world.performed()
      if (this.status === 'killed') return
    }
  }

  #note(happening: Happening): void {
    const {nowMs} = this.#world.agenda
    if (happening.type === 'checked' && happening.answer.kind !== 'failed') {
      this.heardMs.set(happening.call, nowMs)
      if (this.unpauseSentMs === undefined) this.heardInTime.add(happening.call)
    }
    if (happening.type === 'paused' && happening.answer.kind !== 'unclear') this.pauseHeard.set(happening.server, {atMs: nowMs, ok: happening.answer.kind === 'ok'})
    if (happening.type === 'paused' && (happening.answer.kind === 'foreign' || happening.answer.kind === 'open') && this.unpauseSentMs === undefined) this.toldTheirs.add(happening.server)
    if (happening.type === 'paused' && happening.answer.kind === 'failed') this.bareAnswers.add(happening.server)
    if (happening.type === 'interrupt' && this.pauses.length > 0 && this.unpauseSentMs === undefined) this.interruptedMs ??= nowMs
    if (happening.type === 'locked' && happening.inherited && happening.inherited.length > 0) this.inheritedMs = nowMs
  }

  #end(): void {
    this.status = 'ended'
    this.network.abandon()
  }

  #perform(effect: Effect): void {
    const {api, agenda} = this.#world
    switch (effect.type) {
      case 'check':
      case 'pause':
      case 'unpause':
        if (effect.type === 'check') this.askedMs.push([effect.server, agenda.nowMs])
        if (effect.type === 'pause') {
          this.pauseSentMs ??= agenda.nowMs
          this.pausesSentMs.set(effect.server, agenda.nowMs)
          this.pauses.push({server: effect.server, atMs: agenda.nowMs, maxPauseWaitMs: effect.maxPauseWaitMs})
        }
        if (effect.type === 'unpause') {
          this.unpauseSentMs ??= agenda.nowMs
          this.firstUnpause ??= effect.call
        }
        return this.network.send(effect)
      case 'timer': return this.#timer(effect.name, effect.ms, {type: 'timer', name: effect.name})
      case 'server timer': return this.#timer(`${effect.timer} ${effect.server}`, effect.ms, {type: 'server timer', server: effect.server, timer: effect.timer})
      case 'lock': return this.#world.scenario.lock ? this.lock.take() : agenda.after(1, 'no lease', () => this.tell({type: 'locked', lease: false}))
      case 'read lock': return this.#world.scenario.lock ? this.lock.read() : agenda.after(1, 'no lease', () => this.tell({type: 'lock read', answer: 'unchanged'}))
      case 'unlock':
        this.releasedArmed ||= this.watchdog?.mayAct === true
        return this.lock.release(() => this.tell({type: 'unlocked'}))
      case 'arm': return this.#arm()
      case 'brief': return this.watchdog?.brief(effect)
      case 'disarm':
        this.dismissedMs ??= agenda.nowMs
        return this.watchdog ? this.watchdog.disarm() : agenda.after(1, 'no watchdog', () => this.tell({type: 'disarmed'}))
      case 'list': return this.#list(effect.purpose, effect.target)
      case 'locate': return api.request('locate', () => {
        const located = this.#locate(effect.server)
        return () => this.tell({type: 'located', server: effect.server, answer: located})
      }, () => this.tell({type: 'located', server: effect.server, answer: 'unknown'}))
      case 'run command': return this.#runCommand()
      case 'stop command': return
      case 'measure': return agenda.after(MEASURE_MS, 'clocks measured', () => this.tell({type: 'measured', offsets: this.#world.measureAgain(this.machine)}))
      case 'record': return agenda.after(15, 'recorded', () => this.tell({type: 'recorded'}))
    }
  }

  #timer(name: string, ms: number, happening: Happening): void {
    const turn = (this.#timers.get(name) ?? 0) + 1
    this.#timers.set(name, turn)
    this.after(ms, `timer ${happening.type === 'timer' ? happening.name : name}`, () => { if (this.#timers.get(name) === turn) this.tell(happening) })
  }

  #arm(): void {
    if (this.name !== 'tool' || !this.#world.scenario.watchdog) return this.#world.agenda.after(1, 'no watchdog', () => this.tell({type: 'armed', alive: false}))
    this.watchdog = this.#world.startWatchdog(this)
    this.watchdog.arm()
  }

  #list(purpose: 'look' | 'confirm', target: number): void {
    const {api, agenda} = this.#world
    if (purpose === 'confirm') this.confirmSentMs ??= agenda.nowMs
    api.request('list', () => {
      const pods = api.podsOf(target)
      if (purpose === 'look') api.watch(target, changed => this.tell({type: 'pods changed', target, pods: changed}))
      return () => this.tell({type: 'listed', purpose, target, pods})
    }, why => {
      if (why === 'another cluster') this.tell({type: 'listed', purpose, target, pods: []})
      else this.tell({type: 'list failed', purpose, target, message: `the API server answered ${why}`})
    })
  }

  #locate(server: number): 'there' | 'gone' {
    const {uid} = this.#world.server(server)
    return this.#world.api.pods.some(pod => pod.uid === uid && !pod.ended) ? 'there' : 'gone'
  }

  #runCommand(): void {
    const {command} = this.#world.scenario
    if (!command) return
    const {takesMs, timeoutMs, fails} = command
    if (takesMs !== null && takesMs <= timeoutMs) this.after(takesMs, 'command ends', () => this.tell({type: 'command ended', failure: fails ? 'ended with exit code 1' : undefined}))
    else this.after(timeoutMs, 'command is ended', () => this.tell({type: 'command ended', failure: 'did not end in time'}))
  }
}
