import {existsSync, readdirSync} from 'node:fs'
import {appendFile, mkdir} from 'node:fs/promises'
import {join} from 'node:path'
import {freePorts, type Program} from './processes.ts'
import {systemUser, type SystemUser} from './system-user.ts'

/** Where Debian has the newest server's programs. */
const BIN = process.env['PG_BIN'] ?? join('/usr/lib/postgresql', newest('/usr/lib/postgresql'), 'bin')

function newest(folder: string): string {
  return existsSync(folder) ? readdirSync(folder).toSorted((a, b) => Number(b) - Number(a))[0] ?? '' : ''
}

/** A real PostgreSQL that archives its WAL, in a folder of its own. */
export interface PostgreSql {
  readonly url: string
  readonly port: number
  readonly bin: string
  readonly user: SystemUser
  /** Of the WAL. */
  readonly archive: string
  /** Its data directory. */
  readonly data: string
  /** One row per line, its columns separated by `|`; from this server, or whatever listens at its port on loopback now. */
  sql(query: string): Promise<string>
  /** A base backup of now, with options of pg_basebackup. */
  baseBackup(into: string, ...options: string[]): Promise<void>
  stop(): Promise<void>
}

/** @param dir an empty folder, for the server alone */
export async function startPostgreSql(dir: string): Promise<PostgreSql> {
  const user = await systemUser('postgres')
  const [port = 0] = await freePorts(1)
  const [data, archive, sockets] = [join(dir, 'data'), join(dir, 'archive'), join(dir, 'sockets')]
  for (const folder of [archive, sockets]) await mkdir(folder)
  for (const folder of [dir, archive, sockets]) await user.own(folder)
  await user.run(`${BIN}/initdb`, '-D', data, '-A', 'trust', '-U', 'postgres', '--no-sync')
  await appendFile(join(data, 'postgresql.conf'), [
    `port = ${port}`, `listen_addresses = '127.0.0.1'`, `unix_socket_directories = '${sockets}'`,
    'fsync = off', 'max_connections = 200', 'archive_mode = on', `archive_command = 'cp %p ${archive}/%f'`, '',
  ].join('\n'))
  const connection = ['-h', '127.0.0.1', '-p', String(port), '-U', 'postgres']
  const sql = (query: string) => user.run(`${BIN}/psql`, '-XAtq', ...connection, '-c', query)
  const program: Program = user.start([`${BIN}/postgres`, '-D', data], join(dir, 'postgresql.log'))
  await program.ready(async () => await sql('SELECT 1') === '1', 30_000)
  return {
    url: `jdbc:postgresql://127.0.0.1:${port}/postgres`, port, bin: BIN, user, archive, data, sql,
    async baseBackup(into, ...options) {
      await user.run(`${BIN}/pg_basebackup`, ...connection, '-D', into, '--checkpoint=fast', ...options)
    },
    async stop() {
      // Without waiting for clients to go.
      program.kill('SIGINT')
      await program.stop(10_000)
    },
  }
}
