/**
 * The way back of single servers: steps 10 and 11 of docs/protocol.md.
 *
 * A round is one effort for one server, for one of two aims. `unpause`: Unpause until OK, then CheckPaused until false.
 * `look`: CheckPaused first, where the gate may be another's (left alone) or a late Pause of ours may have closed it (unpaused),
 * or where all that is paused is to be unpaused.
 * A round ends open, gone (a 404 from the very cluster, or another pod UID), left to another, or given up when told to.
 */
import {change} from './facts.ts'
import {BUSY_MS, HEDGE_MS, LOOK_LIMIT_MS, MAX_BACKOFF_MS, MAX_DETOURS, SECOND_LOOKS_MS, UNPAUSE_DEADLINE_MS} from './limits.ts'
import type {CheckAnswer} from '../admin/types.ts'
import type {Event, Release, ServerState, State, Step, Via} from './types.ts'

/** True when a server's round is over, whichever way. */
export const isBack = (server: ServerState) => server.release !== 'unpausing'

/** True when no late Pause of ours can be feared, or nothing more can be done about it. */
export const lookedEnough = (server: ServerState) =>
  isBack(server) && (server.release !== 'open' || (!server.pausePending && (server.gate !== 'unclear' || (server.looks ?? 0) >= SECOND_LOOKS_MS.length)))

/** Step 10: every server that was sent a Pause and may hold something of ours; Ledgers first, Auditors right behind. */
export function beginUnpause(state: State): Step {
  const order = state.plan.servers.map((_, i) => i).sort((a, b) => rank(state, a) - rank(state, b))
  return order.reduce<Step>((step, i) => chain(step, s => firstRound(s, i)), {state: {...state, unpauseSent: state.unpauseSent ?? state.now}, effects: []})
}

const rank = (state: State, i: number) => state.plan.servers[i]?.wave === 'ledger' ? 0 : 1

function firstRound(state: State, i: number): Step {
  const server = state.servers[i]
  // After the lease was read, what its round would have sent meanwhile is sent; an Unpause that was answered OK is only verified.
  if (server?.release === 'unpausing') return round(state, i, server.unpauseOk ? 'look' : server.aim)
  if (server && server.release !== 'none') return scheduleLook(state, i)
  switch (server?.gate) {
    case 'asked':
    case 'closed':
    case 'failed':
    case 'unclear': return round(state, i, 'unpause')
    case 'reopened':
    case 'inherited': return round(state, i, 'look')
    case 'foreign': return {state: end(state, i, 'left'), effects: []}
    default: return {state, effects: []}
  }
}

/** What a dead holder of the lease left paused is unpaused before our own Pause. */
export const beginRepair = (state: State): Step =>
  state.servers.reduce<Step>((step, {gate}, i) => gate === 'inherited' ? chain(step, s => round(s, i, 'unpause')) : step, {state, effects: []})

/** What an event means for the way back. */
export function react(state: State, event: Event): Step {
  switch (event.type) {
    case 'unpaused': return afterUnpause(state, event.server, event.call, event.answer.kind === 'ok', event.answer.kind === 'ok' ? undefined : event.answer.message)
    case 'checked': return afterCheck(state, event.server, event.call, event.answer)
    case 'paused': return latePause(state, event.server)
    case 'located': return {state: event.answer === 'gone' && !isBackAt(state, event.server) ? end(state, event.server, 'gone') : state, effects: []}
    case 'server timer': return onTimer(state, event.server, event.timer)
    case 'interrupt': return {state: state.impatience >= 2 ? giveUp(state) : state, effects: []}
    default: return {state, effects: []}
  }
}

const isBackAt = (state: State, i: number) => {
  const server = state.servers[i]
  return server === undefined || isBack(server)
}

function round(state: State, i: number, aim: ServerState['aim']): Step {
  const unpausedAt = (server: ServerState) => aim === 'unpause' ? undefined : server.unpausedAt
  const begun = change(state, i, server => (
    {...server, release: 'unpausing', aim, roundCall: state.nextCall, attempts: 0, unpauseOk: false, detour: false, retrying: false, unpausedAt: unpausedAt(server)}
  ))
  return withHedge(ask(begun, i, 'current'), i)
}

/** The next question of a round: Unpause until OK, else CheckPaused. */
function ask(state: State, i: number, via: Via): Step {
  const server = state.servers[i]
  if (!server) return {state, effects: []}
  const call = state.nextCall
  const common = {server: i, call, via, deadlineMs: UNPAUSE_DEADLINE_MS}
  const counted: State = {...change(state, i, old => ({...old, detour: via !== 'current'})), nextCall: call + 1}
  if (server.unpauseOk || (server.aim === 'look' && server.checkable)) {
    return {state: change(counted, i, old => ({...old, seen: 'asked', call: old.roundCall})), effects: [{type: 'check', ...common}]}
  }
  return {state: counted, effects: [{type: 'unpause', ...common}]}
}

function afterUnpause(state: State, i: number, call: number, ok: boolean, message?: string): Step {
  const server = state.servers[i]
  if (!server || isBack(server) || call < server.roundCall || server.unpauseOk) return {state, effects: []}
  if (!ok) return retryLater(change(state, i, old => ({...old, message})), i)
  const done = change(state, i, old => ({...old, unpauseOk: true, roundCall: state.nextCall}))
  return server.checkable ? withHedge(ask(done, i, 'current'), i) : opened(done, i)
}

