import {quote, shell} from '../../plan/shell.ts'
import type {Command, Step} from '../../plan/model.ts'
import {ask, az, azText, identity, inside, query} from '../azure/az.ts'
import {NOTHING, into} from '../azure/notes.ts'
import {EACH_CONTAINER, copyOf, inCopy, inSource} from './names.ts'
import type {Names} from './names.ts'

const HOUR_S = 3600

/** Who and what: the names that everything after needs. */
export function prepare(names: Names): Step {
  const {settings, source, target, instance, live, lookUps, directory} = names
  return names.step({
    id: 'names', phase: 'prepare', title: `Find the account ${source}`,
    why: `The restore makes a new account, ${target}. Whatever the record does not know about the old one is looked up.`,
    commands: [
      identity(settings),
      ...lookUps,
      shell(`${live}=$(${ask(settings, ['cosmosdb', 'list'], `[?name=='${source}' && instanceId=='${inside(instance)}'].name`)})`, {
        note: `See whether the account still exists; if it does not, ${live} stays empty, and what asks the account itself is left out`,
      }),
      shell(`${directory}="\${STATE:-$PWD}/${names.id}-${names.runId}"\nmkdir -p "$${directory}"`, {note: 'Make a directory for what is noted on the way'}),
    ],
    expect: 'The subscription and the tenant that the account is in. Another subscription has another account of that name, or none.',
  })
}

/** That the service can go back to the restore point, and what there was. */
export function check(names: Names, epochSeconds: number): Step {
  const {settings, source, instance, location, time, live, file} = names
  const account = ['cosmosdb', 'restorable-database-account', 'list', '--account-name', source]
  const at = time.slice(0, -1)
  const reaches = ask(settings, account, `[?name=='${inside(instance)}' && (!oldestRestorableTime || oldestRestorableTime<='${at}')].name`)
  const latest = azText(settings, [
    'cosmosdb', 'sql', 'retrieve-latest-backup-time', ...inSource(names), ...EACH_CONTAINER, '-l', location,
    '--query', 'continuousBackupInformation.latestRestorableTimestamp', '-o', 'tsv',
  ])
  return names.step({
    id: 'window', phase: 'check', title: `See that ${source} can be restored to ${time}`,
    why: 'Continuous backup keeps 7 or 30 days by its tier, and each container is backed up some minutes behind the present.',
    commands: [
      az(settings, [...account, '--query', '[].{instance:name, created:creationTime, deleted:deletionTime, oldest:oldestRestorableTime}', '-o', 'table']),
      shell(`[ -n "$(${reaches})" ] || { echo 'no backup of ${source} reaches back to ${time}' >&2; false; }`),
      shell(into(file('at-restore-point'), [
        azText(settings, ['cosmosdb', 'sql', 'restorable-resource', 'list', '--instance-id', instance, '--location', location,
          '--restore-location', location, '--restore-timestamp', time, '-o', 'json']),
        `  | jq -r '.[] | .databaseName as $database | .collectionNames[]? | "\\($database)/\\(.)"' | LC_ALL=C sort`,
      ].join(' \\\n')), {note: 'List the containers that there were at the restore point', unless: `[ -z "$${live}" ] || [ -s ${file('at-restore-point')} ]`}),
      shell(`[ -s ${file('at-restore-point')} ] || { echo 'there was nothing in ${source} at ${time}' >&2; false; }`, {unless: `[ -z "$${live}" ]`}),
      shell([
        'while IFS=/ read -r database container; do',
        `  ${latest} 2>${file('error')} </dev/null || grep -q NotFound ${file('error')} || { cat ${file('error')} >&2; exit 1; }`,
        `done <${file('at-restore-point')} | ${notBefore(epochSeconds)}`,
      ].join('\n'), {
        note: 'Ask each container how far its backup reaches; 1/1/1970 means that a partition has none yet. Those dropped since cannot be asked',
        unless: `[ -z "$${live}" ]`,
        wait: {everySeconds: 60, limitSeconds: 2 * HOUR_S, what: `every container of ${source} is backed up to ${time}`},
      }),
    ],
    expect: `An instance that was there at ${time}, with an oldest time before it; every container that belongs (${file('at-restore-point').slice(1, -1)}); no time before ${american(epochSeconds)} (UTC).`,
  })
}

/**
 * Fails unless every line, a time as `az cosmosdb sql retrieve-latest-backup-time` writes it (10/26/2021 5:27:45 PM, UTC), reaches
 * the restore point (restore.md §1.3).
 */
function notBefore(epochSeconds: number): string {
  const wanted = new Date(epochSeconds * 1000).toISOString().slice(0, 19).replaceAll(/[-T:]/g, '')
  return [
    `awk -v wanted=${wanted} '`,
    '  { split($1, day, "/"); split($2, hour, ":") }',
    '  { at = sprintf("%04d%02d%02d%02d%02d%02d", day[3], day[1], day[2], hour[1] % 12 + ($3 == "PM" ? 12 : 0), hour[2], hour[3]) }',
    '  at < wanted { late = 1; print "backed up only to " $0 > "/dev/stderr" }',
    "  END { exit late }'",
  ].join('\n')
}

