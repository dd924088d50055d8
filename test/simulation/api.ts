import type {PodSnapshot} from '../../src/protocol/types.ts'
import type {Agenda} from './agenda.ts'
import type {Random} from './random.ts'
import type {ApiCondition} from './schedule.ts'

/** How long our edge waits for one request to the API server, ms. */
const REQUEST_LIMIT_MS = 2500

export class Lease {
  transitions = 0
  /** Changes with every write. */
  version = 0
  /** Who has held it, and from when on. */
  readonly holders: Array<{readonly fromMs: number; readonly holder: string | undefined}> = []
  readonly #agenda: Agenda

  constructor(agenda: Agenda) {
    this.#agenda = agenda
  }

  get holder(): string | undefined {
    return this.holders.at(-1)?.holder
  }

  set holder(holder: string | undefined) {
    this.holders.push({fromMs: this.#agenda.nowMs, holder})
  }
}

/** The API server: pods as it shows them, leases, watches, and the state it is in. Lists are never stale; watches come late. */
export class Api {
  pods: PodSnapshot[]
  readonly leases: Lease[]
  condition: ApiCondition | 'up' = 'up'
  readonly #agenda: Agenda
  readonly #random: Random
  #turn = 0
  #gapUntilMs = 0
  readonly #watches: Array<{readonly target: number; readonly tell: (pods: PodSnapshot[]) => void}> = []

  constructor(pods: readonly PodSnapshot[], targets: number, agenda: Agenda, random: Random) {
    this.pods = [...pods]
    this.leases = Array.from({length: targets}, () => new Lease(agenda))
    this.#agenda = agenda
    this.#random = random
  }

  podsOf(target: number): PodSnapshot[] {
    return this.pods.filter(pod => pod.target === target)
  }

  /** @param restored is told when the API server is itself again */
  become(condition: ApiCondition, ms: number, restored: () => void): void {
    const turn = ++this.#turn
    this.condition = condition
    this.#gapUntilMs = Math.max(this.#gapUntilMs, this.#agenda.nowMs + ms)
    this.#agenda.after(ms, 'API server is back', () => {
      if (turn !== this.#turn) return
      this.condition = 'up'
      restored()
    })
  }

  /** Watches tell nothing for so long, and then what is. */
  gap(ms: number): void {
    this.#gapUntilMs = Math.max(this.#gapUntilMs, this.#agenda.nowMs + ms)
  }

  /**
   * One request: done when it arrives, told when its answer does; either may meet an API server that is away.
   * @param failed what went wrong; the request may have been done all the same
   */
  request(label: string, execute: () => () => void, failed: (why: ApiCondition) => void): void {
    const thereMs = this.#random.whole(3, 25)
    this.#agenda.after(thereMs, `API server: ${label}`, () => {
      if (this.condition !== 'up') return this.#refuse(label, this.condition, failed)
      const answer = execute()
      this.#agenda.after(this.#random.whole(3, 25), `${label} answered`, () => {
        if (this.condition === 'down' || this.condition === 'silent') this.#refuse(label, this.condition, failed)
        else answer()
      })
    })
  }

  #refuse(label: string, why: ApiCondition, failed: (why: ApiCondition) => void): void {
    this.#agenda.after(why === 'silent' ? REQUEST_LIMIT_MS : 3, `${label} failed`, () => failed(why))
  }

  watch(target: number, tell: (pods: PodSnapshot[]) => void): void {
    this.#watches.push({target, tell})
  }

  change(uid: string, next: (pod: PodSnapshot) => PodSnapshot | undefined): void {
    const old = this.pods.find(pod => pod.uid === uid)
    if (!old) return
    this.pods = this.pods.flatMap(pod => pod.uid === uid ? next(pod) ?? [] : pod)
    this.#changed(old.target)
  }

  add(pod: PodSnapshot): void {
    this.pods.push(pod)
    this.#changed(pod.target)
  }

  #changed(target: number): void {
    const lateMs = Math.max(this.#gapUntilMs - this.#agenda.nowMs, 0) + this.#random.whole(3, 40)
    for (const watch of this.#watches) {
      if (watch.target === target) this.#agenda.after(lateMs, 'pods changed', () => watch.tell(this.podsOf(target)))
    }
  }
}
