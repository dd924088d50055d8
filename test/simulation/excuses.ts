/**
 * What cannot be seen from outside (docs/protocol.md has the list), recognised by the truth that only the simulation knows. Each
 * excuse is as narrow as can be, and has a name under which it is counted.
 */
import type {Gate, Revocation} from './gate.ts'
import type {Server} from './network.ts'
import type {Process} from './process.ts'
import type {Fault} from './schedule.ts'
import type {World} from './world.ts'

/** The watchdog's silence is noticed, and everything is unpaused, ms. */
const WAY_BACK_MS = 12_000

/** Once a second, and some more for the way there, ms. */
const UNASKED_MS = 2000

/** Why a server could be open at T without being seen; undefined = it should have been seen. */
export function excuseOpen(world: World, process: Process, server: Server, fromMs: number, toMs: number, database?: number): string | undefined {
  if (server.uid.startsWith('stranger')) return 'a server that no selector reaches'
  if (isLost(world, server)) return 'a server on a lost node'
  if (reopenedUnseen(server.gate, process, fromMs, toMs)) return 'unpaused, and paused again before the next look'
  if (database !== undefined && clockUnseen(world, process, database, fromMs)) return "a database's clock elsewhere than it was measured"
  return undefined
}

/** Why a server could be left paused, and nobody says so. */
export function excusePaused(world: World, last: Process, server: Server): string | undefined {
  if (isLost(world, server)) return 'a server on a lost node'
  const index = world.servers.indexOf(server)
  if (last.status === 'killed' && world.watchdog?.state === 'disarmed' && world.core.outcomeOf(last.state).leftovers.some(left => left.server === index)) return 'killed before it could say what it leaves'
  return bothKilled(world, last) ? 'tool killed, and no watchdog lives' : undefined
}

/** There was no watchdog, or it was killed after its parent, or before it was to where its parent still was: on the way back, or about to begin it. */
function bothKilled(world: World, {status, name, killedMs = 0, state: {phase}}: Process): boolean {
  const {watchdog} = world
  if (status !== 'killed') return false
  if (name === 'watchdog' || watchdog === undefined) return true
  const awayMs = watchdog.away.find(({toMs}) => toMs === Infinity)?.fromMs
  return awayMs !== undefined && (phase === 'unpausing' || phase === 'second look' || killedMs - awayMs < WAY_BACK_MS + hinderedMs(world))
}

/** How long all that was done to a world keeps the API server or our processes from their work. */
export function hinderedMs({struck, scenario}: World): number {
  // A tool that is stopped hinders nobody whose watchdog ends it and takes over.
  const alone = scenario.watchdog && struck.filter(({fault: {type}}) => type === 'stop' || type === 'crash' || type === 'sleep' || type === 'overtaken').length === 1
  return struck.reduce((ms, {fault}) => ms + (alone && fault.type === 'stop' && fault.who === 'tool' ? 0 : hindersMs(fault)), 0)
}

function hindersMs(fault: Fault): number {
  switch (fault.type) {
    case 'stop':
    case 'sleep':
    case 'overtaken':
    case 'api': return fault.ms
    case 'silence': return fault.what === 'server' ? fault.ms : 0
    case 'next call': return typeof fault.fate === 'object' && 'delayMs' in fault.fate ? fault.fate.delayMs : 0
    default: return 0
  }
}

/** Deleted by force: the API server knows it no more, and it lives on. */
const isLost = (world: World, server: Server) => world.struck.some(({fault}) => fault.type === 'force delete' && world.servers[fault.server] === server)

/** Opened or begun anew by others within or before that time, and closed again by others, without a look of ours in between. */
function reopenedUnseen({steps, looks}: Gate, {name, heardMs}: Process, fromMs: number, toMs: number): boolean {
  const opened = steps.filter(({step, by, atMs}) => (step === 'started' || (step === 'open' && by !== 'us')) && atMs <= toMs).at(-1)
  if (!opened || opened.atMs <= 0) return false
  const closed = steps.find(({step, by, atMs}) => step === 'closed' && by !== 'us' && atMs >= opened.atMs)
  if (!closed || (steps.at(-1) === opened && closed.atMs < fromMs)) return false
  return !looks.some(({by, atMs, call}) => by === name && heardMs.has(call) && atMs > opened.atMs && atMs < closed.atMs)
}

