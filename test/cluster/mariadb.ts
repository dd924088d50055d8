import {mkdir} from 'node:fs/promises'
import {join} from 'node:path'
import {freePorts, type Program} from './processes.ts'
import {systemUser, type SystemUser} from './system-user.ts'

const SERVER = '/usr/sbin/mariadbd'
const CLIENT = ['mariadb', '--no-defaults', '--protocol=tcp', '-h', '127.0.0.1', '-u', 'root']

const DUMP = ['--all-databases', '--single-transaction', '--master-data=2', '--flush-logs', '--routines', '--events', '--triggers']

/** A real MariaDB with a binary log, in a folder of its own; its root needs no password. */
export interface MariaDb {
  readonly url: string
  readonly port: number
  readonly user: SystemUser
  /** The directory of its binary logs. */
  readonly binlogs: string
  /** One row per line; from this server, or whatever listens at its port on loopback now. */
  sql(query: string): Promise<string>
  /** A dump of now of all databases, with other options of mariadb-dump where they are given. */
  dump(into: string, options?: readonly string[]): Promise<void>
  /** A physical backup of now by mariadb-backup, which is not prepared yet. */
  physicalBackup(into: string): Promise<void>
  /** A server on another data directory at the same address. */
  startOn(data: string): Promise<Program>
  stop(): Promise<void>
  /** After `stop`. */
  start(): Promise<void>
}

/** @param dir an empty folder, for the server alone */
export async function startMariaDb(dir: string): Promise<MariaDb> {
  const user = await systemUser('mysql')
  const [port = 0] = await freePorts(1)
  const [data, binlogs] = [join(dir, 'data'), join(dir, 'binlogs')]
  await mkdir(binlogs)
  for (const folder of [dir, binlogs]) await user.own(folder)
  await user.run('mariadb-install-db', '--no-defaults', `--datadir=${data}`, '--auth-root-authentication-method=normal', '--skip-test-db')
  const client = [...CLIENT, '-P', String(port)]
  const sql = (query: string) => user.run(...client, '--batch', '--skip-column-names', '-e', query)
  const startOn = async (on: string, ...options: string[]) => {
    const program = user.start([
      SERVER, '--no-defaults', `--datadir=${on}`, `--port=${port}`, '--bind-address=127.0.0.1', `--socket=${join(on, 'socket')}`, `--pid-file=${join(on, 'pid')}`,
      '--innodb-flush-log-at-trx-commit=0', ...options,
    ], join(dir, 'mariadb.log'))
    await program.ready(async () => await sql('SELECT 1') === '1', 30_000)
    return program
  }
  const startAgain = () => startOn(data, `--log-bin=${join(binlogs, 'binlog')}`, '--server-id=1')
  let program = await startAgain()
  return {
    url: `jdbc:mysql://127.0.0.1:${port}/`, port, user, binlogs, sql, startOn,
    async dump(into, options = DUMP) {
      await user.run('mariadb-dump', ...client.slice(1), ...options, `--result-file=${into}`)
    },
    async physicalBackup(into) {
      await user.run('mariadb-backup', '--no-defaults', '--backup', `--target-dir=${into}`, `--socket=${join(data, 'socket')}`, '--user=root')
    },
    stop: () => program.stop(10_000),
    async start() {
      program = await startAgain()
    },
  }
}
