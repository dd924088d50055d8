import assert from 'node:assert/strict'
import {PassThrough} from 'node:stream'
import {decodeKnown, encodeKnown, readLines} from '../../src/watchdog/messages.ts'

/** What is read of these chunks. */
async function read(chunks: readonly string[], maxBytes?: number): Promise<string[]> {
  const stream = new PassThrough()
  const seen: string[] = []
  const ended = new Promise<void>(resolve => {
    readLines(stream, line => seen.push(line), problem => {
      seen.push(`end${problem === undefined ? '' : `: ${problem}`}`)
      resolve()
    }, maxBytes)
  })
  for (const chunk of chunks) stream.write(chunk)
  stream.end()
  await ended
  return seen
}

describe('lines of a pipe', () => {
  it('come whole and in order, however they were cut, and the end after them', async () => {
    assert.deepEqual(await read(['{"a"', ':1}\n{"b":', '2}\n\n', '{"c":3}\n']), ['{"a":1}', '{"b":2}', '', '{"c":3}', 'end'])
  })

  it('leave out the last one where its end is missing: whoever wrote it died over it', async () => {
    assert.deepEqual(await read(['one\ntw']), ['one', 'end'])
  })

  it('are not read any more once one is too long', async () => {
    assert.deepEqual(await read(['short\n', 'much too long for', ' that\n', 'short\n'], 20), ['short', 'end: a line was too long'])
  })
})

describe('what a watchdog knows of a thousand servers', () => {
  const known = Array.from({length: 1000}, (_, i) => [undefined, 'ours', 'open', 'theirs', 'back'][i % 5] as 'ours' | undefined)

  it('is one short line', () => {
    assert.deepEqual(decodeKnown(encodeKnown(known)), known)
    assert.equal(encodeKnown(known).length, 1000)
  })

  it('is refused where a letter means nothing', () => {
    assert.throws(() => decodeKnown('o?'), {message: 'no server is "?"'})
  })
})
