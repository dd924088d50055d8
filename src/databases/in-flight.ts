import {quote, shell} from '../plan/shell.ts'
import {UNFINISHED_MYSQL, UNFINISHED_POSTGRESQL, warnOfUnfinished} from './transactional.ts'
import type {Command} from '../plan/model.ts'

/** How a client of the database is called: where it is, without a password (PGPASSWORD, ~/.pgpass, MYSQL_PWD, ~/.my.cnf). */
export interface SqlClient {
  readonly dialect: 'postgresql' | 'mysql'
  /** Shell text of the host, quoted: `db.example.com`, `"$HOST"`. */
  readonly host: string
  readonly port?: string
  readonly database?: string
}

/** Counts half-done rows in every table that can have some, from this machine. */
export function inFlight({dialect, host, port, database}: SqlClient): Command {
  const where = `--host=${host}${port ? ` --port=${port}` : ''}`
  if (dialect === 'postgresql') {
    const client = `psql ${where}${database ? ` --dbname=${quote(database)}` : ''} --no-psqlrc --no-align --tuples-only --set=ON_ERROR_STOP=1`
    return shell(`printf '%s\\n' ${quote(UNFINISHED_POSTGRESQL)} \\\n  | ${client} \\\n  | ${warnOfUnfinished('|')}`)
  }
  const client = `mysql ${where} --batch --skip-column-names --raw`
  return shell(`printf '%s\\n' ${quote(UNFINISHED_MYSQL)} \\\n  | ${client} \\\n  | ${client} \\\n  | ${warnOfUnfinished('\\t')}`)
}
