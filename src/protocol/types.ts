import type {CheckAnswer, PauseAnswer, UnpauseAnswer} from '../admin/types.ts'
import type {Instant} from '../support/clock.ts'

/** A database's clock minus ours lies in `[loMs, hiMs]`. Unmeasured: 0 and 0, and the record says so. */
export interface ClockOffset {
  readonly database: string
  readonly loMs: number
  readonly hiMs: number
  /** Why it was not measured, in words. */
  readonly unmeasured?: string
}

/** Auditors are paused before everything else and unpaused right behind it (step 6 and 10). */
export type Wave = 'auditor' | 'ledger'

/** A server as it was found in step 1. Everywhere else it is named by its index in `Plan.servers`. */
export interface PlannedServer {
  /** `namespace/pod`, for people. */
  readonly name: string
  readonly wave: Wave
  /** Index of the target (one release in one cluster) to which it belongs. */
  readonly target: number
  /** Why its pause cannot be proven (no CheckPaused, or a pause known to leak), or undefined. */
  readonly unverified?: string
}

/** What of a pod matters to a backup; `target` as in PlannedServer. */
export interface PodSnapshot {
  readonly target: number
  readonly name: string
  readonly uid: string
  /** `spec.nodeName` is set. */
  readonly scheduled: boolean
  /** Phase Succeeded or Failed (Evicted is Failed). */
  readonly ended: boolean
  readonly terminating: boolean
  readonly containerID?: string
  readonly restartCount: number
}

/** What was asked for, and what step 1 found. */
export interface Plan {
  readonly servers: readonly PlannedServer[]
  readonly pods: readonly PodSnapshot[]
  readonly targets: number
  readonly holdMs: number
  /** One budget for all drains together, from the first Pause on. */
  readonly drainMs: number
  readonly guardMs: number
  /** One for each database, unmeasured ones too; none = no database is known. */
  readonly offsets: readonly ClockOffset[]
  /** Both clocks when the offsets were measured; undefined = when the backup began. */
  readonly measuredAt?: Instant
  readonly dryRun: boolean
  readonly allowUnverified: boolean
  /** A command that runs while everything is paused: the hold lasts until it ends. */
  readonly command?: {readonly timeoutMs: number}
  /** Paused by hand: held until told to end, for `holdMs` at most; the restore point is chosen then. */
  readonly byHand?: boolean
  /** Nothing is paused: every server that is found paused, by whomever, is unpaused. */
  readonly repair?: boolean
}

/** The steps of docs/protocol.md that take time, in their order. */
export type Phase =
  | 'locking' | 'arming' | 'looking' | 'repairing' | 'looking again'
  | 'pausing auditors' | 'pausing ledgers' | 'sweeping' | 'holding' | 'confirming' | 'held'
  | 'taking over' | 'reading lease' | 'unpausing' | 'second look' | 'measuring again'
  | 'disarming' | 'recording' | 'releasing' | 'ended'

/** Which connection a call takes: the open tunnel, a new one, a new one with fresh credentials, or kubectl's. */
export type Via = 'current' | 'fresh' | 'credentials' | 'kubectl'

export type TimerName = 'poll' | 'confirm' | 'silence' | 'limit' | 'hold'

/**
 * What a watchdog has to know of one server: `ours` = a Pause of ours was or is about to be sent; `open` = seen open again, but
 * that Pause is unclear and may come late; `theirs` = another's pause, not to be touched; `back` = nothing of ours can be left.
 */
export type Whose = 'ours' | 'open' | 'theirs' | 'back'

/** What the core asks of the world. Every effect is answered by an event, sooner or later, unless it says otherwise. */
export type Effect =
  | {readonly type: 'lock'}
  /** What is told was so within the last 5 s, by both clocks; what was read before a machine stood still is `unknown`. */
  | {readonly type: 'read lock'}
  /** Releases what is still ours. */
  | {readonly type: 'unlock'}
  | {readonly type: 'arm'}
  /** Told to the watchdog before the Pauses that go out in the same step; never answered. Servers not named are as before. */
  | {readonly type: 'brief'; readonly servers: ReadonlyArray<{readonly server: number; readonly whose: Whose}>; readonly unpausing: boolean}
  | {readonly type: 'disarm'}
  /** Starts the command of `Plan.command`; its end, or why it could not begin, is `command ended`. */
  | {readonly type: 'run command'}
  /** Ends the command if it still runs; never answered. */
  | {readonly type: 'stop command'}
  /** A list that no cache answers. The look's list also begins a watch from its version, which lasts until the end. */
  | {readonly type: 'list'; readonly purpose: 'look' | 'confirm'; readonly target: number}
  | {readonly type: 'check'; readonly server: number; readonly call: number; readonly via: Via; readonly deadlineMs: number}
  | {readonly type: 'pause'; readonly server: number; readonly call: number; readonly maxPauseWaitMs: number; readonly deadlineMs: number}
  | {readonly type: 'unpause'; readonly server: number; readonly call: number; readonly via: Via; readonly deadlineMs: number}
  /** Ask the API server, in the very cluster and namespace noted in step 5, whether the pod is still there. */
  | {readonly type: 'locate'; readonly server: number}
  /** A timer of the whole backup replaces an earlier one of its name. */
  | {readonly type: 'timer'; readonly name: TimerName; readonly ms: number}
  /** Wakes one server's unpause up again. */
  | {readonly type: 'server timer'; readonly server: number; readonly timer: 'hedge' | 'retry' | 'look'; readonly ms: number}
  /** Step 2 once more: the clocks of `Plan.offsets`. */
  | {readonly type: 'measure'}
  | {readonly type: 'record'}

