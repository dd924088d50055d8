import {inline, quote, shell, variable} from '../../plan/shell.ts'
import {aws} from '../aws/cli.ts'
import type {Command} from '../../plan/model.ts'
import type {Settings} from '../types.ts'

/** Asks about one instance or cluster; `query` is JMESPath on its description. */
export type Look = (identifier: string, query: string, output?: 'text' | 'json') => Command

export const instanceLook = (settings: Settings): Look => (identifier, query, output = 'text') =>
  aws(settings, 'rds', ['describe-db-instances', '--db-instance-identifier', identifier, '--query', `DBInstances[0]${query ? `.${query}` : ''}`, '--output', output])

export const clusterLook = (settings: Settings): Look => (identifier, query, output = 'text') =>
  aws(settings, 'rds', ['describe-db-clusters', '--db-cluster-identifier', identifier, '--query', `DBClusters[0]${query ? `.${query}` : ''}`, '--output', output])

/** A condition: true when the command succeeds, whatever it prints. */
export const succeeds = (look: Command): string => `${inline(look)} >/dev/null 2>&1`

/** Where the description of a source is kept. */
export const fileOf = (name: string): string => `"\${STATE:-.}/${name}.json"`

/** A description goes into a file, once: it is there only when it is whole. */
export const noteDown = (name: string, description: Command): Command => shell(
  `${inline(description)} > "\${STATE:-.}/${name}.json.new" && mv "\${STATE:-.}/${name}.json.new" ${fileOf(name)}`,
  {unless: `[ -s ${fileOf(name)} ]`, note: `into ${name}.json`},
)

/** A value of the source in a shell variable. */
export interface Found {
  readonly name: string
  readonly assign: Command
}

/** One value, used as `"$NAME"`: given, else what the jq filter finds in the source's description. */
export function oneValue(id: string, what: string, given: string | undefined, file: string, filter: string): Found {
  const name = variable(id, what)
  return {name, assign: shell(given === undefined ? `${name}=$(jq -er ${quote(filter)} ${fileOf(file)})` : `${name}=${quote(given)}`)}
}

/** Several words without blanks in them, used as `"${NAME[@]}"`: given, else all that the jq filter finds. */
export function words(id: string, what: string, given: readonly string[] | undefined, file: string, filter: string): Found {
  const name = variable(id, what)
  if (given !== undefined) return {name, assign: shell(`${name}=(${given.map(quote).join(' ')})`)}
  return {name, assign: shell(`${name}_WORDS=$(jq -r ${quote(`[${filter}] | join(" ")`)} ${fileOf(file)})\nread -ra ${name} <<< "$${name}_WORDS"`)}
}
