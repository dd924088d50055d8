import {Line} from './line.ts'
import {listPods, watchPods} from './pods.ts'
import {locate} from './whereabouts.ts'
import {within} from '../support/within.ts'
import type {AdminAddress} from '../admin/types.ts'
import type {ClockOffset, Effect, Happening, State} from '../protocol/types.ts'
import type {Edge} from './run.ts'
import type {PodSet} from './pods.ts'
import type {Ways} from './line.ts'

/** One target as the edge needs it. */
export interface Site {
  readonly pods: PodSet
  readonly ways: Ways
  /** UID of the namespace kube-system, the cluster's identity; undefined = not permitted to read it. */
  readonly clusterUID?: string
  /** UIDs of its Deployments. */
  readonly deployments: ReadonlySet<string>
  /** By pod UID. */
  readonly addresses: ReadonlyMap<string, AdminAddress>
}

/** One server as the edge needs it, by its index in `Plan.servers`. */
export interface Seat {
  readonly site: Site
  readonly pod: string
  readonly uid: string
}

type Tell = (happening: Happening) => void
type Of<T extends Effect['type']> = Extract<Effect, {readonly type: T}>

/** Who does a few kinds of effects; `close` ends what still goes on, and must not throw. */
export interface Part<T extends Effect['type']> {
  readonly handle: (effect: Of<T>, tell: Tell) => void
  readonly close: () => void
}

/** Runs the command; `state` tells it of the pause. */
export interface CommandPart {
  readonly handle: (effect: Of<'run command' | 'stop command'>, tell: Tell, state: State) => void
  readonly close: () => void
}

/** What is done beside the servers. */
export interface Beside {
  readonly record: (state: State) => Promise<void>
  /** The databases' clocks, in the order of `Plan.offsets`. */
  readonly measure: (signal: AbortSignal) => Promise<readonly ClockOffset[]>
  readonly lock: Part<'lock' | 'read lock' | 'unlock'>
  readonly watchdog: Part<'arm' | 'brief' | 'disarm'>
  readonly command: CommandPart
}

/** Turns the core's effects into calls; `close` ends watches, timers, measurements, tunnels and what is done beside them. */
export function edgeOf(sites: readonly Site[], seats: readonly Seat[], {record, measure, lock, watchdog, command}: Beside): {edge: Edge; close: () => void} {
  const lines = seats.map(seat => new Line(addressOf(seat), seat.site.ways))
  const timers = new Map<string, NodeJS.Timeout>()
  const watching = new AbortController()

  const later = (name: string, ms: number, ring: () => void) => {
    clearTimeout(timers.get(name))
    timers.set(name, setTimeout(ring, ms))
  }

  const edge: Edge = (effect, tell, state) => {
    switch (effect.type) {
      case 'lock':
      case 'read lock':
      case 'unlock': return lock.handle(effect, tell)
      case 'arm':
      case 'brief':
      case 'disarm': return watchdog.handle(effect, tell)
      case 'run command':
      case 'stop command': return command.handle(effect, tell, state)
      case 'list': return void list(effect, at(sites, effect.target), tell, watching.signal)
      case 'check':
      case 'pause':
      case 'unpause': return void call(effect, at(lines, effect.server)).then(tell)
      case 'locate': return void locate(effect.server, at(seats, effect.server)).then(tell)
      case 'timer': return later(effect.name, effect.ms, () => tell({type: 'timer', name: effect.name}))
      // What arrived while this process was busy is read before silence is judged.
      case 'server timer': return later(`${effect.timer} ${effect.server}`, effect.ms, () => setImmediate(tell, {type: 'server timer', server: effect.server, timer: effect.timer}))
      // Clocks that could not be measured leave what was measured before.
      case 'measure': return void measure(watching.signal).catch(() => []).then(offsets => { tell({type: 'measured', offsets}) })
      // A record that cannot be made is told at the end; the lease is released all the same.
      case 'record': return void record(state).catch(() => undefined).then(() => { tell({type: 'recorded'}) })
    }
  }

  const close = () => {
    watching.abort()
    for (const timer of timers.values()) clearTimeout(timer)
    for (const line of lines) line.close()
    for (const part of [lock, watchdog, command]) part.close()
  }
  return {edge, close}
}

function at<T>(items: readonly T[], index: number): T {
  const item = items[index]
  if (item === undefined) throw new Error(`the plan has no number ${index}`)
  return item
}

function addressOf({site, uid, pod}: Seat): AdminAddress {
  const address = site.addresses.get(uid)
  if (!address) throw new Error(`no admin address for pod ${pod}`)
  return address
}

async function list({purpose, target}: Of<'list'>, site: Site, tell: Tell, signal: AbortSignal): Promise<void> {
  try {
    const found = await listPods(site.pods)
    tell({type: 'listed', purpose, target, pods: found.pods})
    if (purpose === 'look') void watchPods(site.pods, found, pods => { tell({type: 'pods changed', target, pods}) }, signal)
  } catch (error) {
    tell({type: 'list failed', purpose, target, message: messageOf(error)})
  }
}

/**
 * Admin calls put what went wrong into their answer; only the way to a connection can throw. It has the call's deadline too:
 * credentials that never come must not stand between a paused server and the other ways to it.
 */
async function call(effect: Of<'check'> | Of<'pause'> | Of<'unpause'>, line: Line): Promise<Happening> {
  const {server, call: id, deadlineMs} = effect
  try {
    const connection = await within(deadlineMs, line.through(effect.type === 'pause' ? 'current' : effect.via))
    if (!connection) throw new Error(`no way to the server within ${deadlineMs} ms`)
    switch (effect.type) {
      case 'check': return {type: 'checked', server, call: id, answer: await connection.checkPaused({deadlineMs})}
      case 'pause': return {type: 'paused', server, call: id, answer: await connection.pause({maxPauseWaitMs: effect.maxPauseWaitMs, deadlineMs})}
      case 'unpause': return {type: 'unpaused', server, call: id, answer: await connection.unpause({deadlineMs})}
    }
  } catch (error) {
    const failure = {code: 'UNAVAILABLE', message: messageOf(error)}
    switch (effect.type) {
      case 'check': return {type: 'checked', server, call: id, answer: {kind: 'failed', ...failure}}
      case 'pause': return {type: 'paused', server, call: id, answer: {kind: 'unclear', ...failure, tunnelLost: false}}
      case 'unpause': return {type: 'unpaused', server, call: id, answer: {kind: 'failed', ...failure}}
    }
  }
}

const messageOf = (error: unknown) => error instanceof Error ? error.message : String(error)
