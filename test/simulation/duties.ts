/** Single rules of docs/protocol.md on which the promises rest, held against what was asked of the servers and when. */
import type {Plan} from '../../src/protocol/types.ts'
import {hinderedMs} from './excuses.ts'
import type {Finding} from './judge.ts'
import type {Process} from './process.ts'
import type {Fault, Scenario} from './schedule.ts'
import type {World} from './world.ts'

/** Two sweeps at most 3 s apart, each of 3 s at most, by a clock that may be off by a second, ms. */
const UNSEEN_MS = 7000
/** A watchdog that gave no sign of life for 1 s is missed, ms. */
const BEAT_MS = 600
const PAUSED_ALONE_MS = 1000 + BEAT_MS
/** The confirmation's own limit, and some more for the last event, ms. */
const CONFIRMED_MS = 6000
/** Beyond what slews and small steps amount to, ms. */
const JUMP_MS = 10_000
/** Until the first Pause is sent, ms. */
const READY_MS = 3000
/** From being told to stop to the first Unpause, ms. */
const OBEYED_MS = 1000

const seconds = (ms: number) => `${(ms / 1000).toFixed(3)} s`

/** What a verdict of consistent rests on. @param overMs when second T is over on every database's clock, as it was measured */
export function proven(world: World, process: Process, overMs: number): Finding[] {
  return [...seenPaused(world, process, overMs), ...leaseKept(world, process), ...process.state.plan.command ? commandDone(world.scenario) : []].map(text => ({promise: 'consistent', text}))
}

/** Every server that can tell was seen from the pause on, and once more when second T was over. */
function seenPaused({servers}: World, {name, heardMs, heldMs = 0, pauseHeard, state: {plan}, confirmSentMs = 0}: Process, overMs: number): string[] {
  const pausedMs = Math.max(...[...pauseHeard.values()].map(({atMs}) => atMs))
  return servers.slice(0, plan.servers.length).flatMap(({gate}, i) => {
    if (!gate.generation.checkPaused) return []
    const looks = gate.looks.filter(({by, call}) => by === name && (heardMs.get(call) ?? Infinity) <= heldMs).map(({atMs}) => atMs)
    const late = looks.some(atMs => atMs >= overMs) ? [] : [`server ${i} was not looked at after second T`]
    const times = [...looks.filter(atMs => atMs > pausedMs && atMs < confirmSentMs), confirmSentMs].sort((a, b) => a - b)
    const unseen = times.some((atMs, k) => atMs - (times[k - 1] ?? pausedMs) > UNSEEN_MS)
    return [...late, ...unseen ? [`server ${i} was not looked at for longer than ${seconds(UNSEEN_MS)}`] : []]
  })
}

/** Nobody else had the lease between the first Pause and the confirmation. */
function leaseKept({api, scenario}: World, {pauses: [first], confirmSentMs = 0}: Process): string[] {
  if (!scenario.lock || first === undefined) return []
  const changed = api.leases.some(({holders}) => holders.some(({fromMs}) => fromMs > first.atMs && fromMs < confirmSentMs))
  return changed ? ['the lease changed hands in the window'] : []
}

function commandDone({command}: Scenario): string[] {
  if (command === undefined) return []
  const {takesMs, timeoutMs, fails} = command
  return fails === true || takesMs === null || takesMs > timeoutMs ? ['the command did not do its work'] : []
}

/** What holds whatever the verdict is. */
export function duties(world: World, process: Process): Finding[] {
  return [
    ...oneBudget(world, process), ...auditorsFirst(process), ...asShort(world, process), ...obeyed(world, process), ...guarded(world, process), ...dismissedLast(world, process),
    ...releasedLast(process), ...namedForAReason(world, process),
  ]
}

/** One drain budget covers all drains together, from the first Pause on. */
function oneBudget(world: World, {pauses, state: {plan}}: Process): Finding[] {
  const [first] = pauses
  return pauses.flatMap(({server, atMs, maxPauseWaitMs}): Finding[] => {
    const beyondMs = atMs + maxPauseWaitMs - ((first?.atMs ?? 0) + plan.drainMs + hinderedMs(world))
    // Where nothing is left of it, the server is given the least that there is.
    return beyondMs <= 2 || maxPauseWaitMs === 1 ? [] : [{promise: 'bounded', text: `server ${server} might drain for ${seconds(beyondMs)} beyond the one budget`}]
  })
}

/** An Auditor needs Ledger to drain. */
function auditorsFirst({pauses, pauseHeard, state: {plan}}: Process): Finding[] {
  const auditors = [...plan.servers.keys()].filter(server => plan.servers[server]?.wave === 'auditor')
  return pauses.flatMap(({server, atMs}): Finding[] => {
    if (plan.servers[server]?.wave === 'auditor' || auditors.every(auditor => pauseHeard.get(auditor)?.ok && (pauseHeard.get(auditor)?.atMs ?? Infinity) <= atMs)) return []
    return [{promise: 'bounded', text: `server ${server}, a Ledger, was paused before every Auditor had drained`}]
  })
}

/** The way back begins when the hold is over, or the confirmation 5 s later; only a process that stands still is late. */
function asShort(world: World, {name, pauseHeard, unpauseSentMs = Infinity, status, state: {plan}}: Process): Finding[] {
  const oks = [...pauseHeard.values()].filter(({ok}) => ok).map(({atMs}) => atMs)
  if (status === 'killed' || unpauseSentMs === Infinity || oks.length < plan.servers.length) return []
  const overMs = unpauseSentMs - Math.max(...oks) - Math.max(plan.holdMs, plan.command?.timeoutMs ?? 0)
  return overMs <= CONFIRMED_MS + stoodMs(world) ? [] : [{promise: 'bounded', text: `${name} began its way back ${seconds(overMs)} after the hold`}]
}