/** By truth, its offset at T is in neither of the two measurements, or in none at all. */
function clockUnseen(world: World, {state}: Process, database: number, atMs: number): boolean {
  // As against our clock when it was compared; half the guard is for its moves since.
  const truthMs = world.databaseOffsetMs(database, atMs)
  const known = world.core.offsetsOf(state)[database]
  return known === undefined || truthMs < known.loMs - state.plan.guardMs / 2 || truthMs > known.hiMs + state.plan.guardMs / 2
}

/** A second one of ours pauses only with the lease: ours had run out by then, which is read before anything is sent. */
export const leaseTold = ({scenario, struck}: World, {whose, sinceMs, sentMs}: Revocation) =>
  scenario.lock && whose === 'rival' && sinceMs < sentMs && !struck.some(({fault}) => fault.type === 'lease' || (fault.type === 'api' && fault.condition === 403))

/** While Auditors drain, Ledgers are to be asked once a second; one that was not could not be seen paused. */
function wasNotAsked({askedMs, stoodMs, pausesSentMs, pauseSentMs = Infinity, state: {plan}}: Process, gate: Gate, server: number, sinceMs: number): boolean {
  const sentMs = pausesSentMs.get(server) ?? -Infinity
  const polled = plan.servers[server]?.wave === 'ledger' && gate.generation.checkPaused && sentMs - Math.max(sinceMs, pauseSentMs) > UNASKED_MS + stoodMs
  return polled && !askedMs.some(([asked, atMs]) => asked === server && atMs > sinceMs && atMs < sentMs)
}

/** Why another's pause could be taken for ours; undefined = it was known to be another's. */
export function excuseRevocation(gate: Gate, server: number, revocation: Revocation, mine: readonly Process[]): string | undefined {
  const {sentMs, sinceMs, by, closer, ownMs} = revocation
  if (sinceMs >= sentMs) return 'paused while our Unpause was on its way'
  const process = mine.findLast(({beganMs}) => beganMs <= sentMs)
  if (process?.toldTheirs.has(server)) return undefined
  const answered = process?.pauseHeard.get(server)
  if (process === undefined || answered === undefined || answered.atMs > sentMs || (answered.atMs === sentMs && answered.ok)) return 'paused while our own Pause was unclear'
  if (!gate.generation.errorInfo && process.bareAnswers.has(server)) return 'paused on a server that gives no reasons'
  const heard = gate.looks.filter(({by: asker, call, atMs}) => asker === process.name && atMs < sinceMs && (process.heardInTime.has(call) || (process.heardMs.get(call) ?? Infinity) < sentMs))
  // What was seen before our Pause was answered says nothing of what it closed. What was asked in the window and heard on the way back came too late: the first Unpause was sent.
  const inTime = heard.filter(({call}) => (process.heardMs.get(call) ?? Infinity) > answered.atMs).filter(({call}) => call > (process.firstUnpause ?? Infinity) || process.heardInTime.has(call))
  const seenOpen = inTime.some(({atMs, paused}) => !paused && atMs > (process.pauseArrivedMs.get(server) ?? Infinity))
  if (seenOpen || wasNotAsked(process, gate, server, sinceMs)) return undefined
  if (closer === by) return 'paused what we had paused already'
  const pauseSentMs = process.pausesSentMs.get(server) ?? Infinity
  if (ownMs !== undefined && !gate.looks.some(({by: asker, call, atMs}) => asker === process.name && atMs > sinceMs && (process.heardMs.get(call) ?? Infinity) < pauseSentMs)) return 'paused in the last round trip before our Pause'
  if (ownMs === undefined && process.pauseArrivedMs.has(server)) return 'unpaused, and paused again before the next look'
  return undefined
}