/** What the world answers. `at` is read as late as possible: when the core is handed the event. */
export type Happening =
  | {readonly type: 'start'}
  /**
   * `lease: false`: no lease holds others off (`--lock off`, or not permitted). `inherited`: targets whose lease was taken over
   * from a holder that is dead, so that what is paused there is for us to repair.
   */
  | {readonly type: 'locked'; readonly lease?: boolean; readonly inherited?: readonly number[]; readonly warning?: string}
  | {readonly type: 'lock refused'; readonly holder: string}
  /** Nobody holds it, and yet it could not be had (`--lock require`). */
  | {readonly type: 'lock failed'; readonly reason: string}
  /** The leases were written anew, all of them. */
  | {readonly type: 'lock renewed'}
  | {readonly type: 'lock read'; readonly answer: LockAnswer | 'unknown'; readonly detail?: string}
  | {readonly type: 'unlocked'}
  /** `alive: false`: there is no watchdog, and the user was told or said so. */
  | {readonly type: 'armed'; readonly alive: boolean}
  | {readonly type: 'arm failed'; readonly reason: string}
  | {readonly type: 'watchdog alive'}
  | {readonly type: 'disarmed'}
  | {readonly type: 'listed'; readonly purpose: 'look' | 'confirm'; readonly target: number; readonly pods: readonly PodSnapshot[]}
  | {readonly type: 'list failed'; readonly purpose: 'look' | 'confirm'; readonly target: number; readonly message: string}
  /** The pods of one target after a line of its watch. */
  | {readonly type: 'pods changed'; readonly target: number; readonly pods: readonly PodSnapshot[]}
  | {readonly type: 'checked'; readonly server: number; readonly call: number; readonly answer: CheckAnswer}
  | {readonly type: 'paused'; readonly server: number; readonly call: number; readonly answer: PauseAnswer}
  | {readonly type: 'unpaused'; readonly server: number; readonly call: number; readonly answer: UnpauseAnswer}
  | {readonly type: 'located'; readonly server: number; readonly answer: 'there' | 'gone' | 'unknown'; readonly detail?: string}
  | {readonly type: 'timer'; readonly name: TimerName}
  | {readonly type: 'server timer'; readonly server: number; readonly timer: 'hedge' | 'retry' | 'look'}
  /** In the order of `Plan.offsets`; what could not be measured says why. */
  | {readonly type: 'measured'; readonly offsets: readonly ClockOffset[]}
  | {readonly type: 'recorded'}
  /** `failure`: why the command did not do its work, as a phrase (`ended with exit code 1`). */
  | {readonly type: 'command ended'; readonly failure?: string}
  /** Whoever paused by hand asks for the end. */
  | {readonly type: 'end hold'}
  /** A signal, a closed output, or an error of our own that nobody caught, with its message. */
  | {readonly type: 'interrupt'; readonly signal: Interrupt; readonly detail?: string}

/**
 * What became of our leases. `taken`: another holds one although ours had not run out; `lost`: another holds one since ours had
 * run out; `free`: nobody holds it, or it may not be read.
 */
export type LockAnswer = 'unchanged' | 'taken' | 'lost' | 'free'

export type Interrupt = 'SIGINT' | 'SIGTERM' | 'SIGHUP' | 'SIGQUIT' | 'stdout closed' | 'stderr closed' | 'uncaught error'

export type Event = Happening & {readonly at: Instant}

/** What is known of a server's gate with regard to our Pause (docs/protocol.md, "Answers to Pause"). */
export type Gate =
  /** No Pause was sent, or it was refused as invalid. */
  | 'untouched'
  | 'asked'
  /** OK: closed, drained and ours. */
  | 'closed'
  /** Left paused by a holder of the lease that is dead, or whoever it was where everything is to be unpaused: ours to repair. */
  | 'inherited'
  /** The server undid our closure; what holds the gate now, if anything, is another's. */
  | 'reopened'
  /** Another's pause holds the gate; it is left alone. */
  | 'foreign'
  /** FAILED_PRECONDITION without details. */
  | 'failed'
  /** No answer that tells: it may close later. */
  | 'unclear'

