import type {ApiCondition, Fate, Fault, Scenario} from './schedule.ts'
import {HOLD_BACK_MS} from './schedule.ts'

const LATE_MS: ReadonlyArray<number | null> = [null, 5, 700, 30_000, HOLD_BACK_MS]
const FATES: readonly Fate[] = ['request lost', 'answer lost', 'fails', 'executed, fails', {lateMs: 400}, {lateMs: 40_000}, {delayMs: 3100}]
const CONDITIONS: readonly ApiCondition[] = ['down', 'silent', 'another cluster', 401, 403, 429, 500]

/** Until a second operator has waited out every lease, one after the other, ms. */
const takeOverMs = ({targets, drainMs, holdMs, command}: Scenario) => targets * (drainMs + Math.max(holdMs, command?.timeoutMs ?? 0) + 20_000)

/** Every kind of fault in each of its ways, at each server. */
export function faultsOf(scenario: Scenario): Fault[] {
  const {servers, targets, databases, byHand, watchdog, lock} = scenario
  const everyServer = servers.flatMap((_, server): Fault[] => [
    {type: 'restart', server, startMs: 30, lateMs: 5}, {type: 'restart', server, startMs: 800, lateMs: 20_000}, {type: 'restart', server, startMs: 5, lateMs: 20_000}, {type: 'restart', server, startMs: 5, lateMs: 2500},
    {type: 'delete', server, graceMs: 0}, {type: 'delete', server, graceMs: 30_000}, {type: 'delete', server, graceMs: 2000, replaced: true},
    {type: 'force delete', server, livesMs: 20_000},
    {type: 'evict', server},
    ...LATE_MS.map((lateMs): Fault => ({type: 'lose tunnel', server, lateMs})),
    {type: 'silence', server, what: 'tunnel', ms: 0, lateMs: null}, {type: 'silence', server, what: 'tunnel', ms: 0, lateMs: 20_000},
    {type: 'silence', server, what: 'answers', ms: 0, lateMs: null},
    {type: 'silence', server, what: 'server', ms: 2500, lateMs: null}, {type: 'silence', server, what: 'server', ms: 20_000, lateMs: 21_000},
    ...FATES.map((fate): Fault => ({type: 'next call', server, fate})),
    {type: 'foreign', server, does: ['pause'], everyMs: 0}, {type: 'foreign', server, does: ['unpause'], everyMs: 0},
    {type: 'foreign', server, does: ['unpause', 'pause'], everyMs: 14}, {type: 'foreign', server, does: ['unpause', 'pause'], everyMs: 100}, {type: 'foreign', server, does: ['pause', 'unpause'], everyMs: 1500},
    {type: 'foreign', server, does: ['unpause', 'pause'], everyMs: 1700},
  ])
  const everyDatabase = databases.flatMap((_, database): Fault[] => [
    {type: 'database clock', database, byMs: -20}, {type: 'database clock', database, byMs: 1500}, {type: 'database clock', database, byMs: -90_000},
    {type: 'database clock', database, byMs: 3000, backAfterMs: 2000},
  ])
  return [
    {type: 'crash', who: 'tool'}, {type: 'crash', who: 'tool', lateMs: 700},
    ...(watchdog ? [{type: 'crash', who: 'watchdog'} as const, ...[900, 3500, 15_000].map((ms): Fault => ({type: 'stop', who: 'watchdog', ms}))] : []),
    ...[900, 3500, 12_000, 90_000].map((ms): Fault => ({type: 'stop', who: 'tool', ms})),
    ...[2500, 5000, 90_000].flatMap((ms): Fault[] => [true, false].map(monoStands => ({type: 'sleep', ms, monoStands}))),
    {type: 'interrupt', signal: 'SIGINT'}, {type: 'interrupt', signal: 'SIGINT', again: true}, {type: 'interrupt', signal: 'SIGTERM'},
    {type: 'interrupt', signal: 'SIGHUP', again: true}, {type: 'interrupt', signal: 'stdout closed'}, {type: 'interrupt', signal: 'uncaught error'},
    ...[-90_000, -1500, -501, -499, 499, 501, 1500, 90_000].map((byMs): Fault => ({type: 'clock', byMs})),
    {type: 'clock', byMs: 450, overMs: 3000}, {type: 'clock', byMs: -2000, overMs: 4000},
    {type: 'scale', target: 0, scheduledMs: 10, startMs: 300}, {type: 'scale', target: 0, scheduledMs: 3000, startMs: 10},
    {type: 'scale', target: 0, scheduledMs: 5, startMs: 10, leaves: true}, {type: 'scale', target: targets - 1, scheduledMs: 5, startMs: 10, unseen: true},
    {type: 'stranger'},
    {type: 'lose tunnel', server: 'all', lateMs: null}, {type: 'lose tunnel', server: 'all', lateMs: 900},
    {type: 'silence', server: 'all', what: 'tunnel', ms: 0, lateMs: null}, {type: 'silence', server: 'all', what: 'answers', ms: 0, lateMs: 5000},
    ...CONDITIONS.flatMap((condition): Fault[] => [2200, 25_000].map(ms => ({type: 'api', condition, ms}))),
    {type: 'watch gap', ms: 2500}, {type: 'watch gap', ms: 30_000},
    ...(lock ? [{type: 'rival'} as const, {type: 'lease', becomes: 'taken'} as const, {type: 'lease', becomes: 'free'} as const] : []),
    ...(lock ? [true, false].flatMap((monoStands): Fault[] => [true, false].map(killed => ({type: 'overtaken', ms: takeOverMs(scenario) + 2000, monoStands, killed}))) : []),
    ...(lock ? [{type: 'overtaken', ms: takeOverMs(scenario) + 2000, monoStands: false, killed: false, unreadable: true} as const] : []),
    ...(byHand ? [{type: 'end hold'} as const] : []),
    ...everyServer,
    ...everyDatabase,
  ]
}

