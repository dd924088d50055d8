import type {Command} from './model.ts'

/** A word as every POSIX shell takes it: as it is where nothing in it is special, else in single quotes. */
export const quote = (word: string): string => /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`

/** A part of a command line that the shell is to evaluate, such as `"$RESOURCE_GROUP"` or `$(az …)`. */
export interface Raw {
  readonly raw: string
  /** The word that it always is, where the shell has nothing to evaluate. */
  readonly word?: string
}
export const raw = (text: string): Raw => ({raw: text})
/** A word full of single quotes, easier to read in double ones. Nothing in it may be special there. */
export const inDoubleQuotes = (word: string): Raw => ({raw: `"${word}"`, word})

export type Word = string | Raw

/** The name of a shell variable of one database, so that two databases of a plan never share one: `COSMOS_2_ACCOUNT`. */
export const variable = (id: string, name: string): string => `${id}_${name}`.toUpperCase().replaceAll(/\W/g, '_')

type Extra = Omit<Command, 'argv' | 'shell'>

const LINE = 100

/**
 * One plain command. Long ones are broken before their options, as people write them. `argv` is left out when the shell has to
 * evaluate a part of it.
 */
export function command(words: readonly Word[], extra: Extra = {}): Command {
  const argv = words.flatMap(word => typeof word === 'string' ? word : word.word ?? [])
  return {...argv.length === words.length && {argv}, shell: layOut(words.map(word => typeof word === 'string' ? quote(word) : word.raw)), ...extra}
}

/** Shell text as it is: a pipeline, an assignment, a loop. The caller has quoted every name in it. */
export const shell = (text: string, extra: Extra = {}): Command => ({shell: text, ...extra})

/** The same command on one line, to stand inside another. */
export const inline = ({shell: text}: Command): string => text.replaceAll(' \\\n ', '')

/** Whether a text brings a document of its own (`<<END`), whose lines and end stand where they stand. */
export const hasHereDocument = (text: string): boolean => /(?<!<)<<(?!<)/.test(text)

/** What a command prints, as one word of another. */
export const outputOf = (look: Command): Raw => raw(`"$(${inline(look)})"`)

function layOut(words: readonly string[]): string {
  const one = words.join(' ')
  if (one.length <= LINE) return one
  const lines: string[] = []
  let line = ''
  for (const word of words) {
    if (line && word.startsWith('-') && `${line} ${word}`.length > LINE - 30) {
      lines.push(line)
      line = `  ${word}`
    } else line = line ? `${line} ${word}` : word
  }
  return [...lines, line].join(' \\\n')
}
