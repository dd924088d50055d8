/** Ways to read what a run did. */
import type {Effect, Phase} from '../../src/protocol/types.ts'
import type {Run} from '../support/virtual-world.ts'

type Of<T extends Effect['type']> = Extract<Effect, {readonly type: T}>

/** The effects of one type, in their order, with when they were sent. */
export function sent<T extends Effect['type']>(run: Run, type: T): ReadonlyArray<Of<T> & {readonly atMs: number}> {
  const isOfType = (effect: Effect): effect is Of<T> => effect.type === type
  return run.trace.flatMap(({atMs, effects}) => effects.filter(isOfType).map(effect => ({...effect, atMs})))
}

/** The phases in the order in which they were entered. */
export const phasesOf = (run: Run): Phase[] => run.trace.map(line => line.phase).filter((phase, i, all) => phase !== all[i - 1])

/** When a phase was first entered, virtual ms. */
export const enteredMs = (run: Run, phase: Phase) => run.trace.find(line => line.phase === phase)?.atMs

/** What an operator gets to know in the end. */
export const said = ({outcome}: Run) =>
  ({verdict: outcome.verdict, exitCode: outcome.exitCode, reasons: outcome.reasons, left: outcome.leftovers.map(({name, whose}) => `${name}: ${whose}`)})
