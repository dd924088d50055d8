import {inFlight} from '../in-flight.ts'
import {inline, outputOf, quote, shell, variable} from '../../plan/shell.ts'
import {identity, notBefore} from '../aws/cli.ts'
import {fileOf} from './looks.ts'
import type {Command, PropertyChange, Step, Tool} from '../../plan/model.ts'
import type {Settings} from '../types.ts'
import type {RdsEndpoint} from './hosts.ts'

const HOUR_S = 3600
export const HOURS_S = 24 * HOUR_S

type Endpoint = RdsEndpoint | undefined
type StepOf = (step: Omit<Step, 'database'>) => Step

/** Steps of one database: their ids begin with its. */
export const stepsOf = (id: string): StepOf => step => ({database: id, ...step, id: `${id}.${step.id}`})

export const identityStep = (of: StepOf, settings: Settings): Step => of({
  id: 'identity', phase: 'prepare', title: 'See which AWS account this is',
  why: 'Another account or region has another database of that name, or none.', commands: [identity(settings)],
  expect: settings['account'] ? `The account ${settings['account']}.` : 'The account that you mean.',
})

export const windowStep = (of: StepOf, source: string, rfc3339: string, window: Command, latest: Command): Step => of({
  id: 'window', phase: 'check', title: `See that ${source} can be restored to the restore point`,
  why: 'Automated backups are kept for some days, and the newest restorable moment lies some minutes back.',
  commands: [window, shell(notBefore(latest, rfc3339), {wait: {everySeconds: 30, limitSeconds: HOUR_S, what: `${source} to be restorable to ${rfc3339}`}})],
  expect: `An earliest time that is not after ${rfc3339}.`,
})

export const isAvailable = (status: Command, name: string): Command =>
  shell(`[ ${outputOf(status).raw} = available ]`, {wait: {everySeconds: 30, limitSeconds: HOURS_S, what: `${name} to be available`}})

export const inFlightStep = (of: StepOf, id: string, copy: string, address: Command, endpoint: Endpoint): Step => of({
  id: 'in-flight', phase: 'verify-copy', title: `Ask ${copy} for transactions that were half done`,
  why: 'At a restore point inside a pause there are none, but for leftovers of earlier crashes, which ScalarDB recovers when they are read.',
  commands: [shell(`${variable(id, 'host')}=$(${inline(address)})`), question(`"$${variable(id, 'host')}"`, endpoint)],
  expect: 'A count of 0 for every table. Other counts are a warning, not an error.',
})

function question(host: string, endpoint: Endpoint): Command {
  const dialect = client(endpoint)
  return dialect
    ? inFlight({dialect, host, port: endpoint?.port, database: endpoint?.database})
    : shell('For every table with columns tx_state and tx_version:\nSELECT COUNT(*) FROM TABLE WHERE tx_state <> 3', {byHand: true})
}

/** Which client asks for half-done rows; for other databases the question is put in words. */
function client(endpoint: Endpoint): 'postgresql' | 'mysql' | undefined {
  if (endpoint?.dialect === 'postgresql') return 'postgresql'
  return endpoint?.dialect === 'mysql' || endpoint?.dialect === 'mariadb' ? 'mysql' : undefined
}

export const clientTools = (endpoint: Endpoint): Tool[] => {
  const dialect = client(endpoint)
  return [{name: 'jq'}, ...dialect ? [{name: dialect === 'postgresql' ? 'psql' : 'mysql'}] : []]
}

export const differencesStep = (of: StepOf, source: string, copy: string, description: Command | undefined): Step => of({
  id: 'differences', phase: 'settings', title: `Give ${copy} back what a restore does not bring`,
  why: 'Read replicas, monitoring, log exports, associated IAM roles, alarms, tags and what others have set up for the old name stay with the source.',
  commands: [
    ...description ? [shell(`diff <(jq -S . ${fileOf(source)}) <(${inline(description)} | jq -S .) || true`)] : [],
    shell(`Bring back by hand what ${description ? 'differs and matters' : 'you know of the source'}: monitoring, log exports, IAM roles, tags; then read replicas and alarms.`, {byHand: true}),
  ],
  expect: description ? 'Differences in names, addresses, times and states only.' : undefined,
})

/** The JDBC URL with the new address, which only AWS knows. */
export const newAddress = (address: Command, endpoint: Endpoint): PropertyChange => ({
  key: 'scalar.db.contact_points',
  from: `printf 'jdbc:${endpoint?.dialect ?? 'postgresql'}://%s${endpoint?.port ? `:${endpoint.port}` : ''}/%s\\n' ${outputOf(address).raw} ${quote(endpoint?.database ?? '')}`,
})
