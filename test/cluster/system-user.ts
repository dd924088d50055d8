import {execFile} from 'node:child_process'
import {chmod, chown} from 'node:fs/promises'
import {promisify} from 'node:util'
import {start, type Program} from './processes.ts'

const run = promisify(execFile)

/** The operating system's user that a database server belongs to: PostgreSQL refuses to be root's, and root is who tests in containers are. */
export interface SystemUser {
  /** What leads to it in front of a command, as words without anything special; empty where this process is not root's. */
  readonly via: string
  /** @returns what it printed. @throws when its exit code is not 0 */
  run(...words: string[]): Promise<string>
  start(words: readonly string[], log: string): Program
  /** Gives it a folder, which everybody may enter. */
  own(folder: string): Promise<void>
}

export async function systemUser(name: string): Promise<SystemUser> {
  const root = process.getuid?.() === 0
  const prefix = root ? ['setpriv', '--reuid', name, '--regid', name, '--init-groups'] : []
  // Changing the user ends the death signal that the first setpriv has set.
  const dying = root ? [...prefix, '--pdeathsig', 'KILL'] : []
  const id = async (flag: string) => Number((await run('id', [flag, name])).stdout)
  return {
    via: prefix.join(' '),
    async run(...words) {
      const [file = '', ...args] = [...prefix, ...words]
      return (await run(file, args, {cwd: '/', maxBuffer: 2 ** 28})).stdout.trim()
    },
    start(words, log) {
      const [file = '', ...args] = [...dying, ...words]
      return start(file, args, log)
    },
    async own(folder) {
      await chmod(folder, 0o755)
      if (root) await chown(folder, await id('-u'), await id('-g'))
    },
  }
}
