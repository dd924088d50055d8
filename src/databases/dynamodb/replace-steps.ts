import {inDoubleQuotes, inline, quote, raw, shell} from '../../plan/shell.ts'
import {allAre, statusOf} from './copy-steps.ts'
import {TABLE} from './names.ts'
import type {Command, Step} from '../../plan/model.ts'
import type {Names} from './names.ts'

const QUIET = 'Begin when writers have been stopped for two minutes: a backup may hold up to a minute before and after its request (AWS). '

/** The name of a backup, its table's name, and shell text that prints its ARN once it is available. */
const arnOf = (names: Names, table: string, backup: string): Command => names.aws('list-backups', '--table-name', raw(table), '--backup-type', 'USER',
  '--query', raw(`"BackupSummaries[?BackupName=='${backup}' && BackupStatus=='AVAILABLE'].BackupArn | [-1]"`), '--output', 'text')

export function safety(names: Names): Step {
  const {tables = [], copyOf, beforeOf, input: {runId}} = names
  const has = (table: string, backup: string) => `${inline(arnOf(names, table, backup))} | grep -q '^arn:' || echo missing`
  return names.step({
    id: 'safety', phase: 'safety', title: 'Back up the copies, and the tables as they are now',
    why: `${QUIET}The restore point is then in a backup of its own, and the way back too. Once a table is deleted, its point-in-time recovery is gone: these backups are all there is.`,
    commands: [
      ...tables.flatMap(table => [
        names.aws('create-backup', '--table-name', copyOf(table), '--backup-name', copyOf(table), '--output', 'json'),
        names.aws('create-backup', '--table-name', table, '--backup-name', beforeOf(table), '--output', 'json'),
      ]),
      ...tables.length > 0 ? [shell([
        `[ -z "$(for TABLE in ${names.all}; do`,
        `  ${has(`"${runId}-$TABLE"`, `${runId}-$TABLE`)}`,
        `  ${has('"$TABLE"', `${runId}-$TABLE-before`)}`,
        'done)" ]',
      ].join('\n'), {wait: {everySeconds: 20, limitSeconds: 86_400, what: 'every backup is AVAILABLE'}})] : [],
    ],
    expect: 'BackupStatus CREATING, and soon AVAILABLE for all of them. Do not go on before.',
    undo: 'delete the backups and the copies.',
    takes: 'seconds to minutes (AWS)',
    script: names.script('dynamodb_safety'),
  })
}

export function replace(names: Names): Step {
  const {tables = [], capture, overrides, copyOf, input: {runId}} = names
  const protectedNow = inline(names.aws('describe-table', '--table-name', TABLE, '--query', 'Table.DeletionProtectionEnabled', '--output', 'text'))
  return names.step({
    id: 'replace', phase: 'replace', title: 'Delete every table, and restore it from the backup of its copy',
    why: 'A table can only be restored under a name that is free. From here on the restore point is reachable by the copies and their backups alone.',
    destructive: true,
    pointOfNoReturn: true,
    commands: tables.length === 0 ? [] : [
      names.each([
        `if [ "$(${protectedNow})" = True ]; then`,
        `  ${inline(names.aws('update-table', '--table-name', TABLE, '--no-deletion-protection-enabled', '--output', 'json'))}`,
        'fi',
      ], {note: 'Take away the protection against deletion', changes: true}),
      ...tables.map(table => names.aws('delete-table', '--table-name', table, '--output', 'json')),
      shell(`[ "$(for TABLE in ${names.all}; do\n  ${inline(statusOf(names, '"$TABLE"'))} 2>&1 | grep -o ResourceNotFoundException || echo there\ndone | sort -u)" = ResourceNotFoundException ]`, {
        wait: {everySeconds: 10, limitSeconds: 86_400, what: 'every table is gone'},
      }),
      ...tables.map(table => names.aws('restore-table-from-backup', '--target-table-name', table,
        '--backup-arn', raw(`"$(${inline(arnOf(names, quote(copyOf(table)), copyOf(table)))})"`),
        '--cli-input-json', raw(`"$(jq -c "${overrides}" "${capture}/"${quote(table)}/table.json)"`), '--output', 'json')),
      allAre(names, statusOf(names, '"$TABLE"'), 'ACTIVE', 'every table is ACTIVE'),
    ],
    expect: 'DELETING, then CREATING, and in the end ACTIVE for every table. Nothing but this may make the tables anew meanwhile: no server and no schema loader (--repair-all of newer versions makes an empty table where one is missing).',
    undo: `delete the table, and restore it from the backup ${runId}-TABLE-before in the same way; its history of point-in-time recovery is lost either way. Of a table that was not deleted, turn the deletion protection on again.`,
    takes: 'minutes to about an hour, all tables at the same time (95 % of restores end within an hour: AWS)',
    script: names.script('dynamodb_replace_all'),
  })
}

export function finish(names: Names): Step {
  const {tables = [], copyOf, restoredOf, input: {mode, runId}} = names
  const copies = mode === 'prefix' ? [] : tables.map(table => names.aws('delete-table', '--table-name', copyOf(table), '--output', 'json'))
  const deleteBackups = shell([
    `for TABLE in ${tables.map(quote).join(' ')}; do`,
    ...[[`"${runId}-$TABLE"`, `${runId}-$TABLE`], ['"$TABLE"', `${runId}-$TABLE-before`]].map(([table = '', backup = '']) =>
      `  ${inline(names.aws('list-backups', '--table-name', raw(table), '--query', raw(`"BackupSummaries[?BackupName=='${backup}'].[BackupArn]"`), '--output', 'text'))} |\n    while read -r ARN; do ${inline(names.aws('delete-backup', '--backup-arn', raw('"$ARN"'), '--output', 'json'))}; done`),
    'done',
  ].join('\n'), {note: 'Delete the backups, last of all'})
  const old = tables.filter(table => restoredOf(table) !== table).map(table => names.aws('delete-table', '--table-name', table, '--output', 'json'))
  return names.step({
    id: 'finish', phase: 'finish',
    title: mode === 'prefix' ? 'Delete the old tables' : 'Delete the copies',
    why: mode === 'prefix' ? 'Only when the restored tables have been accepted: until then the old ones are the way back. Take away their deletion protection first.'
      : mode === 'copy-only' ? 'They cost as much as tables do. A restore to the same point uses them again, if they are still there.'
        : 'Only when the restored tables have been accepted: they are a second copy of the restore point, at the price of tables. The backups come last.',
    commands: mode === 'prefix' ? old : [...copies, ...mode === 'same-name' && tables.length > 0 ? [deleteBackups] : [],
      ...tables.length === 0 ? [shell(inline(names.aws('list-tables', '--query', inDoubleQuotes(`TableNames[?starts_with(@, '${runId}-')]`), '--output', 'text')), {note: 'See which copies there are, and delete them'})] : []],
    expect: 'DELETING.',
  })
}

