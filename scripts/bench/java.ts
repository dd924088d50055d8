import {execFile} from 'node:child_process'
import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {promisify} from 'node:util'
import {scalardbClassPath} from '../../test/cluster/tools.ts'
import type {Usage} from './figures.ts'

const run = promisify(execFile)

/** scalar-admin's own coordinator, over no tunnels: it reaches the servers' ports directly. */
export interface ScalarAdmin {
  /** Pauses, holds, unpauses. @throws when a call failed */
  pauseAndUnpause(ports: readonly number[], holdMs: number): Promise<Usage>
  remove(): Promise<void>
}

/** Compiles the little program around scalar-admin, so that the compiler is not measured. @throws without Java or its jar */
export async function scalarAdmin(): Promise<ScalarAdmin> {
  const jars = await scalardbClassPath()
  const dir = await mkdtemp(join(tmpdir(), 'scalardl-bench-'))
  const remove = () => rm(dir, {recursive: true, force: true})
  try {
    await run('javac', ['-cp', jars, '-d', dir, join(import.meta.dirname, 'Direct.java')])
  } catch (error) {
    await remove()
    throw error
  }
  return {
    async pauseAndUnpause(ports, holdMs) {
      const {stdout} = await run('java', ['-cp', `${dir}:${jars}`, 'Direct', String(holdMs), ...ports.map(String)], {maxBuffer: 64 * 1024 * 1024})
      return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Usage
    },
    remove,
  }
}
