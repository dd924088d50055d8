/**
 * A small world in virtual time that answers the core's effects: servers with gates, pods, a lease, a watchdog, a network with
 * latency, and a script of what goes wrong. It knows the truth that the core under test cannot see. Deterministic: no chance.
 */
import {initial, step} from '../../src/protocol/machine.ts'
import {offsetsOf, outcomeOf} from '../../src/protocol/verdict.ts'
import {VirtualGate} from './virtual-gate.ts'
import type {CheckAnswer, PauseAnswer} from '../../src/admin/types.ts'
import type {Outcome} from '../../src/protocol/verdict.ts'
import type {ClockOffset, Effect, Event, Happening, Interrupt, Phase, Plan, PlannedServer, PodSnapshot, State} from '../../src/protocol/types.ts'
import type {GateOptions, Operator} from './virtual-gate.ts'

/** True wall time of virtual time 0; our clock begins equal to it. */
export const WORLD_BEGAN_MS = Date.UTC(2026, 10, 23, 12, 44, 0)

export interface VirtualServer extends GateOptions {
  /** Default `ledger`. */
  readonly wave?: PlannedServer['wave']
  readonly target?: number
  readonly unverified?: string
  /** One way, default 10 ms; a fresh tunnel costs two ways more. */
  readonly latencyMs?: number
  /** Paused by another operator before the backup begins. */
  readonly pausedByAnother?: boolean
}

/** Something that happens to the world, or to us. */
export type Act =
  | {readonly type: 'interrupt'; readonly signal: Interrupt; readonly detail?: string}
  /** A new process in the same pod; Kubernetes tells `lateMs` later (default 0). */
  | {readonly type: 'restart'; readonly server: number; readonly lateMs?: number}
  /** The pod is deleted and gone at once. */
  | {readonly type: 'delete'; readonly server: number}
  /** The pod is being deleted, and serves on. */
  | {readonly type: 'terminate'; readonly server: number}
  | {readonly type: 'join'; readonly target: number; readonly scheduled?: boolean; readonly unwatched?: boolean}
  | {readonly type: 'foreign pause' | 'foreign unpause'; readonly server: number}
  /** No call reaches the server until it speaks again; `tunnel` = only the open one is dead, silently. */
  | {readonly type: 'silence'; readonly server: number; readonly tunnel?: boolean}
  | {readonly type: 'speak'; readonly server: number}
  /** Calls under way fail now; a Pause that had not reached its server reaches it `lateMs` later. */
  | {readonly type: 'lose tunnel'; readonly server: number; readonly lateMs?: number}
  /** Our wall clock is set. */
  | {readonly type: 'clock'; readonly byMs: number}
  /** The clocks of all databases are set. */
  | {readonly type: 'database clock'; readonly byMs: number}
  /** Our process stands still; `asleep`: the monotonic clock does too. */
  | {readonly type: 'freeze'; readonly ms: number; readonly asleep?: boolean}
  | {readonly type: 'lease taken'}
  | {readonly type: 'watchdog silent'}

/** When: at a virtual time, right after the core's nth event (from 0), or some time after a phase was first entered. */
export type When = {readonly atMs: number} | {readonly event: number} | {readonly phase: Phase; readonly afterMs?: number}

/**
 * What becomes of an effect: it never arrives, its answer is lost, it fails at once, fails and arrives late, arrives late while
 * its caller waits, or is answered so without having been executed.
 */
export type Fate =
  | 'lost' | 'answer lost' | 'failed' | {readonly lateMs: number} | {readonly delayMs: number}
  | {readonly answer: PauseAnswer} | {readonly check: CheckAnswer; readonly afterMs?: number}

export interface World {
  readonly servers: readonly VirtualServer[]
  /** What differs from the default plan: hold 10 s, drain 30 s, guard 1 s. */
  readonly plan?: Partial<Plan>
  readonly script?: ReadonlyArray<readonly [When, Act]>
  /** The fate of the nth effect of the run (from 0). */
  readonly fate?: (effect: Effect, nth: number) => Fate | undefined
  readonly lockRefused?: string
  /** The lease was a dead holder's. */
  readonly inherited?: boolean
  readonly armFails?: string
  readonly noWatchdog?: boolean
  /** How long the command of the plan takes, and what becomes of it; without, it never ends. */
  readonly command?: {readonly takesMs: number; readonly failure?: string}
  /** What measuring the clocks again brings; default: where they are. `never`: no answer. */
  readonly measured?: readonly ClockOffset[] | 'never'
  /** Part of a second at which virtual time begins, ms. */
  readonly fractionMs?: number
  /** Where the world stops, default 20 virtual minutes. */
  readonly limitMs?: number
}

