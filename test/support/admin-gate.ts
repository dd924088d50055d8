import type {Clock, Instant} from '../../src/support/clock.ts'

/** One step of a gate, as only the server knows it. `restarted` = a new process: open, and nothing outstanding. */
export interface GateStep {
  readonly at: Instant
  readonly step: 'closed' | 'drained' | 'open' | 'restarted'
}

/** How a wait for the last outstanding request ended. */
export type DrainEnd = 'drained' | 'timed-out' | 'opened'

/**
 * The gate that every request of one server passes. Closed, it lets nobody in; requests already inside run on until
 * they end. `steps` is the truth that a backup is judged by.
 */
export class RequestGate {
  readonly steps: GateStep[]
  /** Requests let in so far, and requests turned away because the gate was closed. */
  executed = 0
  rejected = 0
  readonly #clock: Clock
  readonly #whilePaused: 'block' | 'reject'
  #closed = false
  #gone = false
  #outstanding = 0
  #blocked: Array<(letIn: boolean) => void> = []
  readonly #watchers = new Set<() => void>()

  constructor(whilePaused: 'block' | 'reject', clock: Clock, steps: GateStep[] = []) {
    this.#whilePaused = whilePaused
    this.#clock = clock
    this.steps = steps
  }

  get closed(): boolean {
    return this.#closed
  }

  get outstanding(): number {
    return this.#outstanding
  }

  /** Requests that wait at the gate for its opening. */
  get blocked(): number {
    return this.#blocked.length
  }

  /** Resolves when let in; end with `endRequest`. @throws Error at once where a paused server rejects requests */
  async beginRequest(): Promise<void> {
    if (this.#closed && this.#whilePaused === 'reject') {
      this.rejected += 1
      throw new Error('the server is paused')
    }
    if (this.#closed && !(await new Promise<boolean>(resolve => this.#blocked.push(resolve)))) {
      throw new Error('the server is gone')
    }
    if (this.#gone) throw new Error('the server is gone')
    this.#enter()
  }

  /** Starts `count` requests at once, past a closed gate too; they end when the returned function is called. */
  holdRequests(count: number): () => void {
    for (let i = 0; i < count; i++) this.#enter()
    let held = count
    return () => {
      for (; held > 0; held--) this.endRequest()
    }
  }

  endRequest(): void {
    this.#outstanding -= 1
    if (this.#outstanding === 0 && this.#closed) this.#record('drained')
    this.#tell()
  }

  /** @returns true if this very call closed it */
  close(): boolean {
    if (this.#closed) return false
    this.#closed = true
    this.#record('closed')
    if (this.#outstanding === 0) this.#record('drained')
    return true
  }

  open(): void {
    if (!this.#closed) return
    this.#closed = false
    this.#record('open')
    const blocked = this.#blocked
    this.#blocked = []
    for (const letIn of blocked) letIn(true)
    this.#tell()
  }

  /** The process ends: whoever waits at the gate fails, and nobody is let in again. */
  vanish(): void {
    this.#gone = true
    for (const letIn of this.#blocked.splice(0)) letIn(false)
  }

  /** Waits for the last outstanding request; `opened` as soon as the gate is open, unless `evenIfOpened`. */
  awaitDrained(timeoutMs: number, evenIfOpened = false): Promise<DrainEnd> {
    return new Promise(resolve => {
      const end = (how: DrainEnd) => {
        clearTimeout(timer)
        this.#watchers.delete(look)
        resolve(how)
      }
      const look = () => {
        if (!this.#closed && !evenIfOpened) end('opened')
        else if (this.#outstanding === 0) end('drained')
      }
      const timer = setTimeout(() => end('timed-out'), timeoutMs)
      this.#watchers.add(look)
      look()
    })
  }

  #enter(): void {
    this.#outstanding += 1
    this.executed += 1
  }

  #tell(): void {
    for (const look of [...this.#watchers]) look()
  }

  #record(step: GateStep['step']): void {
    if (!this.#gone) this.steps.push({at: this.#clock(), step})
  }
}

/** Was this server closed and drained at every instant from `fromMs` to `toMs` (wall clock), by its own log? */
export function quietThroughout(steps: readonly GateStep[], fromMs: number, toMs: number): boolean {
  const before = steps.filter(({at}) => at.wallMs <= fromMs).at(-1)
  const within = steps.filter(({at}) => at.wallMs > fromMs && at.wallMs <= toMs)
  return before?.step === 'drained' && within.length === 0
}
