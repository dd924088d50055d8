import {open, rm} from 'node:fs/promises'

/** Writes a file of this user's own anew, through to the disk; a link that lies there is not followed. */
export async function writeDurably(path: string, text: string): Promise<void> {
  await rm(path, {force: true})
  const file = await open(path, 'wx', 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Makes the new name survive a power cut; where directories cannot be opened, nothing can be done. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path).catch(() => undefined)
  await directory?.sync().catch(() => undefined)
  await directory?.close()
}
