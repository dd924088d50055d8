import {quote, raw, shell, variable} from '../../plan/shell.ts'
import type {Word} from '../../plan/shell.ts'
import type {Command, Step} from '../../plan/model.ts'
import {AZ, JQ, RESOURCE_GROUP, ask, az, azText, identity, inside, lookUp} from '../azure/az.ts'
import {TAGS, addTags, forEach, into} from '../azure/notes.ts'
import {inFlight} from '../in-flight.ts'
import {jdbcAddress} from '../jdbc.ts'
import {fitting, required} from '../settings.ts'
import type {Section, SectionInput, Settings} from '../types.ts'
import {SETTINGS} from './server.ts'
import type {Service} from './server.ts'

const LONGEST_NAME = 63
const HOUR_S = 3600
/** The version of the interface by which az itself changes a server; only for what az names differently from version to version. */
const POSTGRESQL_API = '2024-08-01'

/** Restores the server into a new one (restore.md §9); the old one is read, never changed. */
export function plan(service: Service, input: SectionInput): Section {
  const {id, time, runId, settings, storages, mode} = input
  const {kind, title, group, dialect, port} = service
  const source = required({kind, settings: SETTINGS}, settings, 'server')
  const target = settings['target-server'] ?? fitting(source, runId, LONGEST_NAME)
  const server = (...words: Word[]): Word[] => [group, 'flexible-server', ...words]
  const found = lookUp(id, kind, settings, RESOURCE_GROUP, ask(settings, server('list'), `[?name=='${source}'].resourceGroup | [0]`))
  const names: Names = {service, settings, source, target, group: found.word, server, files: variable(id, 'files'), targetId: variable(id, 'target_id')}
  const at = (name: string): Word[] => ['-g', found.word, '-n', name]
  const file = fileOf(names)
  const address = jdbcAddress(storages[0] ?? {})
  const host = ask(settings, server('show', ...at(target)), 'fullyQualifiedDomainName')
  const [hostName, restored] = [variable(id, 'host'), variable(id, 'restored')]
  const step = (rest: Omit<Step, 'database'>): Step => ({database: id, ...rest, id: `${id}.${rest.id}`})
  const remove = azText(settings, server('delete', ...at(target), '--yes'))
  const steps: Step[] = [
    step({
      id: 'names', phase: 'prepare', title: `Find the server ${source}`,
      why: `The restore makes a new server, ${target}, in the same region. The name of a server never changes, so that the products get another JDBC URL.`,
      commands: [
        identity(settings), ...found.commands,
        shell(`${names.files}="\${STATE:-$PWD}/${id}-${runId}"\nmkdir -p "$${names.files}"`, {note: 'Make a directory for what is noted on the way'}),
      ],
      expect: 'The subscription and the tenant that the server is in.',
    }),
    step({
      id: 'window', phase: 'check', title: `See that ${source} can be restored to ${time.rfc3339}`,
      why: 'Backups are kept for as many days as the server says, and the newest is some minutes behind the present.',
      commands: [
        az(settings, server('show', ...at(source), '--query', '{state:state, earliest:backup.earliestRestoreDate, days:backup.backupRetentionDays}', '-o', 'json')),
        shell(`[ -n "$(${ask(settings, server('list', '-g', found.word), `[?name=='${source}' && backup.earliestRestoreDate<='${time.rfc3339.slice(0, -1)}'].name`)})" ] || { echo 'no backup of ${source} reaches back to ${time.rfc3339}' >&2; false; }`),
        shell(`[ "$(date -u +%s)" -ge ${time.epochSeconds + LAG_S} ]`, {wait: {everySeconds: 30, limitSeconds: HOUR_S, what: `logs are backed up beyond ${time.rfc3339} (every 5 minutes, Microsoft)`}}),
      ],
      expect: `An earliest time that is not after ${time.rfc3339}.`,
    }),
    capture(names, step),
    step({
      id: 'copy', phase: 'copy', title: `Restore ${source} into the new server ${target}`,
      why: 'The old server stays as it is. Without --restore-time az would take the present.',
      commands: [
        shell(`${restored}=$(${ask(settings, server('list', '-g', found.word), `[?name=='${target}'].name`)})`, {
          note: `See whether an earlier run of this plan has begun it: nothing else makes a server of this name`,
        }),
        shell(`jq -r '[${RESTORE_TIME(time.rfc3339)}] + (.network | if .delegatedSubnetResourceId then ["--subnet", .delegatedSubnetResourceId, "--private-dns-zone", .privateDnsZoneArmResourceId // .privateDnsZoneResourceId] else [] end) | @sh' ${file('source.json')} \\\n  | xargs -L 1 ${azText(settings, server('restore', ...at(target), '--source-server', source, '--yes', '-o', 'none'))}`, {
          note: 'In the subnet of the old server, where it has one', changes: true, unless: `[ -n "$${restored}" ]`,
        }),
        shell(`[ "$(${ask(settings, server('show', ...at(target)), 'state')})" = Ready ]`, {wait: {everySeconds: 30, limitSeconds: 24 * HOUR_S, what: `${target} is there (state Ready)`}}),
      ],
      expect: `${target} in the state Ready.`,
      undo: `delete the new server: ${remove}`,
      takes: 'minutes to hours, by size and by the logs to replay (Microsoft)',
    }),
    step({
      id: 'in-flight', phase: 'verify-copy', title: `Ask ${target} for transactions that were half done`,
      why: 'At a restore point inside a pause there are none, but for leftovers of earlier crashes, which ScalarDB recovers when they are read.',
      commands: [shell(`${hostName}=$(${host})`), inFlightOrSo(target, inFlight({dialect, host: `"$${hostName}"`, port, database: address?.database}))],
      expect: 'A count of 0 for every table. Other counts are a warning, not an error. User and password come from the environment (PGUSER, PGPASSWORD; ~/.my.cnf).',
      undo: `delete the new server: ${remove}`,
    }),
  ]
  const common = {tools: [AZ, JQ, {name: dialect === 'mysql' ? 'mysql' : 'psql'}], covers: [`every database of the server ${source}`], warnings: []}
  if (mode === 'copy-only') {
    return {...common, leftOut: [], properties: [], steps: [...steps, step({
      id: 'clean-up', phase: 'finish', title: `Delete the rehearsal's server ${target}`, why: 'It is billed like any other.',
      commands: [az(settings, server('delete', ...at(target)), {changes: true})], destructive: true,
    })]}
  }
  return {
    ...common,
    leftOut: [`${title}s come back without some of their settings: ${service.resets}; private endpoints, replicas, administrators of Entra and alerts are those of the old one`],
    properties: [{key: 'scalar.db.contact_points', from: `printf 'jdbc:${address?.dialect ?? dialect}://%s:${port}/%s\\n' "$(${host})" ${quote(address?.database ?? '')}`}],
    steps: [...steps, reapply(names, step), step({
      id: 'clean-up', phase: 'finish', title: `Delete ${source} when the restored server has been accepted`, why: 'Until then it is the way back.',
      commands: [az(settings, server('delete', ...at(source)), {changes: true})], destructive: true,
    })],
  }
}

