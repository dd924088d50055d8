/**
 * What decides how a backup proceeds; to be read beside docs/protocol.md.
 *
 * The rule of this file: `step` first notes what an event says (facts.ts; no decisions there), then follows RULES in a loop
 * until none applies. A rule is (step, from, to, when). Entering a phase has the effects of `enter`. The way back of single
 * servers, steps 10 and 11, is unpause.ts. There are no promises, timers, sockets or clock reads: time arrives with events.
 */
import {deviationsOf} from './deviations.ts'
import {allSeen, note} from './facts.ts'
import {
  ANSWER_MARGIN_MS, CHECK_DEADLINE_MS, CONFIRM_LIMIT_MS, LEASE_AGAIN_MS, LOOK_DEADLINE_MS, LOOK_FRESH_MS, LOOK_LIMIT_MS, MAX_DETOURS, MEASURE_LIMIT_MS, SILENCE_MS, SWEEP_EVERY_MS, WATCHDOG_FRESH_MS,
} from './limits.ts'
import {confirmFromMs, restorePointMs} from './window.ts'
import {briefed} from './briefing.ts'
import {beginRepair, beginUnpause, isBack, lookedEnough, react} from './unpause.ts'
import type {Instant} from '../support/clock.ts'
import type {Effect, Event, Phase, Plan, ServerState, State, Step, Wave, Whose} from './types.ts'

export interface Rule {
  /** The step of docs/protocol.md to which the rule belongs. */
  readonly step: number
  readonly from: readonly Phase[]
  readonly to: Phase
  readonly when: (state: State) => boolean
  /** In a few words, for the diagram. */
  readonly why: string
}

export const BEFORE_PAUSE: readonly Phase[] = ['locking', 'arming', 'looking', 'repairing', 'looking again']
export const PAUSED: readonly Phase[] = ['pausing auditors', 'pausing ledgers', 'sweeping', 'holding', 'confirming', 'held']

const deviated = (s: State) => s.reasons.some(r => r.kind !== 'unverified')
const inWave = (s: State, wave: Wave) => (server: number) => s.plan.servers[server]?.wave === wave
const waveClosed = (s: State, wave: Wave) => s.servers.every((server, i) => !inWave(s, wave)(i) || server.gate === 'closed')
const hasAuditors = (s: State) => s.plan.servers.some(server => server.wave === 'auditor')
const commandOver = (s: State) => s.plan.command === undefined || s.command === 'ended'
const holdOver = (s: State) => (s.plan.byHand ? s.holdEnded === true : !s.timers.includes('hold')) && commandOver(s)
/** What was paused before is found so: by a dead holder of the lease, then it is repaired first. */
const looked = (s: State) => s.listed.every(Boolean) && s.servers.every(server => !server.checkable || server.seen === 'unpaused' || server.gate === 'inherited')
const toRepair = (s: State) => looked(s) && s.servers.some(server => server.gate === 'inherited' && server.release === 'none')
/** The timer ran on the monotonic clock; second T has to be over on the wall clock, and so on every database's. */
const confirmDueMs = (s: State) => confirmFromMs(s.restorePointMs ?? Infinity, s.plan.guardMs, s.plan.offsets) - s.now.wallMs
const ready = (s: State) => allSeen(s, 'unpaused') && s.listed.every(Boolean)
/** Who interrupts does not wait for clocks: a restore point that is confirmed then rests on the first measurement. */
const clocksMatter = (s: State) => s.confirmedAt !== undefined && s.plan.offsets.length > 0 && s.interrupts.length === 0
const lookFresh = (s: State) => s.phase === 'looking again' || s.now.monoMs - (s.lookMs ?? 0) <= LOOK_FRESH_MS
const watchdogFresh = (s: State) => s.watchdogMs === undefined || s.now.monoMs - s.watchdogMs <= WATCHDOG_FRESH_MS

