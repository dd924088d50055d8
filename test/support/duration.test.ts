import assert from 'node:assert/strict'
import {describe, it} from 'mocha'
import {CliError} from '../../src/support/errors.ts'
import {formatDuration, parseAge, parseDuration} from '../../src/support/duration.ts'

describe('a duration on the command line', () => {
  const accepted: ReadonlyArray<readonly [string, number]> = [
    ['0', 0], ['0s', 0], ['10s', 10_000], ['1m30s', 90_000], ['500ms', 500], ['1.5h', 5_400_000], ['.5s', 500], ['1.s', 1000],
    ['+2s', 2000], ['1h2m3s4ms', 3_723_004], ['250us', 0.25], ['250µs', 0.25], ['1000000ns', 1],
  ]
  for (const [text, ms] of accepted) {
    it(`${text} is ${ms} ms`, () => { assert.equal(parseDuration(text), ms) })
  }

  const refused: ReadonlyArray<readonly [string, string]> = [
    ['10', 'missing unit in duration "10", write it as 10s, 500ms or 1m30s'],
    ['-5s', 'duration "-5s" is negative'],
    ['5d', 'unknown unit "d" in duration "5d", write it as 10s, 500ms or 1m30s'],
    ['5S', 'invalid duration "5S", write it as 10s, 500ms or 1m30s'],
    ['', 'invalid duration "", write it as 10s, 500ms or 1m30s'],
    ['s', 'invalid duration "s", write it as 10s, 500ms or 1m30s'],
    ['1m 30s', 'invalid duration "1m 30s", write it as 10s, 500ms or 1m30s'],
    ['1m30', 'invalid duration "1m30", write it as 10s, 500ms or 1m30s'],
    ['constructor', 'invalid duration "constructor", write it as 10s, 500ms or 1m30s'],
    ['1constructor', 'unknown unit "constructor" in duration "1constructor", write it as 10s, 500ms or 1m30s'],
  ]
  for (const [text, message] of refused) {
    it(`"${text}" is a usage error`, () => {
      assert.throws(() => parseDuration(text), (error) => error instanceof CliError && error.exitCode === 2 && error.message === message)
    })
  }
})

describe('a duration in the output', () => {
  const shown: ReadonlyArray<readonly [number, string]> = [
    [0, '0 ms'], [84.4, '84 ms'], [999.4, '999 ms'], [999.6, '1 s'], [10_000, '10 s'], [10_120, '10.1 s'], [59_940, '59.9 s'],
    [59_960, '1m0s'], [90_400, '1m30s'],
  ]
  for (const [ms, text] of shown) {
    it(`${ms} ms is ${text}`, () => { assert.equal(formatDuration(ms), text) })
  }
})

describe('an age on the command line', () => {
  const accepted: ReadonlyArray<readonly [string, number]> = [['30d', 2_592_000_000], ['1d12h', 129_600_000], ['0.5d', 43_200_000], ['720h', 2_592_000_000], ['0d', 0], ['0', 0]]
  for (const [text, ms] of accepted) {
    it(`${text} is ${ms} ms`, () => { assert.equal(parseAge(text), ms) })
  }
  for (const [text, message] of [
    ['30', 'missing unit in duration "30", write it as 10s, 500ms or 1m30s'],
    ['d', 'invalid duration "d", write it as 10s, 500ms or 1m30s'],
    ['1d2', 'missing unit in duration "2", write it as 10s, 500ms or 1m30s'],
    ['1d2d', 'unknown unit "d" in duration "2d", write it as 10s, 500ms or 1m30s'],
    ['-1d', 'duration "-1d" is negative'],
  ] as const) {
    it(`${text} is refused`, () => assert.throws(() => parseAge(text), {message}))
  }
})
