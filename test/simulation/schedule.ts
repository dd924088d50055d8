/** What a run is made of, as plain data: printed, shrunk and replayed. Times are virtual ms. */
import type {ClockOffset, Interrupt, Wave} from '../../src/protocol/types.ts'
import type {Version} from './gate.ts'

/**
 * D: the longest time for which the network holds back a call that its caller gave up, ms. The last of the second looks
 * (docs/protocol.md, "Durations") finds what such a Pause has closed.
 */
export const HOLD_BACK_MS = 120_000

export interface SimulatedServer {
  readonly version: Version
  readonly wave: Wave
  readonly target: number
  /** One way, ms. */
  readonly latencyMs: number
  /** null: its requests never end. */
  readonly drainMs: number | null
  readonly queueSurvives?: boolean
  /** Paused before the backup begins: by somebody without a lease, or by a holder of the lease that died. */
  readonly pausedBy?: 'foreign' | 'dead holder'
  /** Paused by somebody without a lease after so many ms. */
  readonly foreignMs?: number
}

/** A database's clock minus ours, by truth and as it was measured: truth − below … truth + above; null: not measured, taken for 0. */
export interface SimulatedDatabase {
  readonly offsetMs: number
  readonly measured: {readonly belowMs: number; readonly aboveMs: number} | null
}

export interface Scenario {
  readonly servers: readonly SimulatedServer[]
  readonly targets: number
  readonly databases: readonly SimulatedDatabase[]
  readonly holdMs: number
  readonly drainMs: number
  readonly guardMs: number
  readonly lock: boolean
  readonly watchdog: boolean
  /** `takesMs` null: it hangs. */
  readonly command?: {readonly takesMs: number | null; readonly timeoutMs: number; readonly fails?: boolean}
  /** Paused by hand: ended after so many ms, null = by `--max-duration`. */
  readonly byHand?: {readonly endsMs: number | null}
  /** Everything found paused is unpaused, and nothing else is done. */
  readonly repair?: boolean
  /** A second operator of ours comes after so many ms. */
  readonly rivalMs?: number
  /** Virtual time begins at this part of a second. */
  readonly fractionMs?: number
}

export type Fate = 'request lost' | 'answer lost' | 'fails' | 'executed, fails' | {readonly lateMs: number} | {readonly delayMs: number}
export type ApiCondition = 'down' | 'silent' | 'another cluster' | 401 | 403 | 429 | 500

export type Fault =
  /** kill -9, out of memory, a closed terminal's last word. */
  | {readonly type: 'crash'; readonly who: 'tool' | 'watchdog'; /** What is under way arrives so much later. */ readonly lateMs?: number}
  | {readonly type: 'stop'; readonly who: 'tool' | 'watchdog'; readonly ms: number}
  /** The machine of tool and watchdog sleeps; its monotonic clock may stand still meanwhile. */
  | {readonly type: 'sleep'; readonly ms: number; readonly monoStands: boolean}
  | {readonly type: 'interrupt'; readonly signal: Interrupt; readonly again?: boolean}
  /** Our wall clock is set, or gains over some time. */
  | {readonly type: 'clock'; readonly byMs: number; readonly overMs?: number}
  | {readonly type: 'database clock'; readonly database: number; readonly byMs: number; readonly backAfterMs?: number}
  /** A new process in the same pod after `startMs`; its status tells `lateMs` later. */
  | {readonly type: 'restart'; readonly server: number; readonly startMs: number; readonly lateMs: number}
  /** Serves on for `graceMs` as terminating. `replaced`: as in a rollout, a new pod was started before. */
  | {readonly type: 'delete'; readonly server: number; readonly graceMs: number; readonly replaced?: boolean}
  /** Deleted by force from a lost node: the API server forgets it, and it lives on. */
  | {readonly type: 'force delete'; readonly server: number; readonly livesMs: number}
  | {readonly type: 'evict'; readonly server: number}
  /** `leaves`: it is being deleted as soon as it has begun, and serves on. `unseen`: watches tell of it half a minute later. */
  | {readonly type: 'scale'; readonly target: number; readonly scheduledMs: number; readonly startMs: number; readonly leaves?: boolean; readonly unseen?: boolean}
  /** A server that no selector reaches begins to serve. */
  | {readonly type: 'stranger'}
  | {readonly type: 'lose tunnel'; readonly server: number | 'all'; readonly lateMs: number | null}
  /** Nothing passes, or no answers; what was sent meanwhile arrives `lateMs` after it was sent, or never. */
  | {readonly type: 'silence'; readonly server: number | 'all'; readonly what: 'tunnel' | 'server' | 'answers'; readonly ms: number; readonly lateMs: number | null}
  | {readonly type: 'next call'; readonly server: number; readonly fate: Fate}
  | {readonly type: 'api'; readonly condition: ApiCondition; readonly ms: number}
  | {readonly type: 'watch gap'; readonly ms: number}
  | {readonly type: 'foreign'; readonly server: number; readonly does: ReadonlyArray<'pause' | 'unpause'>; readonly everyMs: number}
  | {readonly type: 'rival'}
  /** The machine sleeps over its lease, and a second one of ours begins meanwhile. `killed`: the tool died before, and its watchdog has not acted yet. */
  | {readonly type: 'overtaken'; readonly ms: number; readonly monoStands: boolean; readonly killed: boolean; /** When it wakes up, the API server answers nothing that tells. */ readonly unreadable?: boolean}
  /** Somebody edits or deletes our lease. */
  | {readonly type: 'lease'; readonly becomes: 'taken' | 'free'}
  | {readonly type: 'end hold'}

/** When: so many ms after the beginning; after the nth entry of the agenda; or after the nth effect of our processes (from 1). */
export type When = {readonly ms: number} | {readonly entry: number} | {readonly effect: number}

export interface Strike {
  readonly when: When
  readonly fault: Fault
}

export interface Schedule {
  readonly scenario: Scenario
  readonly strikes: readonly Strike[]
  /** Of the latencies. */
  readonly seed: number
}

/** What the plan is given of a database's clock. */
export function measuredOffset({offsetMs, measured}: SimulatedDatabase, database: number): ClockOffset {
  const name = `database ${database}`
  if (measured === null) return {database: name, loMs: 0, hiMs: 0, unmeasured: 'it did not answer'}
  return {database: name, loMs: offsetMs - measured.belowMs, hiMs: offsetMs + measured.aboveMs}
}