/** The order matters only where two rules of one phase could apply: a deviation goes first. */
export const RULES: readonly Rule[] = [
  {step: 12, from: BEFORE_PAUSE, to: 'disarming', when: s => deviated(s) && s.lock !== 'asked' && s.watchdog !== 'asked', why: 'anything in the way'},
  {step: 10, from: ['locking'], to: 'unpausing', when: s => s.plan.repair === true && s.lock === 'held' && !deviated(s), why: 'only a repair'},
  {step: 3, from: ['locking'], to: 'arming', when: s => s.lock === 'held' && !deviated(s), why: 'lease held'},
  {step: 4, from: ['arming'], to: 'looking', when: s => s.watchdog === 'armed' && !deviated(s), why: 'watchdog alive'},
  {step: 5, from: ['looking'], to: 'disarming', when: s => s.plan.dryRun && looked(s), why: 'dry run'},
  {step: 5, from: ['looking'], to: 'repairing', when: toRepair, why: 'paused by a dead holder of the lease'},
  {step: 5, from: ['repairing'], to: 'looking again', when: s => s.servers.every(isBack), why: 'repaired'},
  {step: 5, from: ['looking'], to: 'looking again', when: s => ready(s) && !lookFresh(s), why: 'it took a while'},
  {step: 6, from: ['looking', 'looking again'], to: 'pausing auditors', when: s => ready(s) && hasAuditors(s) && watchdogFresh(s), why: 'all unpaused, pods as found'},
  {step: 6, from: ['looking', 'looking again'], to: 'pausing ledgers', when: s => ready(s) && !hasAuditors(s) && watchdogFresh(s), why: 'all unpaused, no Auditor'},
  {step: 10, from: ['taking over'], to: 'unpausing', when: s => !s.frozen, why: 'its parent is dead'},
  {step: 10, from: [...PAUSED, 'taking over', 'unpausing', 'second look'], to: 'reading lease', when: s => s.frozen, why: 'the lease may have run out'},
  {step: 10, from: ['reading lease'], to: 'reading lease', when: s => s.frozen, why: 'stood still once more: what was read may be old'},
  {step: 10, from: ['reading lease'], to: 'unpausing', when: s => s.lockRead === 'unchanged' || s.lockRead === 'free', why: 'lease still ours, or nobody\'s'},
  {step: 10, from: ['reading lease'], to: 'disarming', when: s => isAnothers(s) || s.impatience >= 2, why: "lease another's, or told to stop"},
  {step: 10, from: [...PAUSED, 'unpausing', 'second look'], to: 'disarming', when: s => s.lockRead === 'lost', why: 'lease ran out, and is another\'s'},
  {step: 10, from: PAUSED, to: 'unpausing', when: deviated, why: 'any deviation'},
  {step: 6, from: ['pausing auditors'], to: 'pausing ledgers', when: s => waveClosed(s, 'auditor') && watchdogFresh(s), why: 'every Auditor OK'},
  {step: 7, from: ['pausing ledgers'], to: 'sweeping', when: s => waveClosed(s, 'ledger'), why: 'every Ledger OK'},
  {step: 8, from: ['sweeping'], to: 'holding', when: s => allSeen(s, 'paused'), why: 'all seen paused'},
  {step: 9, from: ['holding'], to: 'confirming', when: s => confirmDueMs(s) <= 0 && commandOver(s), why: 'second T has passed everywhere, the command has ended'},
  {step: 9, from: ['confirming'], to: 'held', when: s => allSeen(s, 'paused') && s.listed.every(Boolean) && s.lockRead === 'unchanged', why: 'all paused, pods and lease as before'},
  {step: 10, from: ['held'], to: 'unpausing', when: holdOver, why: 'hold is over'},
  {step: 11, from: ['unpausing'], to: 'second look', when: s => s.servers.every(isBack), why: 'every server open, gone, left or given up'},
  {step: 2, from: ['second look'], to: 'measuring again', when: s => s.servers.every(lookedEnough) && clocksMatter(s), why: 'no Pause unclear'},
  {step: 12, from: ['second look'], to: 'disarming', when: s => s.servers.every(lookedEnough), why: 'no restore point, no known database, or interrupted'},
  {step: 12, from: ['measuring again'], to: 'disarming', when: s => s.offsetsAfter !== undefined || !s.timers.includes('limit') || !clocksMatter(s), why: 'measured, late, or interrupted'},
  {step: 12, from: ['disarming'], to: 'recording', when: s => s.watchdog === 'none' && s.pauseSent !== undefined, why: 'watchdog disarmed'},
  {step: 12, from: ['recording'], to: 'releasing', when: s => s.recorded === true, why: 'record written'},
  {step: 12, from: ['disarming'], to: 'releasing', when: s => s.watchdog === 'none' && s.pauseSent === undefined, why: 'nothing was paused'},
  {step: 12, from: ['releasing'], to: 'ended', when: s => s.lock === 'none', why: 'lease released'},
]

const isAnothers = (s: State) => s.lockRead === 'taken' || s.lockRead === 'lost'

/** The state before the first event. */
export function initial(plan: Plan, at: State['now']): State {
  const server: ServerState = {
    gate: plan.repair ? 'inherited' : 'untouched', release: 'none', seen: 'unasked', checkable: true, pausePending: false,
    aim: 'unpause', roundCall: 0, attempts: 0, unpauseOk: false, detour: false, retrying: false,
  }
  return {
    plan, phase: 'locking', begun: at, now: at, servers: plan.servers.map(() => server), reasons: [], warnings: [], nextCall: 0,
    lock: 'none', inherited: [], watchdog: 'none', listed: [], frozen: false, interrupts: [], impatience: 0, timers: [],
  }
}

