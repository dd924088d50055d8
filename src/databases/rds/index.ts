import {inline, shell} from '../../plan/shell.ts'
import {planCluster} from './cluster.ts'
import {rdsEndpoint} from './hosts.ts'
import {planInstance} from './instance.ts'
import {clusterLook, instanceLook} from './looks.ts'
import {CLUSTER_SETTINGS, INSTANCE_SETTINGS} from './settings.ts'
import type {Command} from '../../plan/model.ts'
import type {Database, Settings} from '../types.ts'
import type {ClusterKind} from './cluster.ts'
import type {RdsKind} from './check.ts'

/** LatestRestorableTime is typically within the last five minutes (Amazon RDS). */
const LAG_SECONDS = 300

const check = (kind: RdsKind): Database['check'] => async input => {
  const [{checkRds}, {openRds}] = await Promise.all([import('./check.ts'), import('./api.ts')])
  return checkRds(kind, input, openRds)
}

const common: Pick<Database, 'time' | 'restorable'> = {
  time: ({rfc3339}) => rfc3339,
  restorable: () => ({lagSeconds: LAG_SECONDS}),
}

/** One DB instance: its endpoint has the instance's own name. */
export const rds: Database = {
  ...common,
  kind: 'rds',
  title: 'Amazon RDS',
  settings: INSTANCE_SETTINGS,
  recognise(storage) {
    const endpoint = rdsEndpoint(storage)
    return endpoint?.kind === 'instance'
      ? {key: `${endpoint.region}/${endpoint.name}`, settings: {instance: endpoint.name, region: endpoint.region}}
      : undefined
  },
  name: ({instance, region}) => `Amazon RDS instance ${instance ?? '(unknown)'}${region ? ` in ${region}` : ''}`,
  check: check('rds'),
  checkByHand: settings => byHand(settings, settings['instance'], instance =>
    instanceLook(settings)(instance, '{retention:BackupRetentionPeriod,latest:LatestRestorableTime,status:DBInstanceStatus}', 'json')),
  plan: planInstance,
}

/** Amazon Aurora. The endpoint of a Multi-AZ DB cluster looks the same; the check, or the plan's first look, tells them apart. */
export const aurora: Database = {
  ...cluster('aurora', 'Amazon Aurora'),
  recognise(storage) {
    const endpoint = rdsEndpoint(storage)
    return endpoint?.kind === 'cluster'
      ? {key: `${endpoint.region}/${endpoint.name}`, settings: {cluster: endpoint.name, region: endpoint.region}}
      : undefined
  },
  check: check('aurora'),
  plan: input => planCluster(input.settings['engine'] && !input.settings['engine'].startsWith('aurora') ? 'multi-az-cluster' : 'aurora', input),
}

/** A Multi-AZ DB cluster of RDS, by `--database kind=multi-az-cluster` or once a check has seen its engine. */
export const multiAzCluster: Database = {
  ...cluster('multi-az-cluster', 'Amazon RDS Multi-AZ DB cluster'),
  recognise: () => undefined,
  check: check('multi-az-cluster'),
  plan: input => planCluster('multi-az-cluster', input),
}

function cluster(kind: ClusterKind, title: string): Omit<Database, 'recognise' | 'plan' | 'check'> {
  return {
    ...common,
    kind,
    title,
    settings: CLUSTER_SETTINGS,
    name: ({cluster: name, region}) => `${title} ${kind === 'aurora' ? 'cluster ' : ''}${name ?? '(unknown)'}${region ? ` in ${region}` : ''}`,
    checkByHand: settings => byHand(settings, settings['cluster'], name =>
      clusterLook(settings)(name, '{retention:BackupRetentionPeriod,earliest:EarliestRestorableTime,latest:LatestRestorableTime,engine:Engine}', 'json')),
  }
}

/** Where the endpoint does not tell which one it is, the user is shown how to see. */
function byHand(settings: Settings, name: string | undefined, look: (name: string) => Command): Command[] {
  return name ? [look(name)] : [shell(inline({shell: `aws rds describe-db-instances${settings['region'] ? ` --region ${settings['region']}` : ''} --query 'DBInstances[].[DBInstanceIdentifier,Endpoint.Address,BackupRetentionPeriod]' --output table`}))]
}
