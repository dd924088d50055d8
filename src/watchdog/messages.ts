import type {Readable, Writable} from 'node:stream'
import type {ProcessId} from '../support/process-id.ts'
import type {Whose} from '../protocol/types.ts'

/** What the plugin says to its watchdog after the mandate, one JSON object a line. */
export type ToWatchdog =
  /** Every half second. `sentMs` comes back in the answer; `leaseAgeMs`: how long ago the leases were last known to be ours. */
  | {readonly type: 'beat'; readonly sentMs: number; readonly leaseAgeMs?: number}
  /** All that the watchdog has to know of the servers, by their index: one letter each, as in LETTERS. */
  | {readonly type: 'brief'; readonly known: string; readonly unpausing: boolean}
  | {readonly type: 'disarm'}

/** What the watchdog says. */
export type FromWatchdog =
  | {readonly type: 'ready'; readonly watchdog: ProcessId}
  | {readonly type: 'failed'; readonly reason: string}
  | {readonly type: 'alive'; readonly sentMs: number}
  | {readonly type: 'disarmed'}

/** Longest line that is read; the mandate of a thousand servers takes some MB. */
export const MAX_LINE_BYTES = 64 * 2 ** 20

const LETTERS: Readonly<Record<Whose, string>> = {ours: 'o', open: 'p', theirs: 't', back: 'b'}
const NONE = '-'

/** One letter for each server: a thousand of them fit into any pipe at once. */
export const encodeKnown = (known: ReadonlyArray<Whose | undefined>): string => known.map(whose => whose === undefined ? NONE : LETTERS[whose]).join('')

/** @throws Error for a letter that means nothing */
export function decodeKnown(text: string): Array<Whose | undefined> {
  const meanings = new Map(Object.entries(LETTERS).map(([whose, letter]) => [letter, whose as Whose]))
  return [...text].map(letter => {
    const whose = meanings.get(letter)
    if (whose === undefined && letter !== NONE) throw new Error(`no server is "${letter}"`)
    return whose
  })
}

/** On a pipe with room it leaves at once, in this very call. */
export const say = (stream: Writable, message: ToWatchdog | FromWatchdog, said?: () => void): void => void stream.write(`${JSON.stringify(message)}\n`, said)

/**
 * Hands over every line, in order, and says when the stream has ended, after the last line. What follows a line that is too
 * long is not read any more: `ended` is called with what was wrong.
 */
export function readLines(stream: Readable, line: (text: string) => void, ended: (problem?: string) => void, maxBytes = MAX_LINE_BYTES): void {
  let chunks: Buffer[] = []
  let bytes = 0
  let over = false
  const end = (problem?: string) => {
    if (over) return
    over = true
    chunks = []
    ended(problem)
  }
  /** @returns whether it still fits */
  const take = (piece: Buffer): boolean => {
    chunks.push(piece)
    bytes += piece.length
    if (bytes > maxBytes) end('a line was too long')
    return !over
  }
  stream.on('data', (data: Buffer) => {
    let rest = data
    for (let at = rest.indexOf(10); at >= 0; at = rest.indexOf(10)) {
      if (over || !take(rest.subarray(0, at))) return
      line(Buffer.concat(chunks).toString())
      chunks = []
      bytes = 0
      rest = rest.subarray(at + 1)
    }
    if (!over) take(rest)
  })
  stream.on('error', error => { end(error.message) })
  stream.on('end', () => { end() })
  stream.on('close', () => { end() })
}
