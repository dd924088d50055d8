import type {Command} from './model.ts'

const ASSIGNMENT = /^(?:export )?([A-Za-z_]\w*)=/
/** What may stand behind an assignment without changing anything but this shell and an empty directory. */
const HARMLESS = /^(?:read|mkdir -p|test|\[) [^\n;&|]*/
const SEPARATOR = /^ *(?:\n|;|&&|\|\|) */

/**
 * `NAME=$(...)`: only gives a name its value, for later steps to use, and changes nothing; it is looked up anew whenever the
 * script runs. `TZ=UTC mysqlbinlog ...` is none: its assignment is for a command, and nobody knows what that does.
 */
export const isLook = ({shell, wait, byHand, unless, changes}: Command): boolean =>
  ASSIGNMENT.test(shell) && !wait && !byHand && !changes && unless === undefined && givesNames(shell)

/** The names that a look gives values to. */
export const namesIn = ({shell}: Command): string[] => shell.split('\n').flatMap(line => ASSIGNMENT.exec(line)?.[1] ?? [])

function givesNames(text: string): boolean {
  const [assigned] = ASSIGNMENT.exec(text) ?? []
  const end = assigned === undefined ? HARMLESS.exec(text)?.[0].length : endOfWord(text, assigned.length)
  if (end === undefined) return false
  const rest = text.slice(end)
  const [separator] = SEPARATOR.exec(rest) ?? []
  return rest.trim() === '' || (separator !== undefined && givesNames(rest.slice(separator.length)))
}

function endOfWord(text: string, from: number): number {
  let i = from
  while (i < text.length && !/[\s;&|]/.test(text.charAt(i))) i = next(text, i)
  return i
}

/** Behind the character at `i`, or behind all that it opens. */
function next(text: string, i: number): number {
  switch (text.charAt(i)) {
    case '\\': return i + 2
    case "'": return behind(text, i + 1, "'", at => at + 1)
    case '"': return behind(text, i + 1, '"', at => text.startsWith('$(', at) ? next(text, at + 1) : text.charAt(at) === '\\' ? at + 2 : at + 1)
    case '(': return behind(text, i + 1, ')', at => next(text, at))
    default: return i + 1
  }
}

function behind(text: string, from: number, close: string, step: (at: number) => number): number {
  let i = from
  while (i < text.length && text.charAt(i) !== close) i = step(i)
  return i + 1
}
