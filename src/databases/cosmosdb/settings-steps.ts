import {inline, raw, shell} from '../../plan/shell.ts'
import type {Word} from '../../plan/shell.ts'
import type {Command, Step} from '../../plan/model.ts'
import {ask, az, azText, inside} from '../azure/az.ts'
import {TAGS, addTags, forEach} from '../azure/notes.ts'
import {copyOf, inCopy, sourceOf} from './names.ts'
import type {Names} from './names.ts'

/** What a restore does not bring back (restore.md §6.4), but for the network. */
export function settings(names: Names): Step {
  const {settings: given, source, target, file} = names
  const update = (words: readonly Word[], note: string, unless: string): Command =>
    az(given, ['cosmosdb', 'update', ...copyOf(names), ...words, '-o', 'none'], {note, unless, changes: true})
  const level = ask(given, ['cosmosdb', 'show', ...copyOf(names)], 'consistencyPolicy.defaultConsistencyLevel')
  const backup = ask(given, ['cosmosdb', 'show', ...copyOf(names)], 'backupPolicy.type')
  const [id, tier] = [names.variable('target_id'), names.variable('tier')]
  return names.step({
    id: 'settings', phase: 'settings', title: `Give ${target} the settings of ${source}`,
    why: 'ScalarDB works with strong consistency alone, and the next backup needs continuous mode. The rest is put back from the notes.',
    commands: [
      update(['--default-consistency-level', 'Strong'], 'Strong consistency', `[ "$(${level})" = Strong ]`),
      ...given['tier'] ? [] : [shell(`${tier}=$([ ! -s ${file('source.json')} ] || jq -r '.backupPolicy.continuousModeProperties.tier // empty' ${file('source.json')})`, {note: 'How long backups are kept'})],
      update(['--backup-policy-type', 'Continuous', '--continuous-tier', given['tier'] ?? raw(`"\${${tier}:-Continuous30Days}"`)], 'Continuous backup', `[ "$(${backup})" = Continuous ]`),
      shell(`${id}=$(${ask(given, ['cosmosdb', 'show', ...copyOf(names)], 'id')})`),
      shell([
        'while read -r database option value; do',
        `  ${azText(given, ['cosmosdb', 'sql', 'database', 'throughput', 'update', ...inCopy(names), '-n', raw('"$database"'), raw('"$option"'), raw('"$value"'), '-o', 'none'])} </dev/null`,
        `done <${file('throughput')}`,
      ].join('\n'), {note: 'Throughput; a database that has the other kind of it is changed by az cosmosdb sql database throughput migrate', unless: `[ ! -s ${file('throughput')} ]`, changes: true}),
      each(names, 'source.json', 'Tags', TAGS, addTags(raw(`"$${id}"`)), '--tags'),
      each(names, 'role-definitions.json', 'Roles for data', `.[] | select(.name | startswith("${BUILT_IN}") | not) | [${ROLE}]`,
        ['cosmosdb', 'sql', 'role', 'definition', 'create', ...inCopy(names), '-o', 'none'], '--body'),
      each(names, 'role-assignments.json', 'Who has them', `.[] | ["--role-assignment-id", .name, "--role-definition-id", (.roleDefinitionId | split("/")[-1]), "--principal-id", .principalId, "--scope", (.scope | ${RELATIVE})]`,
        ['cosmosdb', 'sql', 'role', 'assignment', 'create', ...inCopy(names), '-o', 'none']),
      each(names, 'access.json', 'Who may manage the account', '.[] | ["--assignee-object-id", .principalId, "--assignee-principal-type", .principalType, "--role", .roleDefinitionId]',
        ['role', 'assignment', 'create', '--scope', raw(`"$${id}"`), '-o', 'none']),
      each(names, 'diagnostics.json', 'Diagnostic settings', `.[] | ["--name", .name, "--logs", (.logs // [] | tojson), "--metrics", (.metrics // [] | tojson)] + ([${DESTINATIONS}] | map(select(.[1])) | add // [])`,
        ['monitor', 'diagnostic-settings', 'create', '--resource', raw(`"$${id}"`), '-o', 'none']),
      shell([
        `Compare ${target} with the notes in source.json, and bring back what ${source} had, each in the portal or by the commands of the Azure CLI:`,
        `- further regions, one at a time: ${azText(given, ['cosmosdb', 'update', ...copyOf(names), '--locations', 'regionName=REGION', 'failoverPriority=0', '--locations', 'regionName=OTHER', 'failoverPriority=1'])}`,
        `- private endpoints and their DNS zones, which belong to the old account: ${azText(given, ['network', 'private-endpoint', 'create', '-g', names.group, '-n', `${target}-endpoint`, '--subnet', 'SUBNET-ID', '--private-connection-resource-id', 'ACCOUNT-ID', '--group-id', 'Sql', '--connection-name', target])}`,
        '- alerts, and whatever else names the old account: policies, dashboards, Terraform or Bicep (import the new one, or its next run undoes this)',
      ].join('\n'), {byHand: true, note: 'What only you can decide'}),
    ],
    expect: 'Nothing: az prints errors alone. All of it can be run again.',
  })
}

