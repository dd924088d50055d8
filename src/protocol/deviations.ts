import {offsetText} from '../clock/offset-text.ts'
import {membershipChanges} from './membership.ts'
import {SWEEP_GAP_MS, WATCHDOG_LOST_MS, boundMs} from './limits.ts'
import {driftMs, liesWithin, throughout} from './window.ts'
import type {CheckAnswer, PauseAnswer} from '../admin/types.ts'
import type {Event, Phase, Reason, State} from './types.ts'

const PREPARING: readonly Phase[] = ['locking', 'arming', 'looking', 'repairing', 'looking again']
const IN_DOUBT: readonly Phase[] = ['pausing auditors', 'pausing ledgers', 'sweeping', 'holding', 'confirming']

/**
 * What is wrong, seen from the phase in which the event arrived. Until a Pause is sent it fails the backup, then it voids
 * the restore point, and once step 9 has held nothing can: checks made after T speak for T.
 * @param before the state without what the event says: gaps in time are measured from there
 */
export function deviationsOf(before: State, noted: State, event: Event): Reason[] {
  if (event.type === 'interrupt') return before.unpauseSent === undefined ? [{kind: 'interrupted', text: `interrupted (${event.detail === undefined ? event.signal : `${event.signal}: ${event.detail}`})`}] : []
  if (PREPARING.includes(before.phase)) return reasons('failed', [...inPreparation(before, noted, event), ...outOfLease(noted), ...inClocks(before, noted)])
  if (IN_DOUBT.includes(before.phase)) return reasons('void', [...inWindow(before, noted, event), ...inTime(before, noted)])
  if (event.type === 'measured' && noted.offsetsAfter !== before.offsetsAfter) return reasons('void', movedClocks(noted))
  return []
}

interface Finding {
  readonly text: string
  readonly server?: number
  readonly kind?: Reason['kind']
}

const reasons = (kind: Reason['kind'], findings: readonly Finding[]): Reason[] => findings.map(finding => ({kind, ...finding}))
const found = (...texts: string[]): Finding[] => texts.map(text => ({text}))
const nameOf = (state: State, server: number) => state.plan.servers[server]?.name ?? `server ${server}`

/** Steps 3 to 5: anything in the way ends the backup before it costs anything. */
function inPreparation(state: State, noted: State, event: Event): Finding[] {
  switch (event.type) {
    case 'start': return unverifiedServers(state)
    case 'lock refused': return found(`another backup holds the lease: ${event.holder}`)
    case 'lock failed': return found(`the lease could not be taken: ${event.reason}`)
    case 'lock read': return lockFindings(event)
    case 'arm failed': return found(`the watchdog could not be started: ${event.reason}`)
    case 'list failed': return found(`cannot list pods: ${event.message}`)
    case 'listed':
    case 'pods changed': return membershipChanges(podsOf(state, event.target), event.pods).map(text => ({text: `${text} while the backup was being prepared`}))
    // A repair asks again until it succeeds, or the limit is reached.
    case 'checked': return state.phase !== 'repairing' && event.call === state.servers[event.server]?.call ? firstLook(state, noted, event.server, event.answer) : []
    case 'timer': return event.name === 'limit' ? found(`not everything was ready in time: ${outstanding(noted, 'unpaused') || 'the watchdog gives no sign of life'}`) : []
    default: return []
  }
}

const podsOf = (state: State, target: number) => state.plan.pods.filter(pod => pod.target === target)

const unverifiedServers = (state: State): Finding[] =>
  state.plan.servers.flatMap((server, i) => server.unverified === undefined ? [] : [unverified(state, i, server.unverified)])

const unverified = (state: State, server: number, why: string): Finding =>
  ({kind: state.plan.allowUnverified ? 'unverified' : 'failed', text: `${nameOf(state, server)}: ${why}`, server})

function firstLook(state: State, noted: State, server: number, answer: CheckAnswer): Finding[] {
  switch (answer.kind) {
    case 'unpaused': return []
    case 'paused': return noted.servers[server]?.gate === 'inherited' ? [] : [{server, text: `${nameOf(state, server)} is already paused, by another operator or a backup that died`}]
    case 'failed': return [{server, text: `cannot ask ${nameOf(state, server)} whether it is paused: ${answer.message}`}]
    case 'unsupported': return state.plan.servers[server]?.unverified ? [] : [unverified(state, server, 'the server is too old for CheckPaused, so its pause cannot be proven')]
  }
}

/** Steps 6 to 9: what an event says against the window. */
function inWindow(state: State, noted: State, event: Event): Finding[] {
  switch (event.type) {
    case 'paused': return pauseRefused(state, event.server, event.answer)
    case 'checked': return againstPause(state, event.server, event.call, event.answer)
    case 'listed':
    case 'pods changed': return found(...membershipChanges(podsOf(state, event.target), event.pods))
    case 'lock read': return lockFindings(event)
    case 'command ended': return event.failure === undefined ? [] : found(`the command ${event.failure}`)
    case 'timer': return event.name === 'limit' && state.phase === 'confirming' ? found(`the pause could not be confirmed in time: ${outstanding(noted, 'paused')}`) : []
    default: return []
  }
}