/** The question is a warning's, so that a server that this machine cannot reach or log in to does not end the restore. */
const inFlightOrSo = (target: string, {shell: text}: Command): Command =>
  shell(`{ ${text}; } || echo 'WARNING: ${target} could not be asked for half-done rows: ask it from where it can be reached' >&2`)

/** Logs are backed up every five minutes; twice that is sure. */
const LAG_S = 600

const RESTORE_TIME = (rfc3339: string) => `"--restore-time", "${rfc3339}"`

interface Names {
  readonly service: Service
  readonly settings: Settings
  readonly source: string
  readonly target: string
  readonly group: Word
  readonly server: (...words: Word[]) => Word[]
  readonly files: string
  readonly targetId: string
}

const fileOf = ({files}: Names) => (name: string): string => `"$${files}/${name}"`

function capture(names: Names, step: (rest: Omit<Step, 'database'>) => Step): Step {
  const {settings, source, group, server} = names
  const file = fileOf(names)
  const save = (name: string, words: Word[], note: string): Command => shell(into(file(name), azText(settings, [...words, '-o', 'json'])), {note, unless: `[ -s ${file(name)} ]`})
  return step({
    id: 'capture', phase: 'capture', title: `Note how ${source} is set up`,
    why: 'The restore is told its subnet from these notes, and what it does not carry over is put back from them.',
    commands: [
      save('source.json', server('show', '-g', group, '-n', source), 'The server itself'),
      save('parameters.json', server('parameter', 'list', '-g', group, '-s', source), 'Its parameters'),
    ],
    expect: `Two files in ${inside(raw(`"$${names.files}"`))}.`,
  })
}

function reapply(names: Names, step: (rest: Omit<Step, 'database'>) => Step): Step {
  const {service, settings, source, target, group, server, targetId} = names
  const file = fileOf(names)
  const availability = '.highAvailability.mode // "Disabled" | select(. != "Disabled")'
  const on = service.dialect === 'mysql'
    ? forEach(settings, file('source.json'), `${availability} | ["--high-availability", .]`, server('update', '-g', group, '-n', target, '-o', 'none'))
    : forEach(settings, file('source.json'), `${availability} | {properties: {highAvailability: {mode: .}}} | [tojson]`,
      ['rest', '--method', 'patch', '--url', raw(`"$${targetId}?api-version=${POSTGRESQL_API}"`), '-o', 'none'], {option: '--body'})
  return step({
    id: 'settings', phase: 'settings', title: `Give ${target} the settings of ${source}`,
    why: `A restore leaves some out: ${service.resets}.`,
    commands: [
      shell(`${targetId}=$(${ask(settings, server('show', '-g', group, '-n', target), 'id')})`),
      shell(forEach(settings, file('parameters.json'), '.[] | select(.source == "user-override" and .isReadOnly != true and .isReadOnly != "True") | ["--name", .name, "--value", .value]',
        server('parameter', 'set', '-g', group, '-s', target, '-o', 'none')), {note: 'Parameters that somebody has set', changes: true}),
      shell(forEach(settings, file('source.json'), '["--backup-retention", (.backup.backupRetentionDays | tostring)]',
        server('update', '-g', group, '-n', target, ...service.dialect === 'postgresql' ? ['--yes'] : [], '-o', 'none')), {note: 'Days for which backups are kept', changes: true}),
      shell(forEach(settings, file('source.json'), TAGS, addTags(raw(`"$${targetId}"`)), {option: '--tags'}), {note: 'Tags', changes: true}),
      shell(on, {note: 'High availability, where it was on', changes: true}),
      shell([
        `Compare ${target} with the notes in source.json, and bring back what ${source} had, in the portal or by the commands of the Azure CLI:`,
        '- firewall rules, which are copied: see that they are there',
        '- private endpoints and their DNS records, read replicas, administrators of Entra, alerts, diagnostic settings, locks',
        '- whatever else names the old server: policies, dashboards, Terraform or Bicep (import the new one, or its next run undoes this)',
      ].join('\n'), {byHand: true, note: 'What only you can decide'}),
    ],
    expect: 'Nothing: az prints errors alone. All of it can be run again.',
  })
}
