import type {boundMs} from '../../src/protocol/limits.ts'
import type {initial, orphaned, step} from '../../src/protocol/machine.ts'
import type {offsetsOf, outcomeOf} from '../../src/protocol/verdict.ts'

/** The core under test: all that the simulation knows of it, besides its types. */
export interface Core {
  readonly initial: typeof initial
  readonly orphaned: typeof orphaned
  readonly step: typeof step
  readonly outcomeOf: typeof outcomeOf
  readonly offsetsOf: typeof offsetsOf
  readonly boundMs: typeof boundMs
}
