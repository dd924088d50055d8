import type {CheckAnswer, PauseAnswer} from '../../src/admin/types.ts'
import type {ClockOffset, Happening, Plan, PodSnapshot, State} from '../../src/protocol/types.ts'
import {Agenda} from './agenda.ts'
import {Api} from './api.ts'
import type {Core} from './core.ts'
import {strike} from './faults.ts'
import {Gate} from './gate.ts'
import type {GateOptions} from './gate.ts'
import {BEGAN_MS, Machine} from './machine.ts'
import type {Call, Server} from './network.ts'
import {Process} from './process.ts'
import {Random} from './random.ts'
import {measuredOffset} from './schedule.ts'
import type {Scenario, Schedule, Strike} from './schedule.ts'
import type {Trace} from './trace.ts'
import {Watchdog} from './watchdog.ts'

/** After the last fault everything has to end within the bound, the second looks, and this. */
const PATIENCE_MS = 240_000

export const podOf = (index: number, target: number): PodSnapshot =>
  ({target, name: `pod-${index}`, uid: `uid-${index}`, scheduled: true, ended: false, terminating: false, containerID: `c-${index}`, restartCount: 0})

export function planOf({servers, targets, databases, holdMs, drainMs, guardMs, command, byHand, repair}: Scenario, machine: Machine): Plan {
  return {
    servers: servers.map(({wave, target, version}, i) => ({name: `pod-${i}`, wave, target, unverified: version === 'ScalarDB Cluster 3.16.1' ? 'its pause is known to leak' : undefined})),
    pods: servers.map(({target}, i) => podOf(i, target)),
    targets, holdMs, drainMs, guardMs,
    offsets: databases.map(measuredOffset),
    measuredAt: machine.now(),
    dryRun: false, allowUnverified: true,
    command: command && {timeoutMs: command.timeoutMs},
    byHand: byHand !== undefined,
    repair,
  }
}

/** One cluster with its servers, the machine with tool and watchdog, and the faults of one schedule. It knows the truth. */
export class World {
  readonly scenario: Scenario
  readonly core: Core
  readonly agenda = new Agenda()
  readonly random: Random
  readonly api: Api
  readonly machine: Machine
  readonly servers: Server[] = []
  readonly processes: Process[] = []
  /** All that ever executed requests, by server; a restart goes on in the same gate. */
  readonly trace: Trace | undefined
  tool: Process
  watchdog: Watchdog | undefined
  /** The last fault is over, virtual ms. */
  calmMs = 0
  /** What the watchers of the truth need to know of what was done to the world. */
  readonly struck: Strike[] = []
  /** The databases' clocks minus true time, with every change. */
  readonly databases: Array<Array<{readonly fromMs: number; readonly offsetMs: number}>>
  readonly #strikes: readonly Strike[]
  #effects = 0

  constructor({scenario, strikes, seed}: Schedule, core: Core, trace?: Trace) {
    this.scenario = scenario
    this.core = core
    this.trace = trace
    this.random = new Random(seed)
    this.machine = new Machine(this.agenda, BEGAN_MS + (scenario.fractionMs ?? 0))
    const plan = planOf(scenario, this.machine)
    this.api = new Api(plan.pods, plan.targets, this.agenda, this.random)
    this.databases = scenario.databases.map(({offsetMs}) => [{fromMs: 0, offsetMs}])
    scenario.servers.forEach(({target, latencyMs, pausedBy, ...gate}, i) => {
      const server = this.addServer(`uid-${i}`, target, latencyMs, gate)
      this.begin(server)
      if (pausedBy !== undefined) server.gate.pause(pausedBy === 'foreign' ? 'foreign' : 'dead', Infinity, () => undefined)
    })
    if (scenario.servers.some(({pausedBy}) => pausedBy === 'dead holder')) {
      for (const lease of this.api.leases) Object.assign(lease, {holder: 'dead', version: 1, transitions: 1})
    }
    this.#strikes = strikes
    this.tool = this.startProcess('tool', this.machine, core.initial(plan, this.machine.now()))
  }

