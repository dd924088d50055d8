import type {RecordedStorage} from '../backup/restore-point.ts'

/** What a JDBC URL of the kind `jdbc:DIALECT://HOST:PORT,…/DATABASE` says about where a database is. */
export interface JdbcAddress {
  /** `postgresql`, `mysql`, `mariadb`, … */
  readonly dialect: string
  /** Empty when the URL was withheld from the record, or names no host. */
  readonly hosts: ReadonlyArray<{readonly host: string; readonly port?: string}>
  readonly database?: string
}

/** The address of a storage with `scalar.db.storage=jdbc`; undefined for other storages and for what is no JDBC URL. */
export function jdbcAddress({storage, contactPoints = ''}: RecordedStorage): JdbcAddress | undefined {
  const [, dialect, hosts = '', database] = URL.exec(contactPoints) ?? []
  if (storage !== 'jdbc' || !dialect) return undefined
  return {dialect: dialect.toLowerCase(), hosts: hosts.split(',').filter(Boolean).map(hostOf), ...database && {database}}
}

const URL = /^jdbc:([a-z0-9]+):(?:\/\/([^/?;]*)(?:\/([^?;]*))?)?/i

function hostOf(text: string): {host: string; port?: string} {
  const [, host = '', port] = /^(.*?)(?::(\d+))?$/.exec(text.trim()) ?? []
  return {host, ...port && {port}}
}

/** The same URL with another host and port: all its hosts are replaced, since a restored database has no replicas yet. */
export const withAddress = (url: string, host: string, port: string): string =>
  url.replace(/^(jdbc:[a-z0-9]+:)(?:\/\/[^/?;]*)?/i, `$1//${host}:${port}`)

/** The databases that the URLs of these storages name, each once. */
export const databasesOf = (storages: readonly RecordedStorage[]): string[] =>
  [...new Set(storages.flatMap(storage => jdbcAddress(storage)?.database ?? []))]
