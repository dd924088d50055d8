import {callOptions, clientOptions, groupOf} from '../azure/arm.ts'
import type {Arm} from '../azure/arm.ts'
import {search, unverified} from '../azure/search.ts'
import type {CheckInput, CheckResult, Finding} from '../types.ts'
import type {Service} from './server.ts'

/** What both services' servers say about themselves. */
interface Server {
  readonly id?: string
  readonly name?: string
  readonly location: string
  readonly state?: string
  readonly fullyQualifiedDomainName?: string
  readonly replicationRole?: string
  readonly backup?: {readonly backupRetentionDays?: number; readonly earliestRestoreDate?: Date}
}

const LAG_SECONDS = 300

/** How far back does the server's point-in-time restore reach? It is always on. */
export async function checkServer(service: Service, input: CheckInput, open?: () => Promise<Arm>): Promise<CheckResult> {
  const {server} = input.settings
  if (!server) return unverified('its name is not known')
  const found = await search(input, `the server ${server}`, async (arm, {id}) => {
    for await (const each of await serversOf(service, arm, id, input.signal)) if (each.name === server) return each
    return undefined
  }, open)
  if ('unverified' in found) return unverified(found.unverified)
  const {resource: {id, location, state, replicationRole, backup}, subscription} = found
  const findings: Finding[] = []
  if (state !== undefined && state !== 'Ready') findings.push({level: 'warning', text: `${server} is ${state}, not Ready`})
  if (replicationRole !== undefined && /replica/i.test(replicationRole)) findings.push({level: 'problem', text: `${server} is a read replica: it has no backup of its own, so point the products at its source`})
  if (!backup?.earliestRestoreDate) findings.push({level: 'problem', text: `${server} has no backup yet: Azure names no earliest time to restore to`})
  const days = backup?.backupRetentionDays
  const group = groupOf(id)
  const failed = findings.some(({level}) => level === 'problem')
  return {
    status: failed ? 'failed' : 'passed',
    summary: failed ? `${server} cannot be restored to a point in time` : `point-in-time restore back to ${backup?.earliestRestoreDate?.toISOString() ?? ''}, ${days ?? '?'} days`,
    findings,
    settings: {subscription: subscription.id, ...group && {'resource-group': group}, location, ...days !== undefined && {'retention-days': String(days)}},
    restorable: {lagSeconds: LAG_SECONDS, ...days !== undefined && {retentionDays: days}},
  }
}

async function serversOf({dialect}: Service, arm: Arm, subscription: string, signal?: AbortSignal): Promise<AsyncIterable<Server>> {
  if (dialect === 'mysql') {
    const {MySQLManagementFlexibleServerClient: Client} = await import('@azure/arm-mysql-flexible')
    return new Client(arm.credential, subscription, clientOptions(arm)).servers.list(callOptions(signal))
  }
  const {PostgreSQLManagementFlexibleServerClient: Client} = await import('@azure/arm-postgresql-flexible')
  const client = new Client(arm.credential, subscription, clientOptions(arm))
  return client.servers.listBySubscription(callOptions(signal))
}
