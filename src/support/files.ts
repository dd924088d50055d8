import {createReadStream} from 'node:fs'
import {BOUNDS, readBounded} from './bounds.ts'

/**
 * The text of a file, which may be a pipe or a device, as far as it may go.
 * @throws TooLong, and what node:fs fails with, e.g. `code: 'ENOENT'`
 */
export const readText = async (path: string, most: number = BOUNDS.file): Promise<string> =>
  (await readBounded(createReadStream(path) as AsyncIterable<Buffer>, most, path)).toString()
