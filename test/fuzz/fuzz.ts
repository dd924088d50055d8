import {setImmediate as turn} from 'node:timers/promises'
import {randomFrom} from './random.ts'
import type {Random} from './random.ts'

/** Something that takes what comes from outside. */
export interface Target {
  readonly name: string
  /** How many of all inputs are for it, compared with the others. */
  readonly share: number
  /** Makes one input and feeds it. @throws whatever must not happen */
  readonly feed: (random: Random) => void | Promise<void>
}

/** An input that did what must not happen. */
export interface Crash {
  readonly target: string
  /** `npm run fuzz -- --replay SEED` does it again. */
  readonly seed: number
  readonly error: unknown
}

export interface Fuzzing {
  readonly inputs: number
  readonly crashes: readonly Crash[]
}

/** Feeds so many inputs, each from a seed of its own: `seed`, `seed` + 1, … @param begun told of each before it is fed */
export async function fuzz(targets: readonly Target[], seed: number, inputs: number, begun: (seed: number, target: string) => void = () => undefined): Promise<Fuzzing> {
  const crashes: Crash[] = []
  for (let own = seed; own < seed + inputs; own++) {
    const random = randomFrom(own)
    const target = chosen(targets, random)
    begun(own, target.name)
    try {
      const fed = target.feed(random)
      if (fed) await settled(fed)
    } catch (error) {
      crashes.push({target: target.name, seed: own, error})
    }
  }
  return {inputs, crashes}
}

function chosen(targets: readonly Target[], random: Random): Target {
  let at = random.int(targets.reduce((sum, {share}) => sum + share, 0))
  const found = targets.find(({share}) => (at -= share) < 0)
  if (!found) throw new Error('there are no targets')
  return found
}

/** As many turns of the event loop as nothing needs that is fed from memory. */
const MOST_TURNS = 500

/** @throws when it hangs, by count of turns and not by the clock */
async function settled(promise: Promise<void>): Promise<void> {
  const state = {over: false}
  const end = () => { state.over = true }
  promise.then(end, end)
  for (let turns = 0; turns < MOST_TURNS; turns++) {
    if (state.over) return promise
    await turn()
  }
  throw new Error(`not settled after ${MOST_TURNS} turns of the event loop`)
}

/** Runs something that may refuse its input, but only by errors of these classes. @returns undefined where it was refused */
export function refusing<T>(act: () => T, ...allowed: ReadonlyArray<new (...args: never[]) => Error>): T | undefined {
  try {
    return act()
  } catch (error) {
    if (allowed.some(kind => error instanceof Error && error.constructor === kind)) return undefined
    throw error
  }
}