function each(names: Names, note: string, what: string, filter: string, words: readonly Word[], option?: string): Command {
  const {settings: given, file} = names
  const args = filter.includes('$source') ? `--arg source "$(jq -r .id ${file('source.json')})"` : undefined
  return shell(forEach(given, file(note), filter, words, {args, option}), {note: what, unless: `[ ! -s ${file(note)} ]`, changes: true})
}

/** How the names of Cosmos DB's own roles for data begin. */
const BUILT_IN = '00000000-0000-0000-0000-'
/** A scope within an account as `/`, `/dbs/scalar`: what the same command takes for another account. */
const RELATIVE = 'ltrimstr($source) | if . == "" then "/" else . end'
const ROLE = `{Id: .name, RoleName: .roleName, Type: "CustomRole", AssignableScopes: (.assignableScopes | map(${RELATIVE})), Permissions: (.permissions | map({DataActions: .dataActions}))} | tojson`
const DESTINATIONS = '["--workspace", .workspaceId], ["--storage-account", .storageAccountId], ["--event-hub", .eventHubName], ["--event-hub-rule", .eventHubAuthorizationRuleId]'

/** Who can reach the new account: asked before anything is opened, and locks only when all else is done. */
export function network(names: Names): Step {
  const {settings: given, source, target, file} = names
  const ips = names.variable('ip_ranges')
  const was = names.variable('public_access')
  const addresses = az(given, ['cosmosdb', 'update', ...copyOf(names), '--ip-range-filter', raw(`"$${ips}"`), '-o', 'none'], {unless: `[ -z "$${ips}" ]`, changes: true})
  const open = az(given, ['cosmosdb', 'update', ...copyOf(names), '--public-network-access', 'ENABLED', '-o', 'none'])
  const notes = file('source.json')
  const rules = each(names, 'source.json', 'Its subnets',
    '.virtualNetworkRules // [] | .[] | ["--subnet", .id, "--ignore-missing-endpoint", (.ignoreMissingVNetServiceEndpoint // false | tostring)]',
    ['cosmosdb', 'network-rule', 'add', ...copyOf(names), '-o', 'none'])
  const lookIps = `${ips}=$([ ! -s ${notes} ] || jq -r '[.ipRules // [] | .[].ipAddressOrRange] | join(",")' ${notes})`
  const lookOpen = `${was}=$([ ! -s ${notes} ] || jq -r '.publicNetworkAccess // "Enabled"' ${notes})`
  const commands = [
    shell(lookIps, {note: `The addresses that ${source} admitted; empty = all, or none when it was closed`}),
    addresses,
    rules,
    shell(lookOpen, {note: `Whether ${source} was open to public networks at all`}),
    {...open, note: `Only if it was (${was} is Enabled): open ${target} to these, once you have checked it`, changes: true},
  ]
  return names.step({
    id: 'network', phase: 'settings', title: `Let in to ${target} who was let in to ${source}`,
    why: 'It was restored closed. Rules first, then the gate: an account without rules that is opened is open to the world.',
    commands,
    script: [
      lookIps,
      `if [ -n "$${ips}" ]; then`,
      `  ${inline(addresses)}`,
      'fi',
      `if [ -s ${notes} ]; then`,
      `  ${inline(rules)}`,
      'fi',
      lookOpen,
      `if [ "$${was}" = Enabled ]; then`,
      `  confirm "the next command opens ${target} to public networks, limited to ${source}'s addresses (\${${ips}:-none were set}) and subnets" open`,
      `  ${inline(open)}`,
      'else',
      `  say 'not opened to public networks: ${source} is not known to have been'`,
      'fi',
    ],
    expect: `Servers and the schema loader reach ${target}; nobody else does.`,
    undo: `close it again: ${azText(given, ['cosmosdb', 'update', ...copyOf(names), '--public-network-access', 'DISABLED', '-o', 'none'])}`,
  })
}

/** Locks come last: a lock against changes would stand in the way of everything else. */
export function locks(names: Names): Step {
  return names.step({
    id: 'locks', phase: 'verify', title: `Lock ${names.target} as ${names.source} is`,
    why: 'Locks are not restored, and one against changes would have stood in the way until now.',
    commands: [
      each(names, 'locks.json', 'Locks', '.[] | select(.id | ascii_downcase | startswith($source | ascii_downcase)) | ["--name", .name, "--lock-type", .level] + (if .notes then ["--notes", .notes] else [] end)',
        ['lock', 'create', '--resource', raw(`"$${names.variable('target_id')}"`), '-o', 'none']),
    ],
    expect: 'Nothing: az prints errors alone.',
  })
}

/** When the new account has been accepted, and not before. */
export function finish(names: Names): Step {
  const {settings: given, source, instance} = names
  return names.step({
    id: 'clean-up', phase: 'finish', title: `Delete ${source} when the restored account has been accepted`,
    why: `Until then it is the way back. Note its instance ID, ${inside(instance)}, first: a deleted account is restored by it, within its retention.`,
    commands: [az(given, ['cosmosdb', 'delete', ...sourceOf(names)], {changes: true})],
    destructive: true,
  })
}
