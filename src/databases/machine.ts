import {command, inline, raw, shell, variable, type Word} from '../plan/shell.ts'
import type {Command} from '../plan/model.ts'
import type {Database, Setting, Settings} from './types.ts'

type Extra = Omit<Command, 'argv' | 'shell'>

/** A path on the database's machine: nothing in it is special to any shell, since a command may pass several (ssh). */
export const PATH = /^\/[\w@%+=:./-]+$/
export const HOST = /^[\w.-]+$|^\[?[0-9a-fA-F:.]+\]?$/
export const PORT = /^\d{1,5}$/
/** For `test ! …`, which needs no quotes. */
export const NOT = raw('!')
/** Users and databases. */
export const NAME = /^[A-Za-z_][\w.-]*$/

export const VIA: Setting = {
  name: 'via',
  summary: 'what leads from the machine that runs the plan to the operating system user of the database server: sudo -u postgres, '
    + 'ssh postgres@db1, kubectl exec -i -n db postgres-0 --',
  pattern: /^[\w@%+=:,./-]+( [\w@%+=:,./-]+)*$/,
}

/**
 * The machine on which a self-managed database is restored. Its commands are plain words without anything that a shell could
 * take for something else, so that they can be put behind `sudo`, `ssh` or `kubectl exec` as they are; what is longer goes to stdin.
 */
export class Machine {
  readonly #id: string
  readonly #via: readonly string[]
  readonly #settings: Settings
  readonly #database: Pick<Database, 'settings'>
  readonly #blanks = new Set<string>()

  constructor(id: string, database: Pick<Database, 'settings'>, settings: Settings) {
    this.#id = id
    this.#database = database
    this.#settings = settings
    this.#via = settings['via']?.split(' ') ?? []
  }

  /** The value of a setting, with something around it; what nobody gave is a shell variable that `blanks` asks for. */
  word(name: string, before = '', after = ''): Word {
    const value = this.#settings[name]
    if (value) return `${before}${value}${after}`
    this.#blanks.add(name)
    return raw(`"${before}$${variable(this.#id, name)}${after}"`)
  }

  /** The same for the text of `fill`. */
  text(name: string): string {
    const word = this.word(name)
    return typeof word === 'string' ? literal(word) : word.raw.slice(1, -1)
  }

  /** One command there. */
  run(words: readonly Word[], extra: Extra = {}): Command {
    return command([...this.#via, ...words], extra)
  }

  /** The same as one line of shell text, for conditions. */
  condition(...words: readonly Word[]): string {
    return inline(this.run(words))
  }

  /** One command there with this text on its stdin. */
  feed(words: readonly Word[], text: string, extra: Extra = {}): Command {
    return shell(`${this.run(words).shell} <<'END'\n${text}\nEND`, extra)
  }

  /** The same for a text with `text(…)` in it; all else has gone through `literal`. */
  fill(words: readonly Word[], text: string, extra: Extra = {}): Command {
    return shell(`${this.run(words).shell} <<END\n${text}\nEND`, extra)
  }

  /** One assignment for each setting that nobody gave: the reader fills it in, or exports the variable before. */
  blanks(): Command[] {
    return [...this.#blanks].map(name => {
      const key = variable(this.#id, name)
      const summary = this.#database.settings.find(setting => setting.name === name)?.summary ?? name
      return shell(`${key}="\${${key}:?export it first}"`, {note: `${summary}. Export ${key}, or fill it in here`})
    })
  }
}

/** Text that the shell leaves alone in a here-document in which it puts variables. */
export const literal = (text: string): string => text.replaceAll(/[$`\\]/g, '\\$&')
