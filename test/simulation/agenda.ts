interface Entry {
  readonly atMs: number
  readonly turn: number
  readonly label: string
  readonly act: () => void
}

/** Virtual time: what is to happen, in its order; what falls on one instant happens in the order in which it was entered. */
export class Agenda {
  /** Virtual ms since the world began. */
  nowMs = 0
  /** How many entries have happened. */
  done = 0
  /** What the latest of them was. */
  label = ''
  #turn = 0
  readonly #heap: Entry[] = []

  /** @param label what it is, for traces and to choose where faults strike */
  after(ms: number, label: string, act: () => void): void {
    if (!Number.isFinite(ms)) return
    const entry = {atMs: this.nowMs + Math.max(0, ms), turn: this.#turn++, label, act}
    let i = this.#heap.push(entry) - 1
    while (i > 0) {
      const up = (i - 1) >> 1
      const parent = this.#heap[up]
      if (parent === undefined || isBefore(parent, entry)) break
      this.#heap[i] = parent
      i = up
    }
    this.#heap[i] = entry
  }

  /** When the next entry is due, virtual ms. */
  get nextMs(): number | undefined {
    return this.#heap[0]?.atMs
  }

  /** Lets the next entry happen. @returns false when nothing is left */
  advance(): boolean {
    const first = this.#heap[0]
    const last = this.#heap.pop()
    if (first === undefined || last === undefined) return false
    if (this.#heap.length > 0) this.#sink(last)
    this.nowMs = first.atMs
    this.label = first.label
    this.done += 1
    first.act()
    return true
  }

  #sink(entry: Entry): void {
    let i = 0
    for (;;) {
      const left = this.#heap[2 * i + 1]
      if (left === undefined) break
      const right = this.#heap[2 * i + 2]
      const rightGoes = right !== undefined && isBefore(right, left)
      const child = rightGoes ? right : left
      if (isBefore(entry, child)) break
      this.#heap[i] = child
      i = 2 * i + (rightGoes ? 2 : 1)
    }
    this.#heap[i] = entry
  }
}

const isBefore = (a: Entry, b: Entry) => a.atMs < b.atMs || (a.atMs === b.atMs && a.turn < b.turn)
