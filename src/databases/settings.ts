import {usageError} from '../support/errors.ts'
import type {Database, Settings} from './types.ts'

/** The value of a setting that a plan cannot do without. @throws CliError (usage) naming the flag that gives it */
export function required(database: Pick<Database, 'kind' | 'settings'>, settings: Settings, name: string): string {
  const value = settings[name]
  if (value) return value
  const summary = database.settings.find(setting => setting.name === name)?.summary ?? name
  throw usageError(`the plan for ${database.kind} needs ${name} (${summary}), and the record does not have it`, `give it: --database kind=${database.kind},${name}=…`)
}

/** Refuses values that cannot be legal, whatever their source: they end up in commands. @throws CliError (usage) */
export function checkSettings(database: Pick<Database, 'kind' | 'settings'>, settings: Settings): void {
  for (const {name, pattern, summary} of database.settings) {
    const value = settings[name]
    if (value !== undefined && pattern && !pattern.test(value)) throw usageError(`${database.kind}: ${JSON.stringify(value)} is no legal ${name} (${summary})`)
  }
}

/** The name of a copy: the source's, cut where it has to be, and the run's: `my-database-r20261123t124407z`. */
export const fitting = (source: string, runId: string, longest: number): string =>
  `${source.slice(0, longest - runId.length - 1).replace(/-+$/, '')}-${runId}`
