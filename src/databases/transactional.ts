/**
 * SQL that says how many rows of each transactional table are half-done: ScalarDB keeps a row's state in its column tx_state, and 3
 * is committed (restore.md: TransactionState). Tables of coordinator and metadata have no tx_version, and are none of these; rows of
 * imported tables that ScalarDB has not written have no state (NULL), and count as committed.
 */
const TABLES = `  FROM information_schema.columns AS state JOIN information_schema.columns AS version USING (table_schema, table_name)
  WHERE state.column_name = 'tx_state' AND version.column_name = 'tx_version'
  ORDER BY table_schema, table_name`

/** For psql, which runs what the query makes. */
export const UNFINISHED_POSTGRESQL = `SELECT format('SELECT %L, count(*) FROM %I.%I WHERE tx_state <> 3',
    table_schema || '.' || table_name, table_schema, table_name)
${TABLES}
\\gexec`

/** For mysql and mariadb: what it prints has to be run. */
export const UNFINISHED_MYSQL = `SELECT CONCAT('SELECT ', QUOTE(CONCAT(table_schema, '.', table_name)), ', COUNT(*) FROM \`',
    REPLACE(table_schema, '\`', '\`\`'), '\`.\`', REPLACE(table_name, '\`', '\`\`'), '\` WHERE tx_state <> 3;')
${TABLES}`

/** Shows the counts, and says it aloud when one is not 0. Rows of an old crash may remain, so that it is no failure. */
export const warnOfUnfinished = (separator: string): string =>
  `awk -F '${separator}' '{print; n += $2} END {if (n) print "WARNING: " n " rows are not committed: was the restore point inside a pause?"}'`