function lockFindings({answer, detail}: Extract<Event, {type: 'lock read'}>): Finding[] {
  if (answer === 'unchanged' || answer === 'unknown') return []
  const what = answer === 'free' ? 'the lease was given up while it was ours' : 'the lease changed hands'
  return found(detail ? `${what}: ${detail}` : what)
}

const stillFor = (before: State, {now, plan}: State) =>
  Math.max(now.monoMs - before.now.monoMs, now.wallMs - before.now.wallMs) > boundMs(plan)
    ? 'this machine stood still for longer than a lease lasts'
    : 'the lease ran out: it could not be renewed'

/** Before the pause nothing is lost by ending; nothing of ours is paused that would have to be looked after. */
const outOfLease = ({frozen}: State): Finding[] => frozen ? found('the lease ran out while the backup was being prepared') : []

function pauseRefused(state: State, server: number, answer: PauseAnswer): Finding[] {
  const name = nameOf(state, server)
  switch (answer.kind) {
    case 'ok': return []
    case 'open': return [{server, text: answer.reason === 'TIMED_OUT'
      ? `${name} could not finish its outstanding requests in time and opened again`
      : `someone else unpaused ${name} meanwhile`}]
    case 'foreign': return [{server, text: `another operator's pause holds ${name} (${answer.reason})`}]
    case 'failed': return [{server, text: `${name} could not be paused, most likely since its outstanding requests did not finish in time: ${answer.message}`}]
    case 'unclear': return [{server, text: `no clear answer from ${name} to Pause (${answer.code}): ${answer.message}`}]
    case 'invalid': return [{server, text: `${name} refused the Pause as invalid: ${answer.message}`}]
  }
}

/**
 * While Auditors drain, a paused Ledger is another's; from step 7 on, an unpaused server is an open gate. That holds for late
 * answers too: every question of step 7 and later was asked in the window.
 */
function againstPause(state: State, server: number, call: number, answer: CheckAnswer): Finding[] {
  const name = nameOf(state, server)
  if (state.phase === 'pausing auditors') return answer.kind === 'paused' ? [{server, text: `another operator paused ${name} meanwhile`}] : []
  if (state.sweepCall === undefined || call < state.sweepCall) return []
  if (answer.kind === 'unpaused') return [{server, text: `${name} is not paused any more`}]
  return answer.kind === 'unsupported' ? [{server, text: `${name} does not know CheckPaused any more, so it is not the server that was paused`}] : []
}

/** Gaps and jumps: a frozen client must not vouch for its frozen time. */
function inTime(before: State, noted: State): Finding[] {
  const {sweptMs, watchdogMs, phase} = before
  const {monoMs} = noted.now
  // Step 9 has its own limit, and what it asks after second T speaks for T however long the answers take.
  const unseen = sweptMs !== undefined && phase !== 'confirming' && monoMs - sweptMs > SWEEP_GAP_MS
  const alone = watchdogMs !== undefined && monoMs - watchdogMs > WATCHDOG_LOST_MS
  return [
    ...noted.frozen ? found(stillFor(before, noted)) : [],
    ...unseen ? found(`not all servers were seen paused for ${seconds(monoMs - sweptMs)}`) : [],
    ...alone ? found('the watchdog stopped answering') : [],
    ...inClocks(before, noted),
  ]
}

/** From the plan on, since the databases' clocks were measured against ours before it. */
function inClocks({begun, plan}: State, {now}: State): Finding[] {
  const jumpMs = driftMs(plan.measuredAt ?? begun, now)
  return jumpMs > plan.guardMs / 2 ? found(`this machine's clock jumped by ${Math.round(jumpMs)} ms`) : []
}

/** A clock that moved over the pause may have been anywhere between its two offsets at T; half the guard is for moves, as with our own clock. */
function movedClocks({plan, offsetsAfter = [], restorePointMs, pausedAt, confirmSent}: State): Finding[] {
  if (restorePointMs === undefined || !pausedAt || !confirmSent) return []
  return plan.offsets.flatMap((before, i) => {
    const after = offsetsAfter[i]
    if (!after || after.unmeasured !== undefined) return []
    if (liesWithin(restorePointMs, pausedAt.wallMs, confirmSent.wallMs, plan.guardMs / 2, throughout(before, after))) return []
    const was = before.unmeasured === undefined ? `was ${offsetText(before)}, before the pause and is` : 'could not be measured before the pause and is'
    return found(`the clock of ${before.database} ${was} ${offsetText(after)}, after it: by that clock the restore point may lie outside the pause`)
  })
}

const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`

/** What step 5 or step 9 still waits for. */
function outstanding(state: State, seen: 'paused' | 'unpaused'): string {
  const silent = state.servers.flatMap((server, i) => server.checkable && server.seen !== seen ? [nameOf(state, i)] : [])
  const lists = state.listed.some(listed => !listed) ? ['a fresh list of the pods'] : []
  const lock = seen === 'paused' && state.lockRead === undefined ? ['the lease'] : []
  return [...silent, ...lists, ...lock].join(', ')
}
