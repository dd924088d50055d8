/**
 * What a backup's state looks like as lines for people; pure, and without a memory: the same state, the same lines.
 */
import {isBack, lookedEnough} from '../protocol/unpause.ts'
import {isProven} from '../protocol/verdict.ts'
import {SECOND_LOOKS_MS} from '../protocol/limits.ts'
import {formatDuration} from '../support/duration.ts'
import type {Instant} from '../support/clock.ts'
import type {Event, Phase, ServerState, State} from '../protocol/types.ts'

export type Mark = 'busy' | 'done' | 'warning' | 'failed'

/** One line of progress; `busy` ones change still. */
export interface ProgressLine {
  readonly title: string
  readonly mark: Mark
  readonly text: string
  /** Of a busy line: what a log should hear too; a new note is a new line there. */
  readonly note?: string
}

/** Unpausing that takes longer than this is explained, server by server. */
const SLOW_UNPAUSE_MS = 1000
/** As many servers are named one by one. */
const NAMED = 3

const LOOKING: readonly Phase[] = ['locking', 'arming', 'looking', 'looking again']
const OVER: readonly Phase[] = ['disarming', 'recording', 'releasing', 'ended']

/** The lines from the first look on, in their order; `now` counts seconds on between two events. */
export function progressLines(state: State, now: Instant = state.now): ProgressLine[] {
  return [tunnels(state), paused(state), command(state), held(state, now), confirmed(state), unpaused(state, now), secondLook(state, now), clocks(state)].flatMap(line => line ?? [])
}

/** What an event wants to be said at once, beside the lines. */
export function noticeOf(state: State, event: Event, before: State): string | undefined {
  if (event.type !== 'interrupt') return undefined
  if (event.detail !== undefined) return `an error of this program${state.pauseSent === undefined ? '' : ', which goes on to unpause'}: ${event.detail}`
  if (state.impatience > before.impatience) return impatient(state)
  if (before.unpauseSent !== undefined) return undefined
  if (state.plan.repair) return 'interrupted: nothing was changed'
  return state.pauseSent === undefined ? 'interrupted: nothing was paused' : 'interrupted: unpausing…'
}

/** Who is told to stop while unpausing is told each time what that leaves. */
function impatient(state: State): string {
  const givenUp = namesOf(state, server => server.release === 'given up')
  if (givenUp.length > 0) return `gave up: ${listed(givenUp)} may be left paused, which nobody tries to end any more; the commands that do follow`
  const waiting = namesOf(state, state.phase === 'reading lease' ? mayBePaused : stillOut)
  if (waiting.length > 0) return `still paused, or not known to be unpaused: ${listed(waiting)}; once more (Ctrl-C) gives up: they stay so, and nobody tries to end it any more`
  return `everything of ours is unpaused${state.phase === 'recording' ? ', and the record is being written' : ''}`
}

/** In a few words, what unpausing waits for; undefined while it is quick or done. */
function waitingFor(state: State, now: Instant): string | undefined {
  const {phase, unpauseSent} = state
  if (phase !== 'unpausing' || !unpauseSent || now.monoMs - unpauseSent.monoMs <= SLOW_UNPAUSE_MS) return undefined
  const waiting = state.servers.flatMap((server, i) => isBack(server) ? [] : [`${nameOf(state, i)}${server.message ? ` (${server.message})` : ''}`])
  return waiting.length === 0 ? undefined : `waiting for ${listed(waiting)}`
}

const nameOf = (state: State, i: number) => state.plan.servers[i]?.name ?? `server ${i}`
const namesOf = (state: State, chosen: (server: ServerState) => boolean) => state.servers.flatMap((server, i) => chosen(server) ? [nameOf(state, i)] : [])
const mayBePaused = ({gate}: ServerState) => gate !== 'untouched' && gate !== 'foreign'
const stillOut = (server: ServerState) => !isBack(server) || !lookedEnough(server)
const listed = (names: readonly string[]) => names.length <= NAMED ? names.join(', ') : `${names.slice(0, NAMED).join(', ')} and ${names.length - NAMED} more`
const count = (state: State, chosen: (server: ServerState) => boolean) => state.servers.filter(chosen).length
const of = (part: number, whole: number) => `${part} of ${whole}`
const whyNot = (state: State) => listed(state.reasons.filter(reason => reason.kind !== 'unverified').map(reason => reason.text))
const deviated = (state: State) => state.reasons.some(reason => reason.kind !== 'unverified')

