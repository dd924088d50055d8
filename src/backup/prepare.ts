import {systemClock} from '../support/clock.ts'
import {usageError, CliError} from '../support/errors.ts'
import {auditorRule, needsPause} from '../discovery/rules.ts'
import {pauseSupport} from '../discovery/versions.ts'
import {minimumHoldMs} from '../protocol/window.ts'
import {explainRefusal, requirePermissions} from './permissions.ts'
import {search} from './search.ts'
import {plannedServer, seatsOf} from './seats.ts'
import {clusterLine, openPlaces, releaseLine} from './targets.ts'
import {transportsBy} from './transport.ts'
import {offsetsOf} from '../clock/clocks.ts'
import {refuseClocks} from '../clock/refuse.ts'
import type {ClockToMeasure} from '../clock/clocks.ts'
import type {ExecRequest} from '../exec/program.ts'
import type {Release} from '../discovery/types.ts'
import type {CheckedDatabase} from '../preflight/types.ts'
import type {Plan, PlannedServer, PodSnapshot} from '../protocol/types.ts'
import type {Seat, Site} from './edge.ts'
import type {LockMode} from '../lease/types.ts'
import type {Found} from './search.ts'
import type {Member} from './seats.ts'
import type {Wanted} from './targets.ts'
import type {TransportChoice} from './transport.ts'

/** What the user asked for. */
export interface BackupRequest {
  /** One for each `--target`; without any, one for the flags themselves. */
  readonly wanted: readonly Wanted[]
  readonly holdMs: number
  readonly drainMs: number
  readonly guardMs: number
  readonly waitMs: number
  readonly dryRun: boolean
  readonly ledgerOnly: boolean
  readonly allowUnverified: boolean
  readonly skipDatabaseCheck: boolean
  readonly noConfigMap: boolean
  /** Paused by hand: for `holdMs` at most, until told to end. */
  readonly byHand?: boolean
  /** `--no-watchdog`: should this process die, what it paused stays paused. */
  readonly noWatchdog: boolean
  /** `--record FILE`: the record goes there, too. */
  readonly recordFile?: string
  readonly transport: TransportChoice
  readonly lock: LockMode
  /** What runs while everything is paused. */
  readonly exec?: ExecRequest
}

/** Everything known before the first Pause. */
export interface Prepared {
  readonly found: readonly Found[]
  readonly databases: readonly CheckedDatabase[]
  /** The clocks behind `Plan.offsets`, in their order. */
  readonly clocks: readonly ClockToMeasure[]
  /** What was taken for granted about the databases. */
  readonly assumptions: readonly string[]
  readonly plan: Plan
  readonly sites: readonly Site[]
  readonly seats: readonly Seat[]
  readonly close: () => void
}

/** Told of every step as it succeeds, and of what the user should know. */
export interface Narrator {
  readonly line: (title: string, text: string) => void
  readonly busy: (title: string, text: string) => void
  readonly warn: (title: string, text: string) => void
}

/** The guide's minimum (ScalarDL docs): databases' clocks may lie several seconds apart. */
const RECOMMENDED_HOLD_MS = 10_000
/** ScalarDL clients give up after this (`scalar.dl.client.grpc.deadline_duration_millis`). */
const CLIENT_DEADLINE_MS = 60_000

/** Wall clocks are read in milliseconds and slewed by NTP; half the guard is what they may drift in the window. */
const LEAST_GUARD_MS = 100

const HELP = 'see: kubectl scalardl backup --help'

/** Bad times are a usage error before anything is touched; questionable ones a warning. */
export function checkTimes({holdMs, drainMs, guardMs, exec, byHand}: Pick<BackupRequest, 'holdMs' | 'drainMs' | 'guardMs' | 'exec' | 'byHand'>, warn: Narrator['warn']): void {
  if (guardMs < LEAST_GUARD_MS) throw usageError(`--clock-guard ${guardMs}ms is too short: below ${LEAST_GUARD_MS}ms clocks cannot be compared`, HELP)
  const hold = byHand ? '--max-duration' : '--hold'
  const leastMs = minimumHoldMs(guardMs, [])
  if (holdMs < leastMs) {
    throw usageError(`${hold} ${holdMs / 1000}s is too short for any restore point: with --clock-guard ${guardMs / 1000}s it takes at least ${leastMs / 1000}s`, HELP)
  }
  if (drainMs <= 0) throw usageError('--drain-timeout must be longer than 0', HELP)
  if (exec && exec.timeoutMs <= 0) throw usageError('--exec-timeout must be longer than 0', HELP)
  if (holdMs < RECOMMENDED_HOLD_MS) warn('Hold', `${hold} ${holdMs / 1000}s is shorter than the 10s that Scalar's guide asks for: the databases' clocks may differ by more`)
  const longestMs = Math.max(holdMs, exec?.timeoutMs ?? 0)
  if (longestMs + drainMs >= CLIENT_DEADLINE_MS) {
    warn('Drain', `--drain-timeout and ${longestMs > holdMs ? '--exec-timeout' : hold} together may pause for ${(longestMs + drainMs) / 1000}s, and ScalarDL clients give up after ${CLIENT_DEADLINE_MS / 1000}s`)
  }
}

