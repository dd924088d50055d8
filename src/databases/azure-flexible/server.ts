import {LOCATION, RESOURCE_GROUP, SUBSCRIPTION} from '../azure/az.ts'
import type {Setting} from '../types.ts'

/** What tells the two services apart; everything else is one. */
export interface Service {
  readonly kind: 'azure-mysql' | 'azure-postgresql'
  readonly title: string
  readonly dialect: 'mysql' | 'postgresql'
  /** The group of commands: `az mysql flexible-server`. */
  readonly group: 'mysql' | 'postgres'
  readonly port: string
  /** How the names of its servers end in Azure's clouds. */
  readonly host: RegExp
  /** What a restore resets, beside what both leave out. */
  readonly resets: string
}

export const SERVER: Setting = {name: 'server', summary: 'name of the flexible server', pattern: /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/}

export const SETTINGS: readonly Setting[] = [
  SERVER,
  SUBSCRIPTION,
  RESOURCE_GROUP,
  LOCATION,
  {name: 'retention-days', summary: 'days for which backups are kept', pattern: /^\d{1,2}$/},
  {name: 'target-server', summary: 'name of the server that the restore makes', pattern: SERVER.pattern},
]

export const MYSQL: Service = {
  kind: 'azure-mysql', title: 'Azure Database for MySQL flexible server', dialect: 'mysql', group: 'mysql', port: '3306',
  host: /^([a-z0-9-]+)\.(?:[a-z0-9-]+\.)*mysql\.database\.(?:azure\.com|chinacloudapi\.cn|usgovcloudapi\.net)$/i,
  resets: 'high availability is off, and time_zone is SYSTEM again',
}

export const POSTGRESQL: Service = {
  kind: 'azure-postgresql', title: 'Azure Database for PostgreSQL flexible server', dialect: 'postgresql', group: 'postgres', port: '5432',
  host: /^([a-z0-9-]+)\.(?:[a-z0-9-]+\.)*postgres\.database\.(?:azure\.com|chinacloudapi\.cn|usgovcloudapi\.net)$/i,
  resets: 'high availability is off; a server with public access cannot become a private one, nor the other way round',
}