/** Steps 3 to 5: every server's first answer opens its tunnel. */
function tunnels(state: State): ProgressLine | undefined {
  const title = state.listed.length > 0 ? 'Tunnels' : 'Prepared'
  const all = state.servers.length
  const answered = count(state, server => server.seen === 'paused' || server.seen === 'unpaused' || !server.checkable)
  // The error that follows says why.
  if (state.pauseSent === undefined && deviated(state)) return {title, mark: 'failed', text: title === 'Prepared' ? 'stopped' : `${of(answered, all)} open${alreadyPaused(state)}`}
  if (title === 'Prepared') return state.phase === 'arming' ? {title: 'Watchdog', mark: 'busy', text: 'starting, and reaching the clusters by itself'} : undefined
  const silent = count(state, server => !server.checkable)
  if (state.pauseSent === undefined && LOOKING.includes(state.phase)) {
    return {title, mark: 'busy', text: `${of(answered, all)} open`}
  }
  if (silent === 0) return {title, mark: 'done', text: `${of(all, all)} open, none paused`}
  return {title, mark: 'warning', text: `${of(all, all)} open, ${all - silent} not paused, ${silent} cannot tell`}
}

function alreadyPaused(state: State): string {
  const paused = count(state, server => server.seen === 'paused')
  return paused === 0 ? '' : `, ${paused} already paused`
}

/** Steps 6 and 7. */
function paused(state: State): ProgressLine | undefined {
  if (state.pauseSent === undefined) return undefined
  const closed = of(count(state, server => server.gate === 'closed'), state.servers.length)
  if (state.pausedAt) return {title: 'Paused', mark: 'done', text: `${closed} in ${formatDuration(state.pausedAt.monoMs - state.pauseSent.monoMs)}, outstanding requests finished`}
  if (deviated(state)) return {title: 'Paused', mark: 'failed', text: `${closed}: ${whyNot(state)}`}
  return {title: 'Paused', mark: 'busy', text: `${closed}, outstanding requests are finishing`}
}

/** What runs in the pause. */
function command({command: stands, commandFailure, unpauseSent}: State): ProgressLine | undefined {
  const title = 'Command'
  if (stands === undefined) return undefined
  if (commandFailure !== undefined) return {title, mark: 'failed', text: commandFailure}
  if (stands === 'ended') return {title, mark: 'done', text: 'succeeded'}
  return unpauseSent === undefined ? {title, mark: 'busy', text: 'runs'} : {title, mark: 'failed', text: 'told to end'}
}

/** Step 8, counted down. */
function held({plan, phase, pausedAt, unpauseSent, confirmedAt, interrupts, command: stands}: State, now: Instant): ProgressLine | undefined {
  if (pausedAt === undefined) return undefined
  const heldMs = (unpauseSent ?? now).monoMs - pausedAt.monoMs
  if (unpauseSent === undefined && !OVER.includes(phase)) return {title: 'Held', mark: 'busy', text: countdown(plan.holdMs, heldMs, stands === 'running' ? 'the command ends' : 'it is confirmed')}
  // Timers may be early by a fraction, and an answer late: 10.0 s is 10 s.
  const whole = heldMs >= plan.holdMs - 1
  const text = whole ? formatDuration(heldMs) : `${formatDuration(heldMs)} of ${formatDuration(plan.holdMs)}`
  if (confirmedAt === undefined) return {title: 'Held', mark: 'failed', text}
  return {title: 'Held', mark: whole ? 'done' : 'warning', text: interrupts.length > 0 && !whole ? `${text}, interrupted` : text}
}

function countdown(holdMs: number, heldMs: number, until: string): string {
  const leftS = Math.ceil((holdMs - heldMs) / 1000)
  return leftS > 0 ? `${leftS} s left of ${formatDuration(holdMs)}` : `${formatDuration(holdMs)}, until ${until}`
}