/** Steps 1 and 2 of docs/protocol.md: find the servers and everything about them that could be in the way. */
export async function prepare(request: BackupRequest, tell: Narrator): Promise<Prepared> {
  checkTimes(request, tell.warn)
  if (request.noWatchdog) tell.warn('Watchdog', 'none: should this process be killed, the servers stay paused until somebody unpauses them')
  const places = await openPlaces(request.wanted)
  for (const text of new Set(places.map(clusterLine))) tell.line('Cluster', text)
  const found = await explainRefusal(places, () => search(places, {...request, waiting: reasons => { tell.busy('Targets', `waiting: ${reasons.join('; ')}`) }}))
  const releases = found.map(({release}) => release)
  auditorRule(releases, request)
  for (const release of releases) tell.line('Targets', releaseLine(release))
  for (const text of new Set(releases.flatMap(({assumptions}) => assumptions))) tell.warn('Assumed', text)
  const need = needsPause(releases)
  if (!need.needed) tell.warn('Pause', `not needed for a consistent restore, there is ${need.why}; going on all the same`)
  refuseUnverified(releases, request)
  tell.line('Permissions', await requirePermissions(found, request))
  const measuredAt = systemClock()
  // What knows of databases is loaded only now: the first request to the API server goes out as soon as ever.
  const {preflight, tellPreflight} = await import('../preflight/preflight.ts')
  const looked = await preflight(found.map(({release, access}) => ({owner: release, access})), found.map(({cluster}) => cluster.api), {skip: request.skipDatabaseCheck, tell})
  tellPreflight(looked, request.guardMs, tell)
  const offsets = offsetsOf(looked.clocks.databases)
  refuseClocks(offsets, request)
  return {...await assemble(found, request, {offsets, measuredAt}, tell), databases: looked.databases, clocks: looked.clocks.asked, assumptions: looked.unknown}
}

function refuseUnverified(releases: readonly Release[], {allowUnverified}: BackupRequest): void {
  const reasons = releases.flatMap(release => unverifiedReason(release) ?? [])
  if (reasons.length === 0 || allowUnverified) return
  throw new CliError('the pause of some servers cannot be proven', {
    hints: [...reasons, 'with --allow-unverified the backup goes on, and its restore point is called unverified'],
  })
}

function unverifiedReason({product, version, namespace, release}: Release): string | undefined {
  const support = pauseSupport(product, version)
  return support === 'verified' ? undefined : `${namespace}/${release}: ${support.unverified}`
}

async function assemble(
  found: readonly Found[], request: BackupRequest, clocks: Pick<Plan, 'offsets' | 'measuredAt'>, tell: Narrator,
): Promise<Omit<Prepared, 'databases' | 'clocks' | 'assumptions'>> {
  const transports = transportsBy(request.transport, text => { tell.warn('Tunnels', text) })
  const {sites, seats, members} = await seatsOf(found, transports.waysOf)
  return {found, plan: planOf(members, found.length, request, clocks), sites, seats, close: () => { transports.close() }}
}

function planOf(members: readonly Member[], targets: number, request: BackupRequest, clocks: Pick<Plan, 'offsets' | 'measuredAt'>): Plan {
  const {holdMs, drainMs, guardMs, dryRun, allowUnverified, exec, byHand} = request
  return {
    servers: members.map((member): PlannedServer => ({...plannedServer(member), unverified: unverifiedReason(member.release)})),
    pods: members.map(({pod, target}): PodSnapshot => ({
      target, name: `${pod.namespace}/${pod.name}`, uid: pod.uid, scheduled: true, ended: false, terminating: false,
      containerID: pod.containerID, restartCount: pod.restartCount,
    })),
    targets, holdMs, drainMs, guardMs, ...clocks, dryRun, allowUnverified, ...byHand && {byHand}, ...exec && {command: {timeoutMs: exec.timeoutMs}},
  }
}
