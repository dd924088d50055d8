import {boundMs} from './limits.ts'
import type {CheckAnswer, PauseAnswer} from '../admin/types.ts'
import type {Instant} from '../support/clock.ts'
import {driftMs} from './window.ts'
import type {ClockOffset, Event, Gate, LockAnswer, ServerState, State} from './types.ts'

/** What an event says, noted down; nothing is decided here. */
export function note(before: State, event: Event): State {
  const heardMs = isHeard(event) ? event.at.monoMs : before.heardMs
  const state: State = {...before, now: event.at, heardMs, frozen: before.frozen || stoodStill(before, event) || ranOut(before, event)}
  switch (event.type) {
    case 'locked': return {
      ...state, lock: 'held', inherited: event.inherited ?? [], leaseAt: event.lease ? event.at : undefined,
      warnings: event.warning ? [...state.warnings, event.warning] : state.warnings,
    }
    case 'lock refused':
    case 'lock failed':
    case 'unlocked': return {...state, lock: 'none', leaseAt: undefined}
    case 'lock renewed': return {...state, leaseAt: event.at}
    case 'lock read': return event.answer === 'unknown' ? state : {...state, lockRead: event.answer, leaseAt: leaseAfter(state, event.answer)}
    case 'armed': return {...state, watchdog: 'armed', watchdogMs: event.alive ? event.at.monoMs : undefined}
    case 'arm failed':
    case 'disarmed': return {...state, watchdog: 'none'}
    case 'watchdog alive': return {...state, watchdogMs: event.at.monoMs}
    case 'listed': return {...state, listed: state.listed.with(event.target, true)}
    case 'checked': return noteCheck(state, event.server, event.call, event.answer)
    case 'paused': return change(state, event.server, server => afterPause(server, event.answer, state))
    // Why a pod that is not found is not taken for gone is what its user has to know.
    case 'located': return event.detail === undefined ? state : change(state, event.server, server => ({...server, message: event.detail}))
    case 'timer': return {...state, timers: state.timers.filter(timer => timer !== event.name), holdEnded: state.holdEnded || event.name === 'hold'}
    // Late is better than never, until the record is written.
    case 'measured': return state.phase === 'measuring again' || state.phase === 'disarming' ? {...state, offsetsAfter: comparable(state, event.offsets)} : state
    case 'recorded': return {...state, recorded: true}
    // A command that did not end in time is told to, and ends once more.
    case 'command ended': return state.command === 'ended' ? state : {...state, command: 'ended', ...event.failure !== undefined && {commandFailure: event.failure}}
    case 'end hold': return {...state, holdEnded: true}
    case 'interrupt': return noteInterrupt(state, event.signal)
    default: return state
  }
}

/** A server did what it was asked; failures come from anywhere on the way. */
function isHeard(event: Event): boolean {
  switch (event.type) {
    case 'paused':
    case 'unpaused': return event.answer.kind === 'ok'
    case 'checked': return event.answer.kind === 'paused' || event.answer.kind === 'unpaused'
    default: return false
  }
}

/** True when every server that has CheckPaused gave this answer in the current round of checks. */
export const allSeen = (state: State, seen: 'paused' | 'unpaused') =>
  state.servers.every(server => server.seen === seen || !server.checkable)

/** Asleep, the monotonic clock may stand still too; then the wall clock tells. */
const sinceMs = (from: Instant, {at}: Event) => Math.max(at.monoMs - from.monoMs, at.wallMs - from.wallMs)

const stoodStill = ({now, plan, pauseSent, unpauseSent, phase}: State, event: Event) =>
  (pauseSent !== undefined || phase === 'repairing' || (plan.repair === true && unpauseSent !== undefined)) && sinceMs(now, event) > boundMs(plan)

function leaseAfter({leaseAt, now}: State, answer: LockAnswer): Instant | undefined {
  if (answer === 'free') return undefined
  return answer === 'unchanged' && leaseAt ? now : leaseAt
}

