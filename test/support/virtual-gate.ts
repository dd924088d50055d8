import type {CheckAnswer, PauseAnswer, UnpauseAnswer} from '../../src/admin/types.ts'

/** One step of a gate in virtual ms. `restarted`: a new process, open; `gone`: no process any more. */
export interface GateStep {
  readonly atMs: number
  readonly step: 'closed' | 'drained' | 'open' | 'restarted' | 'gone'
  /** Who caused it, and whose closure an `open` ended. */
  readonly by: Operator | 'server'
  readonly owner?: Operator
}

export type Operator = 'us' | 'another'

export interface GateOptions {
  /** How long outstanding requests run on after the gate has closed; Infinity = for ever. */
  readonly drainMs?: number
  /** False: ScalarDL up to 3.13, which answers a bare FAILED_PRECONDITION and reopens even another's closure. */
  readonly errorInfo?: boolean
  /** False: CheckPaused is UNIMPLEMENTED. */
  readonly checkPaused?: boolean
}

/** Virtual time, as a gate needs it. */
export interface Timeline {
  readonly nowMs: () => number
  readonly after: (ms: number, act: () => void) => void
}

interface Waiter {
  readonly own: boolean
  readonly by: Operator
  readonly answer: (answer: PauseAnswer) => void
}

/** A server's gate with the rules of ScalarDL's GateKeeper; `steps` is the truth that a backup is judged by. */
export class VirtualGate {
  readonly steps: GateStep[] = []
  readonly #options: GateOptions
  readonly #time: Timeline
  #owner: Operator | undefined
  #drained = false
  #closures = 0
  #gone = false
  #waiters: Waiter[] = []

  constructor(options: GateOptions, time: Timeline) {
    this.#options = options
    this.#time = time
  }

  get closed(): boolean {
    return this.#owner !== undefined
  }

  /** There is no process before now. */
  begin(): void {
    this.steps.push({atMs: -Infinity, step: 'gone', by: 'server'})
    this.#record('restarted', 'server')
  }

  /** Who closed it; undefined = open. */
  get owner(): Operator | undefined {
    return this.#owner
  }

  /** Closed and drained over all of that time (virtual ms, both ends included); a server that is gone executes nothing. */
  quiet(fromMs: number, toMs: number): boolean {
    const before = this.steps.filter(({atMs}) => atMs <= fromMs).at(-1)
    const within = this.steps.filter(({atMs}) => atMs > fromMs && atMs <= toMs)
    return (before?.step === 'drained' || before?.step === 'gone') && within.every(({step}) => step === 'gone')
  }

  /** A Pause that waits; queues behind another in progress, and its wait covers both. */
  pause(by: Operator, maxWaitMs: number, answer: (answer: PauseAnswer) => void): void {
    if (this.#gone) return
    const own = !this.closed
    if (own) this.#close(by)
    if (this.#drained) return answer({kind: 'ok'})
    const waiter = {own, by, answer}
    this.#waiters.push(waiter)
    this.#time.after(maxWaitMs, () => this.#timeOut(waiter))
  }

  unpause(by: Operator): UnpauseAnswer {
    this.#open(by)
    return {kind: 'ok'}
  }

  check(): CheckAnswer {
    if (this.#options.checkPaused === false) return {kind: 'unsupported'}
    return {kind: this.closed ? 'paused' : 'unpaused'}
  }

  /** The process ends; `restarted` begins a new one, which is open. */
  end(step: 'restarted' | 'gone'): void {
    this.#gone = step === 'gone'
    this.#owner = undefined
    this.#drained = false
    this.#closures += 1
    this.#waiters = []
    this.#record(step, 'server')
  }

  #close(by: Operator): void {
    this.#owner = by
    this.#record('closed', by)
    const closure = ++this.#closures
    const drained = () => {
      if (closure !== this.#closures) return
      this.#drained = true
      this.#record('drained', 'server')
      for (const {answer} of this.#waiters.splice(0)) answer({kind: 'ok'})
    }
    const {drainMs = 0} = this.#options
    if (drainMs === 0) drained()
    else if (Number.isFinite(drainMs)) this.#time.after(drainMs, drained)
  }

  #open(by: Operator | 'server'): void {
    if (!this.closed) return
    this.#record('open', by, this.#owner)
    this.#owner = undefined
    this.#drained = false
    this.#closures += 1
    for (const {answer} of this.#waiters.splice(0)) answer(this.#failure('GATE_OPEN'))
  }

  #timeOut(waiter: Waiter): void {
    if (!this.#waiters.includes(waiter)) return
    this.#waiters = this.#waiters.filter(other => other !== waiter)
    const heir = this.#waiters[0]
    if (waiter.own && heir) this.#owner = heir.by
    const reopens = this.#options.errorInfo === false || (waiter.own && !heir)
    if (reopens) this.#open('server')
    waiter.answer(this.#failure(waiter.own ? 'TIMED_OUT' : 'TIMED_OUT_STILL_PAUSED'))
  }

  #failure(reason: 'TIMED_OUT' | 'GATE_OPEN' | 'TIMED_OUT_STILL_PAUSED'): PauseAnswer {
    if (this.#options.errorInfo === false) return {kind: 'failed', message: ''}
    if (reason === 'TIMED_OUT_STILL_PAUSED') return {kind: 'foreign', reason, message: reason}
    return {kind: 'open', reason, message: reason}
  }

  #record(step: GateStep['step'], by: GateStep['by'], owner?: Operator): void {
    this.steps.push({atMs: this.#time.nowMs(), step, by, owner})
  }
}
