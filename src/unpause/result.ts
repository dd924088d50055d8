import {afterStillPaused, row, rows, stillPausedRows} from '../backup/result.ts'
import {naming} from '../status/text.ts'
import {defined} from '../support/defined.ts'
import {EXIT} from '../support/errors.ts'
import {redact} from '../support/redact.ts'
import type {Views} from '../cli/output.ts'
import type {API_VERSION, StillPaused} from '../backup/restore-point.ts'
import type {Interrupt, ServerState} from '../protocol/types.ts'
import type {ServerStatus} from '../status/status.ts'

/** What `unpause --all-pods` found and did: `-o json|yaml` prints it as it is (schema/unpause-result.schema.json). */
export interface UnpauseResult {
  readonly apiVersion: typeof API_VERSION
  readonly kind: 'UnpauseResult'
  readonly dryRun: boolean
  readonly items: readonly UnpausedServer[]
  /** Who is not known to be unpaused, and the command that ends it. */
  readonly stillPaused: readonly StillPaused[]
  readonly warnings: readonly string[]
}

/** One server: how it was found, and what became of it. */
export interface UnpausedServer extends Pick<ServerStatus, 'pod' | 'namespace' | 'uid' | 'context' | 'product' | 'release'> {
  readonly found: ServerStatus['paused']
  readonly result: Became
  /** The words of the server or of the way to it, where something was in the way. */
  readonly message?: string
}

export type Became =
  /** Unpaused and verified. */
  | 'unpaused'
  /** Told to unpause, which it confirmed; it cannot say whether it is paused. */
  | 'unpaused, not verified'
  | 'was not paused'
  /** The pod is gone, and its pause with it. */
  | 'gone'
  | 'may be paused'
  /** In a dry run. */
  | 'would be unpaused'
  | 'would be asked again'

/** What became of a server that the core has brought back, or not. */
export function becameOf({release, unpauseOk, checkable}: Pick<ServerState, 'release' | 'unpauseOk' | 'checkable'>): Became {
  switch (release) {
    case 'open': return unpauseOk ? checkable ? 'unpaused' : 'unpaused, not verified' : 'was not paused'
    case 'gone': return 'gone'
    default: return 'may be paused'
  }
}

/** Whatever paused it is over. */
export const isOver = ({result}: Pick<UnpausedServer, 'result'>) =>
  result === 'unpaused' || result === 'unpaused, not verified' || result === 'was not paused' || result === 'gone'

/** What a dry run says of it. */
export const wouldBecome = ({paused}: Pick<ServerStatus, 'paused'>): Became =>
  paused === 'yes' ? 'would be unpaused' : paused === 'no' ? 'was not paused' : 'would be asked again'

export function itemOf({pod, namespace, uid, context, product, release, paused}: ServerStatus, result: Became, message?: string): UnpausedServer {
  return defined({pod, namespace, uid, context, product, release, found: paused, result, message: message === undefined ? undefined : redact(message)})
}

/** 4 goes before a signal, that before 0: whoever interrupted wants to know that it was heard. */
export function exitCodeOf({stillPaused}: Pick<UnpauseResult, 'stillPaused'>, interrupt: Interrupt | undefined): number {
  if (stillPaused.length > 0) return EXIT.stillPaused
  switch (interrupt) {
    case 'SIGINT':
    case 'SIGTERM':
    case 'SIGHUP':
    case 'SIGQUIT': return EXIT[interrupt]
    default: return EXIT.ok
  }
}

/** How the result is printed: for people in groups, one line for each server where it matters; for `-o name` those that were unpaused. */
export const unpauseViews: Views<UnpauseResult> = {
  text: (result, colors) => {
    const name = naming(result.items)
    const named = (became: Became) => result.items.filter(item => item.result === became).map(name)
    const unpaused = named('unpaused')
    const already = named('was not paused').length
    return [
      ...rows('Would unpause', named('would be unpaused')),
      ...rows('Would ask again', named('would be asked again')),
      ...rows('Unpaused', unpaused.map(text => `${colors.green(text)}, verified`)),
      ...rows('Unpaused', named('unpaused, not verified').map(text => `${colors.yellow(text)}, which it confirmed; it is too old to say whether it is paused`)),
      ...rows('Gone', named('gone').map(text => `${text}, and its pause with it`)),
      ...already === 0 ? [] : [row('Not paused', `${already} of ${result.items.length}${already === result.items.length ? ': there is nothing to do' : ''}`)],
      ...stillPausedRows(result, colors),
      ...rows('Next', result.stillPaused.length === 0 ? [] : afterStillPaused(result.stillPaused)),
    ].join('\n')
  },
  name: ({items}) => items.filter(({result}) => result.startsWith('unpaused')).map(({pod}) => `pod/${pod}`).join('\n'),
}
