/**
 * Calls travel through tunnels: to the server, where they are done, and back. Each part can fail by itself. Calls of one tunnel
 * arrive in their order; those of an old and a new one in any.
 */
import type {Effect, Happening} from '../../src/protocol/types.ts'
import type {Gate} from './gate.ts'
import type {Process} from './process.ts'
import {HOLD_BACK_MS} from './schedule.ts'
import type {Fate} from './schedule.ts'
import type {World} from './world.ts'

export type Call = Extract<Effect, {type: 'check' | 'pause' | 'unpause'}>

/** A silent tunnel is noticed by its pings, ms. */
const NOTICED_MS = 10_000

/** A server's process as the network sees it. */
export interface Server {
  readonly uid: string
  readonly target: number
  readonly latencyMs: number
  gate: Gate
  up: boolean
  /** Nothing reaches it until then; what was sent arrives late (ms), or never. */
  mute?: {readonly untilMs: number; readonly lateMs: number | null}
}

interface Pending {
  readonly call: Call
  arrived: boolean
  /** It was held back once; then it arrives, or not at all. */
  late: boolean
  /** When its caller gave it up, virtual ms. */
  givenUpMs?: number
  readonly arrive: () => void
  readonly reply: (happening: Happening) => void
}

/** A call from when the core sent it, be its tunnel open or not. */
interface Sending {
  readonly sentMs: number
  pending?: Pending
}

class Tunnel {
  broken = false
  mute?: {readonly what: 'tunnel' | 'answers'; readonly lateMs: number | null}
  lastMs = 0
  readonly pending = new Set<Pending>()
}

/** The tunnels of one process. */
export class Network {
  readonly #world: World
  readonly #process: Process
  readonly #current = new Map<number, Tunnel>()
  readonly #tunnels: Array<readonly [server: number, tunnel: Tunnel]> = []
  readonly #fates = new Map<number, Fate>()
  /** When the last of its Pauses that were held back arrived, virtual ms. */
  lastPauseMs = 0

  constructor(world: World, process: Process) {
    this.#world = world
    this.#process = process
  }

  fate(server: number, fate: Fate): void {
    this.#fates.set(server, fate)
  }