export interface TraceLine {
  readonly atMs: number
  readonly phase: Phase
  readonly event: Event
  readonly effects: readonly Effect[]
}

/** The servers' own view, by index as in the plan, then those that joined. */
export interface Truth {
  readonly gates: readonly VirtualGate[]
  /** Servers still closed at the end, with who closed them. */
  readonly paused: ReadonlyArray<{readonly server: number; readonly owner: Operator}>
  /** Servers whose pause by another was ended by us. */
  readonly revoked: readonly number[]
  /** Over all of second T, on every clock that the plan's offsets allow, every server was closed and drained. */
  readonly quietAt: (restorePointMs: number) => boolean
}

export interface Run {
  readonly state: State
  readonly outcome: Outcome
  readonly trace: readonly TraceLine[]
  readonly truth: Truth
}

const PLAN: Plan = {
  servers: [], pods: [], targets: 1, holdMs: 10_000, drainMs: 30_000, guardMs: 1000, offsets: [], dryRun: false, allowUnverified: false,
}
const HEARTBEAT_MS = 500
const API_LATENCY_MS = 15
const LATENCY_MS = 10
const MEASURE_MS = 2400

export const podOf = (index: number, target = 0): PodSnapshot =>
  ({target, name: `ledger/pod-${index}`, uid: `uid-${index}`, scheduled: true, ended: false, terminating: false, containerID: `c-${index}`, restartCount: 0})

/** The plan that step 1 would have made of these servers. */
export function planOf({servers, plan}: Pick<World, 'servers' | 'plan'>): Plan {
  return {
    ...PLAN,
    servers: servers.map(({wave = 'ledger', target = 0, unverified}, i) => ({name: podOf(i).name, wave, target, unverified})),
    pods: servers.map(({target}, i) => podOf(i, target)),
    ...plan,
  }
}

/** Runs a backup from its start until it has ended, or the world has stopped. */
export function runWorld(world: World): Run {
  const simulation = new Simulation(world)
  simulation.run()
  return {state: simulation.state, outcome: outcomeOf(simulation.state), trace: simulation.trace, truth: simulation.truth()}
}

interface Call {
  readonly server: number
  /** Fails the call now. */
  readonly lose: (lateMs: number | undefined) => void
}

class Simulation {
  state: State
  readonly trace: TraceLine[] = []
  readonly #world: World
  readonly #plan: Plan
  readonly #gates: VirtualGate[]
  readonly #agenda: Array<{atMs: number; act: () => void}> = []
  readonly #timers = new Map<string, number>()
  readonly #phases = new Set<Phase>()
  readonly #silent = new Map<number, 'server' | 'tunnel'>()
  #calls: Call[] = []
  #pods: PodSnapshot[]
  #told: PodSnapshot[]
  readonly #watched = new Set<number>()
  #nowMs: number
  #sleptMs = 0
  #frozenUntilMs = 0
  #clockMs = 0
  #databasesMs = 0
  #effects = 0
  #leaseTaken = false
  #heart = false

