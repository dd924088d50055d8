import {chmod, lstat, mkdir, stat} from 'node:fs/promises'

/** For the user alone. */
const PRIVATE = 0o700
const OF_OTHERS = 0o077

/**
 * Makes a directory for this user's state, and those above it that are missing; one that is there already is taken from others.
 * @throws Error when it belongs to another user, or is a link that another user laid
 */
export async function privateDirectory(path: string): Promise<void> {
  await mkdir(path, {recursive: true, mode: PRIVATE})
  // Windows has no such modes; there the user's profile keeps others out.
  if (process.getuid === undefined) return
  const user = process.getuid()
  if (![user, 0].includes((await lstat(path)).uid)) throw new Error(`${path} is a link that another user has laid`)
  const {uid, mode} = await stat(path)
  if (uid !== user) throw new Error(`${path} belongs to another user`)
  if ((mode & OF_OTHERS) !== 0) await chmod(path, PRIVATE)
}
