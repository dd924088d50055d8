import {GCLOUD, gcloud, identity, reached} from '../gcloud.ts'
import {inFlight} from '../in-flight.ts'
import {jdbcAddress} from '../jdbc.ts'
import {fitting, required} from '../settings.ts'
import {inline, outputOf, quote, shell, variable} from '../../plan/shell.ts'
import {KIND} from './settings.ts'
import type {Section, SectionInput} from '../types.ts'
import type {Step} from '../../plan/model.ts'

const LONGEST_NAME = 98
const HOURS_S = 24 * 3600

/** Clones the instance as it was at the restore point into a new one (restore.md §10); the source is not touched. */
export function plan({id, time, runId, settings, storages}: SectionInput): Section {
  const source = required(KIND, settings, 'instance')
  const copy = fitting(source, runId, LONGEST_NAME)
  const of = (instance: string, format: string) => gcloud(settings, ['sql', 'instances', 'describe', instance, `--format=${format}`])
  const latest = gcloud(settings, ['sql', 'instances', 'get-latest-recovery-time', source, '--format=value(latestRecoveryTime)'])
  const address = of(copy, 'value(ipAddresses[0].ipAddress)')
  const {dialect = 'postgresql', hosts = [], database} = storages[0] && jdbcAddress(storages[0]) || {}
  const port = hosts[0]?.port
  const [zones, host] = [variable(id, 'availability'), variable(id, 'host')]
  const step = (rest: Omit<Step, 'database'>): Step => ({database: id, ...rest, id: `${id}.${rest.id}`})
  return {
    tools: [GCLOUD],
    covers: [`the whole instance ${source}`],
    leftOut: [],
    warnings: [],
    properties: [{
      key: 'scalar.db.contact_points',
      from: `printf 'jdbc:${dialect}://%s${port ? `:${port}` : ''}/%s\\n' ${outputOf(address).raw} ${quote(database ?? '')}`,
    }],
    steps: [
      step({
        id: 'identity', phase: 'prepare', title: 'See who is logged in to Google Cloud, and in which project',
        why: 'A clone lies in the project of its source; another project has another instance of that name, or none.',
        commands: identity(settings), expect: 'The account and the project that you mean.',
      }),
      step({
        id: 'window', phase: 'check', title: `See that ${source} can be recovered to the restore point`,
        why: 'Point-in-time recovery works from logs that are kept for some days, and reaches nearly to the present.',
        commands: [
          gcloud(settings, ['sql', 'instances', 'describe', source, '--format=yaml(state,databaseVersion,settings.backupConfiguration,settings.availabilityType)']),
          shell(reached(latest, time.rfc3339), {wait: {everySeconds: 30, limitSeconds: 3600, what: `${source} to be recoverable to ${time.rfc3339}`}}),
        ],
        expect: `\`pointInTimeRecoveryEnabled: true\` (MySQL: \`binaryLogEnabled: true\`), and \`transactionLogRetentionDays\` that reach back to ${time.rfc3339}.`,
      }),
      step({
        id: 'settings', phase: 'capture', title: `Note how ${source} is set up`,
        why: 'The clone takes over data and settings, but is one of its own: replicas and alerts are not.',
        commands: [
          shell(`${inline(of(source, 'json'))} > "\${STATE:-.}/${source}.json"`, {unless: `[ -s "\${STATE:-.}/${source}.json" ]`}),
          shell(`${zones}=$(${inline(of(source, 'value(settings.availabilityType)'))})`),
        ],
        expect: `A file ${source}.json with the settings.`,
      }),
      step({
        id: 'copy', phase: 'copy', title: `Clone ${source} at the restore point into ${copy}`,
        why: 'The source stays as it is, so that nothing is lost if the restore point turns out to be the wrong one.',
        commands: [
          gcloud(settings, ['sql', 'instances', 'clone', source, copy, `--point-in-time=${time.rfc3339}`, '--async'], {unless: `${inline(of(copy, 'value(name)'))} >/dev/null 2>&1`, changes: true}),
          shell(`[ ${outputOf(of(copy, 'value(state)')).raw} = RUNNABLE ]`, {wait: {everySeconds: 30, limitSeconds: HOURS_S, what: `${copy} to be RUNNABLE`}}),
        ],
        expect: `${copy} is RUNNABLE.`,
        undo: `Delete the clone: ${inline(gcloud(settings, ['sql', 'instances', 'delete', copy]))}`,
        takes: 'minutes to hours, by the size and the age of the newest backup before the restore point',
      }),
      step({
        id: 'in-flight', phase: 'verify-copy', title: 'Ask the clone for transactions that were half done',
        why: 'At a restore point inside a pause there are none, but for leftovers of earlier crashes, which ScalarDB recovers when they are read.',
        commands: [shell(`${host}=$(${inline(address)})`), inFlight({dialect: dialect === 'postgresql' ? dialect : 'mysql', host: `"$${host}"`, port, database})],
        expect: 'A count of 0 for every table. Other counts are a warning, not an error.',
      }),
      step({
        id: 'high-availability', phase: 'settings', title: `Give ${copy} back what a clone does not have`,
        why: 'A clone has an address of its own, and neither replicas nor alerts.',
        commands: [
          gcloud(settings, ['sql', 'instances', 'patch', copy, {raw: `--availability-type="$${zones}"`}], {changes: true}),
          gcloud(settings, ['sql', 'instances', 'patch', copy, '--deletion-protection'], {changes: true}),
          shell(`Compare with ${source}.json and bring back by hand: read replicas, alerts, authorized networks, private connections of its users.`, {byHand: true}),
        ],
        expect: 'The availability type of the source, and deletion protection.',
      }),
      step({
        id: 'clean-up', phase: 'finish', title: `Delete ${source} when the restored database has been accepted`,
        why: 'Until then it is the way back.',
        commands: [gcloud(settings, ['sql', 'instances', 'delete', source], {changes: true})], destructive: true,
      }),
    ],
  }
}