/** Nobody could renew it: another may hold it by now. What renews it counts, even if it comes late. */
const ranOut = ({leaseAt, plan, phase}: State, event: Event) =>
  leaseAt !== undefined && phase !== 'reading lease' && event.type !== 'lock renewed' && event.type !== 'lock read' && sinceMs(leaseAt, event) > boundMs(plan)

/** One server replaced by what `next` makes of it. */
export function change(state: State, server: number, next: (server: ServerState) => ServerState): State {
  const old = state.servers[server]
  return old === undefined ? state : {...state, servers: state.servers.with(server, next(old))}
}

/** The table "Answers to Pause" of docs/protocol.md, as far as it says what the gate is. */
function gateAfter(answer: PauseAnswer): Gate {
  switch (answer.kind) {
    case 'ok': return 'closed'
    case 'open': return 'reopened'
    case 'foreign': return 'foreign'
    case 'failed': return 'failed'
    case 'unclear': return 'unclear'
    case 'invalid': return 'untouched'
  }
}

function afterPause(server: ServerState, answer: PauseAnswer, state: State): ServerState {
  const answered = {...server, gate: gateAfter(answer), pausePending: false}
  return answer.kind === 'ok' ? {...answered, pausedAt: state.now} : {...answered, message: answer.message}
}

/** Clocks that are compared with ours say nothing about the pause once ours has jumped since. */
function comparable({begun, plan, now}: State, offsets: readonly ClockOffset[]): readonly ClockOffset[] {
  const jumpMs = driftMs(plan.measuredAt ?? begun, now)
  if (jumpMs <= plan.guardMs / 2) return offsets
  return offsets.map(({database}) => ({database, loMs: 0, hiMs: 0, unmeasured: `this machine's clock jumped by ${Math.round(jumpMs)} ms after the pause`}))
}

const SEEN = {paused: 'paused', unpaused: 'unpaused', failed: 'failed', unsupported: 'unasked'} as const

/** Whoever held the lease before us is dead, so what is found paused before our own Pause was its. */
const isInherited = ({inherited, plan, pauseSent}: State, server: number) =>
  pauseSent === undefined && inherited.includes(plan.servers[server]?.target ?? -1)

/**
 * What is found paused before our own Pause is another's, or a dead holder's. What is found open after its Pause's OK holds
 * nothing of ours any more: if it is paused again, that is another's.
 */
function gateSeen(state: State, server: number, call: number, {kind}: CheckAnswer): Gate {
  const gate = state.servers[server]?.gate ?? 'untouched'
  if (kind === 'paused' && gate === 'untouched') return isInherited(state, server) ? 'inherited' : 'foreign'
  const window = state.unpauseSent === undefined && state.sweepCall !== undefined && call >= state.sweepCall
  return kind === 'unpaused' && gate === 'closed' && window ? 'reopened' : gate
}

/** Only answers to the current round say how things are; an earlier one tells at most whose pause an untouched server has. */
function noteCheck(state: State, server: number, call: number, answer: CheckAnswer): State {
  const current = call >= (state.servers[server]?.call ?? Infinity)
  const told = change(state, server, old => ({
    ...old,
    checkable: old.checkable && answer.kind !== 'unsupported',
    gate: gateSeen(state, server, call, answer),
    message: answer.kind === 'failed' ? answer.message : old.message,
  }))
  if (!current) return told
  // A question asked twice may be answered once: silence takes nothing back.
  const seen = change(told, server, old => ({...old, seen: answer.kind === 'failed' && old.seen !== 'asked' ? old.seen : SEEN[answer.kind]}))
  // What a dead holder of the lease left paused is no sweep of ours.
  return state.sweepCall !== undefined && allSeen(seen, 'paused') ? {...seen, sweptMs: state.now.monoMs} : seen
}

/** A closed terminal or pipe sends its signal once and has nobody behind it: it never means "give up". */
function noteInterrupt(state: State, signal: State['interrupts'][number]): State {
  const counts = (state.unpauseSent !== undefined || state.phase === 'reading lease') && (signal === 'SIGINT' || signal === 'SIGTERM' || signal === 'SIGQUIT')
  return {...state, interrupts: [...state.interrupts, signal], impatience: state.impatience + (counts ? 1 : 0)}
}
