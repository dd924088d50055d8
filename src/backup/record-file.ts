import {open, rm} from 'node:fs/promises'
import {CliError, usageError} from '../support/errors.ts'
import {within} from '../support/within.ts'

/** A file that hangs must not hide the result. */
const RELEASE_LIMIT_MS = 1000

/** A file that was asked for by name, empty until the record is written. */
export interface RecordFile {
  readonly path: string
  /** Writes it through to the disk. Where that fails, the file goes: half a record is none. */
  write(text: string): Promise<string>
  /** Removes the file unless something was written. */
  release(): Promise<void>
}

/**
 * Makes the file that `--record` names, so that one which cannot be written is found before the pause. Nothing is overwritten.
 * @throws CliError naming the file
 */
export async function reserveFile(path: string): Promise<RecordFile> {
  const file = await open(path, 'wx', 0o600).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') throw usageError(`--record ${path}: the file is there already, and nothing is overwritten`, 'name another, or - for stdout')
    throw new CliError(`--record ${path}: the record could not be written there: ${(error as Error).message}`, {hints: ['nothing was paused'], cause: error})
  })
  let written = false
  return {
    path,
    async write(text) {
      await file.writeFile(text)
      await file.sync()
      written = true
      return path
    },
    async release() {
      await within(RELEASE_LIMIT_MS, (async () => {
        await file.close()
        if (!written) await rm(path, {force: true})
      })().catch(() => undefined))
    },
  }
}
