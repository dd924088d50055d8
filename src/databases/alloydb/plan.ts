import {GCLOUD, gcloud, identity} from '../gcloud.ts'
import {inFlight} from '../in-flight.ts'
import {jdbcAddress} from '../jdbc.ts'
import {fitting, required} from '../settings.ts'
import {inline, outputOf, quote, shell, variable} from '../../plan/shell.ts'
import {KIND} from './settings.ts'
import type {Section, SectionInput} from '../types.ts'
import type {Step} from '../../plan/model.ts'

const LONGEST_NAME = 63
const HOURS_S = 24 * 3600

/** Restores into a new cluster (restore.md §10), which has no instance until one is made; the source must still exist, and is not touched. */
export function plan({id, time, runId, settings, storages}: SectionInput): Section {
  const source = required(KIND, settings, 'cluster')
  const region = `--region=${required(KIND, settings, 'region')}`
  const copy = fitting(source, runId, LONGEST_NAME)
  const primary = fitting('primary', runId, LONGEST_NAME)
  const [cpus, host] = [variable(id, 'cpus'), variable(id, 'host')]
  const describe = (cluster: string, format: string) => gcloud(settings, ['alloydb', 'clusters', 'describe', cluster, region, `--format=${format}`])
  const instance = (format: string) => gcloud(settings, ['alloydb', 'instances', 'describe', primary, `--cluster=${copy}`, region, `--format=${format}`])
  const {database, hosts = []} = storages[0] && jdbcAddress(storages[0]) || {}
  const port = hosts[0]?.port
  const step = (rest: Omit<Step, 'database'>): Step => ({database: id, ...rest, id: `${id}.${rest.id}`})
  return {
    tools: [GCLOUD],
    covers: [`the whole cluster ${source}`],
    leftOut: [],
    warnings: [`${source} must still exist: AlloyDB restores to a moment from a living cluster only; of a deleted one only its backups can be restored`],
    properties: [{
      key: 'scalar.db.contact_points',
      from: `printf 'jdbc:postgresql://%s${port ? `:${port}` : ''}/%s\\n' ${outputOf(instance('value(ipAddress)')).raw} ${quote(database ?? 'postgres')}`,
    }],
    steps: [
      step({
        id: 'identity', phase: 'prepare', title: 'See who is logged in to Google Cloud, and in which project',
        why: 'Another project has another cluster of that name, or none.', commands: identity(settings), expect: 'The account and the project that you mean.',
      }),
      step({
        id: 'window', phase: 'check', title: `See that ${source} can be recovered to the restore point`,
        why: 'Continuous backup keeps some days, 14 unless told otherwise.',
        commands: [describe(source, 'yaml(state,continuousBackupConfig,continuousBackupInfo,network,networkConfig)')],
        expect: `\`enabled: true\`, and an \`earliestRestorableTime\` that is not after ${time.rfc3339}.`,
      }),
      step({
        id: 'settings', phase: 'capture', title: `Note how ${source} and its instances are set up`,
        why: 'A restored cluster has no instances: their sizes, flags and read pools are not brought back.',
        commands: [
          shell(`${inline(describe(source, 'json'))} > "\${STATE:-.}/${source}.json"`, {unless: `[ -s "\${STATE:-.}/${source}.json" ]`}),
          shell(`${inline(gcloud(settings, ['alloydb', 'instances', 'list', `--cluster=${source}`, region, '--format=json']))} > "\${STATE:-.}/${source}-instances.json"`, {unless: `[ -s "\${STATE:-.}/${source}-instances.json" ]`}),
          shell(`${cpus}=$(${inline(gcloud(settings, ['alloydb', 'instances', 'list', `--cluster=${source}`, region, '--filter=instanceType=PRIMARY', '--format=value(machineConfig.cpuCount)']))})`),
        ],
        expect: `Files ${source}.json and ${source}-instances.json.`,
      }),
      step({
        id: 'copy', phase: 'copy', title: `Restore ${source} at the restore point into ${copy}, and give it an instance`,
        why: 'The source stays as it is. The new cluster lies in the same network unless told otherwise.',
        commands: [
          gcloud(settings, ['alloydb', 'clusters', 'restore', copy, region, `--source-cluster=${source}`, `--point-in-time=${time.rfc3339}`, '--async'], {unless: `${inline(describe(copy, 'value(name)'))} >/dev/null 2>&1`, changes: true}),
          shell(`[ ${outputOf(describe(copy, 'value(state)')).raw} = READY ]`, {wait: {everySeconds: 30, limitSeconds: HOURS_S, what: `${copy} to be READY`}}),
          gcloud(settings, ['alloydb', 'instances', 'create', primary, `--cluster=${copy}`, region, '--instance-type=PRIMARY', {raw: `--cpu-count="$${cpus}"`}, '--async'], {unless: `${inline(instance('value(name)'))} >/dev/null 2>&1`, changes: true}),
          shell(`[ ${outputOf(instance('value(state)')).raw} = READY ]`, {wait: {everySeconds: 30, limitSeconds: 7200, what: `${primary} to be READY`}}),
        ],
        expect: 'Cluster and instance are READY.',
        undo: `Delete the new cluster: ${inline(gcloud(settings, ['alloydb', 'clusters', 'delete', copy, region, '--force']))}`,
        takes: 'minutes to hours, by size',
      }),
      step({
        id: 'in-flight', phase: 'verify-copy', title: 'Ask the new cluster for transactions that were half done',
        why: 'At a restore point inside a pause there are none, but for leftovers of earlier crashes, which ScalarDB recovers when they are read.',
        commands: [shell(`${host}=$(${inline(instance('value(ipAddress)'))})`), inFlight({dialect: 'postgresql', host: `"$${host}"`, port, database})],
        expect: 'A count of 0 for every table. Other counts are a warning, not an error.',
      }),
      step({
        id: 'instances', phase: 'settings', title: `Give ${copy} back what a restore does not bring`,
        why: 'Read pools, database flags, alerts and the backup configuration belong to instances and clusters, not to the data.',
        commands: [shell(`Compare with ${source}.json and ${source}-instances.json, and bring back by hand: database flags, read pools, automated and continuous backup, alerts.`, {byHand: true})],
        expect: 'The new cluster is set up as the old one.',
      }),
      step({
        id: 'clean-up', phase: 'finish', title: `Delete ${source} when the restored database has been accepted`,
        why: 'Until then it is the way back.',
        commands: [gcloud(settings, ['alloydb', 'clusters', 'delete', source, region, '--force'], {changes: true})], destructive: true,
      }),
    ],
  }
}
