import {usageError} from '../../support/errors.ts'
import {quote, raw, shell, variable} from '../../plan/shell.ts'
import {aws} from './cli.ts'
import {metadataNamespace} from './settings.ts'
import type {Raw} from '../../plan/shell.ts'
import type {Command, Step} from '../../plan/model.ts'
import type {SectionInput} from '../types.ts'

/** What tables and backups may be called (AWS). */
const LEGAL = /^[a-zA-Z0-9_.-]{3,255}$/

/** The names of one database's restore: what its steps speak about. */
export interface Names {
  readonly input: SectionInput
  /** With the prefix. */
  readonly metadata: string
  readonly namespaces: string
  /** Of the restore point, in order; undefined = to be found out at the restore. */
  readonly tables?: readonly string[]
  /** Shell words: the array of all tables, and the directory of captured descriptions. */
  readonly all: string
  readonly capture: string
  readonly overrides: string
  readonly copyOf: (table: string) => string
  readonly beforeOf: (table: string) => string
  /** The table that holds the restore point in the end. */
  readonly targetOf: (table: string) => string
  /** The table that point-in-time recovery restores to: a copy, or under a new prefix the target itself. */
  readonly restoredOf: (table: string) => string
  readonly aws: (operation: string, ...words: ReadonlyArray<string | Raw>) => Command
  readonly step: (step: Omit<Step, 'database'>) => Step
  /** Shell text for every table, whose name is in $TABLE. */
  readonly each: (lines: readonly string[], extra?: Partial<Command>) => Command
  /** Lines of the script: which database, then calls. */
  readonly script: (...calls: readonly string[]) => string[]
}

export const TABLE = raw('"$TABLE"')

/** @throws CliError (usage) for names that DynamoDB does not allow, and for a new prefix without the metadata that knows the tables */
export function namesOf(input: SectionInput): Names {
  const {id, settings, runId, mode, prefix = '', time} = input
  const old = settings['prefix'] ?? ''
  const space = metadataNamespace(settings)
  const tables = input.tables && [...new Set(input.tables)].toSorted()
  const all = `"\${${variable(id, 'tables')}[@]}"`
  const targetOf = (table: string) => mode === 'prefix' ? `${prefix}${table.slice(old.length)}` : table
  const names: Names = {
    input, tables, all, targetOf,
    metadata: `${space}.metadata`, namespaces: `${space}.namespaces`,
    capture: `$${variable(id, 'capture')}`,
    overrides: `$${variable(id, 'overrides')}`,
    copyOf: table => `${runId}-${table}`,
    beforeOf: table => `${runId}-${table}-before`,
    restoredOf: table => mode === 'prefix' ? targetOf(table) : `${runId}-${table}`,
    aws: (operation, ...words) => aws(settings, 'dynamodb', [operation, ...words]),
    step: step => ({database: id, ...step, id: `${id}.${step.id}`}),
    each: (lines, extra = {}) => shell([`for TABLE in ${all}; do`, ...lines.map(line => `  ${line}`), 'done'].join('\n'), extra),
    script: (...calls) => [use({
      id, mode, run: runId, epoch: String(time.epochSeconds), region: settings['region'] ?? '', profile: settings['profile'], endpoint: settings['endpoint'],
      account: settings['account'], prefix: old, new_prefix: prefix, metadata: space, indexes: settings['indexes'],
    }), ...calls],
  }
  for (const table of tables ?? [names.metadata]) checkNames(names, table, old)
  if (mode === 'prefix' && tables?.includes(names.metadata) === false) {
    throw usageError(`${names.metadata} is not among the tables: without it ScalarDB finds none under a new prefix`, 'name it as well: --tables, --tables-file')
  }
  return names
}

const use = (values: Readonly<Record<string, string | undefined>>): string =>
  ['dynamodb_use', ...Object.entries(values).flatMap(([name, value]) => value ? quote(`${name}=${value}`) : [])].join(' ')

function checkNames({input: {mode}, beforeOf, targetOf}: Names, table: string, old: string): void {
  if (!table.startsWith(old)) throw usageError(`the table ${table} does not begin with the prefix ${old}`, 'give the prefix that its names have: --database kind=dynamodb,prefix=…')
  const illegal = [table, mode === 'prefix' ? targetOf(table) : beforeOf(table)].find(name => !LEGAL.test(name))
  if (illegal !== undefined) throw usageError(`${JSON.stringify(illegal)} is no legal name in DynamoDB: 3 to 255 of a-z, A-Z, 0-9, _, . and -`)
  if (mode === 'prefix' && targetOf(table) === table) throw usageError(`the new prefix is the one that the tables have: ${JSON.stringify(old)}`, 'give another: --prefix')
}
