import {usageError} from '../../support/errors.ts'
import {required} from '../settings.ts'
import {AWS} from './cli.ts'
import {capture, check, copy, prepare, verifyCopies} from './copy-steps.ts'
import {finish, replace, safety} from './replace-steps.ts'
import {SETTINGS} from './settings.ts'
import {rename, settle} from './settings-steps.ts'
import {namesOf} from './names.ts'
import type {Names} from './names.ts'
import type {OwnedStorage, Section, SectionInput} from '../types.ts'

const PREFIX = /^[\w.-]{1,100}$/

/**
 * Brings all tables back to the restore point (restore.md §§3-5): copies of all of them by point-in-time recovery, backups of
 * copies and originals, then each original is deleted and its name restored from the copy's backup; or copies alone; or under
 * a new prefix. What a restore leaves out is captured before and put back after.
 * @throws CliError (usage) without a region, and for names that DynamoDB does not allow
 */
export function plan(input: SectionInput): Section {
  const {settings, mode, prefix} = input
  required({kind: 'dynamodb', settings: SETTINGS}, settings, 'region')
  if (mode === 'prefix' && !PREFIX.test(prefix ?? '')) throw usageError(`${JSON.stringify(prefix ?? '')} is no legal prefix of tables`, 'give one: --prefix r1_')
  const names = namesOf(input)
  const restore = [prepare(names), check(names), capture(names), copy(names), verifyCopies(names)]
  const steps = {
    'copy-only': () => restore,
    'same-name': () => [...restore, safety(names), replace(names), settle(names)],
    prefix: () => [...restore, rename(names), settle(names)],
  }[mode]()
  return {
    steps: [...steps, finish(names)],
    tools: [AWS, {name: 'jq', atLeast: '1.6', why: 'it reads what aws prints: https://jqlang.github.io/jq/'}],
    covers: names.tables ?? [`every table that ${names.metadata} lists at the restore point`],
    leftOut: ['CloudWatch alarms, IAM policies and what reads the streams: they name tables by name or ARN, and are not touched'],
    warnings: warningsOf(names),
    properties: mode === 'prefix' && prefix !== undefined ? [{key: 'scalar.db.dynamo.namespace.prefix', value: prefix}] : [],
    library: 'dynamodb.sh',
  }
}

function warningsOf({tables, metadata, input: {id, storages}}: Names): string[] {
  if (!tables) {
    return [...accountWarnings(id, storages.map(({owner}) => owner)), `${id}: the tables of the restore point are not known: the script finds them in a copy of ${metadata}; `
      + 'by hand, do the first step, then print this plan again with --tables-file']
  }
  return tables.includes(metadata) ? [] : [`${id}: ${metadata} is not among the tables: without it ScalarDB may not know the others as they were`]
}

/** Properties name a region and no account, and a check that has found the tables of all has found one account. */
function accountWarnings(id: string, owners: ReadonlyArray<OwnedStorage['owner']>): string[] {
  if (new Set(owners.map(({context}) => context)).size < 2) return []
  const releases = [...new Set(owners.map(({release}) => release))]
  return [`${id}: it is used from several clusters; where they have AWS accounts of their own, this is a database in each: say so, or all but one are left out: `
    + releases.map(release => `--database kind=dynamodb,for=${release},profile=…`).join(' ')]
}