/** How long processes stood still; who did has to read the lease, and so waits for the API server. */
function stoodMs({struck}: World): number {
  const msOf = (...types: Fault['type'][]) => struck.reduce((ms, {fault}) => 'ms' in fault && types.includes(fault.type) ? ms + fault.ms : ms, 0)
  const stood = msOf('stop', 'sleep', 'overtaken')
  // A wall clock that is set far ahead looks like a sleep.
  const jumped = struck.some(({fault}) => fault.type === 'clock' && Math.abs(fault.byMs) > JUMP_MS)
  return stood > 0 || jumped ? stood + msOf('api') : 0
}

/** Who is told to stop begins the way back at once. */
function obeyed(world: World, {name, interruptedMs, unpauseSentMs = Infinity, status}: Process): Finding[] {
  if (interruptedMs === undefined || status === 'killed' || unpauseSentMs === Infinity) return []
  const tookMs = unpauseSentMs - interruptedMs
  return tookMs <= OBEYED_MS + hinderedMs(world) ? [] : [{promise: 'bounded', text: `${name} went on for ${seconds(tookMs)} after it was told to stop`}]
}

/** A Pause is sent only while a watchdog lives that would undo it. */
function guarded(world: World, {pauses, watchdog}: Process): Finding[] {
  const limitMs = PAUSED_ALONE_MS + hinderedMs(world)
  const alone = pauses.some(({atMs}) => watchdog?.away.some(({fromMs, toMs}) => atMs - fromMs > limitMs && atMs < toMs))
  return alone ? [{promise: 'watched', text: 'a Pause was sent although the watchdog was away'}] : []
}

/** The watchdog goes when no Pause can come any more; told to stop, nobody waits for that. */
function dismissedLast(world: World, {network, dismissedMs = Infinity, state}: Process): Finding[] {
  if (state.impatience >= 2 || state.lockRead === 'lost' || state.lockRead === 'taken' || network.lastPauseMs <= dismissedMs) return []
  const excuse = world.struck.some(({fault}) => fault.type === 'force delete') ? 'a server on a lost node' : undefined
  return [{promise: 'watched', excuse, text: `a Pause came at ${seconds(network.lastPauseMs)}, and the watchdog was dismissed at ${seconds(dismissedMs)}`}]
}

/** Nobody acts on a released lease. */
const releasedLast = ({releasedArmed}: Process): Finding[] =>
  releasedArmed ? [{promise: 'not ours', text: 'the leases were released while the watchdog might still act'}] : []

/** Nobody but the user gives up; what another may hold by now is not touched, and named. */
function namedForAReason({core, struck, scenario}: World, {status, name, state}: Process): Finding[] {
  if (status !== 'ended' || scenario.rivalMs !== undefined || scenario.servers.some(({pausedBy}) => pausedBy !== undefined)) return []
  const told = struck.reduce((times, {fault}) => fault.type === 'interrupt' && /^SIG(INT|TERM|QUIT)$/.test(fault.signal) ? times + (fault.again ? 2 : 1) : times, 0)
  const anothers = struck.some(({fault}) => fault.type === 'lease' || fault.type === 'rival' || fault.type === 'overtaken')
  if (told >= 2 || anothers) return []
  const others = struck.some(({fault}) => fault.type === 'foreign') || scenario.servers.some(({foreignMs}) => foreignMs !== undefined)
  return core.outcomeOf(state).leftovers.flatMap(({server, whose}): Finding[] =>
    whose === "another's" && others ? [] : [{promise: 'told', text: `${name} leaves server ${server} as ${whose}, and has no reason to`}])
}

/** Without any fault, what is asked for is done. */
export function works(world: World, {name, state, status}: Process): Finding[] {
  if (status !== 'ended' || world.struck.length > 0 || state.plan.repair || !isPlain(world, state.plan)) return []
  const {verdict, exitCode, reasons} = world.core.outcomeOf(state)
  return verdict === 'consistent' && exitCode === 0 ? [] : [{promise: 'works', text: `${name} says ${verdict} with exit code ${exitCode}, and nothing was in its way: ${reasons.join('; ')}`}]
}

function isPlain({servers, scenario}: World, plan: Plan): boolean {
  const {servers: asked, byHand, lock, drainMs: budgetMs} = scenario
  const drains = (wave: 'auditor' | 'ledger') => Math.max(0, ...asked.filter(server => server.wave === wave).map(({drainMs, latencyMs}) => (drainMs ?? Infinity) + 4 * latencyMs))
  if (scenario.rivalMs !== undefined) return false
  const provable = servers.every(({gate}) => gate.generation.checkPaused && !gate.generation.leaks)
  const foreign = asked.some(({pausedBy, foreignMs}) => pausedBy === 'foreign' || foreignMs !== undefined || (pausedBy !== undefined && !lock))
  const waited = asked.some(({pausedBy}) => pausedBy === 'dead holder')
  const tooShort = byHand !== undefined && byHand.endsMs !== null && (waited || byHand.endsMs < budgetMs + plan.holdMs + READY_MS)
  return provable && !foreign && !tooShort && drains('auditor') + drains('ledger') < budgetMs && commandDone(scenario).length === 0
}