/**
 * For pairs: of each kind the way that is hardest to see or to mend, without what cannot be seen from outside at all.
 * @param servers at which they strike
 */
export function pairedFaultsOf(servers: readonly number[]): Fault[] {
  const everyServer = servers.flatMap((server): Fault[] => [
    {type: 'restart', server, startMs: 5, lateMs: 20_000},
    {type: 'delete', server, graceMs: 2000, replaced: true},
    {type: 'lose tunnel', server, lateMs: 700},
    {type: 'lose tunnel', server, lateMs: HOLD_BACK_MS},
    {type: 'silence', server, what: 'tunnel', ms: 0, lateMs: 20_000},
    {type: 'silence', server, what: 'server', ms: 20_000, lateMs: 21_000},
    {type: 'next call', server, fate: 'answer lost'},
    {type: 'foreign', server, does: ['pause'], everyMs: 0},
    {type: 'foreign', server, does: ['unpause', 'pause'], everyMs: 1700},
  ])
  return [
    {type: 'crash', who: 'tool'}, {type: 'crash', who: 'watchdog'}, {type: 'stop', who: 'tool', ms: 12_000}, {type: 'stop', who: 'tool', ms: 90_000},
    {type: 'stop', who: 'watchdog', ms: 15_000}, {type: 'sleep', ms: 90_000, monoStands: true}, {type: 'interrupt', signal: 'SIGINT'}, {type: 'clock', byMs: 499},
    {type: 'scale', target: 0, scheduledMs: 10, startMs: 300}, {type: 'silence', server: 'all', what: 'tunnel', ms: 0, lateMs: null},
    {type: 'api', condition: 'silent', ms: 25_000}, {type: 'api', condition: 'another cluster', ms: 25_000}, {type: 'watch gap', ms: 30_000},
    {type: 'rival'}, {type: 'lease', becomes: 'taken'},
    ...everyServer,
  ]
}
