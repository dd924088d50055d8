import type {Version} from './gate.ts'
import {Random} from './random.ts'
import {HOLD_BACK_MS, measuredOffset} from './schedule.ts'
import type {ApiCondition, Fate, Fault, Scenario, Schedule, SimulatedDatabase, SimulatedServer, When} from './schedule.ts'

const OTHERS: readonly Version[] = [
  'ScalarDL 3.13', 'ScalarDL 3.4', 'ScalarDB Cluster 3.14, reopens', 'ScalarDB Cluster 3.14, stays closed', 'ScalarDB Cluster 3.14, reopens late',
  'ScalarDB Cluster 3.16.1', 'ScalarDB Server 3.5',
]

/** The schedule that a seed stands for: up to 50 servers, and any number of faults. */
export function scheduleOf(seed: number): Schedule {
  const random = new Random(seed)
  const scenario = scenarioBy(random)
  const count = random.chance(0.4) ? random.whole(0, 2) : random.chance(0.7) ? random.whole(3, 6) : random.whole(7, 15)
  return {scenario, seed, strikes: Array.from({length: count}, () => ({fault: faultBy(random, scenario), when: whenBy(random)}))}
}

function scenarioBy(random: Random): Scenario {
  const targets = random.whole(1, 3)
  const many = random.chance(0.75) ? random.whole(1, 4) : random.chance(0.85) ? random.whole(5, 12) : random.whole(13, 50)
  const modern = random.chance(0.6)
  const auditorTarget = random.chance(0.5) ? targets - 1 : -1
  const drainMs = random.whole(1000, 8000)
  const servers = Array.from({length: many}, () => serverBy(random, targets, modern, auditorTarget, drainMs))
  const databases = Array.from({length: random.whole(0, 2)}, () => databaseBy(random))
  const guardMs = random.pick([1000, 1000, 500, 250, 2000])
  const byHand = random.chance(0.1) ? {endsMs: random.chance(0.8) ? random.whole(1000, 15_000) : null} : undefined
  const command = !byHand && random.chance(0.12) ? {takesMs: random.chance(0.8) ? random.whole(100, 9000) : null, timeoutMs: random.whole(3000, 12_000), fails: random.chance(0.2)} : undefined
  return {
    servers, targets, databases, guardMs, drainMs, byHand, command,
    holdMs: 2000 + 2 * guardMs + Math.ceil(widthMs(databases)) + random.whole(0, 4000),
    lock: random.chance(0.8), watchdog: random.chance(0.8), fractionMs: random.whole(0, 999),
  }
}

/** From the clock that may be furthest behind to the one that may be furthest ahead. */
function widthMs(databases: readonly SimulatedDatabase[]): number {
  const offsets = databases.map(measuredOffset)
  return offsets.length === 0 ? 0 : Math.max(...offsets.map(({hiMs}) => hiMs)) - Math.min(...offsets.map(({loMs}) => loMs))
}

function serverBy(random: Random, targets: number, modern: boolean, auditorTarget: number, drainMs: number): SimulatedServer {
  const target = random.whole(0, targets - 1)
  return {
    version: modern || random.chance(0.5) ? 'ScalarDL 3.14' : random.pick(OTHERS),
    wave: target === auditorTarget ? 'auditor' : 'ledger', target,
    latencyMs: random.chance(0.9) ? random.whole(1, 40) : random.whole(40, 250),
    drainMs: random.chance(0.5) ? random.whole(0, 50) : random.chance(0.85) ? random.whole(0, drainMs) : random.chance(0.5) ? drainMs + random.whole(0, 4000) : null,
    queueSurvives: random.chance(0.3),
    pausedBy: random.chance(0.02) ? random.pick(['foreign', 'dead holder'] as const) : undefined,
  }
}

function databaseBy(random: Random): SimulatedDatabase {
  if (random.chance(0.15)) return {offsetMs: random.whole(-200, 200), measured: null}
  const belowMs = random.chance(0.95) ? random.whole(0, 250) : -random.whole(1, 2000)
  return {offsetMs: random.whole(-2000, 2000), measured: {belowMs, aboveMs: belowMs < 0 ? -belowMs + 40 : random.whole(0, 250)}}
}

