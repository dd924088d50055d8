import {waitText} from './words.ts'
import type {Command, Step, Variant} from './model.ts'

/** Lines to be copied together, and what is to be known before. */
export interface Block {
  readonly intro?: string
  readonly lines: readonly string[]
}

/** A step's commands as a person goes through them: the chosen variant first, then the other as the alternative. */
export function blocksOf({commands}: Step, scaleWith: Variant): Block[] {
  const other = scaleWith === 'helm' ? 'kubectl' : 'helm'
  const chosen = commands.filter(({variant}) => variant !== other)
  const rest = commands.filter(({variant}) => variant === other)
  return [...chosen.map(command => blockOf(command)), ...rest.map((command, i) => blockOf(command, i === 0 ? `Or with ${other}, instead of ${scaleWith}.` : ''))]
}

function blockOf(command: Command, alternative = ''): Block {
  const {note, wait, byHand} = command
  const says = [alternative, byHand ? 'By hand.' : '', note ? `${note}${wait ? '.' : ':'}` : '', wait ? `${waitText(wait)}.` : '']
  const intro = says.filter(Boolean).join(' ')
  return {...intro && {intro}, lines: command.shell.split('\n')}
}
