import {mkdtempSync} from 'node:fs'
import {readFile} from 'node:fs/promises'
import {join} from 'node:path'
import {start} from './processes.ts'
import type {Database, ScalarDbServer} from './scalardb.ts'
import {scalardbClassPath} from './tools.ts'

/** What `scalardb/Transfers.java` puts into both namespaces together: 200 accounts in each, with 1000 each. */
export const MONEY = 400_000

/** Its schema, for `makeDatabase`. */
export const TRANSFERS_SCHEMA = 'transfers.json'

/** SQL for the money in both namespaces. */
export const SUM = 'SELECT (SELECT sum(balance) FROM bank.account) + (SELECT sum(balance) FROM savings.account)'

/** SQL for the rows that are half-done, without the help of any plan. */
export const PREPARED = 'SELECT (SELECT count(*) FROM bank.account WHERE tx_state <> 3) + (SELECT count(*) FROM savings.account WHERE tx_state <> 3)'

export interface Transfers {
  /** Waits until some more have been committed than now. */
  goesOn(): Promise<void>
  stop(): Promise<void>
}

/** Starts the load, and waits for the first commits. */
export async function startTransfers({dir}: Database, servers: readonly ScalarDbServer[], threads: number): Promise<Transfers> {
  const log = join(mkdtempSync(join(dir, 'transfers-')), 'log')
  const source = join(import.meta.dirname, 'scalardb/Transfers.java')
  const args = ['-XX:+UseSerialGC', '-Xmx256m', '-cp', await scalardbClassPath(), source, threads, ...servers.map(({port}) => port)]
  const program = start('java', args.map(String), log)
  const committed = async () => Number((await readFile(log, 'utf8')).split('\n').filter(line => /^\d+$/.test(line)).at(-1) ?? 0)
  const goesOn = async () => {
    const before = await committed()
    await program.ready(async () => await committed() > before + 10, 60_000)
  }
  await goesOn().catch(async (error: unknown) => {
    await program.stop()
    throw error
  })
  return {goesOn, stop: () => program.stop()}
}
