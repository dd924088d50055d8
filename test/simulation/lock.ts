import type {LockAnswer} from '../../src/protocol/types.ts'
import type {Instant} from '../../src/support/clock.ts'
import type {Lease} from './api.ts'
import type {Process} from './process.ts'
import type {World} from './world.ts'

const RENEW_MS = 5000
/** A renewal whose answer took longer is not told: the lease may end before the core thinks so. */
const SLOW_MS = 5000

/** The edge of the leases of one process: one for each target, held under one name. */
export class Lock {
  readonly #world: World
  readonly #process: Process
  readonly #durationMs: number
  readonly #inherited: number[] = []
  #held: Array<number | undefined> = []
  #renewed: Instant | undefined
  #renewing = false

  /** @param durationMs what is written into the leases */
  constructor(world: World, process: Process, durationMs: number) {
    this.#world = world
    this.#process = process
    this.#durationMs = durationMs
  }

  /** Goes on holding what the parent took. */
  adopt(parent: Lock): void {
    this.#held = [...parent.#held]
    this.#renewed = parent.#renewed
    this.#keepRenewing()
  }

  /** Takes every lease, waiting out the holder that does not renew; or none. */
  take(target = 0): void {
    const lease = this.#world.api.leases[target]
    if (lease === undefined) return this.#taken()
    const seen = {version: lease.version}
    this.#world.api.request('take lease', () => {
      if (lease.holder === undefined) return this.#write(lease, target, false)
      seen.version = lease.version
      return () => this.#process.after(this.#durationMs, 'lease watched', () => this.#takeOver(target, lease, seen.version))
    }, () => this.#giveUp(() => this.#process.tell({type: 'lock failed', reason: 'the API server does not answer'})))
  }

  #takeOver(target: number, lease: Lease, version: number): void {
    this.#world.api.request('take lease over', () => {
      if (lease.version === version) return this.#write(lease, target, lease.holder !== undefined)
      const {holder = 'somebody'} = lease
      return () => this.#giveUp(() => this.#process.tell({type: 'lock refused', holder}))
    }, () => this.#giveUp(() => this.#process.tell({type: 'lock failed', reason: 'the API server does not answer'})))
  }

  #write(lease: Lease, target: number, inherited: boolean): () => void {
    lease.holder = this.#process.holder
    lease.transitions += 1
    lease.version += 1
    const {transitions} = lease
    if (inherited) this.#inherited.push(target)
    this.#held[target] = transitions
    return () => this.#process.run(() => this.take(target + 1))
  }

  /** What was taken first may be old by now: all are written anew before they are told. */
  #taken(): void {
    this.#renew(() => {
      this.#process.tell({type: 'locked', lease: true, inherited: this.#inherited})
      this.#keepRenewing()
    }, () => this.#giveUp(() => this.#process.tell({type: 'lock failed', reason: 'the leases could not be renewed'})))
  }

  #giveUp(then: () => void): void {
    this.release(then)
  }

  #keepRenewing(): void {
    if (this.#renewing) return
    this.#renewing = true
    const again = () => this.#process.after(RENEW_MS, 'renew', () => {
      if (this.#held.length === 0) return
      this.#renew(() => this.#process.tell({type: 'lock renewed'}), answer => {
        if (answer !== 'unknown') this.#process.tell({type: 'lock read', answer})
      })
      again()
    })
    again()
  }

  #renew(done: () => void, failed: (answer: LockAnswer | 'unknown') => void): void {
    const sent = this.#process.machine.now()
    this.#world.api.request('renew lease', () => {
      const answer = this.#look()
      if (answer === 'unchanged') for (const lease of this.#world.api.leases) lease.version += 1
      return () => this.#process.run(() => {
        if (this.#held.length === 0) return
        if (answer !== 'unchanged') return failed(answer)
        if (this.#sinceMs(sent) > SLOW_MS) return failed('unknown')
        this.#renewed = sent
        done()
      })
    }, () => this.#process.run(() => failed('unknown')))
  }

  /** Reads the leases, and writes them anew at once if they are ours. */
  read(): void {
    const sent = this.#process.machine.now()
    this.#world.api.request('read lease', () => {
      const answer = this.#look()
      if (answer === 'unchanged') for (const lease of this.#world.api.leases) lease.version += 1
      return () => this.#process.run(() => {
        const told = answer === 'unchanged' && this.#sinceMs(sent) > SLOW_MS ? 'unknown' : answer
        if (told === 'unchanged') this.#renewed = sent
        this.#process.tell({type: 'lock read', answer: told})
      })
    }, why => this.#process.tell({type: 'lock read', answer: why === 403 ? 'free' : 'unknown'}))
  }

  release(then: () => void): void {
    const held = this.#held
    this.#held = []
    if (held.length === 0) return this.#process.run(then)
    this.#world.api.request('release lease', () => {
      held.forEach((transitions, target) => {
        const lease = this.#world.api.leases[target]
        if (!lease || lease.holder !== this.#process.holder || lease.transitions !== transitions) return
        lease.holder = undefined
        lease.version += 1
      })
      return () => this.#process.run(then)
    }, () => this.#process.run(then))
  }

  #look(): LockAnswer {
    const answers = this.#world.api.leases.map(({holder, transitions}, target): LockAnswer => {
      if (holder === undefined) return 'free'
      if (holder === this.#process.holder && transitions === this.#held[target]) return 'unchanged'
      return this.#renewed && this.#sinceMs(this.#renewed) > this.#durationMs ? 'lost' : 'taken'
    })
    return (['lost', 'taken', 'free'] as const).find(answer => answers.includes(answer)) ?? 'unchanged'
  }

  #sinceMs(from: Instant): number {
    const now = this.#process.machine.now()
    return Math.max(now.monoMs - from.monoMs, now.wallMs - from.wallMs)
  }
}
