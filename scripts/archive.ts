import {pipeline} from 'node:stream/promises'
import {buffer} from 'node:stream/consumers'
import {gunzipSync, gzipSync} from 'node:zlib'
import {extract, pack} from 'tar-stream'

/** One regular file of an archive; krew refuses everything but files and directories. */
export interface ArchiveFile {
  readonly path: string
  readonly content: Buffer
  readonly executable: boolean
}

const FIXED_TIME = new Date('2020-01-01T00:00:00Z')
const UNKNOWN_SYSTEM = 255

/** A .tar.gz whose bytes depend on nothing but the files: sorted, no owner, one time stamp. */
export async function tarGz(files: readonly ArchiveFile[]): Promise<Buffer> {
  const tar = pack()
  for (const {path, content, executable} of [...files].sort((a, b) => a.path < b.path ? -1 : 1)) {
    tar.entry({name: path, mode: executable ? 0o755 : 0o644, uid: 0, gid: 0, mtime: FIXED_TIME}, content)
  }
  tar.finalize()
  const zipped = gzipSync(await buffer(tar), {level: 6})
  // The one byte of the header that tells on which system it was zipped.
  zipped[9] = UNKNOWN_SYSTEM
  return zipped
}

/** What an archive holds, with the type that tar gives each entry. */
export interface ArchiveEntry extends ArchiveFile {
  readonly type: string
  readonly mode: number
}

/** Reads the entries of a .tar.gz that `wanted` names, in their order. */
export async function readTarGz(archive: Buffer, wanted: (path: string) => boolean = () => true): Promise<ArchiveEntry[]> {
  const entries: ArchiveEntry[] = []
  const tar = extract()
  tar.on('entry', ({name, type, mode}, stream, next) => {
    if (!wanted(name)) {
      stream.on('end', next).resume()
      return
    }
    buffer(stream).then((content) => {
      entries.push({path: name, content, executable: (mode & 0o111) !== 0, type, mode})
      next()
    }, next)
  })
  await pipeline([gunzipSync(archive)], tar)
  return entries
}
