import type {Scenario, SimulatedServer} from './schedule.ts'

const LEDGER: SimulatedServer = {version: 'ScalarDL 3.14', wave: 'ledger', target: 0, latencyMs: 8, drainMs: 40}
const AUDITOR: SimulatedServer = {version: 'ScalarDL 3.14', wave: 'auditor', target: 1, latencyMs: 12, drainMs: 300}
const OLD: SimulatedServer = {...LEDGER, version: 'ScalarDL 3.13'}

/** Two Ledgers and an Auditor, with everything that a backup has. */
export const BASE: Scenario = {
  servers: [LEDGER, {...LEDGER, latencyMs: 20, drainMs: 0}, AUDITOR], targets: 2,
  databases: [{offsetMs: 120, measured: {belowMs: 20, aboveMs: 30}}],
  holdMs: 4500, drainMs: 5000, guardMs: 1000, lock: true, watchdog: true,
}

/** Up to three servers, every way in which a backup goes, and every generation of servers. */
export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  'Ledgers and Auditor': BASE,
  'without lease and watchdog': {...BASE, lock: false, watchdog: false, databases: [], servers: [LEDGER, AUDITOR]},
  'without reasons': {...BASE, servers: [OLD, {...AUDITOR, version: 'ScalarDL 3.13'}]},
  'without CheckPaused': {...BASE, servers: [{...LEDGER, version: 'ScalarDL 3.4'}, LEDGER], targets: 1},
  'an older ScalarDB Cluster that stays closed': {...BASE, databases: [], servers: [{...LEDGER, version: 'ScalarDB Cluster 3.14, stays closed', drainMs: 5600}, LEDGER], targets: 1},
  'an older ScalarDB Cluster that reopens late': {...BASE, databases: [], servers: [{...LEDGER, version: 'ScalarDB Cluster 3.14, reopens late', drainMs: null}], targets: 1},
  'a drain that does not end': {...BASE, servers: [LEDGER, {...LEDGER, drainMs: null}, AUDITOR]},
  'a short guard': {...BASE, servers: [LEDGER, {...LEDGER, latencyMs: 20}], targets: 1, databases: [], guardMs: 100, holdMs: 2500},
  'an Auditor that drains slowly': {...BASE, servers: [LEDGER, {...AUDITOR, drainMs: 4200}]},
  'an Auditor that does not drain': {...BASE, servers: [LEDGER, {...AUDITOR, drainMs: null, queueSurvives: true}]},
  'a command': {...BASE, servers: [LEDGER, AUDITOR], command: {takesMs: 6000, timeoutMs: 10_000}},
  'a command that hangs': {...BASE, servers: [LEDGER], targets: 1, command: {takesMs: null, timeoutMs: 7000}},
  'a command that fails': {...BASE, servers: [LEDGER], targets: 1, command: {takesMs: 800, timeoutMs: 7000, fails: true}},
  'by hand': {...BASE, servers: [LEDGER, AUDITOR], holdMs: 20_000, byHand: {endsMs: 8000}},
  'by hand, never ended': {...BASE, servers: [LEDGER], targets: 1, holdMs: 6000, byHand: {endsMs: null}},
  'paused by a dead holder': {...BASE, servers: [{...LEDGER, pausedBy: 'dead holder'}, LEDGER, AUDITOR]},
  'a second operator at once': {...BASE, servers: [LEDGER, AUDITOR], rivalMs: 160},
  'a second operator later': {...BASE, servers: [LEDGER], targets: 1, rivalMs: 2000},
  'a second operator while a dead holder is repaired': {...BASE, servers: [{...LEDGER, pausedBy: 'dead holder'}, {...LEDGER, pausedBy: 'dead holder'}], targets: 1, databases: [], rivalMs: 100},
  'a repair': {...BASE, servers: [{...LEDGER, pausedBy: 'foreign'}, LEDGER, {...AUDITOR, pausedBy: 'dead holder'}], repair: true, watchdog: false, databases: []},
  'paused by another first': {...BASE, servers: [{...LEDGER, drainMs: null, foreignMs: 240}, {...LEDGER, version: 'ScalarDB Server 3.5', drainMs: null}], targets: 1},
  'paused by another behind us': {...BASE, servers: [{...LEDGER, drainMs: null, foreignMs: 2000}, LEDGER], targets: 1},
  'paused by another': {...BASE, servers: [{...LEDGER, pausedBy: 'foreign'}, AUDITOR], lock: false},
  'a clock that was not measured': {...BASE, servers: [LEDGER], targets: 1, databases: [{offsetMs: -400, measured: null}, {offsetMs: 300, measured: {belowMs: 200, aboveMs: 300}}], holdMs: 5000},
}