  constructor(world: World) {
    this.#world = world
    this.#plan = planOf(world)
    this.#nowMs = world.fractionMs ?? 0
    this.#gates = world.servers.map(options => this.#gate(options))
    world.servers.forEach((server, i) => server.pausedByAnother && this.#gates[i]?.pause('another', Infinity, () => {}))
    this.#pods = [...this.#plan.pods]
    this.#told = [...this.#plan.pods]
    this.state = initial(this.#plan, this.#instant())
  }

  run(): void {
    const {limitMs = 20 * 60_000} = this.#world
    for (const [when, act] of this.#world.script ?? []) if ('atMs' in when) this.#at(when.atMs, () => this.#act(act))
    this.#tell({type: 'start'})
    for (;;) {
      const next = this.#agenda.shift()
      if (!next || next.atMs > limitMs || this.state.phase === 'ended') return
      this.#nowMs = next.atMs
      next.act()
    }
  }

  truth(): Truth {
    const gates = this.#gates
    return {
      gates,
      paused: gates.flatMap(({owner}, server) => owner ? [{server, owner}] : []),
      revoked: gates.flatMap(({steps}, server) => steps.some(s => s.step === 'open' && s.by === 'us' && s.owner === 'another') ? [server] : []),
      quietAt: restorePointMs => this.#quietAt(restorePointMs),
    }
  }

  #quietAt(restorePointMs: number): boolean {
    const offsets = offsetsOf(this.state)
    const lo = offsets.length > 0 ? Math.min(...offsets.map(o => o.loMs)) : 0
    const hi = offsets.length > 0 ? Math.max(...offsets.map(o => o.hiMs)) : 0
    const fromMs = restorePointMs - WORLD_BEGAN_MS
    return this.#gates.every(gate => gate.quiet(fromMs - hi, fromMs + 1000 - lo))
  }

  #gate(options: GateOptions): VirtualGate {
    return new VirtualGate(options, {nowMs: () => this.#nowMs, after: (ms, act) => this.#after(ms, act)})
  }

  #instant() {
    return {monoMs: this.#nowMs - this.#sleptMs, wallMs: WORLD_BEGAN_MS + this.#nowMs + this.#clockMs}
  }

  #at(atMs: number, act: () => void): void {
    if (!Number.isFinite(atMs)) return
    const later = this.#agenda.findIndex(entry => entry.atMs > atMs)
    this.#agenda.splice(later < 0 ? this.#agenda.length : later, 0, {atMs, act})
  }

  #after(ms: number, act: () => void): void {
    this.#at(this.#nowMs + ms, act)
  }

  /** Hands the core an event, or, while we are frozen, keeps it until we are not. */
  #tell(happening: Happening): void {
    if (this.#nowMs < this.#frozenUntilMs) return this.#at(this.#frozenUntilMs, () => this.#tell(happening))
    if (this.state.phase === 'ended') return
    const event: Event = {...happening, at: this.#instant()}
    const {state, effects} = step(this.state, event)
    this.state = state
    const nth = this.trace.length
    this.trace.push({atMs: this.#nowMs, phase: state.phase, event, effects})
    for (const effect of effects) this.#perform(effect)
    this.#follow(nth)
  }

  #follow(nth: number): void {
    const entered = !this.#phases.has(this.state.phase)
    this.#phases.add(this.state.phase)
    for (const [when, act] of this.#world.script ?? []) {
      if ('event' in when && when.event === nth) this.#after(0, () => this.#act(act))
      if ('phase' in when && entered && when.phase === this.state.phase) this.#after(when.afterMs ?? 0, () => this.#act(act))
    }
  }

  #perform(effect: Effect): void {
    const fate = this.#world.fate?.(effect, this.#effects++)
    switch (effect.type) {
      case 'check':
      case 'pause':
      case 'unpause': return this.#call(effect, fate)
      case 'timer': return this.#timer(effect.name, effect.ms, {type: 'timer', name: effect.name})
      case 'server timer': return this.#timer(`${effect.server} ${effect.timer}`, effect.ms, {type: 'server timer', server: effect.server, timer: effect.timer})
      case 'measure': return this.#measure(fate)
      case 'run command': return this.#run()
      case 'brief':
      case 'stop command': return
      default: this.#after(API_LATENCY_MS, () => this.#tell(this.#answer(effect, fate !== undefined)))
    }
  }

  #answer(effect: Exclude<Effect, {type: 'check' | 'pause' | 'unpause' | 'timer' | 'server timer' | 'measure' | 'brief' | 'run command' | 'stop command'}>, failed: boolean): Happening {
    const {lockRefused, armFails, inherited} = this.#world
    switch (effect.type) {
      case 'lock': return lockRefused || failed ? {type: 'lock refused', holder: lockRefused ?? 'unknown'} : {type: 'locked', inherited: inherited ? [0] : []}
      case 'read lock': return {type: 'lock read', answer: failed ? 'unknown' : this.#leaseTaken ? 'taken' : 'unchanged'}
      case 'unlock': return {type: 'unlocked'}
      case 'arm': return armFails || failed ? {type: 'arm failed', reason: armFails ?? 'unknown'} : this.#arm()
      case 'disarm': this.#heart = false; return {type: 'disarmed'}
      case 'list': return this.#list(effect, failed)
      case 'locate': return {type: 'located', server: effect.server, answer: this.#locate(effect.server, failed)}
      case 'record': return {type: 'recorded'}
    }
  }

  /** The plan's offsets, and how far either side was set since; a measurement takes its time. */
  #measure(fate: Fate | undefined): void {
    const byMs = this.#databasesMs - this.#clockMs
    const {measured = this.#plan.offsets.map(({database, loMs, hiMs}) => ({database, loMs: loMs + byMs, hiMs: hiMs + byMs}))} = this.#world
    if (measured === 'never' || fate === 'lost') return
    this.#after(MEASURE_MS, () => this.#tell({type: 'measured', offsets: fate === undefined ? measured : []}))
  }

  #run(): void {
    const {command} = this.#world
    if (command) this.#after(command.takesMs, () => this.#tell({type: 'command ended', ...command.failure !== undefined && {failure: command.failure}}))
  }

  /** A list, from which on the target is watched. */
  #list({purpose, target}: Extract<Effect, {type: 'list'}>, failed: boolean): Happening {
    if (failed) return {type: 'list failed', purpose, target, message: 'service unavailable'}
    this.#watched.add(target)
    return {type: 'listed', purpose, target, pods: this.#podsOf(target)}
  }

  #arm(): Happening {
    if (this.#world.noWatchdog) return {type: 'armed', alive: false}
    this.#heart = true
    const beat = () => {
      if (!this.#heart) return
      this.#tell({type: 'watchdog alive'})
      this.#after(HEARTBEAT_MS, beat)
    }
    this.#after(HEARTBEAT_MS, beat)
    return {type: 'armed', alive: true}
  }

  #locate(server: number, failed: boolean) {
    if (failed) return 'unknown'
    return this.#told.some(pod => pod.uid === this.#plan.pods[server]?.uid) ? 'there' : 'gone'
  }

  #podsOf(target: number): PodSnapshot[] {
    return this.#told.filter(pod => pod.target === target)
  }

  #timer(name: string, ms: number, happening: Happening): void {
    const turn = (this.#timers.get(name) ?? 0) + 1
    this.#timers.set(name, turn)
    this.#after(ms, () => this.#timers.get(name) === turn && this.#tell(happening))
  }

  /** A call travels, is executed, and its answer travels back; or one of the three does not happen. */
  #call(effect: Extract<Effect, {type: 'check' | 'pause' | 'unpause'}>, fate: Fate | undefined): void {
    const {server, call, deadlineMs} = effect
    let answered = false
    let arrived = false
    const reply = (happening: Happening) => {
      if (answered) return
      answered = true
      this.#calls = this.#calls.filter(other => other !== mine)
      this.#tell(happening)
    }
    const arrive = () => {
      if (arrived) return
      arrived = true
      this.#execute(effect, answer => {
        if (fate === 'answer lost' || this.#mute(server)) return
        this.#after(this.#latency(server), () => reply(answer))
      })
    }
    const lose = (lateMs: number | undefined) => {
      if (!arrived && lateMs !== undefined && !answered) this.#after(lateMs, arrive)
      else arrived = true
      reply(lostAnswer(effect.type, server, call, 'UNAVAILABLE'))
    }
    const mine: Call = {server, lose}
    this.#calls.push(mine)
    this.#after(deadlineMs, () => reply(lostAnswer(effect.type, server, call, 'DEADLINE_EXCEEDED')))
    if (fate === 'failed') return this.#after(this.#latency(server), () => lose(undefined))
    if (typeof fate === 'object' && !('delayMs' in fate)) {
      return this.#after('check' in fate ? fate.afterMs ?? 0 : this.#latency(server), () => {
        if ('answer' in fate) reply({type: 'paused', server, call, answer: fate.answer})
        else if ('check' in fate) reply({type: 'checked', server, call, answer: fate.check})
        else lose(fate.lateMs)
      })
    }
    const fresh = effect.type !== 'pause' && effect.via !== 'current'
    if (fresh && this.#silent.get(server) === 'tunnel') this.#silent.delete(server)
    if (fate === 'lost') return
    const delayMs = typeof fate === 'object' ? fate.delayMs : 0
    this.#after(delayMs + this.#latency(server) * (fresh ? 3 : 1), () => {
      if (!this.#pods.some(pod => pod.uid === this.#plan.pods[server]?.uid)) return lose(undefined)
      if (!this.#mute(server)) arrive()
    })
  }

  #mute(server: number): boolean {
    return this.#silent.has(server)
  }

  #latency(server: number): number {
    return this.#world.servers[server]?.latencyMs ?? LATENCY_MS
  }

  #execute(effect: Extract<Effect, {type: 'check' | 'pause' | 'unpause'}>, answer: (happening: Happening) => void): void {
    const {server, call} = effect
    const gate = this.#gates[server]
    if (!gate) return
    switch (effect.type) {
      case 'check': return answer({type: 'checked', server, call, answer: gate.check()})
      case 'unpause': return answer({type: 'unpaused', server, call, answer: gate.unpause('us')})
      case 'pause': return gate.pause('us', effect.maxPauseWaitMs, paused => answer({type: 'paused', server, call, answer: paused}))
    }
  }

  #act(act: Act): void {
    switch (act.type) {
      case 'interrupt': return this.#tell(act)
      case 'restart': return this.#restart(act.server, act.lateMs ?? 0)
      case 'delete': return this.#delete(act.server)
      case 'terminate': return this.#change(act.server, pod => ({...pod, terminating: true}), 0)
      case 'join': return this.#join(act)
      case 'foreign pause': return this.#gates[act.server]?.pause('another', 30_000, () => {})
      case 'foreign unpause': this.#gates[act.server]?.unpause('another'); return
      case 'silence': this.#silent.set(act.server, act.tunnel ? 'tunnel' : 'server'); return
      case 'speak': this.#silent.delete(act.server); return
      case 'lose tunnel': return this.#lose(act.server, act.lateMs)
      case 'clock': this.#clockMs += act.byMs; return
      case 'database clock': this.#databasesMs += act.byMs; return
      case 'freeze': return this.#freeze(act.ms, act.asleep ?? false)
      case 'lease taken': this.#leaseTaken = true; return
      case 'watchdog silent': this.#heart = false
    }
  }

  #restart(server: number, lateMs: number): void {
    this.#gates[server]?.end('restarted')
    this.#lose(server, undefined)
    this.#change(server, pod => ({...pod, containerID: `${pod.containerID}'`, restartCount: pod.restartCount + 1}), lateMs)
  }

  #delete(server: number): void {
    this.#gates[server]?.end('gone')
    const uid = this.#plan.pods[server]?.uid
    this.#pods = this.#pods.filter(pod => pod.uid !== uid)
    this.#lose(server, undefined)
    this.#told = this.#told.filter(pod => pod.uid !== uid)
    this.#watchers(this.#plan.servers[server]?.target ?? 0)
  }

  #join({target, scheduled = true, unwatched = false}: Extract<Act, {type: 'join'}>): void {
    const pod = {...podOf(this.#gates.length, target), scheduled}
    const gate = this.#gate({})
    if (scheduled) this.#gates.push(gate)
    gate.begin()
    this.#pods.push(pod)
    this.#told.push(pod)
    if (!unwatched) this.#watchers(target)
  }

  #change(server: number, next: (pod: PodSnapshot) => PodSnapshot, lateMs: number): void {
    const uid = this.#plan.pods[server]?.uid
    this.#after(lateMs, () => {
      this.#told = this.#told.map(pod => pod.uid === uid ? next(pod) : pod)
      this.#watchers(this.#plan.servers[server]?.target ?? 0)
    })
  }

  #watchers(target: number): void {
    if (!this.#watched.has(target)) return
    this.#after(API_LATENCY_MS, () => this.#tell({type: 'pods changed', target, pods: this.#podsOf(target)}))
  }

  #lose(server: number, lateMs: number | undefined): void {
    for (const call of this.#calls) if (call.server === server) call.lose(lateMs)
  }

  #freeze(ms: number, asleep: boolean): void {
    this.#frozenUntilMs = this.#nowMs + ms
    if (asleep) this.#at(this.#frozenUntilMs, () => { this.#sleptMs += ms })
  }
}

/** What a caller gets to hear when the way to the server broke, or its patience did. */
function lostAnswer(type: 'check' | 'pause' | 'unpause', server: number, call: number, code: 'UNAVAILABLE' | 'DEADLINE_EXCEEDED'): Happening {
  const message = code === 'UNAVAILABLE' ? 'the tunnel was lost' : 'no answer in time'
  switch (type) {
    case 'check': return {type: 'checked', server, call, answer: {kind: 'failed', code, message}}
    case 'unpause': return {type: 'unpaused', server, call, answer: {kind: 'failed', code, message}}
    case 'pause': return {type: 'paused', server, call, answer: {kind: 'unclear', code, message, tunnelLost: code === 'UNAVAILABLE'}}
  }
}
