import {az} from '../azure/az.ts'
import type {Database} from '../types.ts'
import {checkCosmos} from './check.ts'
import {plan} from './plan.ts'
import {KIND, RETENTION_DAYS, SETTINGS} from './settings.ts'

/** Continuous backup is some minutes behind (Microsoft: taken every 100 s, the newest restorable moment within a few hundred). */
const LAG_SECONDS = 600

export const cosmosdb: Database = {
  kind: KIND,
  title: 'Azure Cosmos DB for NoSQL',
  settings: SETTINGS,
  recognise({storage, contactPoints, metadataNamespace}) {
    if (storage !== 'cosmos') return undefined
    const host = contactPoints && URL.canParse(contactPoints) ? new URL(contactPoints).hostname : undefined
    const account = host && PUBLIC.exec(host)?.[1]
    return {
      key: host ?? '',
      settings: {
        ...host && contactPoints && {uri: contactPoints},
        ...account && {account},
        ...metadataNamespace && {'metadata-database': metadataNamespace},
      },
    }
  },
  name: ({account, uri}) => `Azure Cosmos DB account ${account ?? uri ?? '(unknown)'}`,
  time: ({rfc3339}) => rfc3339,
  restorable: ({tier = ''}) => ({lagSeconds: LAG_SECONDS, ...RETENTION_DAYS[tier] && {retentionDays: RETENTION_DAYS[tier]}}),
  clock: ({uri}) => uri,
  check: input => checkCosmos(input),
  checkByHand(settings) {
    const {account, 'resource-group': group} = settings
    const look = '{backup:backupPolicy.type, tier:backupPolicy.continuousModeProperties.tier, consistency:consistencyPolicy.defaultConsistencyLevel, writesInManyRegions:enableMultipleWriteLocations}'
    if (!account) return [az(settings, ['cosmosdb', 'list', '-o', 'table'], {note: 'Find the account'})]
    return [
      az(settings, group ? ['cosmosdb', 'show', '-g', group, '-n', account, '--query', look, '-o', 'json'] : ['cosmosdb', 'list', '--query', `[?name=='${account}'].${look}`, '-o', 'json'],
        {note: 'Continuous backup, Strong or BoundedStaleness, and no writes in many regions'}),
      az(settings, ['cosmosdb', 'restorable-database-account', 'list', '--account-name', account, '--query', '[].{instance:name, created:creationTime, oldest:oldestRestorableTime}', '-o', 'table']),
    ]
  },
  plan,
}

/** Public addresses in Azure's clouds; a regional one (`account-region.…`) looks like an account of its own. */
const PUBLIC = /^([a-z0-9][a-z0-9-]{1,42}[a-z0-9])\.documents\.azure\.(?:com|cn|us)$/i
