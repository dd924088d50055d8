import {inline, quote, raw, shell} from '../../plan/shell.ts'
import {aws} from './cli.ts'
import {copyWord} from './copy-steps.ts'
import type {Command, Step} from '../../plan/model.ts'
import type {Names} from './names.ts'

/** Puts back what the restores have left out. */
export function settle(names: Names): Step {
  const prefix = names.input.mode === 'prefix'
  return names.step({
    id: 'settings', phase: 'settings', title: 'Give every table its settings back',
    why: 'They are those that were noted before. Streams get a new ARN: what reads them must be pointed at it. Point-in-time recovery starts anew: earlier restore points of these tables are gone.',
    commands: names.tables ? [...settings(names), compare(names)] : [],
    expect: 'No error. What AWS is not ready for (ResourceInUseException) can be done a minute later.',
    takes: 'minutes: a table takes one change at a time',
    script: names.script(...prefix ? ['dynamodb_settle_all'] : [], 'dynamodb_compare_all'),
  })
}

function settings(names: Names): Command[] {
  const {capture} = names
  const target = raw(names.input.mode === 'prefix' ? copyWord(names) : '"$TABLE"')
  const file = (name: string) => `"${capture}/$TABLE/${name}.json"`
  const set = (variable: string, program: string, from: string) => `${variable}=$(jq -c ${quote(program)} ${file(from)})`
  const when = (variable: string, command: Command) => `[ -z "$${variable}" ] || ${inline(command)}`
  const arn = `ARN=$(${inline(names.aws('describe-table', '--table-name', target, '--query', 'Table.TableArn', '--output', 'text'))})`
  const update = (note: string, program: string, option: string) => names.each([
    set('VALUE', program, 'table'),
    when('VALUE', names.aws('update-table', '--table-name', target, option, raw('"$VALUE"'), '--output', 'json')),
  ], {note})
  return [
    names.each([
      set('VALUE', '.ContinuousBackupsDescription.PointInTimeRecoveryDescription | select(.PointInTimeRecoveryStatus == "ENABLED") '
        + '| {PointInTimeRecoveryEnabled: true} + if .RecoveryPeriodInDays then {RecoveryPeriodInDays} else {} end', 'recovery'),
      when('VALUE', names.aws('update-continuous-backups', '--table-name', target, '--point-in-time-recovery-specification', raw('"$VALUE"'), '--output', 'json')),
    ], {note: 'Point-in-time recovery'}),
    names.each([
      arn, set('VALUE', '[.Tags[]? | select(.Key | startswith("aws:") | not)] | select(length > 0)', 'tags'),
      when('VALUE', names.aws('tag-resource', '--resource-arn', raw('"$ARN"'), '--tags', raw('"$VALUE"'))),
      `VALUE=$(jq -r '.Policy // empty' ${file('policy')})`,
      when('VALUE', names.aws('put-resource-policy', '--resource-arn', raw('"$ARN"'), '--policy', raw('"$VALUE"'), '--output', 'json')),
    ], {note: 'Tags and resource policies'}),
    names.each([
      set('VALUE', '.TimeToLiveDescription | select(.TimeToLiveStatus == "ENABLED") | {Enabled: true, AttributeName}', 'ttl'),
      when('VALUE', names.aws('update-time-to-live', '--table-name', target, '--time-to-live-specification', raw('"$VALUE"'), '--output', 'json')),
    ], {note: 'Time to live'}),
    update('Streams', '.StreamSpecification | select(.StreamEnabled) | {StreamEnabled, StreamViewType}', '--stream-specification'),
    names.each([
      `VALUE=$(jq -r '.TableClassSummary.TableClass // empty' ${file('table')})`,
      when('VALUE', names.aws('update-table', '--table-name', target, '--table-class', raw('"$VALUE"'), '--output', 'json')),
    ], {note: 'Table classes'}),
    names.each([
      `jq -r '.KinesisDataStreamDestinations[]? | select(.DestinationStatus == "ACTIVE") | .StreamArn' ${file('kinesis')} |`,
      `  while read -r STREAM; do ${inline(names.aws('enable-kinesis-streaming-destination', '--table-name', target, '--stream-arn', raw('"$STREAM"'), '--output', 'json'))}; done`,
      `jq -r '.ContributorInsightsSummaries[]? | select(.ContributorInsightsStatus == "ENABLED") | .IndexName // ""' ${file('insights')} |`,
      `  while read -r INDEX; do ${names.aws('update-contributor-insights', '--table-name', target, '--contributor-insights-action', 'ENABLE', raw('${INDEX:+--index-name "$INDEX"}'), '--output', 'json').shell.replaceAll(' \\\n ', '')}; done`,
    ], {note: 'Kinesis and Contributor Insights'}),
    ...names.input.mode === 'prefix' ? [] : scaling(names),
    names.each([
      `[ "$(jq .DeletionProtectionEnabled ${file('table')})" != true ] || ${inline(names.aws('update-table', '--table-name', target, '--deletion-protection-enabled', '--output', 'json'))}`,
    ], {note: 'Deletion protection, last'}),
  ]
}

