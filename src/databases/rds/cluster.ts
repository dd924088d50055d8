import {fitting, required} from '../settings.ts'
import {inline, raw, shell} from '../../plan/shell.ts'
import {AWS, aws} from '../aws/cli.ts'
import {rdsEndpoint} from './hosts.ts'
import {clusterLook, instanceLook, noteDown, oneValue, succeeds, words} from './looks.ts'
import {CLUSTER_SETTINGS, LONGEST_NAME} from './settings.ts'
import {clientTools, differencesStep, identityStep, inFlightStep, isAvailable, newAddress, stepsOf, windowStep} from './steps.ts'
import type {Command} from '../../plan/model.ts'
import type {Section, SectionInput, Settings} from '../types.ts'

export type ClusterKind = 'aurora' | 'multi-az-cluster'

/** As many readers as an Aurora cluster may have (AWS). */
const MOST_INSTANCES = 16

/** What a restore does not take over, as the source has it (restore.md §8). */
const FLAGS = '(if .IAMDatabaseAuthenticationEnabled then "--enable-iam-database-authentication" else "--no-enable-iam-database-authentication" end), '
  + '(if .CopyTagsToSnapshot then "--copy-tags-to-snapshot" else "--no-copy-tags-to-snapshot" end)'
const SERVERLESS = '.ServerlessV2ScalingConfiguration // empty | "--serverless-v2-scaling-configuration", "MinCapacity=\\(.MinCapacity),MaxCapacity=\\(.MaxCapacity)"'
const STORAGE = '(.StorageType // empty | "--storage-type", .), (.Iops // empty | "--iops", tostring)'

/** Restores a DB cluster at the restore point as a new one (restore.md §8). Aurora's comes without instances; a Multi-AZ DB cluster has its own. */
export function planCluster(kind: ClusterKind, {id, time, runId, settings, storages}: SectionInput): Section {
  const aurora = kind === 'aurora'
  const self = {kind, settings: CLUSTER_SETTINGS}
  const source = required(self, settings, 'cluster')
  const copy = fitting(source, runId, LONGEST_NAME)
  const resource = settings['deleted'] === 'true' ? required(self, settings, 'resource-id') : undefined
  const endpoint = storages[0] && rdsEndpoint(storages[0])
  const look = clusterLook(settings)
  const values = aurora ? auroraValues(id, source, settings) : multiAzValues(id, source, settings)
  const {subnets, groups, parameters, flags, engine} = values
  const window = resource
    ? automated(settings, resource, '', 'json')
    : look(source, '{earliest:EarliestRestorableTime,latest:LatestRestorableTime,retention:BackupRetentionPeriod,engine:Engine}', 'json')
  const step = stepsOf(id)
  const own = 'class' in values ? ['--db-cluster-instance-class', raw(`"$${values.class.name}"`), raw(`"\${${values.storage.name}[@]}"`)] : [raw(`"\${${values.serverless.name}[@]}"`)]
  return {
    tools: [AWS, ...clientTools(endpoint)],
    covers: [`the whole cluster ${source}, every database in it`],
    leftOut: [],
    warnings: [],
    properties: [newAddress(look(copy, 'Endpoint'), endpoint)],
    steps: [
      identityStep(step, settings),
      windowStep(step, source, time.rfc3339, window, resource ? automated(settings, resource, '.LatestTime', 'text') : look(source, 'LatestRestorableTime')),
      step({
        id: 'settings', phase: 'capture', title: `Note how ${source} is set up`,
        why: 'A restored cluster gets defaults for what is not passed: security groups, parameter group, no protection.',
        commands: [
          ...resource ? [] : [noteDown(source, look(source, '', 'json'))],
          ...resource || !aurora ? [] : [noteDown(`${source}-instances`, aws(settings, 'rds', ['describe-db-instances', '--filters', `Name=db-cluster-id,Values=${source}`, '--query', 'DBInstances', '--output', 'json']))],
          ...Object.values(values).map(({assign}) => assign),
          shell(aurora
            ? `[[ "$${engine.name}" = aurora* ]] || { echo "${source} is $${engine.name}, no Aurora: print the plan again with --database kind=multi-az-cluster,cluster=${source}" >&2; false; }`
            : `[[ "$${engine.name}" != aurora* ]] || { echo "${source} is $${engine.name}: print the plan again with --database kind=aurora,cluster=${source}" >&2; false; }`),
        ],
        expect: resource ? 'No output: the values come from the record.' : `A file ${source}.json with the settings.`,
      }),
      step({
        id: 'copy', phase: 'copy', title: `Restore ${source} at the restore point as ${copy}`,
        why: `A new cluster; the source stays as it is, and is the way back.${aurora ? ' It comes without instances, which can be made only when it is available; as many as the record has, else one.' : ''}`,
        commands: [
          aws(settings, 'rds', [
            'restore-db-cluster-to-point-in-time', ...resource ? ['--source-db-cluster-resource-id', resource] : ['--source-db-cluster-identifier', source],
            '--db-cluster-identifier', copy, ...aurora ? ['--restore-type', 'full-copy'] : [], '--restore-to-time', time.rfc3339,
            '--db-subnet-group-name', raw(`"$${subnets.name}"`), '--vpc-security-group-ids', raw(`"\${${groups.name}[@]}"`),
            '--db-cluster-parameter-group-name', raw(`"$${parameters.name}"`), ...own, raw(`"\${${flags.name}[@]}"`), '--deletion-protection',
          ], {unless: succeeds(look(copy, 'Status')), changes: true}),
          isAvailable(look(copy, 'Status'), copy),
          ...aurora && 'type' in values ? instanceCommands(copy, settings, {type: values.type.name, engine: engine.name}) : [],
        ],
        expect: `${copy}${aurora ? ' and its instances are' : ' is'} available.`,
        undo: `Take the deletion protection off ${copy}, delete its instances and then it; nothing else has changed.`,
        takes: 'minutes to hours, by size and by the log that has to be applied (AWS)',
      }),
      inFlightStep(step, id, copy, look(copy, 'Endpoint'), endpoint),
      differencesStep(step, source, copy, resource ? undefined : look(copy, '', 'json')),
      ...resource ? [] : [step({
        id: 'clean-up', phase: 'finish', title: `Delete ${source} when the restored database has been accepted`,
        why: 'Until then it is the way back. To keep the old address instead, rename both: modify-db-cluster --new-db-cluster-identifier.',
        commands: [
          ...aurora ? [shell(`for INSTANCE in $(${inline(look(source, 'DBClusterMembers[].DBInstanceIdentifier'))}); do\n  ${inline(aws(settings, 'rds', ['delete-db-instance', '--db-instance-identifier', raw('"$INSTANCE"')]))}\ndone`, {changes: true})] : [],
          aws(settings, 'rds', ['delete-db-cluster', '--db-cluster-identifier', source, '--final-db-snapshot-identifier', fitting(source, `${runId}-last`, 255)], {changes: true}),
        ],
        destructive: true,
      })],
    ],
  }

  function automated(of: Settings, cluster: string, query: string, output: string): Command {
    return aws(of, 'rds', ['describe-db-cluster-automated-backups', '--db-cluster-resource-id', cluster, '--query', `DBClusterAutomatedBackups[0].RestoreWindow${query}`, '--output', output])
  }

  function instanceCommands(cluster: string, of: Settings, {type, engine: engineName}: {type: string; engine: string}): Command[] {
    const asked = instanceLook(of)
    const count = Math.min(Number(of['instances'] ?? 1), MOST_INSTANCES)
    return Array.from({length: count}, (_, i) => fitting(source, `${runId}-${i + 1}`, LONGEST_NAME)).flatMap(name => [
      aws(of, 'rds', ['create-db-instance', '--db-cluster-identifier', cluster, '--db-instance-identifier', name, '--engine', raw(`"$${engineName}"`), '--db-instance-class', raw(`"$${type}"`)],
        {unless: succeeds(asked(name, 'DBInstanceStatus')), changes: true}),
      isAvailable(asked(name, 'DBInstanceStatus'), name),
    ])
  }
}