  /** Runs until nothing is left to happen, or the world's patience is over. @param seen is told of every entry of the agenda */
  run(seen?: (world: World) => void): void {
    const timed = this.#strikes.filter(({when}) => 'ms' in when)
    const counted = this.#strikes.filter(({when}) => 'entry' in when)
    for (const each of timed) if ('ms' in each.when) this.agenda.after(each.when.ms, 'fault', () => this.#strike(each))
    const {endsMs} = this.scenario.byHand ?? {endsMs: null}
    if (endsMs !== null) this.agenda.after(endsMs, 'end hold', () => this.tool.tell({type: 'end hold'}))
    this.scenario.servers.forEach(({foreignMs}, server) => {
      if (foreignMs !== undefined) this.agenda.after(foreignMs, 'another operator', () => strike(this, {type: 'foreign', server, does: ['pause'], everyMs: 0}))
    })
    const {rivalMs} = this.scenario
    if (rivalMs !== undefined) this.agenda.after(rivalMs, 'second operator', () => strike(this, {type: 'rival'}))
    this.tool.begin()
    const patienceMs = PATIENCE_MS + this.core.boundMs(this.tool.state.plan)
    for (let going = true; going; going = this.agenda.advance()) {
      for (const each of counted) if ('entry' in each.when && each.when.entry === this.agenda.done) this.#strike(each)
      seen?.(this)
      if (this.agenda.nowMs > this.calmMs + patienceMs) return
    }
  }

  /** An effect was performed: a fault may strike before the next one of the same step. */
  performed(): void {
    this.#effects += 1
    for (const each of this.#strikes) if ('effect' in each.when && each.when.effect === this.#effects) this.#strike(each)
  }

  get effects(): number {
    return this.#effects
  }

  #strike(each: Strike): void {
    this.struck.push(each)
    this.trace?.fault(each)
    this.calm(0)
    strike(this, each.fault)
  }

  /** What was begun now goes on for so long. */
  calm(ms: number): void {
    this.calmMs = Math.max(this.calmMs, this.agenda.nowMs + ms)
  }

  startProcess(name: Process['name'], machine: Machine, state: State): Process {
    const process = new Process(this, name, machine, state)
    this.processes.push(process)
    return process
  }

  startWatchdog(parent: Process): Watchdog {
    this.watchdog = new Watchdog(this, parent)
    return this.watchdog
  }

  server(index: number): Server {
    const server = this.servers[index]
    if (!server) throw new Error(`there is no server ${index}`)
    return server
  }

  addServer(uid: string, target: number, latencyMs: number, options: GateOptions): Server {
    const server = {uid, target, latencyMs, gate: new Gate(options, this.agenda), up: false}
    this.servers.push(server)
    return server
  }

  begin(server: Server): void {
    server.up = true
    server.gate.become('started')
  }

  end(server: Server): void {
    if (!server.up) return
    server.up = false
    server.gate.become('gone')
    const index = this.servers.indexOf(server)
    for (const {network} of this.processes) network.lose(index, null)
  }

  /** A call is done at its server. */
  execute(process: Process, call: Call, sentMs: number, answer: (happening: Happening) => void): void {
    const {gate} = this.server(call.server)
    const {name, operator} = process
    this.trace?.arrival(operator, call)
    const {server} = call
    switch (call.type) {
      case 'check': {
        const checked: CheckAnswer = gate.check(name, call.call)
        return answer({type: 'checked', server, call: call.call, answer: checked})
      }
      case 'unpause':
        gate.unpause(operator, sentMs)
        return answer({type: 'unpaused', server, call: call.call, answer: {kind: 'ok'}})
      case 'pause':
        process.pauseArrivedMs.set(server, this.agenda.nowMs)
        return gate.pause(operator, call.maxPauseWaitMs, (paused: PauseAnswer) => answer({type: 'paused', server, call: call.call, answer: paused}))
    }
  }

  /** A database's clock minus true time, now or at another time. */
  databaseOffsetMs(database: number, atMs = this.agenda.nowMs): number {
    return this.databases[database]?.findLast(({fromMs}) => fromMs <= atMs)?.offsetMs ?? 0
  }

  /** The clocks as they would be measured again now, by this machine's clock. */
  measureAgain(machine: Machine): ClockOffset[] {
    return this.scenario.databases.map((database, i) => measuredOffset({...database, offsetMs: this.databaseOffsetMs(i) - machine.offsetMs()}, i))
  }
}