/** Where the way back of one server stands. */
export type Release =
  | 'none'
  | 'unpausing'
  /** CheckPaused = false after our Unpause; or Unpause OK where there is no CheckPaused. */
  | 'open'
  /** The pod is really gone. */
  | 'gone'
  /** Paused by another: left alone and named. */
  | 'left'
  /** Told to stop before it was verified. */
  | 'given up'

export interface ServerState {
  readonly gate: Gate
  readonly release: Release
  /** What the current round of checks brought. */
  readonly seen: 'unasked' | 'asked' | 'paused' | 'unpaused' | 'failed'
  /** False once CheckPaused was answered UNIMPLEMENTED. */
  readonly checkable: boolean
  /** The first call of the current round of checks: answers to it and to later ones count for `seen`. */
  readonly call?: number
  /** When its Pause answered OK, and when it was first seen unpaused again. */
  readonly pausedAt?: Instant
  readonly unpausedAt?: Instant
  /** True while no answer to its Pause has come. */
  readonly pausePending: boolean
  /** The way back: what the current round is for, and the call with which it began. */
  readonly aim: 'unpause' | 'look'
  readonly roundCall: number
  /** Failures of the current round, which pick the connection and the back-off. */
  readonly attempts: number
  /** True once an Unpause of the current round was answered OK. */
  readonly unpauseOk: boolean
  /** True while its latest question went out over a new connection. */
  readonly detour: boolean
  /** True while a retry timer runs. */
  readonly retrying: boolean
  /** The latest words of the server, the API server or the kubelet. */
  readonly message?: string
  /** Its Pause is unclear: how many later looks were taken, and the monotonic ms from which their times count. */
  readonly looks?: number
  readonly looksFromMs?: number
  /** What the watchdog was told last. */
  readonly briefed?: Whose
}

/** Why a backup is not consistent. */
export interface Reason {
  readonly kind: 'failed' | 'void' | 'unverified' | 'interrupted'
  readonly text: string
  readonly server?: number
}

export interface State {
  readonly plan: Plan
  readonly phase: Phase
  /** Both clocks when the plan was made, and at the latest event. */
  readonly begun: Instant
  readonly now: Instant
  readonly servers: readonly ServerState[]
  readonly reasons: readonly Reason[]
  /** Facts the user should hear although they change nothing. */
  readonly warnings: readonly string[]
  readonly nextCall: number
  /** 'asked' while the answer is out: a lease or a watchdog that may yet come must be waited for, then undone. */
  readonly lock: 'none' | 'asked' | 'held'
  readonly watchdog: 'none' | 'asked' | 'armed'
  /** Monotonic ms of the watchdog's last sign of life; undefined = there is none. */
  readonly watchdogMs?: number
  /** The watchdog knows that the way back has begun. */
  readonly briefedUnpausing?: boolean
  /** Monotonic ms at which a server last answered OK to any call. */
  readonly heardMs?: number
  /** Monotonic ms at which step 5 began to ask. */
  readonly lookMs?: number
  /** Targets listed in the current round. */
  readonly listed: readonly boolean[]
  /** Both clocks when the first Pause was sent. */
  readonly pauseSent?: Instant
  /** When the last server's Pause was answered OK. */
  readonly pausedAt?: Instant
  /** Restore point, ms since the epoch, a whole second. */
  readonly restorePointMs?: number
  /** Monotonic ms at which the last complete sweep was complete. */
  readonly sweptMs?: number
  /** The first call of step 7: an answer to it or a later one speaks of the time after the last Pause's OK. */
  readonly sweepCall?: number
  readonly confirmSent?: Instant
  /** Targets whose lease was a dead holder's. */
  readonly inherited: readonly number[]
  /** Both clocks when the leases were last known to be ours; undefined = there are none. */
  readonly leaseAt?: Instant
  /** What the latest reading of the lease brought; undefined = none yet that tells. */
  readonly lockRead?: LockAnswer
  /** We stood still, or could not renew, for longer than a lease lasts: it has to be read before anything is touched. */
  readonly frozen: boolean
  /** When every rule of step 9 was seen to hold: from here on nothing can void the restore point. */
  readonly confirmedAt?: Instant
  /** When the first Unpause was sent, and when the last server was seen unpaused. */
  readonly unpauseSent?: Instant
  readonly unpausedAt?: Instant
  /** The databases' clocks after the pause, in the order of `Plan.offsets`; undefined = not measured again. */
  readonly offsetsAfter?: readonly ClockOffset[]
  readonly recorded?: boolean
  readonly command?: 'running' | 'ended'
  /** Why the command did not do its work. */
  readonly commandFailure?: string
  /** When whoever paused by hand asked for the end, or the longest time was over. */
  readonly holdEnded?: boolean
  readonly interrupts: readonly Interrupt[]
  /** Ctrl-C and SIGTERM since the first Unpause: one is answered with what is still paused, the second gives up. */
  readonly impatience: number
  readonly timers: readonly TimerName[]
}

export interface Step {
  readonly state: State
  readonly effects: readonly Effect[]
}
