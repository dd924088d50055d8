import {colorsFor} from './output.ts'
import type {OutputStream} from './output.ts'
import type {Board} from './progress.ts'
import type {Mark, ProgressLine} from './progress-lines.ts'

/** Titles stand in a column of this width. */
const COLUMN = 14
export const titled = ({title, text}: Pick<ProgressLine, 'title' | 'text'>) => `${title.padEnd(COLUMN)}${text}`

export const ICONS: Readonly<Record<Mark, string>> = {busy: '…', done: '✔', warning: '⚠', failed: '✖'}

/** Another program's line, told from our own. */
export const quoted = (line: string) => `│ ${line}`

/** For logs: one line per state change, in the order of the steps; a busy line is heard of only where it has a new note. */
export function plainBoard(stream: Pick<OutputStream, 'isTTY' | 'getColorDepth'> & {write(text: string): unknown}, env: NodeJS.ProcessEnv): Board {
  const colors = colorsFor(stream, env)
  const paint = {busy: colors.dim, done: colors.green, warning: colors.yellow, failed: colors.red}
  const write = (mark: Mark, text: string) => { stream.write(`${paint[mark](ICONS[mark])} ${text}\n`) }
  let printed = 0
  let note: string | undefined

  function show(lines: readonly ProgressLine[]): void {
    for (let line = lines[printed]; line && line.mark !== 'busy'; line = lines[++printed]) write(line.mark, titled(line))
    const next = lines[printed]
    if (next?.note !== undefined && next.note !== note) write('busy', titled({title: next.title, text: next.note}))
    note = next?.note ?? note
  }

  return {show, notice: text => write('warning', text), output: line => { stream.write(`${quoted(line)}\n`) }, close: async () => undefined}
}
