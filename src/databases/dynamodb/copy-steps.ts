import {inline, quote, raw, shell, variable} from '../../plan/shell.ts'
import {aws} from './cli.ts'
import {INSTANT, OVERRIDES} from './jq.ts'
import {TABLE} from './names.ts'
import type {Command, Step} from '../../plan/model.ts'
import type {Names} from './names.ts'

const DAY_S = 86_400
const RESTORES = 'minutes to about an hour, whatever the size, all tables at the same time (95 % of restores end within an hour: AWS)'

/** A table's status is what is asked for, for all tables. */
export const allAre = (names: Names, look: Command, wanted: string, what: string): Command =>
  shell(`[ "$(for TABLE in ${names.all}; do\n  ${inline(look)} || echo failed\ndone | sort -u)" = ${wanted} ]`, {wait: {everySeconds: 30, limitSeconds: DAY_S, what}})

export const statusOf = (names: Names, name: string): Command =>
  names.aws('describe-table', '--table-name', raw(name), '--query', 'Table.TableStatus', '--output', 'text')

/** The name of the copy of the table in $TABLE, for loops. */
export const copyWord = ({input: {runId, mode, prefix = '', settings}}: Names): string =>
  mode === 'prefix' ? `"${prefix}\${TABLE#${settings['prefix'] ?? ''}}"` : `"${runId}-$TABLE"`

export function prepare(names: Names): Step {
  const {input: {id, settings, runId}, tables, metadata} = names
  const identity = aws(settings, 'sts', ['get-caller-identity', '--output', 'json'], {note: 'See which account this is'})
  const [list, captured, overrides] = ['tables', 'capture', 'overrides'].map(name => variable(id, name))
  const set = [
    shell(`${captured}="$PWD/${id}-${runId}"\nmkdir -p "$${captured}"`, {note: 'Make a directory for the settings of the tables'}),
    shell(`${overrides}=${quote(OVERRIDES)}`, {note: 'Have the capacity of a table at hand, as its restore takes it'}),
  ]
  return names.step({
    id: 'tables', phase: 'prepare',
    title: tables ? 'Name the tables of the restore point' : 'Find the tables of the restore point',
    why: tables ? 'These belonged together at the restore point.'
      : `What ${metadata} lists today is not what it listed at the restore point: it is copied at that point, and the copy is asked.`,
    commands: [identity, ...set, ...tables ? [shell(`${list}=(${tables.map(quote).join(' ')})`, {note: 'Name the tables'})] : find(names)],
    expect: [
      settings['account'] ? `The account ${settings['account']}.` : 'The account that you mean.',
      ...tables ? [] : ['Then the names of the tables, in a file: print this plan again with it, and go on there.'],
    ].join(' '),
    script: [`DYNAMODB_OVERRIDES=${quote(OVERRIDES)}`, `DYNAMODB_INSTANT=${quote(INSTANT)}`, ...names.script(
      tables ? `dynamodb_set_tables ${tables.map(quote).join(' ')}` : 'dynamodb_find_tables')],
  })
}

function find(names: Names): Command[] {
  const {metadata, namespaces, restoredOf, input: {id, time, runId}} = names
  const file = `${id}-${runId}.tables`
  const copied = restoredOf(metadata)
  return [
    names.aws('restore-table-to-point-in-time', '--source-table-name', metadata, '--target-table-name', copied,
      '--restore-date-time', time.rfc3339, '--no-use-latest-restorable-time', '--output', 'json'),
    shell(`[ "$(${inline(statusOf(names, quote(copied)))})" = ACTIVE ]`, {wait: {everySeconds: 30, limitSeconds: DAY_S, what: `${copied} is ACTIVE`}}),
    shell([
      `{ ${names.aws('scan', '--table-name', copied, '--projection-expression', '#t', '--expression-attribute-names', '{"#t":"table"}', '--output', 'json').shell} |`,
      `    jq -r '.Items[].table.S'; echo ${quote(metadata)}; echo ${quote(namespaces)}; } > ${quote(file)}`,
    ].join('\n'), {note: `Write the list; take ${namespaces} out if there is no such table (only some versions of ScalarDB have it)`}),
    shell(`kubectl scalardl restore-plan … --tables-file ${quote(file)}`, {byHand: true, note: 'Print this plan again, and go on with that one'}),
  ]
}

