import {constants, createReadStream} from 'node:fs'
import {lstat, open} from 'node:fs/promises'
import {BOUNDS, readBounded} from './bounds.ts'

/**
 * The text of a file, which may be a pipe or a device, as far as it may go.
 * @throws TooLong, and what node:fs fails with, e.g. `code: 'ENOENT'`
 */
export const readText = async (path: string, most: number = BOUNDS.file): Promise<string> =>
  (await readBounded(createReadStream(path) as AsyncIterable<Buffer>, most, path)).toString()

/**
 * The text of a file of our own. What is no regular file is not read, and not even what has taken its place since may keep us waiting.
 * @throws TooLong, and Error otherwise
 */
export async function readRegularText(path: string, most: number): Promise<string> {
  if (!(await lstat(path)).isFile()) throw new Error('it is no regular file')
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
  return (await readBounded(file.createReadStream() as AsyncIterable<Buffer>, most, path)).toString()
}
