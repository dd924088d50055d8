import type {Plan} from './types.ts'

/** Waiting for a Pause's answer goes on this long after its share of the drain budget, so that the server gives up before its client. */
export const ANSWER_MARGIN_MS = 3000
/** Deadline of one CheckPaused in the window; a little above the silence after which it is asked again. */
export const CHECK_DEADLINE_MS = 2800
/** The first look opens the tunnels too. */
export const LOOK_DEADLINE_MS = 10_000
/** Step 5 as a whole: lists, tunnels, looks, and a sign of life of the watchdog. */
export const LOOK_LIMIT_MS = 30_000
/** An answer to step 5 older than this says too little: opening many tunnels takes seconds, so all servers are asked once more. */
export const LOOK_FRESH_MS = 1000
/** About how often all servers are asked while they are paused. */
export const SWEEP_EVERY_MS = 1000
/** More than this between two complete sweeps voids the restore point. */
export const SWEEP_GAP_MS = 3000
/** An unanswered question is asked again on a fresh tunnel. */
export const SILENCE_MS = 2000
/** The confirmation may outlast the hold by this much. */
export const CONFIRM_LIMIT_MS = 5000
/** A Pause is sent only when the watchdog gave a sign of life within this time. */
export const WATCHDOG_FRESH_MS = 1000
/** A watchdog silent for this long voids the window: nobody would repair what we leave. */
export const WATCHDOG_LOST_MS = 3000
/** Deadline of one Unpause. */
export const UNPAUSE_DEADLINE_MS = 3000
/** An unanswered Unpause is sent again on a fresh tunnel. */
export const HEDGE_MS = 300
/** While any server answered within this time, a silent one is taken for one whose turn has not come. */
export const BUSY_MS = 200
/** So many servers at a time are reached for over new connections: a thousand at once would not get one of them done in time. */
export const MAX_DETOURS = 64
/** Back-off between two attempts to unpause one server doubles up to this. */
export const MAX_BACKOFF_MS = 2000
/** After a Pause whose fate is unknown: when its server is looked at again, counted from when it was seen open and no answer came. */
export const SECOND_LOOKS_MS: readonly number[] = [1000, 2000, 5000, 15_000, 60_000, 120_000]
/** Measuring the clocks again takes about 3 s at most; then the backup ends without. */
export const MEASURE_LIMIT_MS = 6000
/** An unreadable lease is read again this soon. */
export const LEASE_AGAIN_MS = 1000
const BOUND_MARGIN_MS = 15_000

/**
 * The longest time from the first Pause to the last Unpause confirmed, while API server and client run. A lease lasts at
 * least as long, and a watchdog waits as long.
 */
export const boundMs = ({drainMs, holdMs, command}: Pick<Plan, 'drainMs' | 'holdMs' | 'command'>) =>
  drainMs + Math.max(holdMs, command?.timeoutMs ?? 0) + BOUND_MARGIN_MS