/** Where the tables are not known, only the script can name them. */
const commandsOf = (names: Names, commands: () => readonly Command[]): readonly Command[] => names.tables ? commands() : []

export function check(names: Names): Step {
  const {input: {time, mode}} = names
  return names.step({
    id: 'check', phase: 'check', title: `See that every table can be restored to ${time.rfc3339}`,
    why: 'Point-in-time recovery must have been on for every table since before the restore point. '
      + 'A table younger than the restore point may be one that an earlier restore has made anew: of the one before only its last moment is kept, in a backup NAME$DeletedTableBackup.',
    commands: commandsOf(names, () => [
      names.each([`echo "$TABLE $(TZ=UTC ${inline(names.aws('describe-continuous-backups', '--table-name', TABLE, '--query',
        'ContinuousBackupsDescription.PointInTimeRecoveryDescription.[PointInTimeRecoveryStatus,EarliestRestorableDateTime,LatestRestorableDateTime]', '--output', 'text'))})"`]),
      names.each([`echo "$TABLE $(${inline(names.aws('describe-table', '--table-name', TABLE, '--query',
        'Table.[CreationDateTime,DeletionProtectionEnabled,length(Replicas || `[]`),length(GlobalSecondaryIndexes || `[]`),RestoreSummary.SourceBackupArn]', '--output', 'text'))})"`],
      {note: 'When each was created, whether it is protected against deletion, its replicas, its indexes, the backup that it was restored from'}),
    ]),
    expect: [
      `ENABLED for every table, with a first time that is not after ${time.rfc3339} (${time.epochSeconds} in seconds, as version 1 of the AWS CLI prints it), and a second that is not before it; else wait for some minutes.`,
      mode === 'same-name' ? 'No replicas: a global table cannot be replaced like this.' : '',
      mode === 'prefix' ? 'No indexes: their names hold the name of the table. With indexes=recreate the script makes them anew.' : '',
    ].filter(Boolean).join(' '),
    script: names.script('dynamodb_check_all'),
  })
}

const LOOKS: ReadonlyArray<readonly [file: string, operation: string, by: 'name' | 'arn']> = [
  ['recovery', 'describe-continuous-backups', 'name'], ['ttl', 'describe-time-to-live', 'name'], ['tags', 'list-tags-of-resource', 'arn'],
  ['policy', 'get-resource-policy', 'arn'], ['kinesis', 'describe-kinesis-streaming-destination', 'name'], ['insights', 'list-contributor-insights', 'name'],
]

export function capture(names: Names): Step {
  const {capture: directory, input: {settings}} = names
  const scaling = ['scalable-targets', 'scaling-policies', 'scheduled-actions'].map(what =>
    `${inline(aws(settings, 'application-autoscaling', [`describe-${what}`, '--service-namespace', 'dynamodb', '--output', 'json']))} > "${directory}/${what}.json"`)
  const lines = LOOKS.map(([file, operation, by]) => `${inline(names.aws(operation, ...by === 'name' ? ['--table-name', TABLE] : ['--resource-arn', raw('"$ARN"')], '--output', 'json'))} > "${directory}/$TABLE/${file}.json"`)
  return names.step({
    id: 'capture', phase: 'capture', title: 'Note the settings of every table',
    why: 'A restore does not bring back auto scaling, tags, time to live, streams, deletion protection, the table class, policies, point-in-time recovery, Kinesis and Contributor Insights.',
    commands: commandsOf(names, () => [
      names.each([
        `mkdir -p "${directory}/$TABLE"`,
        `${inline(names.aws('describe-table', '--table-name', TABLE, '--query', 'Table', '--output', 'json'))} > "${directory}/$TABLE/table.json"`,
        `ARN=$(jq -r .TableArn "${directory}/$TABLE/table.json")`,
        ...lines,
      ]),
      shell(scaling.join('\n'), {note: 'Note the auto scaling of all tables'}),
      names.each([
        `KEY=$(jq -r '.SSEDescription.KMSMasterKeyArn // empty' "${directory}/$TABLE/table.json")`,
        `if [ -n "$KEY" ] && [ "$(${inline(aws(settings, 'kms', ['describe-key', '--key-id', raw('"$KEY"'), '--query', 'KeyMetadata.KeyManager', '--output', 'text']))})" = AWS ]; then`,
        `  jq '. + {KeyManager: "AWS"}' "${directory}/$TABLE/table.json" > "${directory}/$TABLE/table.new" && mv "${directory}/$TABLE/table.new" "${directory}/$TABLE/table.json"`,
        'fi',
      ], {note: 'Note where the key is AWS\'s own: it must not be named to a restore'}),
    ]),
    expect: 'A file for every look, with words in it. PolicyNotFoundException stands for no policy; an operation that your version of aws does not know must be looked up in the console.',
    undo: 'nothing was changed.',
    script: names.script('dynamodb_capture_all'),
  })
}

