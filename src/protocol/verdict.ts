import {EXIT} from '../support/errors.ts'
import {lookedEnough} from './unpause.ts'
import {marginMs, throughout} from './window.ts'
import type {ClockOffset, Interrupt, ServerState, State} from './types.ts'

/** `failed`: nothing was paused. The other three are docs/protocol.md's. */
export type Verdict = 'consistent' | 'unverified' | 'void' | 'failed' | 'dry run'

/** A server that may still be paused, and whose pause that is. */
export interface Leftover {
  readonly server: number
  readonly name: string
  /** `ours`: not verified unpaused; `another's`: met and left alone. */
  readonly whose: 'ours' | "another's"
  readonly message?: string
}

export interface Outcome {
  readonly verdict: Verdict
  readonly reasons: readonly string[]
  readonly leftovers: readonly Leftover[]
  readonly exitCode: number
  /** How far second T lies inside the pause, on the nearer side; only with a restore point. */
  readonly marginMs?: number
}

/** What a finished backup amounts to. */
export function outcomeOf(state: State): Outcome {
  const leftovers = state.servers.flatMap((server, i) => leftover(state, server, i))
  const verdict = verdictOf(state)
  return {
    verdict,
    reasons: state.reasons.map(reason => reason.text),
    leftovers,
    exitCode: exitCodeOf(verdict, leftovers, state.interrupts[0]),
    marginMs: marginOf(state),
  }
}

function verdictOf(state: State): Verdict {
  if (state.pauseSent === undefined) return state.reasons.some(r => r.kind !== 'unverified') || !state.plan.dryRun ? 'failed' : 'dry run'
  if (!isProven(state)) return 'void'
  return state.reasons.some(reason => reason.kind === 'unverified') ? 'unverified' : 'consistent'
}

/** The restore point was confirmed, and the databases' clocks did not move away from it since. */
export const isProven = ({confirmedAt, reasons}: State) => confirmedAt !== undefined && !reasons.some(({kind}) => kind === 'void')

/** 4 goes before the signals, they before 3, and 3 before 1. */
function exitCodeOf(verdict: Verdict, leftovers: readonly Leftover[], interrupt: Interrupt | undefined): number {
  if (leftovers.length > 0) return EXIT.stillPaused
  if (interrupt === 'SIGINT' || interrupt === 'SIGTERM' || interrupt === 'SIGHUP' || interrupt === 'SIGQUIT') return EXIT[interrupt]
  switch (verdict) {
    case 'consistent':
    case 'dry run': return EXIT.ok
    case 'failed': return EXIT.failed
    default: return EXIT.notConsistent
  }
}

function leftover(state: State, server: ServerState, index: number): Leftover[] {
  const name = state.plan.servers[index]?.name ?? `server ${index}`
  const whose = whoseMayStillPause(server)
  const message = whose === 'ours' && (state.lockRead === 'lost' || state.lockRead === 'taken') ? ANOTHERS_LEASE : server.message
  return whose ? [{server: index, name, whose, message}] : []
}

/** Whoever holds the lease has repaired what was ours, and may be at its own backup. */
const ANOTHERS_LEASE = 'its lease is another\'s by now, who may have paused it anew: ask before you do anything to it'

function whoseMayStillPause(server: ServerState): Leftover['whose'] | undefined {
  switch (server.release) {
    case 'none': return server.gate === 'untouched' ? undefined : server.gate === 'foreign' ? "another's" : 'ours'
    case 'left': return "another's"
    case 'unpausing':
    case 'given up': return 'ours'
    case 'open': return lookedEnough(server) ? undefined : 'ours'
    case 'gone': return undefined
  }
}

function marginOf(state: State): number | undefined {
  const {restorePointMs, pausedAt, unpauseSent} = state
  if (restorePointMs === undefined || !pausedAt || !unpauseSent || !isProven(state)) return undefined
  return marginMs(restorePointMs, pausedAt.wallMs, unpauseSent.wallMs, offsetsOf(state))
}

/** The databases' clocks as they are known in the end. */
export const offsetsOf = ({plan, offsetsAfter}: State): ClockOffset[] => plan.offsets.map((before, i) => throughout(before, offsetsAfter?.[i]))