function american(epochSeconds: number): string {
  const date = new Date(epochSeconds * 1000)
  const hour = date.getUTCHours()
  const two = (number: number) => String(number).padStart(2, '0')
  return `${date.getUTCMonth() + 1}/${date.getUTCDate()}/${date.getUTCFullYear()} ${hour % 12 || 12}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())} ${hour < 12 ? 'AM' : 'PM'}`
}

/** The restore itself: a new account, closed to the public network. */
export function copy(names: Names): Step {
  const {settings, source, target, instance, location, time} = names
  const [found, ours] = [names.variable('found'), names.variable('ours')]
  const restored = `restoreParameters && starts_with(restoreParameters.restoreTimestampInUtc, '${time.slice(0, -1)}') && ends_with(restoreParameters.restoreSource, '/${inside(instance)}')`
  const identity = settings['identity']
  return names.step({
    id: 'copy', phase: 'copy', title: `Restore ${source} into the new account ${target}`,
    why: 'A restore always makes a new account; the old one stays as it is. The new one is closed to the public network until it has been checked.',
    commands: [
      shell(`${found}=$(${ask(settings, ['cosmosdb', 'list'], `[?name=='${target}'].name`)})`),
      shell(`${ours}=$(${ask(settings, ['cosmosdb', 'list'], `[?name=='${target}' && ${restored}].name`)})`),
      shell(`[ "$${found}" = "$${ours}" ] || { echo 'an account ${target} exists already, and is no restore of ${source} to ${time}' >&2; false; }`, {
        note: 'An account that an earlier run of this plan has made is taken up again, another one is not touched',
      }),
      az(settings, [
        'cosmosdb', 'restore', '-g', names.group, '--account-name', source, '--target-database-account-name', target,
        '--restore-timestamp', time, '--location', location, '--public-network-access', 'DISABLED', '--disable-ttl', 'true',
        ...identity ? ['--assign-identity', identity, '--default-identity', `UserAssignedIdentity=${identity}`] : [],
        '-o', 'none',
      ], {changes: true, unless: `[ -n "$${ours}" ]`}),
      shell(`[ "$(${ask(settings, ['cosmosdb', 'show', ...copyOf(names)], 'provisioningState')})" = Succeeded ]`, {
        wait: {everySeconds: 30, limitSeconds: 24 * HOUR_S, what: `${target} is there (provisioningState Succeeded)`},
      }),
    ],
    expect: `${target} with provisioningState Succeeded. az waits for it by itself and prints nothing.`,
    undo: `delete the new account: ${azText(settings, ['cosmosdb', 'delete', ...copyOf(names), '--yes'])}`,
    takes: '30 to 90 minutes per TB (Microsoft); it costs about 0.15 USD per GB',
  })
}

/** That what came back is what there was. Works while the network is closed, since it asks the control plane alone. */
export function verify(names: Names, tables: readonly string[] | undefined): Step {
  const {settings, target, time, live, file} = names
  const parameters = ask(settings, ['cosmosdb', 'show', ...copyOf(names)], 'restoreParameters.restoreTimestampInUtc')
  return names.step({
    id: 'verify', phase: 'verify-copy', title: `See that ${target} holds what there was at ${time}`,
    why: 'A restore that left something out must show before anything is pointed at it.',
    commands: [
      az(settings, ['cosmosdb', 'show', ...copyOf(names), '--query',
        '{state:provisioningState, mode:createMode, time:restoreParameters.restoreTimestampInUtc, source:restoreParameters.restoreSource}', '-o', 'json']),
      shell(`case $(${parameters}) in ${time.slice(0, -1)}*) ;; *) echo '${target} was restored to another time than ${time}' >&2; false ;; esac`),
      listContainers(names),
      shell(`diff ${file('at-restore-point')} ${file('restored')}`, {
        note: 'Compare with the containers that there were at the restore point', unless: `[ -z "$${live}" ]`,
      }),
      ...tables?.length ? [recorded(tables, file('restored'))] : [],
    ],
    expect: `The time ${time}, and no difference between the lists of containers.`,
    undo: `delete the new account: ${azText(settings, ['cosmosdb', 'delete', ...copyOf(names), '--yes'])}`,
  })
}

const listContainers = (names: Names): Command => {
  const {settings, file} = names
  const databases = azText(settings, ['cosmosdb', 'sql', 'database', 'list', ...inCopy(names), '--query', query('[].name'), '-o', 'tsv'])
  const containers = azText(settings, ['cosmosdb', 'sql', 'container', 'list', ...inCopy(names), EACH_CONTAINER[0] ?? '', EACH_CONTAINER[1] ?? '', '--query', query('[].name'), '-o', 'tsv'])
  return shell(into(file('restored'), `${databases} \\\n  | while IFS= read -r database; do\n    ${containers} </dev/null | sed "s|^|$database/|"\n  done | LC_ALL=C sort`), {
    note: 'List the containers that came back',
  })
}

/** Every table of the record must be there; others may be, of other applications. */
const recorded = (tables: readonly string[], restored: string): Command =>
  shell(`printf '%s\\n' ${tables.map(quote).join(' ')} \\\n  | LC_ALL=C sort | LC_ALL=C comm -23 - ${restored} | ${NOTHING}`, {
    note: 'Name what the record has and the new account has not; nothing must be printed',
  })

/** For grep -Ev: the lines of ScalarDB's metadata. */
export const notMetadata = (metadata: readonly string[]): string => `'^(${metadata.join('|')})/'`
