/**
 * Lets only so many tasks work at a time: begun all at once, a thousand would all end late, and those with a deadline never.
 * A task that takes longer than `longestMs` waits for somebody else; it goes on, and the next may begin.
 */
export class Turns {
  readonly #longestMs: number
  #free: number
  readonly #waiting: Array<() => void> = []

  constructor(atOnce: number, longestMs: number) {
    this.#free = atOnce
    this.#longestMs = longestMs
  }

  async take<T>(task: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free -= 1
    else await new Promise<void>(resolve => this.#waiting.push(resolve))
    let over = false
    const end = () => {
      if (!over) this.#next()
      over = true
    }
    const limit = setTimeout(end, this.#longestMs)
    try {
      return await task()
    } finally {
      clearTimeout(limit)
      end()
    }
  }

  #next(): void {
    const next = this.#waiting.shift()
    if (next) next()
    else this.#free += 1
  }
}
