import {status} from '@grpc/grpc-js'
import type {Clock} from '../../src/support/clock.ts'
import type {DrainEnd, RequestGate} from './admin-gate.ts'

/** Server generations whose Pause differs, named by the first version that behaves so (ScalarDL docs, release notes). */
export type Generation = keyof typeof GENERATIONS

interface GenerationRules {
  /** Present: the failure contract of 2026 (own closure undone only, queued pauses, ErrorInfo of this domain). */
  readonly errorDomain?: string
  readonly checkPaused: boolean
  /** Present: `max_pause_wait_time` is not known to this server. */
  readonly fixedWaitMs?: number
  /** What becomes of a user's request at a closed gate. */
  readonly whilePaused: 'block' | 'reject'
}

const GENERATIONS = {
  'scalardl-3.14': {errorDomain: 'com.scalar.dl.admin', checkPaused: true, whilePaused: 'block'},
  'scalardl-3.9': {checkPaused: true, whilePaused: 'block'},
  'scalardl-3.5': {checkPaused: true, whilePaused: 'reject'},
  'scalardl-3.1': {checkPaused: false, whilePaused: 'reject'},
  'cluster-3.19': {errorDomain: 'com.scalar.db.cluster.admin', checkPaused: true, whilePaused: 'block'},
  'cluster-3.9': {checkPaused: true, whilePaused: 'block'},
  'scalardb-3.6': {checkPaused: true, whilePaused: 'reject'},
  'scalardb-3.1': {checkPaused: false, fixedWaitMs: 10_000, whilePaused: 'reject'},
} satisfies Record<string, GenerationRules>

export const rulesOf = (generation: Generation): GenerationRules => GENERATIONS[generation]

/** A refused Pause; `reason` is ErrorInfo's and only there where the generation sends one. */
export interface PauseFailure {
  readonly code: status
  readonly message: string
  readonly reason?: 'TIMED_OUT' | 'TIMED_OUT_STILL_PAUSED' | 'GATE_OPEN' | 'PAUSE_IN_PROGRESS'
}

export interface PauseOrder {
  readonly waitOutstanding: boolean
  /** undefined: not sent. */
  readonly maxWaitMs?: number
}

const DEFAULT_WAIT_MS = 30_000

const FAILURES = {
  TIMED_OUT: {code: status.FAILED_PRECONDITION, message: 'outstanding requests did not finish in time; the gate is open'},
  TIMED_OUT_STILL_PAUSED: {
    code: status.FAILED_PRECONDITION,
    message: 'outstanding requests did not finish in time; an earlier pause keeps the gate closed',
  },
  GATE_OPEN: {code: status.ABORTED, message: 'the server was unpaused meanwhile'},
  PAUSE_IN_PROGRESS: {code: status.ABORTED, message: 'another pause is in progress'},
} as const

const failure = (reason: keyof typeof FAILURES): PauseFailure => ({...FAILURES[reason], reason})

/** Pauses one gate the way its generation does it. A caller that goes away changes nothing: the pause runs on. */
export class Pauser {
  readonly #gate: RequestGate
  readonly #rules: GenerationRules
  readonly #clock: Clock
  #queue: Array<() => void> = []
  #busy = false

  constructor(gate: RequestGate, rules: GenerationRules, clock: Clock) {
    this.#gate = gate
    this.#rules = rules
    this.#clock = clock
  }

  /** @returns undefined for OK */
  pause(order: PauseOrder): Promise<PauseFailure | undefined> {
    return this.#rules.errorDomain ? this.#pauseByContract(order) : this.#pauseAsEver(order)
  }

  async #pauseByContract({waitOutstanding, maxWaitMs = DEFAULT_WAIT_MS}: PauseOrder): Promise<PauseFailure | undefined> {
    if (waitOutstanding && maxWaitMs <= 0) return {code: status.INVALID_ARGUMENT, message: 'max_pause_wait_time must be positive'}
    if (!waitOutstanding && this.#busy) return failure('PAUSE_IN_PROGRESS')
    const endMs = this.#clock().monoMs + maxWaitMs
    if (!(await this.#turn(maxWaitMs))) return failure('PAUSE_IN_PROGRESS')
    try {
      const own = this.#gate.close()
      if (!waitOutstanding) return undefined
      return this.#settle(await this.#gate.awaitDrained(Math.max(0, endMs - this.#clock().monoMs)), own)
    } finally {
      this.#next()
    }
  }

  #settle(end: DrainEnd, own: boolean): PauseFailure | undefined {
    if (end === 'drained') return undefined
    if (end === 'opened') return failure('GATE_OPEN')
    if (own) this.#gate.open()
    return failure(own ? 'TIMED_OUT' : 'TIMED_OUT_STILL_PAUSED')
  }

  /** Before the contract: no queue, no owner. A timeout opens whatever was closed, and OK may come with an open gate. */
  async #pauseAsEver({waitOutstanding, maxWaitMs}: PauseOrder): Promise<PauseFailure | undefined> {
    this.#gate.close()
    if (!waitOutstanding) return undefined
    const end = await this.#gate.awaitDrained(this.#rules.fixedWaitMs ?? (maxWaitMs || DEFAULT_WAIT_MS), true)
    if (end === 'drained') return undefined
    this.#gate.open()
    return {code: status.FAILED_PRECONDITION, message: ''}
  }

  /** Waits for the pauses before this one. @returns false when the time was up first */
  async #turn(timeoutMs: number): Promise<boolean> {
    if (!this.#busy) {
      this.#busy = true
      return true
    }
    return new Promise(resolve => {
      const go = () => {
        clearTimeout(timer)
        resolve(true)
      }
      const timer = setTimeout(() => {
        this.#queue = this.#queue.filter(waiting => waiting !== go)
        resolve(false)
      }, timeoutMs)
      this.#queue.push(go)
    })
  }

  #next(): void {
    const next = this.#queue.shift()
    if (next) next()
    else this.#busy = false
  }
}
