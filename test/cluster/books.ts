import {execFile} from 'node:child_process'
import {join} from 'node:path'
import {promisify} from 'node:util'
import type {Database} from './scalardb.ts'
import {scalardbClassPath} from './tools.ts'

/** What the load of `startLoad` left in the database. */
export interface Books {
  /** Of all accounts, read in one transaction; the load only moves it. */
  readonly money: number
  /** Transactions that the coordinator knows as committed. */
  readonly committed: number
}

/** Reads a database past its servers, once the load has ended; what it left unfinished is repaired on the way, within half a minute. */
export async function readBooks({dir}: Database): Promise<Books> {
  const program = join(import.meta.dirname, 'scalardb/Books.java')
  const {stdout} = await promisify(execFile)('java', ['-cp', await scalardbClassPath(), program, join(dir, 'database.properties')])
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Books
}