/**
 * Where a watchdog begins when its parent is dead: whatever may be ours is unpaused, every Pause counted as unclear, the lease
 * read before if it may have run out.
 * @param known by server, what the parent said of it last; none = no Pause was about to be sent
 * @param leaseAt when the leases were last known to be ours; undefined = there are none
 * @param why for people, what became of the parent
 */
export function orphaned(plan: Plan, known: ReadonlyArray<Whose | undefined>, leaseAt: Instant | undefined, why: string, at: Instant): State {
  const state = initial(plan, at)
  return {
    ...state, phase: 'taking over', lock: 'held', leaseAt, pauseSent: at, reasons: [{kind: 'void', text: why}],
    servers: state.servers.map((server, i) => orphan(server, known[i])),
  }
}

function orphan(server: ServerState, whose: Whose | undefined): ServerState {
  switch (whose) {
    case 'ours': return {...server, gate: 'unclear', briefed: whose}
    case 'open': return {...server, gate: 'unclear', release: 'open', briefed: whose}
    case 'theirs': return {...server, gate: 'foreign', briefed: whose}
    case 'back':
    case undefined: return server
  }
}

/** One event in, the next state and what is asked of the world out. */
export function step(state: State, event: Event): Step {
  const noted = note(state, event)
  const found = deviationsOf(state, noted, event)
  const judged = found.length === 0 ? noted : {...noted, reasons: [...noted.reasons, ...found]}
  const held = judged.frozen && judged.phase !== 'reading lease'
  return settle(held ? heard(judged, event) : again(judged, event))
}

/** Until the lease is read nothing is sent; what servers answer on the way back counts all the same. */
function heard(state: State, event: Event): Step {
  const answered = event.type === 'unpaused' || event.type === 'checked' || event.type === 'paused' || event.type === 'located'
  return {state: answered && state.unpauseSent !== undefined ? react(state, event).state : state, effects: []}
}

/** Follows RULES until none applies. */
function settle(begun: Step): Step {
  let {state} = begun
  const effects = [...begun.effects]
  for (;;) {
    const rule = RULES.find(r => r.from.includes(state.phase) && r.when(state))
    if (!rule) return {state, effects}
    const entered = enter({...state, phase: rule.to})
    state = entered.state
    effects.push(...entered.effects)
  }
}

/** What entering a phase asks of the world. */
function enter(state: State): Step {
  switch (state.phase) {
    case 'arming': return {state: {...state, watchdog: 'asked'}, effects: [{type: 'arm'}]}
    case 'looking': return look(state)
    case 'repairing': return withTimer(beginRepair(state), 'poll', SWEEP_EVERY_MS)
    case 'looking again': return withTimer(checkAll(repaired(state), () => true, LOOK_DEADLINE_MS), 'limit', LOOK_LIMIT_MS)
    case 'pausing auditors': return withTimer(pauseWave({...state, pauseSent: state.now}, 'auditor'), 'poll', SWEEP_EVERY_MS)
    case 'pausing ledgers': return withTimer(pauseWave({...state, pauseSent: state.pauseSent ?? state.now}, 'ledger'), 'poll', SWEEP_EVERY_MS)
    case 'sweeping': return paused(state)
    case 'holding': return state.plan.command ? {state: {...state, command: 'running'}, effects: [{type: 'run command'}]} : {state, effects: []}
    case 'confirming': return confirm(state)
    case 'held': return {state: {...state, confirmedAt: state.now}, effects: []}
    case 'reading lease': return withTimer({state: {...state, frozen: false, lockRead: undefined}, effects: [{type: 'read lock'}]}, 'silence', LEASE_AGAIN_MS)
    case 'unpausing': return withTimer(join(briefed(beginUnpause(state), true), stopCommand(state)), 'poll', SWEEP_EVERY_MS)
    case 'second look': return briefed({state, effects: []}, true)
    case 'measuring again': return withTimer({state, effects: [{type: 'measure'}]}, 'limit', MEASURE_LIMIT_MS)
    case 'disarming': return {state, effects: state.watchdog === 'armed' ? [{type: 'disarm'}] : []}
    case 'recording': return {state, effects: [{type: 'record'}]}
    case 'releasing': return {state, effects: state.lock === 'held' ? [{type: 'unlock'}] : []}
    default: return {state, effects: []}
  }
}

