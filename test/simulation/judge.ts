/** The promises of docs/guarantees.md, held against what the simulated servers themselves know. */
import type {Outcome} from '../../src/protocol/verdict.ts'
import {duties, proven, works} from './duties.ts'
import {excuseOpen, excusePaused, excuseRevocation, hinderedMs, leaseTold} from './excuses.ts'
import {isQuiet} from './gate.ts'
import type {Operator} from './gate.ts'
import {BEGAN_MS} from './machine.ts'
import type {Process} from './process.ts'
import type {World} from './world.ts'

export interface Finding {
  readonly promise: 'consistent' | 'unpaused' | 'not ours' | 'bounded' | 'ends' | 'told' | 'watched' | 'works'
  readonly text: string
  /** What of it cannot be seen from outside, by name; undefined = a violation. */
  readonly excuse?: string
}

/** A pause that the network brought late lasts until the next of the second looks at most: 60 s, and the way back, ms. */
export const LATE_CLOSURE_MS = 75_000

/** Three seconds of silence void; some more for the last answer, ms. */
const ALONE_MS = 4500

/** What a schedule that has run shows. */
export function judge(world: World): Finding[] {
  const operators: readonly Operator[] = ['us', 'rival']
  return operators.flatMap(operator => {
    const mine = world.processes.filter(process => process.operator === operator)
    const last = mine.at(-1)
    if (!last) return []
    return [...ends(last), ...consistent(world, last), ...unpaused(world, last), ...notOurs(world, operator, mine), ...told(world, last), ...watched(world, last), ...works(world, last)]
  }).concat(bounded(world), world.processes.flatMap(process => duties(world, process)))
}

function ends({status, name, state}: Process): Finding[] {
  return status === 'running' ? [{promise: 'ends', text: `${name} has not ended: it is ${state.phase}`}] : []
}

/** The restore point as spans of virtual time: second T on every database's clock, by truth and by every offset measured. */
function spansOf(world: World, restorePointMs: number, {state}: Process): ReadonlyArray<readonly [fromMs: number, toMs: number, database?: number]> {
  const T = restorePointMs - BEGAN_MS - (world.scenario.fractionMs ?? 0)
  const offsets = world.core.offsetsOf(state)
  const measured = (offsets.length > 0 ? offsets : [{loMs: 0, hiMs: 0}]).map(({loMs, hiMs}) => [T - hiMs, T + 1000 - loMs] as const)
  const real = world.databases.flatMap((clock, database) => clock.flatMap(({fromMs, offsetMs}, i) => {
    const from = Math.max(fromMs, T - offsetMs)
    const to = Math.min(clock[i + 1]?.fromMs ?? Infinity, T + 1000 - offsetMs)
    return from <= to ? [[from, to, database] as const] : []
  }))
  return [...measured, ...real]
}

function consistent(world: World, process: Process): Finding[] {
  const {restorePointMs} = process.state
  if (process.status !== 'ended' || restorePointMs === undefined || world.core.outcomeOf(process.state).verdict !== 'consistent') return []
  const spans = spansOf(world, restorePointMs, process)
  const overMs = Math.max(...spans.flatMap(([, toMs, database]) => database === undefined ? [toMs] : []))
  return proven(world, process, overMs).concat(spans.flatMap(([fromMs, toMs, database]) => world.servers.flatMap((server, i): Finding[] => {
    if (isQuiet(server.gate, fromMs, toMs)) return []
    const text = `server ${i} was not closed and drained from ${seconds(fromMs)} to ${seconds(toMs)}, and ${process.name} calls it consistent`
    return [{promise: 'consistent', text, excuse: excuseOpen(world, process, server, fromMs, toMs, database)}]
  })))
}

function unpaused(world: World, last: Process): Finding[] {
  const {leftovers, exitCode} = outcomeIfEnded(world, last)
  const named = new Set(exitCode === 4 ? leftovers.map(({server}) => server) : [])
  return world.servers.flatMap((server, i): Finding[] => {
    const {gate, up} = server
    const left = gate.claims.has(last.operator) || (last.state.plan.repair && [...gate.claims.values()].includes(0))
    if (!up || !left || named.has(i)) return []
    return [{promise: 'unpaused', text: `server ${i} is left paused by ${last.operator}, and not named`, excuse: excusePaused(world, last, server)}]
  })
}

