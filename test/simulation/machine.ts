import type {Instant} from '../../src/support/clock.ts'
import type {Agenda} from './agenda.ts'

/** True wall time at virtual time 0. */
export const BEGAN_MS = Date.UTC(2026, 10, 23, 12, 44, 0)

/** A machine with its two clocks; all its processes sleep with it. */
export class Machine {
  /** Asleep until then, virtual ms. */
  asleepUntilMs = 0
  readonly #agenda: Agenda
  readonly #beganMs: number
  #stoodMs = 0
  #stands: {readonly sinceMs: number; readonly untilMs: number} | undefined
  #setMs = 0
  #slew: {readonly sinceMs: number; readonly overMs: number; readonly byMs: number} | undefined

  constructor(agenda: Agenda, beganMs: number) {
    this.#agenda = agenda
    this.#beganMs = beganMs
  }

  now(): Instant {
    return {monoMs: this.#agenda.nowMs - this.#stood(), wallMs: this.#beganMs + this.#agenda.nowMs + this.offsetMs()}
  }

  /** How far its wall clock is ahead of true time. */
  offsetMs(): number {
    if (this.#slew === undefined) return this.#setMs
    const {sinceMs, overMs, byMs} = this.#slew
    return this.#setMs + byMs * Math.min(1, (this.#agenda.nowMs - sinceMs) / overMs)
  }

  /** @param overMs 0: at once */
  set(byMs: number, overMs: number): void {
    this.#setMs = this.offsetMs()
    this.#slew = overMs > 0 ? {sinceMs: this.#agenda.nowMs, overMs, byMs} : undefined
    if (overMs === 0) this.#setMs += byMs
  }

  sleep(ms: number, monoStands: boolean): void {
    const {nowMs} = this.#agenda
    if (nowMs < this.asleepUntilMs) return
    this.asleepUntilMs = nowMs + ms
    if (!monoStands) return
    this.#stoodMs = this.#stood()
    this.#stands = {sinceMs: nowMs, untilMs: nowMs + ms}
  }

  #stood(): number {
    if (this.#stands === undefined) return this.#stoodMs
    const {sinceMs, untilMs} = this.#stands
    return this.#stoodMs + Math.min(this.#agenda.nowMs, untilMs) - sinceMs
  }
}