/** Auto scaling outlives its table under the same name; it is registered again all the same, which changes nothing where it is there. */
function scaling(names: Names): Command[] {
  const {capture, input: {settings}} = names
  const again = (file: string, list: string, fields: string, operation: string) => [
    `jq -c --arg table "$TABLE" '${list}[] | select(.ResourceId == "table/" + $table or (.ResourceId | startswith("table/" + $table + "/index/")))`,
    `    | {ServiceNamespace, ResourceId, ScalableDimension} + ${fields} | del(..|nulls)' "${capture}/${file}.json" |`,
    `  while read -r INPUT; do ${inline(aws(settings, 'application-autoscaling', [operation, '--cli-input-json', raw('"$INPUT"'), '--output', 'json']))}; done`,
  ]
  return [names.each([
    ...again('scalable-targets', '.ScalableTargets', '{MinCapacity, MaxCapacity, SuspendedState}', 'register-scalable-target'),
    ...again('scaling-policies', '.ScalingPolicies', '{PolicyName, PolicyType, TargetTrackingScalingPolicyConfiguration}', 'put-scaling-policy'),
    ...again('scheduled-actions', '.ScheduledActions', '{ScheduledActionName, Schedule, Timezone, StartTime, EndTime, ScalableTargetAction}', 'put-scheduled-action'),
  ], {note: 'Auto scaling of tables and indexes'})]
}

function compare(names: Names): Command {
  const target = raw(names.input.mode === 'prefix' ? copyWord(names) : '"$TABLE"')
  const now = inline(names.aws('describe-table', '--table-name', target, '--query', 'Table', '--output', 'json'))
  return names.each([
    `echo "$TABLE"`,
    `diff <(jq -S 'del(.ItemCount, .TableSizeBytes)' "${names.capture}/$TABLE/table.json") <(${now} | jq -S 'del(.ItemCount, .TableSizeBytes)')`,
  ], {note: 'See what differs: ids, ARNs of streams, times and the RestoreSummary must'})
}

/** Under a new prefix ScalarDB looks for its own rows under the new names too. */
export function rename(names: Names): Step {
  const {metadata, namespaces, tables = [], targetOf, input: {settings, prefix = ''}} = names
  const old = settings['prefix'] ?? ''
  return names.step({
    id: 'rename', phase: 'settings', title: 'Write the new prefix into ScalarDB\'s own tables',
    why: `Rows of ${targetOf(metadata)} and ${targetOf(namespaces)} hold the full names of tables and namespaces; without rows under the new names ScalarDB finds no table.`,
    commands: tables.length === 0 ? [] : [
      ...rows(names, metadata, 'table', old, prefix),
      ...tables.includes(namespaces) ? rows(names, namespaces, 'namespace_name', old, prefix) : [],
    ],
    expect: 'Empty UnprocessedItems.',
    undo: 'nothing that existed was changed: delete the new tables.',
    script: names.script('dynamodb_rename_all'),
  })
}

function rows(names: Names, table: string, key: string, old: string, prefix: string): Command[] {
  const {capture, targetOf} = names
  const file = `"${capture}/"${quote(`${table}.rows.json`)}`
  const program = [
    `[.Items[] | .[$key].S as $name | {PutRequest: {Item: (.[$key].S = $to + $name[($from | length):])}}, {DeleteRequest: {Key: {($key): {S: $name}}}}]`,
    '  | range(0; length; 25) as $i | {($target): .[$i:$i + 25]}',
  ].join('\n')
  return [
    shell(`[ -e ${file} ] || ${inline(names.aws('scan', '--table-name', targetOf(table), '--consistent-read', '--output', 'json'))} > ${file}`),
    shell([
      `jq -c --arg target ${quote(targetOf(table))} --arg key ${key} --arg from ${quote(old)} --arg to ${quote(prefix)} '${program}' ${file} |`,
      `  while read -r BATCH; do ${inline(names.aws('batch-write-item', '--request-items', raw('"$BATCH"'), '--output', 'json'))}; done`,
    ].join('\n'), {changes: true}),
  ]
}

