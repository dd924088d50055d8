import type {ApiCondition, Fate, Fault, Scenario} from './schedule.ts'
import {HOLD_BACK_MS} from './schedule.ts'

const LATE_MS: ReadonlyArray<number | null> = [null, 5, 700, 30_000, HOLD_BACK_MS]
const FATES: readonly Fate[] = ['request lost', 'answer lost', 'fails', 'executed, fails', {lateMs: 400}, {lateMs: 40_000}, {delayMs: 3100}]
const CONDITIONS: readonly ApiCondition[] = ['down', 'silent', 'another cluster', 401, 403, 429, 500]

/** Every kind of fault in each of its ways, at each server. `few`: the ways that differ most, for pairs. */
export function faultsOf({servers, databases, byHand, watchdog, lock}: Scenario, few = false): Fault[] {
  const some = <T>(all: readonly T[], chosen: readonly number[]) => few ? all.filter((_, i) => chosen.includes(i)) : [...all]
  const everyServer = servers.flatMap((_, server): Fault[] => [
    ...some<Fault>([{type: 'restart', server, startMs: 30, lateMs: 5}, {type: 'restart', server, startMs: 800, lateMs: 20_000}, {type: 'restart', server, startMs: 5, lateMs: 20_000}], [2]),
    ...some<Fault>([{type: 'delete', server, graceMs: 0}, {type: 'delete', server, graceMs: 30_000}, {type: 'delete', server, graceMs: 2000, replaced: true}], [1]),
    {type: 'force delete', server, livesMs: 20_000},
    ...some<Fault>([{type: 'evict', server}], []),
    ...some(LATE_MS, [0, 2, 4]).map((lateMs): Fault => ({type: 'lose tunnel', server, lateMs})),
    ...some<Fault>([
      {type: 'silence', server, what: 'tunnel', ms: 0, lateMs: null}, {type: 'silence', server, what: 'tunnel', ms: 0, lateMs: 20_000},
      {type: 'silence', server, what: 'answers', ms: 0, lateMs: null},
      {type: 'silence', server, what: 'server', ms: 2500, lateMs: null}, {type: 'silence', server, what: 'server', ms: 20_000, lateMs: 21_000},
    ], [1, 2, 4]),
    ...some(FATES, [1, 4]).map((fate): Fault => ({type: 'next call', server, fate})),
    ...some<Fault>([
      {type: 'foreign', server, does: ['pause'], everyMs: 0}, {type: 'foreign', server, does: ['unpause'], everyMs: 0},
      {type: 'foreign', server, does: ['unpause', 'pause'], everyMs: 100}, {type: 'foreign', server, does: ['pause', 'unpause'], everyMs: 1500},
      {type: 'foreign', server, does: ['unpause', 'pause'], everyMs: 1700},
    ], [0, 2, 4]),
  ])
  const everyDatabase = databases.flatMap((_, database): Fault[] => some<Fault>([
    {type: 'database clock', database, byMs: -20}, {type: 'database clock', database, byMs: 1500}, {type: 'database clock', database, byMs: -90_000},
    {type: 'database clock', database, byMs: 3000, backAfterMs: 2000},
  ], [1]))
  return [
    {type: 'crash', who: 'tool'},
    ...(watchdog ? [{type: 'crash', who: 'watchdog'} as const, ...some([900, 3500, 15_000], [2]).map((ms): Fault => ({type: 'stop', who: 'watchdog', ms}))] : []),
    ...some([900, 3500, 12_000, 90_000], [1, 2, 3]).map((ms): Fault => ({type: 'stop', who: 'tool', ms})),
    ...some([2500, 5000, 90_000], [2]).flatMap((ms): Fault[] => [true, false].map(monoStands => ({type: 'sleep', ms, monoStands}))),
    ...some<Fault>([
      {type: 'interrupt', signal: 'SIGINT'}, {type: 'interrupt', signal: 'SIGINT', again: true}, {type: 'interrupt', signal: 'SIGTERM'},
      {type: 'interrupt', signal: 'SIGHUP', again: true}, {type: 'interrupt', signal: 'stdout closed'}, {type: 'interrupt', signal: 'uncaught error'},
    ], [0, 1]),
    ...some([-90_000, -1500, -501, -499, 499, 501, 1500, 90_000], [1, 4]).map((byMs): Fault => ({type: 'clock', byMs})),
    ...some<Fault>([{type: 'clock', byMs: 450, overMs: 3000}, {type: 'clock', byMs: -2000, overMs: 4000}], []),
    ...some<Fault>([{type: 'scale', target: 0, scheduledMs: 10, startMs: 300}, {type: 'scale', target: 0, scheduledMs: 3000, startMs: 10}], [0]),
    {type: 'stranger'},
    ...some<Fault>([{type: 'lose tunnel', server: 'all', lateMs: null}, {type: 'lose tunnel', server: 'all', lateMs: 900}], [1]),
    ...some<Fault>([{type: 'silence', server: 'all', what: 'tunnel', ms: 0, lateMs: null}, {type: 'silence', server: 'all', what: 'answers', ms: 0, lateMs: 5000}], [0]),
    ...some(CONDITIONS, [0, 2]).flatMap((condition): Fault[] => some([2200, 25_000], [1]).map(ms => ({type: 'api', condition, ms}))),
    ...some<Fault>([{type: 'watch gap', ms: 2500}, {type: 'watch gap', ms: 30_000}], [1]),
    ...(lock ? [{type: 'rival'} as const, {type: 'lease', becomes: 'taken'} as const, {type: 'lease', becomes: 'free'} as const] : []),
    ...(byHand ? [{type: 'end hold'} as const] : []),
    ...everyServer,
    ...everyDatabase,
  ]
}
