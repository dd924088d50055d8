import {step} from '../protocol/machine.ts'
import type {Clock, Instant} from '../support/clock.ts'
import type {Effect, Event, Happening, State} from '../protocol/types.ts'

/** Where effects become calls; each answers by `tell`, now or later. `state` is the one that asks for the effect. */
export type Edge = (effect: Effect, tell: (happening: Happening) => void, state: State) => void

/** Sees every step, to draw progress, soon after it. What it throws is left unseen: a picture must not stand between a pause and its end. */
export type Observer = (state: State, event: Event, before: State) => void

/** A running backup: `tell` hands it events from outside (signals), `done` is its last state. */
export interface Run {
  readonly tell: (happening: Happening) => void
  readonly done: Promise<State>
}

/**
 * Drives the core: one event after the other, stamped when it is handed over, its effects to the edge. Whatever fails on the
 * way, the core goes on to its end, since only there everything is unpaused: an error of an edge is an interruption.
 * @param begin the state before the first event
 */
export function run(begin: (at: Instant) => State, edge: Edge, clock: Clock, observe: Observer): Run {
  let state = begin(clock())
  const queue: Happening[] = []
  let draining = false
  const unseen: Array<Parameters<Observer>> = []
  const {promise: done, resolve} = Promise.withResolvers<State>()

  function tell(happening: Happening): void {
    queue.push(happening)
    if (draining) return
    draining = true
    try {
      for (let next = queue.shift(); next; next = queue.shift()) handle(next)
    } finally {
      // An error of our own comes back as an interruption, which must be heard.
      draining = false
    }
  }

  function handle(happening: Happening): void {
    if (state.phase === 'ended') return
    const before = state
    const event: Event = {...happening, at: clock()}
    const next = step(before, event)
    state = next.state
    for (const effect of next.effects) attempt(() => { edge(effect, tell, next.state) }, error => queue.push({type: 'interrupt', signal: 'uncaught error', detail: error instanceof Error ? error.message : String(error)}))
    // Calls leave in the microtasks that follow: what is drawn must not make them wait.
    if (unseen.push([next.state, event, before]) === 1) setImmediate(show)
    if (state.phase !== 'ended') return
    show()
    resolve(state)
  }

  function show(): void {
    for (const seen of unseen.splice(0)) attempt(() => { observe(...seen) }, () => undefined)
  }

  queueMicrotask(() => tell({type: 'start'}))
  return {tell, done}
}

function attempt(act: () => void, failed: (error: unknown) => void): void {
  try {
    act()
  } catch (error) {
    failed(error)
  }
}
