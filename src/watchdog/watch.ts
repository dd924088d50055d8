import {boundMs} from '../protocol/limits.ts'
import type {Plan, Whose} from '../protocol/types.ts'

/** How often the plugin shows that it lives, and the watchdog looks. */
export const BEAT_MS = 500
/** A plugin that is silent for this long stands still: stopped, or busy with something that never ends. */
export const SILENT_MS = 10_000

/** What a watchdog knows of its parent. Durations count only while the watchdog itself was running. */
export interface Watch {
  readonly awakeMs: number
  /** `awakeMs` when the parent was heard last. */
  readonly heardMs: number
  /** `awakeMs` when it was about to send its first Pause. */
  readonly pausedMs?: number
  /** The way back has begun. */
  readonly unpausing: boolean
  /** By server; undefined = no Pause was about to be sent. */
  readonly known: ReadonlyArray<Whose | undefined>
}

/** What the watchdog has to do now. */
export type Duty =
  | {readonly type: 'watch'}
  /** Nothing of the parent's is paused, and nobody needs a watchdog any more. */
  | {readonly type: 'leave'}
  | {readonly type: 'act'; readonly cause: Cause}

/** Why a watchdog acted, for people, with the plugin as its subject. */
export type Cause = 'was killed' | 'stopped answering' | 'did not unpause in time'

export const newWatch: Watch = {awakeMs: 0, heardMs: 0, unpausing: false, known: []}

/** Any line from the parent. */
export const heard = (watch: Watch): Watch => ({...watch, heardMs: watch.awakeMs})

/** What the parent says of its servers. */
export function briefed(watch: Watch, known: Watch['known'], unpausing: boolean): Watch {
  const pausedMs = watch.pausedMs ?? (known.includes('ours') ? watch.awakeMs : undefined)
  return {...heard(watch), known, unpausing, pausedMs}
}

/** The watchdog's own second hand. Asleep or stopped, a watchdog hears nothing, and its parent may have been so as well. */
export const ticked = (watch: Watch, elapsedMs: number): Watch => ({...watch, awakeMs: watch.awakeMs + Math.min(elapsedMs, 2 * BEAT_MS)})

/** Whether anything may be paused that would stay so. */
export const isNeeded = ({known}: Watch): boolean => known.some(whose => whose === 'ours' || whose === 'open')

/** What a tick finds. */
export function dutyOf(watch: Watch, plan: Plan): Duty {
  const {awakeMs, heardMs, pausedMs, unpausing} = watch
  if (awakeMs - heardMs >= SILENT_MS) return isNeeded(watch) ? {type: 'act', cause: 'stopped answering'} : {type: 'leave'}
  const late = !unpausing && pausedMs !== undefined && awakeMs - pausedMs > boundMs(plan)
  return late && isNeeded(watch) ? {type: 'act', cause: 'did not unpause in time'} : {type: 'watch'}
}