/** Only what was asked in this round counts, and after an Unpause only what was asked after its OK: a sweep's late answer says nothing. */
function afterCheck(state: State, i: number, call: number, answer: CheckAnswer): Step {
  const server = state.servers[i]
  if (!server || isBack(server) || call < server.roundCall) return {state, effects: []}
  switch (answer.kind) {
    case 'unpaused': return opened(state, i)
    case 'unsupported': return server.unpauseOk ? opened(state, i) : ask(state, i, 'current')
    case 'failed': return retryLater(state, i)
    case 'paused': return mayBeOurs(server) || isFound(server) ? unpauseAgain(state, i) : {state: end(state, i, 'left'), effects: []}
  }
}

/**
 * Paused although our Unpause was answered OK, or although the server had undone our closure: ours only where the fate of
 * our own Pause is unknown, since it may have been late; otherwise somebody else paused, and that is not ours to revoke.
 */
const mayBeOurs = (server: ServerState) => server.pausePending || server.gate === 'unclear'

/** Found paused by whomever, and not unpaused yet. */
const isFound = (server: ServerState) => server.gate === 'inherited' && server.aim === 'look'

/** What a look has found is undone at once; a gate that stays closed after an Unpause is tried again in a moment. */
function unpauseAgain(state: State, i: number): Step {
  if (state.servers[i]?.aim === 'look') return round(state, i, 'unpause')
  return retryLater(change(state, i, server => ({...server, unpauseOk: false, roundCall: state.nextCall})), i)
}

const opened = (state: State, i: number) => scheduleLook(end(state, i, 'open'), i)

/** A Pause was answered after the way back had begun: an OK means Unpause again, silence means second looks. */
function latePause(state: State, i: number): Step {
  const server = state.servers[i]
  if (!server || server.release === 'given up') return {state, effects: []}
  switch (server.gate) {
    case 'closed': return round(state, i, 'unpause')
    case 'reopened':
    // An Unpause on its way is past recall, but it is not sent again: the gate is another's.
    case 'foreign': return round(state, i, 'look')
    case 'failed': return server.release === 'open' ? round(state, i, 'look') : {state, effects: []}
    default: return scheduleLook(state, i)
  }
}

/** Step 11: the times count from when the server was seen open and its Pause was known to be unclear. */
function scheduleLook(state: State, i: number): Step {
  const server = state.servers[i]
  if (!server || server.release !== 'open' || server.gate !== 'unclear' || server.pausePending) return {state, effects: []}
  const {looks = 0, looksFromMs = state.now.monoMs} = server
  const dueMs = SECOND_LOOKS_MS[looks]
  if (dueMs === undefined) return {state, effects: []}
  const ms = Math.max(0, looksFromMs + dueMs - state.now.monoMs)
  return {state: change(state, i, old => ({...old, looks, looksFromMs})), effects: [{type: 'server timer', server: i, timer: 'look', ms}]}
}

function onTimer(state: State, i: number, timer: 'hedge' | 'retry' | 'look'): Step {
  const server = state.servers[i]
  if (!server) return {state, effects: []}
  if (timer === 'look') return server.release === 'open' ? round(change(state, i, old => ({...old, looks: (old.looks ?? 0) + 1})), i, 'look') : {state, effects: []}
  if (isBack(server)) return {state, effects: []}
  if (timer === 'hedge') return server.retrying ? {state, effects: []} : hedge(state, i)
  const via = mayDetour(state) ? LADDER[server.attempts % LADDER.length] : 'current'
  return ask(change(state, i, old => ({...old, retrying: false})), i, via ?? 'fresh')
}

/** Silence means a dead tunnel only where nothing else is heard either; hundreds of new tunnels would stop a busy client for good. */
const hedge = (state: State, i: number): Step => mayDetour(state) ? ask(state, i, 'fresh') : withHedge({state, effects: []}, i, BUSY_MS)

const mayDetour = ({now, heardMs = -Infinity, servers}: State) =>
  now.monoMs - heardMs >= BUSY_MS && servers.filter(server => server.detour).length < MAX_DETOURS

/** Attempts walk through connections and credentials, since any of them may be what is broken. */
const LADDER: readonly Via[] = ['current', 'fresh', 'credentials', 'kubectl']

/** A failed attempt: is the pod still there, and once more in a moment. */
function retryLater(state: State, i: number): Step {
  const server = state.servers[i]
  if (!server || server.retrying) return {state, effects: []}
  if (isFound(server) && waitedLong(state)) return {state: end(state, i, 'given up'), effects: []}
  const ms = Math.min(MAX_BACKOFF_MS, 100 * 2 ** Math.min(server.attempts, 10))
  return {
    state: change(state, i, old => ({...old, attempts: old.attempts + 1, detour: false, retrying: true})),
    effects: [{type: 'locate', server: i}, {type: 'server timer', server: i, timer: 'retry', ms}],
  }
}

/** A server that has not said that it is paused may never say anything: it is not waited for without end, but named. */
const waitedLong = ({now, unpauseSent = now}: State) => now.monoMs - unpauseSent.monoMs > LOOK_LIMIT_MS

/** Told to stop: what is not verified open is named as such, and so is what a late Pause may still close. */
function giveUp(state: State): State {
  const servers = state.servers.map((server): ServerState => isBack(server) && lookedEnough(server) ? server : {...server, release: 'given up'})
  return {...state, servers}
}

function end(state: State, i: number, release: Release): State {
  const first = release === 'open' && state.servers[i]?.unpausedAt === undefined
  const ended = change(state, i, server => ({...server, release, detour: false, retrying: false, unpausedAt: first ? state.now : server.unpausedAt}))
  return first ? {...ended, unpausedAt: state.now} : ended
}

const withHedge = (step: Step, i: number, ms = HEDGE_MS): Step => ({state: step.state, effects: [...step.effects, {type: 'server timer', server: i, timer: 'hedge', ms}]})

function chain(step: Step, next: (state: State) => Step): Step {
  const after = next(step.state)
  return {state: after.state, effects: [...step.effects, ...after.effects]}
}
