import {fitting, required} from '../settings.ts'
import {raw} from '../../plan/shell.ts'
import {AWS, aws} from '../aws/cli.ts'
import {rdsEndpoint} from './hosts.ts'
import {instanceLook, noteDown, oneValue, succeeds, words} from './looks.ts'
import {INSTANCE_SETTINGS, LONGEST_NAME} from './settings.ts'
import {clientTools, differencesStep, identityStep, inFlightStep, isAvailable, newAddress, stepsOf, windowStep} from './steps.ts'
import type {Section, SectionInput, Settings} from '../types.ts'

/** Flags that a restore does not take over from its source, as the source has them (restore.md §7). */
const FLAGS = '(if .MultiAZ then "--multi-az" else "--no-multi-az" end), (if .PubliclyAccessible then "--publicly-accessible" else "--no-publicly-accessible" end), '
  + '(if .IAMDatabaseAuthenticationEnabled then "--enable-iam-database-authentication" else "--no-enable-iam-database-authentication" end), '
  + '(if .CopyTagsToSnapshot then "--copy-tags-to-snapshot" else "--no-copy-tags-to-snapshot" end)'

const RDS = {kind: 'rds', settings: INSTANCE_SETTINGS}

/** Restores one DB instance at the restore point as a new one (restore.md §7); the source is not touched. */
export function planInstance({id, time, runId, settings, storages}: SectionInput): Section {
  const source = required(RDS, settings, 'instance')
  const copy = fitting(source, runId, LONGEST_NAME)
  const resource = settings['deleted'] === 'true' ? required(RDS, settings, 'resource-id') : undefined
  const endpoint = storages[0] && rdsEndpoint(storages[0])
  const look = instanceLook(settings)
  const values = valuesOf(id, source, settings)
  const {type, subnets, groups, parameters, options, flags} = values
  const backups = (query: string, output: string) => aws(settings, 'rds', [
    'describe-db-instance-automated-backups', ...resource ? ['--dbi-resource-id', resource] : ['--db-instance-identifier', source],
    '--query', `DBInstanceAutomatedBackups[0].RestoreWindow${query}`, '--output', output,
  ])
  const step = stepsOf(id)
  return {
    tools: [AWS, ...clientTools(endpoint)],
    covers: [`the whole instance ${source}, every database in it`],
    leftOut: ['read replicas: they are made anew from the restored instance'],
    warnings: [],
    properties: [newAddress(look(copy, 'Endpoint.Address'), endpoint)],
    steps: [
      identityStep(step, settings),
      windowStep(step, source, time.rfc3339, backups('', 'json'), resource ? backups('.LatestTime', 'text') : look(source, 'LatestRestorableTime')),
      step({
        id: 'settings', phase: 'capture', title: `Note how ${source} is set up`,
        why: 'A restored instance gets defaults for what is not passed: security groups, parameter group, a single zone, no protection.',
        commands: [...resource ? [] : [noteDown(source, look(source, '', 'json'))], ...Object.values(values).map(({assign}) => assign)],
        expect: resource ? 'No output: the values come from the record.' : `A file ${source}.json with the settings.`,
      }),
      step({
        id: 'copy', phase: 'copy', title: `Restore ${source} at the restore point as ${copy}`,
        why: 'A new instance; the source stays as it is, and is the way back.',
        commands: [
          aws(settings, 'rds', [
            'restore-db-instance-to-point-in-time', ...resource ? ['--source-dbi-resource-id', resource] : ['--source-db-instance-identifier', source],
            '--target-db-instance-identifier', copy, '--restore-time', time.rfc3339,
            '--db-instance-class', raw(`"$${type.name}"`), '--db-subnet-group-name', raw(`"$${subnets.name}"`),
            '--vpc-security-group-ids', raw(`"\${${groups.name}[@]}"`), '--db-parameter-group-name', raw(`"$${parameters.name}"`),
            '--option-group-name', raw(`"$${options.name}"`), raw(`"\${${flags.name}[@]}"`), '--deletion-protection',
          ], {unless: succeeds(look(copy, 'DBInstanceStatus')), changes: true}),
          isAvailable(look(copy, 'DBInstanceStatus'), copy),
        ],
        expect: `${copy} is available.`,
        undo: `Take the deletion protection off ${copy} and delete it; nothing else has changed.`,
        takes: 'minutes to hours, by size and by the log that has to be applied (AWS)',
      }),
      inFlightStep(step, id, copy, look(copy, 'Endpoint.Address'), endpoint),
      differencesStep(step, source, copy, resource ? undefined : look(copy, '', 'json')),
      ...resource ? [] : [step({
        id: 'clean-up', phase: 'finish', title: `Delete ${source} when the restored database has been accepted`,
        why: 'Until then it is the way back. To keep the old address instead, rename both: modify-db-instance --new-db-instance-identifier.',
        commands: [aws(settings, 'rds', ['delete-db-instance', '--db-instance-identifier', source, '--final-db-snapshot-identifier', fitting(source, `${runId}-last`, 255)], {changes: true})],
        destructive: true,
      })],
    ],
  }
}

/** As the source has them; where it is gone, as the record has. */
function valuesOf(id: string, source: string, settings: Settings) {
  const gone = settings['deleted'] === 'true'
  const given = (name: string) => gone ? required(RDS, settings, name) : undefined
  return {
    type: oneValue(id, 'class', given('class'), source, '.DBInstanceClass'),
    subnets: oneValue(id, 'subnet group', given('subnet-group'), source, '.DBSubnetGroup.DBSubnetGroupName'),
    groups: words(id, 'security groups', given('security-groups')?.split(','), source, '.VpcSecurityGroups[].VpcSecurityGroupId'),
    parameters: oneValue(id, 'parameter group', given('parameter-group'), source, '.DBParameterGroups[0].DBParameterGroupName'),
    options: oneValue(id, 'option group', given('option-group'), source, '.OptionGroupMemberships[0].OptionGroupName'),
    flags: words(id, 'flags', gone ? [given('multi-az') === 'true' ? '--multi-az' : '--no-multi-az', '--no-publicly-accessible', '--copy-tags-to-snapshot'] : undefined, source, FLAGS),
  }
}
