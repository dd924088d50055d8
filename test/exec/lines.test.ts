import assert from 'node:assert/strict'
import {describe, it} from 'mocha'
import {linesTo} from '../../src/exec/lines.ts'

/** What is told of chunks that two streams print in turn. */
function told(...chunks: Array<string | Buffer>): string[] {
  const lines: string[] = []
  const output = linesTo(line => { lines.push(line) })
  const readers = [output.reader(), output.reader()]
  chunks.forEach((chunk, i) => readers[i % 2]?.take(Buffer.from(chunk)))
  for (const reader of readers) reader.end()
  return lines
}

describe('what a command prints', () => {
  it('is told line by line, the last one without an end too', () => {
    assert.deepEqual(told('one\ntwo\r\nthr', '', 'ee'), ['one', 'two', 'three'])
  })

  it('is not mixed up when two streams are in the middle of a line', () => {
    assert.deepEqual(told('out ', 'err ', 'line\n', 'line\n'), ['out line', 'err line'])
  })

  it('keeps letters whole that come in two chunks', () => {
    const [first, second] = [Buffer.from('é').subarray(0, 1), Buffer.from('é').subarray(1)]
    assert.deepEqual(told(first, '', second), ['é'])
  })

  it('is told in parts where a line has no end', () => {
    assert.deepEqual(told('x'.repeat(10_000)).map(line => line.length), [4096, 4096, 1808])
  })

  it('is left out from a megabyte on, which is said once', () => {
    const lines = told(`${'x'.repeat(1000)}\n`.repeat(1100), `${'y'.repeat(1000)}\n`.repeat(10))
    assert.deepEqual([lines.length, lines.at(-1)], [1049, 'the rest of its output is left out'])
  })
})