/** As the source has them; where it is gone, as the record has. */
function commonValues(kind: ClusterKind, id: string, source: string, settings: Settings) {
  const gone = settings['deleted'] === 'true'
  const given = (name: string) => gone ? required({kind, settings: CLUSTER_SETTINGS}, settings, name) : undefined
  return {
    engine: oneValue(id, 'engine', given('engine'), source, '.Engine'),
    subnets: oneValue(id, 'subnet group', given('subnet-group'), source, '.DBSubnetGroup'),
    groups: words(id, 'security groups', given('security-groups')?.split(','), source, '.VpcSecurityGroups[].VpcSecurityGroupId'),
    parameters: oneValue(id, 'parameter group', given('parameter-group'), source, '.DBClusterParameterGroup'),
    flags: words(id, 'flags', gone ? ['--copy-tags-to-snapshot'] : undefined, source, FLAGS),
  }
}

function auroraValues(id: string, source: string, settings: Settings) {
  const gone = settings['deleted'] === 'true'
  return {
    ...commonValues('aurora', id, source, settings),
    type: oneValue(id, 'class', gone ? required({kind: 'aurora', settings: CLUSTER_SETTINGS}, settings, 'class') : undefined, `${source}-instances`, '.[0].DBInstanceClass'),
    serverless: words(id, 'serverless', gone ? [] : undefined, source, SERVERLESS),
  }
}

function multiAzValues(id: string, source: string, settings: Settings) {
  const gone = settings['deleted'] === 'true'
  return {
    ...commonValues('multi-az-cluster', id, source, settings),
    class: oneValue(id, 'class', gone ? required({kind: 'multi-az-cluster', settings: CLUSTER_SETTINGS}, settings, 'class') : undefined, source, '.DBClusterInstanceClass'),
    storage: words(id, 'storage', gone ? [] : undefined, source, STORAGE),
  }
}
