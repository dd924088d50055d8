const KIB = 1024
const MIB = 1024 * KIB

/**
 * The most that a peer, a program or a file may hand over, in bytes; what is longer is refused with an error that says whose it
 * is. Each lies far above anything honest, and low enough that nobody can fill this machine's memory while something is paused.
 */
export const BOUNDS = {
  /** A list with all its pages: ten thousand pods have about 100 MiB. */
  list: 256 * MIB,
  /** Pages have 500 objects; without this one, a server that always knows another page would never end. */
  listPages: 1000,
  /** One object: etcd takes 1.5 MiB, which JSON may triple. */
  object: 8 * MIB,
  /** One line of a watch: an object, and a little around it. */
  watchLine: 8 * MIB,
  /** An answer that is not 2xx: a Status, or the page of a proxy. */
  refusal: 64 * KIB,
  /** One message of a tunnel: the API server copies 32 KiB at a time. */
  tunnelMessage: 4 * MIB,
  /** One answer of the admin API: a boolean. */
  adminAnswer: 64 * KIB,
  /** What an identity provider answers. */
  identityAnswer: MIB,
  /** What an exec plugin prints: a token, or a certificate and its key. */
  pluginOutput: MIB,
  /** What an exec plugin says beside, where it goes to the user. */
  pluginWords: 64 * KIB,
  /** Files that a user names: a kubeconfig of a thousand clusters has 5 MiB, a CA bundle 300 KiB. */
  file: 16 * MIB,
  /** A record: a ConfigMap takes 1 MiB. */
  record: 16 * MIB,
} as const

/** `256 MiB`, for messages. */
export const sizeText = (bytes: number): string => bytes >= MIB ? `${Math.floor(bytes / MIB)} MiB` : bytes >= KIB ? `${Math.floor(bytes / KIB)} KiB` : `${bytes} bytes`

/** Something was longer than it may be. */
export class TooLong extends Error {
  /** @param what whose it is: `the answer of …`, `the file` */
  constructor(what: string, most: number) {
    super(`${what} is longer than ${sizeText(most)}, which is the most that is taken`)
    this.name = 'TooLong'
  }
}

/**
 * A stream's bytes together, as far as they may go; the stream is destroyed where they go on.
 * @throws TooLong, and what the stream fails with
 */
export async function readBounded(stream: AsyncIterable<Buffer | string>, most: number, what: string): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of stream) {
    const bytes = Buffer.from(chunk)
    size += bytes.length
    if (size > most) throw new TooLong(what, most)
    chunks.push(bytes)
  }
  return Buffer.concat(chunks)
}
