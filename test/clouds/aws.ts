import {spawn} from 'node:child_process'
import {chmod, mkdir, mkdtemp, rm, symlink, writeFile} from 'node:fs/promises'
import {existsSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {start} from '../cluster/processes.ts'
import {quote} from '../../src/plan/shell.ts'
import {awsClient, awsCommands, python} from './tools.ts'

/** Which `aws` a script finds: the real CLIs, or v1 loaded once and forked for every call. */
export type AwsKind = 'v1' | 'v2' | 'warm'

/** An `aws` command in a folder of its own, for the front of PATH. */
export interface Aws {
  readonly folder: string
  /** What it needs beside the endpoint and credentials. */
  readonly env: Readonly<Record<string, string>>
  /** Resolves when none of its calls is under way: after a kill, nothing of the dead acts any more. */
  idle(): Promise<void>
  stop(): Promise<void>
}

/** @param url where every call goes: the v2 that Debian has does not know AWS_ENDPOINT_URL */
export async function provideAws(kind: AwsKind, url: string): Promise<Aws> {
  const root = await mkdtemp(join(tmpdir(), 'aws-'))
  const folder = join(root, 'bin')
  await mkdir(folder)
  const remove = () => rm(root, {recursive: true, force: true})
  if (kind === 'warm') return warm(root, folder, remove)
  const words = (await awsCommands())[kind]
  if (!words) throw new Error('AWS CLI v2 is not installed: apt-get install awscli')
  const file = join(folder, 'aws')
  await writeFile(file, `#!/bin/sh\nexec ${words.map(quote).join(' ')} --endpoint-url ${url} "$@"\n`)
  await chmod(file, 0o755)
  return {folder, env: {}, idle: () => Promise.resolve(), stop: remove}
}

async function warm(root: string, folder: string, remove: () => Promise<void>): Promise<Aws> {
  const socket = join(root, 'socket')
  await symlink(await awsClient(), join(folder, 'aws'))
  const server = start(await python(), [join(import.meta.dirname, 'aws/warm.py'), socket], join(root, 'log'), {AWS_CONFIG_FILE: join(root, 'none')})
  await server.ready(() => Promise.resolve(existsSync(socket)), 60_000)
  const env = {WARM_AWS: socket}
  return {
    folder, env,
    idle: () => new Promise((resolve, reject) => {
      const client = spawn(join(folder, 'aws'), ['--wait-for-all'], {env, stdio: 'inherit'})
      client.once('error', reject)
      client.once('exit', code => code === 0 ? resolve() : reject(new Error(`the warm CLI ended with ${code}`)))
    }),
    async stop() {
      await server.stop(500)
      await remove()
    },
  }
}
