import {Flags} from '@oclif/core'
import {usageError} from '../support/errors.ts'

/** `NAME=VALUE` */
export type Pair = readonly [name: string, value: string]

/** Reads `NAME=VALUE`; the value may hold further `=`. @throws CliError (usage) */
export function parsePair(text: string): Pair {
  const [, name, value] = /^([^=]+)=(.+)$/s.exec(text) ?? []
  if (name === undefined || value === undefined) throw usageError(`"${text}" is not NAME=VALUE`)
  return [name, value]
}

/** A repeatable flag that takes `NAME=VALUE`. */
export const pairFlag = Flags.custom<Pair>({multiple: true, multipleNonGreedy: true, parse: async text => parsePair(text)})