const NOTHING: Pick<Outcome, 'leftovers' | 'exitCode'> = {leftovers: [], exitCode: 0}
const outcomeIfEnded = ({core}: World, {status, state}: Process) => status === 'ended' ? core.outcomeOf(state) : NOTHING

function notOurs(world: World, operator: Operator, mine: readonly Process[]): Finding[] {
  return world.servers.flatMap(({gate}, i) => gate.revocations.flatMap((revocation): Finding[] => {
    if (revocation.by !== operator || revocation.whose === 'dead' || mine.some(({state}) => state.plan.repair)) return []
    // What a dead holder of the lease left is repaired.
    if (mine.some(({inheritedMs}) => inheritedMs !== undefined && revocation.sinceMs < inheritedMs)) return []
    const text = `server ${i}: the pause of ${revocation.whose}, since ${seconds(revocation.sinceMs)}, was ended by the Unpause that ${operator} sent at ${seconds(revocation.sentMs)}`
    return [{promise: 'not ours', text, excuse: leaseTold(world, revocation) ? undefined : excuseRevocation(gate, i, revocation, mine)}]
  }))
}

/** Exit code 4 says that servers are named, and nothing but a restore point goes without a reason. */
function told({core}: World, {status, state, name}: Process): Finding[] {
  // A repair has no verdict.
  if (status !== 'ended' || state.plan.repair) return []
  const {verdict, exitCode, leftovers, reasons} = core.outcomeOf(state)
  const codes = (exitCode === 4) !== (leftovers.length > 0)
  const silent = verdict !== 'consistent' && reasons.length === 0
  return codes || silent ? [{promise: 'told', text: `${name} says ${verdict} with exit code ${exitCode}, ${leftovers.length} named and ${reasons.length} reasons`}] : []
}

/** Nobody would have repaired what the tool left: a pause in which the watchdog was away for long is not called consistent. */
function watched({core, watchdog}: World, {status, state, name, pauseSentMs, unpauseSentMs}: Process): Finding[] {
  if (status !== 'ended' || name !== 'tool' || !watchdog || pauseSentMs === undefined || unpauseSentMs === undefined || core.outcomeOf(state).verdict !== 'consistent') return []
  // What is confirmed stays so while the hold goes on.
  const untilMs = Math.min(unpauseSentMs, pauseSentMs + (state.confirmedAt?.monoMs ?? 0) - (state.pauseSent?.monoMs ?? 0))
  const aloneMs = Math.max(0, ...watchdog.away.map(({fromMs, toMs}) => Math.min(toMs, untilMs) - Math.max(fromMs, pauseSentMs)))
  return aloneMs > ALONE_MS ? [{promise: 'watched', text: `the watchdog was away for ${seconds(aloneMs)} of the pause, and it is called consistent`}] : []
}

/** Every closure of ours ends within the bound, and what hindered it; unless it is named in the end. */
function bounded(world: World): Finding[] {
  const tool = world.tool
  const last = world.processes.findLast(({operator}) => operator === 'us') ?? tool
  const named = new Set(outcomeIfEnded(world, last).leftovers.map(({server}) => server))
  const boundMs = world.core.boundMs(tool.state.plan)
  const backMs = Math.min(...world.processes.map(({unpauseSentMs}) => unpauseSentMs ?? Infinity))
  return world.servers.flatMap((server, i) => named.has(i) ? [] : server.gate.steps.flatMap(({step, by, atMs}, nth): Finding[] => {
    const {gate} = server
    if (step !== 'closed' || by !== 'us') return []
    const endMs = gate.steps.slice(nth).find(later => later.step === 'open' || later.step === 'gone' || later.step === 'started')?.atMs ?? Infinity
    const limitMs = hinderedMs(world) + (atMs > backMs ? Math.max(boundMs, LATE_CLOSURE_MS) : boundMs)
    if (endMs - atMs <= limitMs) return []
    const text = `server ${i} was paused by us from ${seconds(atMs)} to ${seconds(endMs)}, ${seconds(limitMs)} are the limit`
    return [{promise: 'bounded', text, excuse: excusePaused(world, last, server)}]
  }))
}

const seconds = (ms: number) => `${(ms / 1000).toFixed(3)} s`