/** Step 9, or why it never came to be. */
function confirmed(state: State): ProgressLine | undefined {
  if (state.pausedAt === undefined) return undefined
  const title = 'Confirmed'
  if (state.confirmedAt) return confirmedText(state)
  if (deviated(state)) return {title, mark: 'failed', text: whyNot(state)}
  if (state.confirmSent === undefined) return undefined
  return {title, mark: 'busy', text: `${of(count(state, server => server.seen === 'paused'), count(state, server => server.checkable))} seen paused`}
}

function confirmedText(state: State): ProgressLine {
  const silent = count(state, server => !server.checkable)
  const pods = 'no pod restarted, joined or left'
  if (silent === 0) return {title: 'Confirmed', mark: 'done', text: `all paused throughout, ${pods}`}
  const all = state.servers.length
  return {title: 'Confirmed', mark: 'warning', text: `${of(all - silent, all)} paused throughout, ${silent} cannot tell, ${pods}`}
}

const STOOD_STILL = 'this machine stood still for long: reading the lease first'

/** Step 10. */
function unpaused(state: State, now: Instant): ProgressLine | undefined {
  const title = 'Unpaused'
  if (state.phase === 'reading lease') return {title, mark: 'busy', text: STOOD_STILL, note: STOOD_STILL}
  if (state.pauseSent && !state.unpauseSent && OVER.includes(state.phase)) return {title, mark: 'failed', text: "none: the lease is another's by now"}
  if (state.unpauseSent === undefined) return undefined
  const all = count(state, server => server.release !== 'none')
  const open = count(state, server => server.release === 'open')
  const verified = `${of(open, all)} verified`
  if (!state.servers.every(isBack)) {
    const note = waitingFor(state, now)
    const text = [verified, note].filter(Boolean).join(', ')
    return {title, mark: 'busy', text, note: note && text}
  }
  const gone = count(state, server => server.release === 'gone')
  const left = namesOf(state, server => server.release === 'left')
  const givenUp = namesOf(state, server => server.release === 'given up')
  const text = [
    verified,
    gone > 0 ? `${gone} gone` : '',
    left.length > 0 ? `another's pause left alone: ${listed(left)}` : '',
    givenUp.length > 0 ? `may still be paused: ${listed(givenUp)}` : '',
    state.unpausedAt && state.pauseSent ? `unavailable for ${formatDuration(state.unpausedAt.monoMs - state.pauseSent.monoMs)}` : '',
  ].filter(Boolean).join(', ')
  return {title, mark: left.length + givenUp.length > 0 ? 'failed' : 'done', text}
}

/** Step 11, only where a Pause is unclear. */
function secondLook(state: State, now: Instant): ProgressLine | undefined {
  const title = 'Second look'
  if (state.unpauseSent === undefined || !state.servers.some(server => server.looks !== undefined || (state.phase === 'second look' && server.pausePending))) return undefined
  if (state.phase !== 'second look' && state.phase !== 'unpausing') {
    return state.servers.some(server => server.release === 'given up') ? {title, mark: 'failed', text: 'given up'} : {title, mark: 'done', text: 'no late Pause came, or it was undone'}
  }
  const note = `a Pause without a clear answer may still reach ${listed(namesOf(state, server => !lookedEnough(server)))}`
  const sinceMs = now.monoMs - state.unpauseSent.monoMs
  const dueMs = SECOND_LOOKS_MS.find(ms => ms > sinceMs)
  if (dueMs === undefined) return {title, mark: 'busy', text: note, note}
  const again = `${note}; looking again ${formatDuration(dueMs)} after its Unpause`
  return {title, mark: 'busy', text: `${again}, in ${Math.ceil((dueMs - sinceMs) / 1000)} s`, note: again}
}

/** Step 2 once more: what was found is in the record, and a clock that moved is said with the result. */
function clocks(state: State): ProgressLine | undefined {
  const title = 'Clocks'
  if (state.phase === 'measuring again') return {title, mark: 'busy', text: 'measuring them again, everything is unpaused'}
  if (state.offsetsAfter === undefined) return undefined
  if (!isProven(state)) return {title, mark: 'failed', text: whyNot(state)}
  const missing = state.plan.offsets.flatMap(({database}, i) => state.offsetsAfter?.[i]?.unmeasured === undefined ? [] : [database])
  return missing.length === 0
    ? {title, mark: 'done', text: 'measured again, the restore point holds'}
    : {title, mark: 'warning', text: `not measured again: ${listed(missing)}`}
}
