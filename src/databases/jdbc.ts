/** A JDBC URL of the usual form, taken apart. Secrets are gone already (discovery/scrub.ts). */
export interface JdbcUrl {
  /** `mysql`, `mariadb`, `postgresql`, `yugabytedb`, `oracle`, `sqlserver`, … */
  readonly dialect: string
  /** The first host; a list of hosts names one database. */
  readonly host?: string
  readonly port?: string
  /** MySQL: the default database; PostgreSQL: the database in which the schemas are. */
  readonly database?: string
}

const USUAL = /^jdbc:(?<dialect>[a-z0-9]+):(?:[a-z0-9+]+:)*\/\/(?<host>\[[^\]]+\]|[^/:,;?]*)(?::(?<port>\d+))?[^/;?]*(?:\/(?<database>[^?;]*))?/i
const DIALECT = /^jdbc:([a-z0-9]+):/i

/** @returns undefined when it is no JDBC URL; without a host when its form is another */
export function parseJdbcUrl(url = ''): JdbcUrl | undefined {
  const dialect = DIALECT.exec(url)?.[1]?.toLowerCase()
  if (dialect === undefined) return undefined
  const {host, port, database} = USUAL.exec(url)?.groups ?? {}
  return {dialect, ...host && {host: host.toLowerCase()}, ...port && {port}, ...database && {database}}
}

/** The same URL with another host, and another port where one is given: what the products' properties say after a restore. */
export function withHost(url: string, host: string, port?: string): string {
  return url.replace(/^(jdbc:[^/]*\/\/)(?:\[[^\]]+\]|[^/:,;?]*)(:\d+)?(?:,[^/;?]*)?/i, (_, scheme: string, old = '') => `${scheme}${host}${port === undefined ? old : `:${port}`}`)
}