/** What an event asks for without changing the phase. */
function again(state: State, event: Event): Step {
  if (event.type === 'start') return deviated(state) ? {state, effects: []} : {state: {...state, lock: 'asked'}, effects: [{type: 'lock'}]}
  if (state.phase === 'unpausing' || state.phase === 'second look' || state.phase === 'repairing') return event.type === 'timer' && event.name === 'poll' ? poll(state) : react(state, event)
  if (state.phase === 'holding' && state.plan.byHand && state.holdEnded && state.restorePointMs === undefined) return endByHand(state)
  if (event.type !== 'timer') return state.phase === 'reading lease' ? heard(state, event) : {state, effects: []}
  if (event.name === 'poll') return poll(state)
  if (event.name === 'confirm' && confirmDueMs(state) > 0) return withTimer({state, effects: []}, 'confirm', Math.ceil(confirmDueMs(state)))
  if (event.name === 'silence' && state.phase === 'confirming') return insist(state)
  if (event.name === 'silence' && state.phase === 'reading lease') return withTimer({state, effects: [{type: 'read lock'}]}, 'silence', LEASE_AGAIN_MS)
  return {state, effects: []}
}

/** After some silence in step 9, what is still unanswered is asked again. */
function insist(state: State): Step {
  const lists = state.listed.flatMap((listed, target): Effect[] => listed ? [] : [{type: 'list', purpose: 'confirm', target}])
  const lock: Effect[] = state.lockRead === undefined ? [{type: 'read lock'}] : []
  return withTimer(join(askSilent(state), [...lists, ...lock]), 'silence', SILENCE_MS)
}

/** Step 5: list and watch every target, open every tunnel by its first CheckPaused. */
function look(state: State): Step {
  const targets = [...Array(state.plan.targets).keys()]
  const listing = {...state, lookMs: state.now.monoMs, listed: targets.map(() => false)}
  const lists = targets.map((target): Effect => ({type: 'list', purpose: 'look', target}))
  return withTimer(join(checkAll(listing, () => true, LOOK_DEADLINE_MS), lists), 'limit', LOOK_LIMIT_MS)
}

/** Step 6: all servers of a wave at once, with what is left of the one drain budget. */
function pauseWave(state: State, wave: Wave): Step {
  const spentMs = state.now.monoMs - (state.pauseSent?.monoMs ?? state.now.monoMs)
  const maxPauseWaitMs = Math.max(1, Math.floor(state.plan.drainMs - spentMs))
  let next = state.nextCall
  const effects: Effect[] = []
  const servers = state.servers.map((server, i): ServerState => {
    if (!inWave(state, wave)(i)) return server
    effects.push({type: 'pause', server: i, call: next++, maxPauseWaitMs, deadlineMs: maxPauseWaitMs + ANSWER_MARGIN_MS})
    return {...server, gate: 'asked', pausePending: true, seen: 'unasked'}
  })
  const asked = briefed({state: {...state, servers, nextCall: next}, effects: []}, false)
  return join(asked, effects)
}

/** Step 7: the last OK is in; T is fixed now, and every gate is looked at once more. */
function paused(state: State): Step {
  const {plan, now} = state
  if (plan.byHand) {
    const begun = {...state, pausedAt: now, sweptMs: now.monoMs, sweepCall: state.nextCall}
    return withTimer(withTimer(sweep(begun), 'hold', plan.holdMs), 'poll', SWEEP_EVERY_MS)
  }
  const restorePoint = restorePointMs(now.wallMs, plan.holdMs, plan.guardMs, plan.offsets)
  if (restorePoint === undefined) return {state: {...state, pausedAt: now, reasons: [...state.reasons, {kind: 'void', text: 'the hold is too short for a restore point'}]}, effects: []}
  const fixed = {...state, pausedAt: now, restorePointMs: restorePoint, sweptMs: now.monoMs, sweepCall: state.nextCall}
  return withTimer(withTimer(withTimer(sweep(fixed), 'hold', plan.holdMs), 'confirm', confirmDueMs(fixed)), 'poll', SWEEP_EVERY_MS)
}

/** Paused by hand, T is chosen when it ends: the middle of what was held, so that nothing has to be waited for. */
function endByHand(state: State): Step {
  const {plan, now, pausedAt = now} = state
  const restorePoint = restorePointMs(pausedAt.wallMs, now.monoMs - pausedAt.monoMs, plan.guardMs, plan.offsets)
  if (restorePoint !== undefined) return {state: {...state, restorePointMs: restorePoint}, effects: []}
  return {state: {...state, reasons: [...state.reasons, {kind: 'void', text: 'the pause was too short for a restore point'}]}, effects: []}
}

