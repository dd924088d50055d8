import type {CheckAnswer, PauseAnswer} from '../../src/admin/types.ts'
import type {Agenda} from './agenda.ts'

/** `us`: the tool and its watchdog; `rival`: a second one of ours, `dead`: one that died before, both with a lease; `foreign`: an operator that knows none. */
export type Operator = 'us' | 'rival' | 'dead' | 'foreign'

/** What differs from one version of the products to another (products.md §7, §8). */
export interface Generation {
  /** True: reasons, Pauses that queue, and only one's own closure undone. False: a bare FAILED_PRECONDITION, and the reopening race. */
  readonly errorInfo: boolean
  /** False: CheckPaused is UNIMPLEMENTED. */
  readonly checkPaused: boolean
  /** What a drain that times out leaves: whoever's closure is undone; or, on older ScalarDB Cluster, nobody knows. */
  readonly onTimeout: 'reopens' | 'stays closed' | 'reopens late'
  /** A wait that the server takes whatever it is told. */
  readonly fixedWaitMs?: number
  /** Requests run on while it is paused. */
  readonly leaks?: boolean
}

const MODERN: Generation = {errorInfo: true, checkPaused: true, onTimeout: 'reopens'}
const BARE: Generation = {errorInfo: false, checkPaused: true, onTimeout: 'reopens'}

export const GENERATIONS = {
  'ScalarDL 3.14': MODERN,
  'ScalarDL 3.13': BARE,
  'ScalarDL 3.4': {...BARE, checkPaused: false},
  'ScalarDB Cluster 3.14, reopens': BARE,
  'ScalarDB Cluster 3.14, stays closed': {...BARE, onTimeout: 'stays closed'},
  'ScalarDB Cluster 3.14, reopens late': {...BARE, onTimeout: 'reopens late'},
  'ScalarDB Cluster 3.16.1': {...BARE, leaks: true},
  'ScalarDB Server 3.5': {...BARE, checkPaused: false, fixedWaitMs: 10_000},
} as const satisfies Record<string, Generation>

export type Version = keyof typeof GENERATIONS

export interface GateStep {
  readonly atMs: number
  readonly step: 'closed' | 'drained' | 'open' | 'started' | 'gone'
  readonly by: Operator | 'server'
}

/** An Unpause that ended somebody else's pause. */
export interface Revocation {
  readonly atMs: number
  /** When that Unpause was sent. */
  readonly sentMs: number
  readonly by: Operator
  readonly whose: Operator
  /** Since when the other had it paused. */
  readonly sinceMs: number
  /** By whom the gate was closed, and since when whoever unpauses had it paused too. */
  readonly closer: Operator
  readonly ownMs?: number
}

/** CheckPaused done: by which process, as which of its calls, and what it saw. */
export interface Look {
  readonly atMs: number
  readonly by: string
  readonly call: number
  readonly paused: boolean
}

interface Waiter {
  readonly by: Operator
  readonly answer: (answer: PauseAnswer) => void
}

export interface GateOptions {
  readonly version: Version
  /** How long outstanding requests run on after the gate has closed, ms; null = for ever. */
  readonly drainMs: number | null
  /** True: a Pause that waits behind another's closes the gate after an Unpause has opened it. */
  readonly queueSurvives?: boolean
}

const LATE_MS = 2500

/** The gate of one server's process with the rules of its version; `steps` and `claims` are the truth. */
export class Gate {
  readonly steps: GateStep[] = []
  readonly revocations: Revocation[] = []
  readonly looks: Look[] = []
  /** Who has it paused, and since when: who closed it, and who was told OK since. */
  claims = new Map<Operator, number>()
  closer: Operator | undefined
  readonly generation: Generation
  readonly #options: GateOptions
  readonly #agenda: Agenda
  #drained = false
  #closures = 0
  #active: Waiter | undefined
  #waiters: Waiter[] = []

  constructor(options: GateOptions, agenda: Agenda) {
    this.#options = options
    this.#agenda = agenda
    this.generation = GENERATIONS[options.version]
  }

  get closed(): boolean {
    return this.closer !== undefined
  }

  /** A Pause that waits. */
  pause(by: Operator, maxWaitMs: number, answer: (answer: PauseAnswer) => void): void {
    if (this.closed && this.#drained) {
      this.#claim(by)
      return answer({kind: 'ok'})
    }
    const waiter = {by, answer}
    this.#waiters.push(waiter)
    if (!this.closed) this.#close(waiter)
    const waitMs = this.generation.fixedWaitMs ?? maxWaitMs
    this.#agenda.after(waitMs, 'pause times out', () => this.#timeOut(waiter))
  }

