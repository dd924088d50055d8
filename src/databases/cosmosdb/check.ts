import type {CosmosDBManagementClient, DatabaseAccountGetResults} from '@azure/arm-cosmosdb'
import {callOptions, clientOptions, groupOf} from '../azure/arm.ts'
import type {Arm, Subscription} from '../azure/arm.ts'
import {az} from '../azure/az.ts'
import {azureFailure} from '../azure/failure.ts'
import {search, unverified} from '../azure/search.ts'
import type {CheckInput, CheckResult, Finding, Settings} from '../types.ts'
import {RETENTION_DAYS} from './settings.ts'

/** Is the account in continuous mode, so that it can be restored to any second, and does it work as ScalarDB needs it? */
export async function checkCosmos(input: CheckInput, open?: () => Promise<Arm>): Promise<CheckResult> {
  const {settings, signal, storages} = input
  const {uri, account} = settings
  if (!uri && !account) return unverified('its URI is not known (scalar.db.contact_points)')
  const found = await search(input, `the Cosmos DB account ${account ?? uri}`, async (arm, {id}) => {
    for await (const each of (await clientOf(arm, id)).databaseAccounts.list(callOptions(signal))) if (isMeant(each, settings)) return each
    return undefined
  }, open)
  if ('unverified' in found) return unverified(found.unverified)
  const {arm, subscription, resource} = found
  const facts = factsOf(resource, subscription)
  const containers = await containersOf(await clientOf(arm, subscription.id), facts, input)
  const missing = 'names' in containers ? storages.flatMap(({keeps}) => keeps).filter(keep => !keep.endsWith('*') && !containers.names.some(name => name.startsWith(`${keep}/`))) : []
  const findings: Finding[] = [
    ...problemsOf(resource, facts),
    ...'failure' in containers ? [{level: 'warning', text: `its containers are not known: ${containers.failure}`} as const] : [],
    ...[...new Set(missing)].map(name => ({level: 'warning', text: `there is no database ${name} in ${facts['account']}: is it the right account?`} as const)),
  ]
  const failed = findings.some(({level}) => level === 'problem')
  const days = RETENTION_DAYS[facts['tier'] ?? '']
  const count = 'names' in containers ? `${containers.names.length} containers` : 'containers unknown'
  return {
    status: failed ? 'failed' : 'passed',
    summary: failed ? `account ${facts['account']} cannot be restored to a second, or does not work with ScalarDB`
      : `continuous backup, ${days} days back; consistency ${resource.consistencyPolicy?.defaultConsistencyLevel}; ${count}`,
    findings,
    settings: facts,
    ...'names' in containers && {tables: containers.names},
  }
}

async function clientOf(arm: Arm, subscription: string): Promise<CosmosDBManagementClient> {
  const {CosmosDBManagementClient: Client} = await import('@azure/arm-cosmosdb')
  return new Client(arm.credential, subscription, clientOptions(arm))
}

/** By the URI, which may be that of one of its regions; by the name only where no URI is known. */
function isMeant({name, documentEndpoint, readLocations = [], writeLocations = []}: DatabaseAccountGetResults, {uri, account}: Settings): boolean {
  const host = hostOf(uri)
  if (host === undefined) return name === account
  return [documentEndpoint, ...[...readLocations, ...writeLocations].map(location => location.documentEndpoint)].some(endpoint => hostOf(endpoint) === host)
}

const hostOf = (uri = ''): string | undefined => URL.canParse(uri) ? new URL(uri).hostname : undefined

const DEFAULT_TIER = 'Continuous30Days'

/** What a plan needs on the day when the account is gone. */
function factsOf({id, name, instanceId, backupPolicy, locations = [], location}: DatabaseAccountGetResults, {id: subscription}: Subscription): Settings {
  const group = groupOf(id)
  const writes = locations.find(({failoverPriority}) => failoverPriority === 0)?.locationName ?? location
  const tier = backupPolicy?.type === 'Continuous' ? tierOf(backupPolicy) ?? DEFAULT_TIER : undefined
  return {
    subscription,
    ...name && {account: name},
    ...group && {'resource-group': group},
    ...writes && {location: writes},
    ...instanceId && {'instance-id': instanceId},
    ...tier && {tier},
  }
}

const tierOf = (policy: object): string | undefined => (policy as {continuousModeProperties?: {tier?: string}}).continuousModeProperties?.tier

function problemsOf({backupPolicy, consistencyPolicy, enableMultipleWriteLocations}: DatabaseAccountGetResults, facts: Settings): Finding[] {
  const {account = '', 'resource-group': group = ''} = facts
  const update = (...words: string[]) => az(facts, ['cosmosdb', 'update', '-g', group, '-n', account, ...words]).shell
  const findings: Finding[] = []
  if (backupPolicy?.type !== 'Continuous') {
    const under = backupPolicy?.migrationState?.status === 'InProgress'
    findings.push(under
      ? {level: 'problem', text: `${account}: its backup is being changed to continuous mode; a restore point is restorable only when that is done`}
      : {level: 'problem', text: `${account}: its backup is not in continuous mode (there is no way back from it)`, fix: update('--backup-policy-type', 'Continuous')})
  }
  const level = consistencyPolicy?.defaultConsistencyLevel
  if (level !== 'Strong' && level !== 'BoundedStaleness') {
    findings.push({level: 'problem', text: `${account}: its consistency is ${level ?? 'unknown'}, and ScalarDB needs Strong or BoundedStaleness`, fix: update('--default-consistency-level', 'Strong')})
  }
  if (enableMultipleWriteLocations) {
    findings.push({level: 'problem', text: `${account}: it is written in many regions, and a restore brings back only what its hub region had confirmed`, fix: update('--enable-multiple-write-locations', 'false')})
  }
  return findings
}

/** All containers as `database/container`, by the control plane: that needs no key and no way through the account's firewall. */
async function containersOf(client: CosmosDBManagementClient, facts: Settings, {signal, progress}: CheckInput): Promise<{names: string[]} | {failure: string}> {
  const {account = '', 'resource-group': group = ''} = facts
  const names: string[] = []
  try {
    for await (const {name: database = ''} of client.sqlResources.listSqlDatabases(group, account, callOptions(signal))) {
      for await (const {name: container = ''} of client.sqlResources.listSqlContainers(group, account, database, callOptions(signal))) names.push(`${database}/${container}`)
      progress?.(`${names.length} containers`)
    }
    return {names: names.toSorted()}
  } catch (error) {
    return {failure: azureFailure(error, `list the containers of ${account}`).text}
  }
}