function whenBy(random: Random): When {
  if (random.chance(0.3)) return {effect: random.whole(1, 120)}
  return {ms: random.chance(0.7) ? random.whole(0, 9000) : random.chance(0.7) ? random.whole(9000, 30_000) : random.whole(30_000, 120_000)}
}

function faultBy(random: Random, {servers, databases, targets}: Scenario): Fault {
  const server = random.whole(0, servers.length - 1)
  const anywhere = random.chance(0.2) ? 'all' : server
  const lateMs = random.chance(0.4) ? null : random.chance(0.6) ? random.whole(0, 3000) : random.whole(0, HOLD_BACK_MS)
  const span = () => random.chance(0.6) ? random.whole(1, 4000) : random.chance(0.7) ? random.whole(4000, 20_000) : random.whole(20_000, 90_000)
  const makers: ReadonlyArray<readonly [weight: number, make: () => Fault]> = [
    [3, () => ({type: 'crash', who: random.chance(0.75) ? 'tool' : 'watchdog'})],
    [4, () => ({type: 'stop', who: random.chance(0.7) ? 'tool' : 'watchdog', ms: span()})],
    [2, () => ({type: 'sleep', ms: span(), monoStands: random.chance(0.5)})],
    [3, () => ({type: 'interrupt', signal: random.pick(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'stdout closed', 'stderr closed', 'uncaught error'] as const), again: random.chance(0.2)})],
    [2, () => ({type: 'clock', byMs: random.pick([-90_000, -1500, -501, -400, -100, 100, 400, 501, 1500, 90_000]), overMs: random.chance(0.5) ? random.whole(1, 5000) : undefined})],
    [databases.length > 0 ? 1 : 0, () => ({type: 'database clock', database: random.whole(0, databases.length - 1), byMs: random.whole(-3000, 3000), backAfterMs: random.chance(0.2) ? random.whole(1, 4000) : undefined})],
    [4, () => ({type: 'restart', server, startMs: random.whole(1, 3000), lateMs: random.chance(0.5) ? random.whole(1, 50) : random.whole(50, 20_000)})],
    [3, () => ({type: 'delete', server, graceMs: random.chance(0.5) ? random.whole(0, 1000) : random.whole(1000, 40_000), replaced: random.chance(0.5)})],
    [1, () => ({type: 'force delete', server, livesMs: random.whole(100, 30_000)})],
    [1, () => ({type: 'evict', server})],
    [2, () => ({type: 'scale', target: random.whole(0, targets - 1), scheduledMs: random.whole(1, 4000), startMs: random.whole(1, 2000)})],
    [0.5, () => ({type: 'stranger'})],
    [6, () => ({type: 'lose tunnel', server: anywhere, lateMs})],
    [5, () => ({type: 'silence', server: anywhere, what: random.pick(['tunnel', 'server', 'answers'] as const), ms: span(), lateMs})],
    [8, () => ({type: 'next call', server, fate: fateBy(random)})],
    [5, () => ({type: 'api', condition: random.pick<ApiCondition>(['down', 'silent', 'another cluster', 401, 403, 429, 500]), ms: span()})],
    [2, () => ({type: 'watch gap', ms: span()})],
    [4, () => ({type: 'foreign', server, does: random.pick([['pause'], ['unpause'], ['pause', 'unpause'], ['unpause', 'pause'], ['unpause', 'pause', 'unpause']] as const), everyMs: random.whole(1, 5000)})],
    [2, () => ({type: 'rival'})],
    [1, () => ({type: 'lease', becomes: random.chance(0.5) ? 'taken' : 'free'})],
    [0.3, () => ({type: 'end hold'})],
  ]
  let mark = random.next() * makers.reduce((sum, [weight]) => sum + weight, 0)
  const chosen = makers.find(([weight]) => (mark -= weight) < 0)
  return (chosen ?? makers[0])?.[1]() ?? {type: 'stranger'}
}

function fateBy(random: Random): Fate {
  if (random.chance(0.5)) return random.pick(['request lost', 'answer lost', 'fails', 'executed, fails'] as const)
  return random.chance(0.6) ? {lateMs: random.chance(0.5) ? random.whole(0, 2000) : random.whole(0, HOLD_BACK_MS)} : {delayMs: random.whole(1, 5000)}
}
