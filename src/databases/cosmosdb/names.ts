import {createHash} from 'node:crypto'
import {raw, variable} from '../../plan/shell.ts'
import type {Word} from '../../plan/shell.ts'
import type {Command, Step} from '../../plan/model.ts'
import {LOCATION, RESOURCE_GROUP, ask, lookUp} from '../azure/az.ts'
import {required} from '../settings.ts'
import type {SectionInput, Settings} from '../types.ts'
import {INSTANCE, KIND, SETTINGS} from './settings.ts'

/** What the commands of one account's restore name, and how they find what the record does not have. */
export interface Names {
  readonly id: string
  readonly settings: Settings
  readonly time: string
  readonly runId: string
  readonly source: string
  /** The account that the restore makes. */
  readonly target: string
  readonly group: Word
  readonly location: Word
  readonly instance: Word
  /** Variable that is empty when the source has been deleted. */
  readonly live: string
  /** Databases that have no stored procedures: ScalarDB's metadata. */
  readonly metadata: readonly string[]
  readonly lookUps: readonly Command[]
  /** A file in the directory that this plan keeps, as one word. */
  readonly file: (name: string) => string
  readonly directory: string
  /** Name of a variable of this database. */
  readonly variable: (name: string) => string
  readonly step: (step: Omit<Step, 'database'>) => Step
}

const LONGEST = 44

/** @throws CliError (usage) when the account is not known */
export function namesOf({id, time, runId, settings, storages}: SectionInput): Names {
  const source = required({kind: KIND, settings: SETTINGS}, settings, 'account')
  const at = time.rfc3339.slice(0, -1)
  const accounts = ['cosmosdb', 'restorable-database-account', 'list', '--account-name', source]
  const existed = `[?creationTime<='${at}' && (!deletionTime || deletionTime>='${at}')]`
  const group = lookUp(id, KIND, settings, RESOURCE_GROUP, ask(settings, ['cosmosdb', 'list'], `[?name=='${source}'].resourceGroup | [0]`))
  const instance = lookUp(id, KIND, settings, INSTANCE, ask(settings, accounts, `${existed}.name | [0]`))
  const location = lookUp(id, KIND, settings, LOCATION, ask(settings, accounts, `${existed}.restorableLocations[0].locationName | [0]`))
  const directory = variable(id, 'files')
  return {
    id, settings, runId, source, time: time.rfc3339,
    target: settings['target-account'] ?? targetOf(source, runId),
    group: group.word, instance: instance.word, location: location.word,
    live: variable(id, 'live'),
    metadata: metadataOf(storages, settings),
    lookUps: [...group.commands, ...instance.commands, ...location.commands],
    directory,
    file: name => `"$${directory}/${name}"`,
    variable: name => variable(id, name),
    step: step => ({database: id, ...step, id: `${id}.${step.id}`}),
  }
}

const metadataOf = (storages: SectionInput['storages'], settings: Settings): string[] => {
  const given = settings['metadata-database'] ?? 'scalardb'
  return storages.length === 0 ? [given] : [...new Set(storages.map(({metadataNamespace}) => metadataNamespace ?? given))]
}

/** Names of accounts are unique in the world, so that one that is cut gets a few letters of its own. */
function targetOf(source: string, runId: string): string {
  const whole = `${source}-${runId}`
  if (whole.length <= LONGEST) return whole
  const digest = createHash('sha256').update(source).digest('hex').slice(0, 5)
  return `${source.slice(0, LONGEST - runId.length - digest.length - 2).replace(/-+$/, '')}-${digest}-${runId}`
}

/** `-g GROUP -n ACCOUNT`, as most commands take an account. */
export const sourceOf = ({group, source}: Names): Word[] => ['-g', group, '-n', source]
export const copyOf = ({group, target}: Names): Word[] => ['-g', group, '-n', target]

/** The same for what is in an account. */
export const inSource = ({group, source}: Names): Word[] => ['-g', group, '-a', source]
export const inCopy = ({group, target}: Names): Word[] => ['-g', group, '-a', target]

/** The variables of a loop over `database/container` lines. */
export const EACH_CONTAINER: readonly Word[] = ['-d', raw('"$database"'), '-c', raw('"$container"')]