  /** Breaks the tunnels: their callers hear of it; what had not arrived arrives `lateMs` later, or never (null). */
  lose(server: number | 'all', lateMs: number | null): void {
    for (const [at, tunnel] of this.#tunnels) if (server === 'all' || at === server) this.#break(tunnel, lateMs)
  }

  /** What is under way arrives later. */
  delay(lateMs: number): void {
    for (const [, {pending}] of this.#tunnels) {
      for (const each of pending) {
        if (each.arrived) continue
        pending.delete(each)
        this.#holdBack(each, lateMs)
      }
    }
  }

  silence(server: number | 'all', what: 'tunnel' | 'answers', lateMs: number | null): void {
    for (const [at, tunnel] of this.#current) {
      if ((server !== 'all' && at !== server) || tunnel.broken) continue
      tunnel.mute = {what, lateMs}
      this.#world.agenda.after(NOTICED_MS, 'silent tunnel noticed', () => this.#break(tunnel, lateMs))
    }
  }

  /** What is under way when the process ends goes on its way; nobody hears the answers. */
  abandon(): void {
    for (const [, tunnel] of this.#tunnels) tunnel.broken = true
  }

  send(call: Call): void {
    const {server, deadlineMs} = call
    let answered = false
    const fate = this.#fates.get(server)
    this.#fates.delete(server)
    const state: Sending = {sentMs: this.#world.agenda.nowMs}
    const reply = (happening: Happening) => {
      if (answered) return
      answered = true
      if (state.pending) state.pending.givenUpMs = this.#world.agenda.nowMs
      this.#process.tell(happening)
    }
    this.#process.after(deadlineMs, 'deadline', () => reply(failureOf(call, 'DEADLINE_EXCEEDED')))
    const tunnel = this.#current.get(server)
    const fresh = call.type !== 'pause' && call.via !== 'current'
    if (!fresh && tunnel && !tunnel.broken) return this.#depart(call, tunnel, reply, fate, state)
    const via = call.type === 'pause' ? 'current' : call.via
    this.#dial(server, via, dialled => this.#depart(call, dialled, reply, fate, state), () => reply(failureOf(call, 'UNAVAILABLE')))
  }

  #dial(server: number, via: string, done: (tunnel: Tunnel) => void, failed: () => void): void {
    const {api, agenda, random} = this.#world
    const target = this.#world.server(server)
    agenda.after(random.whole(5, 30) + target.latencyMs, 'dialled', () => {
      const forgiven = api.condition === 401 && (via === 'credentials' || via === 'kubectl')
      if (api.condition === 'silent') return
      if (api.condition !== 'up' && !forgiven) return failed()
      if (!target.up || !api.pods.some(pod => pod.uid === target.uid)) return failed()
      const tunnel = new Tunnel()
      this.#current.set(server, tunnel)
      this.#tunnels.push([server, tunnel])
      done(tunnel)
    })
  }

  #depart(call: Call, tunnel: Tunnel, reply: Pending['reply'], fate: Fate | undefined, state: Sending): void {
    const {agenda, random} = this.#world
    const server = this.#world.server(call.server)
    const sentMs = agenda.nowMs
    const pending: Pending = {call, reply, arrived: false, late: false, arrive: () => this.#arrive(pending, tunnel, fate, state.sentMs)}
    tunnel.pending.add(pending)
    state.pending = pending
    if (fate === 'request lost') return
    if (fate === 'fails' || (typeof fate === 'object' && 'lateMs' in fate)) {
      agenda.after(server.latencyMs, 'call fails', () => {
        tunnel.pending.delete(pending)
        reply(failureOf(call, 'UNAVAILABLE'))
        if (fate !== 'fails') this.#holdBack(pending, fate.lateMs)
      })
      return
    }
    if (tunnel.mute?.what === 'tunnel') {
      this.#holdBack(pending, tunnel.mute.lateMs)
      return
    }
    const delayMs = typeof fate === 'object' ? fate.delayMs : 0
    tunnel.lastMs = Math.max(tunnel.lastMs, sentMs + server.latencyMs * (1 + random.next() / 2) + delayMs)
    agenda.after(tunnel.lastMs - sentMs, `${call.type} arrives`, () => { if (tunnel.pending.has(pending)) pending.arrive() })
  }

  #arrive(pending: Pending, tunnel: Tunnel, fate: Fate | undefined, sentMs: number): void {
    if (pending.arrived) return
    const server = this.#world.server(pending.call.server)
    if (server.mute && server.mute.untilMs > this.#world.agenda.nowMs) {
      this.#holdBack(pending, server.mute.lateMs)
      return
    }
    pending.arrived = true
    if (pending.late && pending.call.type === 'pause' && server.up) this.lastPauseMs = this.#world.agenda.nowMs
    if (!server.up) return this.#back(pending, tunnel, failureOf(pending.call, 'UNAVAILABLE'), server)
    this.#world.execute(this.#process, pending.call, sentMs, answer => {
      if (fate === 'answer lost') return
      this.#back(pending, tunnel, fate === 'executed, fails' ? failureOf(pending.call, 'UNAVAILABLE') : answer, server)
    })
  }

  /** @param lateMs null: it never arrives */
  #holdBack(pending: Pending, lateMs: number | null): void {
    const {agenda} = this.#world
    const {givenUpMs = agenda.nowMs} = pending
    if (pending.late || lateMs === null || agenda.nowMs + lateMs > givenUpMs + HOLD_BACK_MS) return
    pending.late = true
    agenda.after(lateMs, 'late call arrives', pending.arrive)
  }

  #back(pending: Pending, tunnel: Tunnel, happening: Happening, server: Server): void {
    if (tunnel.broken || tunnel.mute || (server.mute && server.mute.untilMs > this.#world.agenda.nowMs)) return
    const {agenda, random} = this.#world
    agenda.after(server.latencyMs * (1 + random.next() / 2), `${pending.call.type} answered`, () => {
      if (tunnel.broken || tunnel.mute) return
      tunnel.pending.delete(pending)
      pending.reply(happening)
    })
  }

  #break(tunnel: Tunnel, lateMs: number | null): void {
    if (tunnel.broken) return
    tunnel.broken = true
    for (const pending of tunnel.pending) {
      pending.reply(failureOf(pending.call, 'UNAVAILABLE'))
      if (!pending.arrived) this.#holdBack(pending, lateMs)
    }
    tunnel.pending.clear()
  }
}

/** What a caller hears when the way to the server broke, or its patience did. */
function failureOf({type, server, call}: Call, code: 'UNAVAILABLE' | 'DEADLINE_EXCEEDED'): Happening {
  const message = code === 'UNAVAILABLE' ? 'the tunnel was lost' : 'no answer in time'
  switch (type) {
    case 'check': return {type: 'checked', server, call, answer: {kind: 'failed', code, message}}
    case 'unpause': return {type: 'unpaused', server, call, answer: {kind: 'failed', code, message}}
    case 'pause': return {type: 'paused', server, call, answer: {kind: 'unclear', code, message, tunnelLost: code === 'UNAVAILABLE'}}
  }
}
