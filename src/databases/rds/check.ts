import {inline} from '../../plan/shell.ts'
import {awsFailure} from '../aws/failure.ts'
import {aws} from '../aws/cli.ts'
import type {DBCluster, DBInstance} from '@aws-sdk/client-rds'
import type {CheckInput, CheckResult, Finding, Settings} from '../types.ts'
import type {RdsAccess, RdsApi} from './api.ts'

export type RdsKind = 'rds' | 'aurora' | 'multi-az-cluster'

const LAG_SECONDS = 300

/** What an instance and a cluster have in common, for a judgement. */
interface Backed {
  readonly name: string
  readonly retentionDays: number
  readonly latest?: Date
  readonly earliest?: Date
  readonly settings: Settings
  readonly fix: string
}

/** Are automated backups on, and how far back do they reach? What a restore has to be told goes into the settings. */
export async function checkRds(kind: RdsKind, {settings, access, signal}: CheckInput, open: (access: RdsAccess) => RdsApi, nowMs = Date.now()): Promise<CheckResult> {
  const name = settings[kind === 'rds' ? 'instance' : 'cluster']
  if (!name) return unverified('the address does not say which database it is')
  const profile = access.awsProfile ?? settings['profile']
  const api = open({region: settings['region'] ?? '', profile, signal})
  const asked = kind === 'rds' ? 'rds:DescribeDBInstances' : 'rds:DescribeDBClusters'
  try {
    const backed = kind === 'rds' ? await ofInstance(api, name, settings) : await ofCluster(api, name, settings)
    return backed ? judge(backed, nowMs) : unverified(`there is no ${name} in ${settings['region']} for these credentials`)
  } catch (error) {
    const failure = awsFailure(error, `${asked} on ${name}`, profile)
    return unverified(failure.kind === 'absent' ? `there is no ${name} in ${settings['region']} for these credentials (another account?)` : failure.text)
  } finally {
    api.close()
  }
}

const unverified = (summary: string): CheckResult => ({status: 'unverified', summary, findings: [], settings: {}})

async function ofInstance(api: RdsApi, name: string, settings: Settings): Promise<Backed | undefined> {
  const found = await api.instance(name)
  if (!found) return undefined
  return {
    name,
    retentionDays: found.BackupRetentionPeriod ?? 0,
    latest: found.LatestRestorableTime,
    // It takes another permission, and is only good to know.
    earliest: await api.earliest(name).catch(() => undefined),
    settings: settingsOf(found),
    fix: inline(aws(settings, 'rds', ['modify-db-instance', '--db-instance-identifier', name, '--backup-retention-period', '7', '--apply-immediately'])),
  }
}

async function ofCluster(api: RdsApi, name: string, settings: Settings): Promise<Backed | undefined> {
  const found = await api.cluster(name)
  if (!found) return undefined
  const members = found.DBClusterMembers ?? []
  const writer = members.find(({IsClusterWriter}) => IsClusterWriter)?.DBInstanceIdentifier
  const type = writer && found.Engine?.startsWith('aurora') ? (await api.instance(writer).catch(() => undefined))?.DBInstanceClass : found.DBClusterInstanceClass
  return {
    name,
    retentionDays: found.BackupRetentionPeriod ?? 0,
    latest: found.LatestRestorableTime,
    earliest: found.EarliestRestorableTime,
    settings: clusterSettings(found, type, members.length),
    fix: inline(aws(settings, 'rds', ['modify-db-cluster', '--db-cluster-identifier', name, '--backup-retention-period', '7', '--apply-immediately'])),
  }
}

const settingsOf = (found: DBInstance): Settings => given({
  'resource-id': found.DbiResourceId,
  engine: found.Engine,
  class: found.DBInstanceClass,
  'subnet-group': found.DBSubnetGroup?.DBSubnetGroupName,
  'security-groups': found.VpcSecurityGroups?.flatMap(({VpcSecurityGroupId}) => VpcSecurityGroupId ?? []).join(','),
  'parameter-group': found.DBParameterGroups?.[0]?.DBParameterGroupName,
  'option-group': found.OptionGroupMemberships?.[0]?.OptionGroupName,
  'multi-az': found.MultiAZ === undefined ? undefined : String(found.MultiAZ),
  account: accountOf(found.DBInstanceArn),
})

const clusterSettings = (found: DBCluster, type: string | undefined, instances: number): Settings => given({
  'resource-id': found.DbClusterResourceId,
  engine: found.Engine,
  class: type,
  'subnet-group': found.DBSubnetGroup,
  'security-groups': found.VpcSecurityGroups?.flatMap(({VpcSecurityGroupId}) => VpcSecurityGroupId ?? []).join(','),
  'parameter-group': found.DBClusterParameterGroup,
  instances: found.Engine?.startsWith('aurora') && instances > 0 ? String(instances) : undefined,
  account: accountOf(found.DBClusterArn),
})

const accountOf = (arn = '') => /^arn:[^:]*:rds:[^:]*:(\d{12}):/.exec(arn)?.[1]

const given = (settings: Readonly<Record<string, string | undefined>>): Settings =>
  Object.fromEntries(Object.entries(settings).flatMap(([name, value]) => value ? [[name, value]] : []))

function judge({name, retentionDays, latest, earliest, settings, fix}: Backed, nowMs: number): CheckResult {
  if (retentionDays === 0) {
    const problem: Finding = {level: 'problem', text: `${name}: automated backups are off (a retention of 0 days), so that there is no point-in-time recovery`, fix}
    return {status: 'failed', summary: 'automated backups are off', findings: [problem], settings}
  }
  if (!latest) return {...unverified(`${name}: no restorable moment yet; its first backup may still be under way`), settings}
  const lagSeconds = Math.max(LAG_SECONDS, Math.ceil((nowMs - latest.getTime()) / 1000))
  const late: Finding[] = lagSeconds > 3 * LAG_SECONDS ? [{level: 'warning', text: `${name}: its newest restorable moment is ${Math.floor(lagSeconds / 60)} minutes old; usually it is 5`}] : []
  return {
    status: 'passed',
    summary: `automated backups reach ${retentionDays} ${retentionDays === 1 ? 'day' : 'days'} back${earliest ? `, now to ${earliest.toISOString().slice(0, 16)}Z` : ''}`,
    findings: late,
    settings,
    restorable: {lagSeconds, retentionDays},
  }
}