  unpause(by: Operator, sentMs: number): void {
    if (!this.closed) return
    for (const [whose, sinceMs] of this.claims) {
      if (whose !== by) this.revocations.push({atMs: this.#agenda.nowMs, sentMs, by, whose, sinceMs, closer: this.closer ?? whose, ownMs: this.claims.get(by)})
    }
    this.#open(by)
    if (!this.generation.errorInfo) return
    const failing = this.#options.queueSurvives ? this.#waiters.filter(waiter => waiter === this.#active) : this.#waiters
    this.#waiters = this.#waiters.filter(waiter => !failing.includes(waiter))
    for (const {answer} of failing) answer({kind: 'open', reason: 'GATE_OPEN', message: 'GATE_OPEN'})
    this.#next()
  }

  check(by: string, call: number): CheckAnswer {
    if (!this.generation.checkPaused) return {kind: 'unsupported'}
    this.looks.push({atMs: this.#agenda.nowMs, by, call, paused: this.closed})
    return {kind: this.closed ? 'paused' : 'unpaused'}
  }

  /** The process begins, open, or is no more; nobody who waited gets an answer. */
  become(step: 'started' | 'gone'): void {
    this.closer = undefined
    this.claims.clear()
    this.#drained = false
    this.#closures += 1
    this.#waiters = []
    this.#active = undefined
    this.#record(step, 'server')
  }

  #claim(by: Operator): void {
    if (!this.claims.has(by)) this.claims.set(by, this.#agenda.nowMs)
  }

  #close(waiter: Waiter): void {
    this.closer = waiter.by
    this.#active = waiter
    this.#drained = false
    this.claims = new Map([[waiter.by, this.#agenda.nowMs]])
    this.#record('closed', waiter.by)
    const closure = ++this.#closures
    const {drainMs} = this.#options
    if (drainMs === 0) this.#drain(closure)
    else if (drainMs !== null) this.#agenda.after(drainMs, 'drained', () => this.#drain(closure))
  }

  /** Before reasons came, whoever waits is told OK once nothing is outstanding, although the gate may be open again. */
  #drain(closure: number): void {
    const stillClosed = closure === this.#closures && this.closed
    if (!stillClosed && (this.generation.errorInfo || this.closed)) return
    if (stillClosed) {
      this.#drained = true
      this.#record('drained', 'server')
    }
    for (const {by, answer} of this.#waiters.splice(0)) {
      if (stillClosed) this.#claim(by)
      answer({kind: 'ok'})
    }
  }

  #open(by: Operator | 'server'): void {
    this.closer = undefined
    this.#drained = false
    this.claims.clear()
    if (this.generation.errorInfo) this.#closures += 1
    this.#record('open', by)
  }

  #timeOut(waiter: Waiter): void {
    if (!this.#waiters.includes(waiter)) return
    this.#waiters = this.#waiters.filter(other => other !== waiter)
    if (!this.generation.errorInfo) return this.#timeOutBare(waiter)
    if (waiter !== this.#active) {
      waiter.answer({kind: 'foreign', reason: 'TIMED_OUT_STILL_PAUSED', message: 'TIMED_OUT_STILL_PAUSED'})
      return
    }
    this.#open('server')
    waiter.answer({kind: 'open', reason: 'TIMED_OUT', message: 'TIMED_OUT'})
    this.#next()
  }

  #timeOutBare({answer}: Waiter): void {
    const {onTimeout} = this.generation
    const reopen = () => { if (this.closed) this.#open('server') }
    if (onTimeout === 'reopens') reopen()
    if (onTimeout === 'reopens late') this.#agenda.after(LATE_MS, 'reopens late', reopen)
    answer({kind: 'failed', message: 'FAILED_PRECONDITION'})
  }

  /** Whoever waited behind the closure that ended has its turn. */
  #next(): void {
    this.#active = undefined
    const heir = this.#waiters[0]
    if (heir) this.#close(heir)
  }

  #record(step: GateStep['step'], by: GateStep['by']): void {
    this.steps.push({atMs: this.#agenda.nowMs, step, by})
  }
}

/** Closed and drained over all of that time (virtual ms, both ends included); a process that is not there executes nothing. */
export function isQuiet({steps, generation}: Gate, fromMs: number, toMs: number): boolean {
  const before = steps.filter(({atMs}) => atMs < fromMs).at(-1)
  const within = steps.filter(({atMs}) => atMs >= fromMs && atMs <= toMs)
  const absent = before === undefined || before.step === 'gone'
  if (generation.leaks && !absent) return false
  return (absent || before.step === 'drained') && within.every(({step}) => step === 'gone')
}
