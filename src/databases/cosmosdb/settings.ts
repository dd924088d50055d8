import {LOCATION, RESOURCE_GROUP, SUBSCRIPTION} from '../azure/az.ts'
import type {Setting} from '../types.ts'

export const KIND = 'cosmosdb'

const ACCOUNT_NAME = /^[a-z0-9][a-z0-9-]{1,42}[a-z0-9]$/

export const ACCOUNT: Setting = {name: 'account', summary: 'name of the Cosmos DB account', pattern: ACCOUNT_NAME}
export const INSTANCE: Setting = {name: 'instance-id', summary: 'instance ID of the account, which tells it from others of that name', pattern: /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i}

export const SETTINGS: readonly Setting[] = [
  ACCOUNT,
  SUBSCRIPTION,
  RESOURCE_GROUP,
  LOCATION,
  INSTANCE,
  {name: 'uri', summary: 'URI of the account, as scalar.db.contact_points has it', pattern: /^https:\/\/[\w.-]+(?::\d{1,5})?\/?$/},
  {name: 'metadata-database', summary: "database of ScalarDB's own metadata, where it is not scalardb", pattern: /^[\w-]{1,255}$/},
  {name: 'tier', summary: 'tier of the continuous backup', pattern: /^Continuous(?:7|30)Days$/},
  {name: 'target-account', summary: 'name of the account that the restore makes', pattern: ACCOUNT_NAME},
  {name: 'identity', summary: 'resource ID of the user-assigned identity that reads the customer-managed key', pattern: /^\/subscriptions\/[\w/.()-]+$/},
  {name: 'ru', summary: 'request units with which the schema was created', pattern: /^[1-9]\d{2,6}$/},
  {name: 'schema-loader', summary: 'no: stored procedures are copied, and the schema loader is not run', pattern: /^no$/},
]

/** Days for which each tier keeps its backups. */
export const RETENTION_DAYS: Readonly<Record<string, number>> = {Continuous7Days: 7, Continuous30Days: 30}