/** Whatever ended the window, what was to run in it does not run on. */
const stopCommand = (state: State): Effect[] => state.command === 'running' ? [{type: 'stop command'}] : []

/** What a dead holder left paused and is open again; whoever thinks it was theirs has to hear of it. */
function repaired(state: State): State {
  const names = state.servers.flatMap(({gate}, i) => gate === 'inherited' ? state.plan.servers[i]?.name ?? [] : [])
  const warnings = names.map(name => `${name} was found paused, by a holder of the lease that is dead as far as can be seen, and was unpaused before this backup`)
  return {...state, inherited: [], servers: state.servers.map(untouched), warnings: [...state.warnings, ...warnings]}
}

/** What was repaired is a server like any other from now on. */
const untouched = (server: ServerState): ServerState => server.gate === 'inherited' ? {...server, gate: 'untouched', release: 'none', unpauseOk: false, unpausedAt: undefined} : server

/** Step 9: fresh lists, fresh looks, the lease; all of it sent after second T has passed on every database's clock. */
function confirm(state: State): Step {
  const targets = [...Array(state.plan.targets).keys()]
  const asked = checkAll({...state, confirmSent: state.now, listed: targets.map(() => false)}, () => true)
  const lists = targets.map((target): Effect => ({type: 'list', purpose: 'confirm', target}))
  const heldMs = state.now.monoMs - (state.pausedAt?.monoMs ?? 0)
  const leftMs = state.plan.byHand ? 0 : Math.max(0, state.plan.holdMs - heldMs)
  const limitMs = leftMs + CONFIRM_LIMIT_MS
  return withTimer(withTimer(join(asked, [...lists, {type: 'read lock'}]), 'silence', SILENCE_MS), 'limit', limitMs)
}

/** The second hand of steps 6 to 11: polls Ledgers while Auditors drain, sweeps while all are paused. */
function poll(state: State): Step {
  switch (state.phase) {
    case 'pausing auditors': return withTimer(checkAll(state, inWave(state, 'ledger')), 'poll', SWEEP_EVERY_MS)
    case 'sweeping':
    case 'holding': return withTimer(sweepAgain(state), 'poll', SWEEP_EVERY_MS)
    // Asks nothing: without a sign of life between two events far apart, this machine would seem to have stood still.
    case 'pausing ledgers':
    case 'repairing': return withTimer({state, effects: []}, 'poll', SWEEP_EVERY_MS)
    case 'unpausing':
    case 'second look': return withTimer(briefed({state, effects: []}, true), 'poll', SWEEP_EVERY_MS)
    default: return {state, effects: []}
  }
}

/** Where no server has CheckPaused there is nobody to ask; that this client was awake is all that a sweep says. */
function sweep(state: State): Step {
  const asked = checkAll(state, () => true)
  return asked.effects.length > 0 ? asked : {state: {...state, sweptMs: state.now.monoMs}, effects: []}
}

/** A sweep that is complete begins anew. */
const sweepAgain = (state: State): Step => allSeen(state, 'paused') ? sweep(state) : askSilent(state)

/** CheckPaused on the chosen servers that have it; only answers to these and later calls count from now on. */
function checkAll(state: State, chosen: (server: number) => boolean, deadlineMs = CHECK_DEADLINE_MS): Step {
  let next = state.nextCall
  const effects: Effect[] = []
  const servers = state.servers.map((server, i): ServerState => {
    if (!server.checkable || !chosen(i)) return server
    effects.push({type: 'check', server: i, call: next, via: 'current', deadlineMs})
    return {...server, seen: 'asked', call: next++}
  })
  return {state: {...state, servers, nextCall: next}, effects}
}

/** Who has not answered is asked again, on a fresh tunnel unless too many are silent; the answer to the first question still counts. */
function askSilent(state: State): Step {
  const silent = state.servers.flatMap((server, i) => server.checkable && server.seen !== 'paused' ? [i] : [])
  const effects = silent.map((server, i): Effect => ({type: 'check', server, call: state.nextCall + i, via: i < MAX_DETOURS ? 'fresh' : 'current', deadlineMs: CHECK_DEADLINE_MS}))
  return {state: {...state, nextCall: state.nextCall + silent.length}, effects}
}

const join = (step: Step, effects: readonly Effect[]): Step => ({state: step.state, effects: [...step.effects, ...effects]})

function withTimer(step: Step, name: State['timers'][number], ms: number): Step {
  const timers = [...step.state.timers.filter(timer => timer !== name), name]
  return join({state: {...step.state, timers}, effects: step.effects}, [{type: 'timer', name, ms: Math.max(0, ms)}])
}
