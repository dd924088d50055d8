import {quote, shell} from '../plan/shell.ts'
import type {Command} from '../plan/model.ts'

/**
 * SQL that writes one SELECT for each transactional table, which counts the rows that are not COMMITTED (tx_state 3, ScalarDB's
 * TransactionState). The coordinator's own table has a column of that name with another meaning, so its namespace is left out.
 * There is no single quote in it, so that it can stand between two of them in a shell.
 */
const postgresql = (leftOut: readonly string[]) => [
  'SELECT format($$SELECT %L, count(*) FROM %I.%I WHERE tx_state <> 3$$, table_schema || $$.$$ || table_name, table_schema, table_name)',
  `FROM information_schema.columns WHERE column_name = $$tx_state$$ AND table_schema NOT IN (${leftOut.map(name => `$$${plain(name)}$$`).join(', ')}) \\gexec`,
].join('\n')

const mysql = (leftOut: readonly string[]) => [
  'SELECT CONCAT("SELECT \\"", table_schema, ".", table_name, "\\", COUNT(*) FROM `", table_schema, "`.`", table_name, "` WHERE tx_state <> 3;")',
  `FROM information_schema.columns WHERE column_name = "tx_state" AND table_schema NOT IN (${leftOut.map(name => `"${plain(name)}"`).join(', ')});`,
].join('\n')

/** Names of namespaces are words; what else is in one cannot be one. */
const plain = (name: string) => name.replaceAll(/[^\w.-]/g, '')

/** How a client of the database is called: the words before the SQL, without a password (PGPASSWORD, ~/.pgpass, MYSQL_PWD, ~/.my.cnf). */
export interface SqlClient {
  readonly dialect: 'postgresql' | 'mysql'
  /** Shell text of the host, quoted: `db.example.com`, `"$HOST"`. */
  readonly host: string
  readonly port?: string
  readonly database?: string
}

/** Counts half-done rows in every table that can have some. */
export function inFlight({dialect, host, port, database}: SqlClient, leftOut: readonly string[]): Command {
  const where = `--host=${host}${port ? ` --port=${port}` : ''}`
  if (dialect === 'postgresql') {
    return shell(`printf '%s\\n' '${postgresql(leftOut)}' \\\n  | psql ${where}${database ? ` --dbname=${quote(database)}` : ''} --no-align --tuples-only --set=ON_ERROR_STOP=1`)
  }
  const client = `mysql ${where} --batch --skip-column-names --raw`
  return shell(`printf '%s\\n' '${mysql(leftOut)}' \\\n  | ${client} | ${client}`)
}
