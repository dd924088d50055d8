import {quote, shell} from '../plan/shell.ts'
import type {Command} from '../plan/model.ts'

/**
 * SQL that writes one SELECT for each transactional table, which counts the rows that are not COMMITTED (tx_state 3, ScalarDB's
 * TransactionState). The coordinator's own table has a column of that name with another meaning, so its namespace is left out.
 */
const postgresql = (leftOut: readonly string[]) => [
  "SELECT format('SELECT %L, count(*) FROM %I.%I WHERE tx_state <> 3', table_schema || '.' || table_name, table_schema, table_name)",
  `FROM information_schema.columns WHERE column_name = 'tx_state' AND table_schema NOT IN (${list(leftOut)}) \\gexec`,
].join('\n')

const mysql = (leftOut: readonly string[]) => [
  "SELECT CONCAT('SELECT ''', table_schema, '.', table_name, ''', COUNT(*) FROM `', table_schema, '`.`', table_name, '` WHERE tx_state <> 3;')",
  `FROM information_schema.columns WHERE column_name = 'tx_state' AND table_schema NOT IN (${list(leftOut)})`,
].join('\n')

const list = (names: readonly string[]) => names.map(name => `'${name.replaceAll("'", "''")}'`).join(', ')

/** How a client of the database is called: the words before the SQL, without a password (PGPASSWORD, ~/.pgpass, MYSQL_PWD, ~/.my.cnf). */
export interface SqlClient {
  readonly dialect: 'postgresql' | 'mysql'
  /** Shell text of the host, quoted: `db.example.com`, `"$(gcloud …)"`. */
  readonly host: string
  readonly port?: string
  readonly database?: string
}

/** Counts half-done rows in every table that can have some; the text goes in by a here document, so that no shell touches it. */
export function inFlight({dialect, host, port, database}: SqlClient, leftOut: readonly string[]): Command {
  const where = port ? ` --port=${port}` : ''
  if (dialect === 'postgresql') {
    return shell(`psql --host=${host}${where}${database ? ` --dbname=${quote(database)}` : ''} --no-align --tuples-only --set=ON_ERROR_STOP=1 <<'SQL'\n${postgresql(leftOut)}\nSQL`)
  }
  const client = `mysql --host=${host}${where} --batch --skip-column-names`
  return shell(`${client} <<'SQL' | ${client}\n${mysql(leftOut)}\nSQL`)
}
