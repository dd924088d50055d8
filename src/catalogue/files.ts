import {readdir, stat} from 'node:fs/promises'
import {join} from 'node:path'
import {BOUNDS} from '../support/bounds.ts'
import {readText} from '../support/files.ts'
import type {Copy, Look} from './types.ts'

/** The directory of the records that `backup` keeps for this user. */
export const recordDirectory = (stateDir: string): string => join(stateDir, 'restore-points')

/** The records of this user on this machine. Never throws: what cannot be read is a warning. */
export async function lookAtFiles(stateDir: string | undefined): Promise<Look> {
  if (stateDir === undefined) return {copies: [], warnings: ['no records of this machine: this user has no home directory; set XDG_STATE_HOME']}
  const directory = recordDirectory(stateDir)
  try {
    const names = (await readdir(directory)).filter(name => name.endsWith('.json') && !name.startsWith('.')).toSorted()
    const looks = await Promise.all(names.map(name => copyOf(join(directory, name))))
    return {copies: looks.flatMap(look => look.copies), warnings: looks.flatMap(look => look.warnings)}
  } catch (error) {
    return {copies: [], warnings: codeOf(error) === 'ENOENT' ? [] : [`the records in ${directory} cannot be read: ${(error as Error).message}`]}
  }
}

async function copyOf(path: string): Promise<Look> {
  try {
    // A pipe without a writer would be waited for.
    if (!(await stat(path)).isFile()) throw new Error('it is no file')
    const copy: Copy = {place: {kind: 'File', path}, text: await readText(path, BOUNDS.record)}
    return {copies: [copy], warnings: []}
  } catch (error) {
    return {copies: [], warnings: [`skipped: ${path} cannot be read: ${(error as Error).message}`]}
  }
}

const codeOf = (error: unknown) => error instanceof Error && 'code' in error ? error.code : undefined
