import {Flags} from '@oclif/core'
import {usageError} from '../support/errors.ts'
import type {Settings} from '../databases/types.ts'

/** One `--database`: what is known of a database beside the record, or instead of one. */
export interface DatabaseGiven {
  readonly kind: string
  /** `for=`: the release whose database is meant; undefined = every one of the kind. */
  readonly release?: string
  readonly settings: Settings
}

const UNESCAPED_COMMA = /(?<!\\),/
const EXAMPLE = 'write it as kind=dynamodb,region=eu-west-1; a comma inside a value is written \\,'

/** `kind=KIND[,for=RELEASE][,NAME=VALUE...]` @throws CliError (usage) */
export function parseDatabase(text: string): DatabaseGiven {
  const values = new Map<string, string>()
  for (const part of text.split(UNESCAPED_COMMA)) {
    const [, name, value] = /^([a-z][\w-]*)=(.*)$/s.exec(part) ?? []
    if (!name || value === undefined) throw usageError(`"${part}" is not NAME=VALUE`, EXAMPLE)
    if (value === '') throw usageError(`${name} has no value in "${text}"`)
    if (values.has(name)) throw usageError(`${name} is given twice in "${text}"`)
    values.set(name, value.replaceAll('\\,', ','))
  }
  const {kind, for: release, ...settings} = Object.fromEntries(values)
  if (kind === undefined) throw usageError(`"${text}" does not say which kind of database`, EXAMPLE)
  return {kind, release, settings}
}

/** `--database`, repeatable. */
export const databaseFlag = Flags.custom<DatabaseGiven>({
  multiple: true,
  multipleNonGreedy: true,
  helpValue: '<key=value,...>',
  parse: async text => parseDatabase(text),
})
