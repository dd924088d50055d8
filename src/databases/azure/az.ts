import {command, inDoubleQuotes, inline, raw, shell, variable} from '../../plan/shell.ts'
import type {Word} from '../../plan/shell.ts'
import type {Command, Tool} from '../../plan/model.ts'
import type {Setting, Settings} from '../types.ts'

export const AZ: Tool = {name: 'az'}
export const JQ: Tool = {name: 'jq'}

export const SUBSCRIPTION: Setting = {name: 'subscription', summary: 'ID or name of the Azure subscription', pattern: /^\w[\w .()-]{0,62}[\w)]$/}
export const RESOURCE_GROUP: Setting = {name: 'resource-group', summary: 'resource group', pattern: /^[\w.()-]{0,89}[\w()-]$/}
export const LOCATION: Setting = {name: 'location', summary: 'region, as Azure writes it: japaneast or "Japan East"', pattern: /^[A-Za-z][A-Za-z0-9 -]{1,49}$/}

/** An `az` command in the subscription that the settings name; without one, in az's own. */
export const az = ({subscription}: Settings, words: readonly Word[], extra: Parameters<typeof command>[1] = {}): Command =>
  command(['az', ...words, ...subscription ? ['--subscription', subscription] : []], extra)

/** The same on one line, for conditions and substitutions. */
export const azText = (settings: Settings, words: readonly Word[]): string => inline(az(settings, words))

/** What a JMESPath query of it prints, as shell text; nothing for null. */
export const ask = (settings: Settings, words: readonly Word[], text: string): string => azText(settings, [...words, '--query', query(text), '-o', 'tsv'])

/** A JMESPath query; variables of the shell in it are put in. */
export const query = (text: string): Word => text.includes('$') ? raw(`"${text}"`) : text.includes("'") ? inDoubleQuotes(text) : text

/** Who is logged in, and to which subscription: a look before anything else. */
export const identity = (settings: Settings): Command =>
  az(settings, ['account', 'show', '--query', '{subscription:name, id:id, tenant:tenantId, user:user.name}', '-o', 'table'])

/** The name of a shell variable of one database, and its value as one word. */
export const use = (key: string): Word => raw(`"$${key}"`)

/** A word for use inside a double-quoted text. */
export const inside = (word: Word): string => typeof word === 'string' ? word : word.raw.slice(1, -1)

/** A name that is known, or a variable and the commands that look it up. */
export interface LookUp {
  readonly word: Word
  readonly commands: readonly Command[]
}

/** The setting's value, else a variable that shell text fills; finding nothing is an error that says how to give it. */
export function lookUp(id: string, kind: string, settings: Settings, {name, summary}: Setting, text: string): LookUp {
  const value = settings[name]
  if (value) return {word: value, commands: []}
  const key = variable(id, name)
  const hint = `no ${name} was found: make the plan again with --database kind=${kind},${name}=…`
  return {
    word: use(key),
    commands: [
      shell(`${key}=$(${text})`, {note: `Look up the ${summary.replace(/[,:;].*/, '')}`}),
      shell(`[ -n "$${key}" ] || { echo '${hint}' >&2; false; }`),
    ],
  }
}