export function copy(names: Names): Step {
  const {input: {time, mode}, tables = [], capture: directory, overrides, restoredOf} = names
  const program = mode === 'prefix' ? `"${overrides} | if .GlobalSecondaryIndexOverride then .GlobalSecondaryIndexOverride = [] else . end"` : `"${overrides}"`
  return names.step({
    id: 'copy', phase: 'copy', title: `${mode === 'prefix' ? 'Restore' : 'Copy'} every table at ${time.rfc3339}`,
    why: mode === 'prefix' ? 'Point-in-time recovery restores into a new table, here the one under the new prefix. The existing ones are not touched.'
      : 'Point-in-time recovery restores into a new table only. The run\'s id stands in front of its name, so that ScalarDB does not take it for a table of the namespace.',
    commands: commandsOf(names, () => [
      ...tables.map(table => names.aws('restore-table-to-point-in-time', '--source-table-name', table, '--target-table-name', restoredOf(table),
        '--restore-date-time', time.rfc3339, '--no-use-latest-restorable-time',
        '--cli-input-json', raw(`"$(jq -c ${program} "${directory}/"${quote(table)}/table.json)"`), '--output', 'json')),
      allAre(names, statusOf(names, copyWord(names)), 'ACTIVE', 'every copy is ACTIVE'),
    ]),
    expect: 'CREATING, and in the end ACTIVE for every copy. 50 restores may run at the same time: with LimitExceededException, wait for some to end.',
    undo: 'delete the copies.',
    takes: RESTORES,
    script: names.script('dynamodb_copy_all'),
  })
}

export function verifyCopies(names: Names): Step {
  const word = copyWord(names)
  return names.step({
    id: 'verify', phase: 'verify-copy', title: 'See that the copies are those of the restore point',
    why: 'The time that a table was restored to is in its description. Half-done rows (tx_state other than 3, COMMITTED) are those of transactions that were under way; '
      + 'only transactional tables have them, those with tx_version: the tables of coordinator and metadata have not, and answer 0.',
    commands: commandsOf(names, () => [
      names.each([`echo "$TABLE $(${inline(names.aws('describe-table', '--table-name', raw(word), '--query', 'Table.RestoreSummary.RestoreDateTime', '--output', 'text'))})"`]),
      names.each([`echo "$TABLE $(${inline(names.aws('scan', '--table-name', raw(word), '--select', 'COUNT',
        '--filter-expression', 'attribute_exists(tx_version) AND tx_state <> :committed', '--expression-attribute-values', '{":committed":{"N":"3"}}',
        '--query', 'Count', '--output', 'text'))})"`], {note: 'Count half-done rows; this reads the whole table, which takes its time and read capacity'}),
    ]),
    expect: `${names.input.time.rfc3339} for every table, and 0. Other counts are a warning, not an error: rows of an earlier crash stay so until they are read.`,
    script: names.script('dynamodb_verify_copies'),
  })
}

