import assert from 'node:assert/strict'
import {WriteStream} from 'node:tty'
import {describe, it} from 'mocha'
import type {ChalkInstance} from 'chalk'
import {parse} from 'yaml'
import {CliError} from '../../src/support/errors.ts'
import {colorsFor, print, render} from '../../src/cli/output.ts'
import {HOSTILE, UNSEEN} from '../support/hostile.ts'
import type {OutputFormat, OutputStream} from '../../src/cli/output.ts'

const result = {restorePoint: '2026-11-23T12:44:07Z', consistent: true, reasons: [], context: 'arn:aws:eks:eu-west-1:1:cluster/prod'}
const views = {
  text: ({restorePoint}: typeof result, colors: ChalkInstance) => `Restore point  ${colors.green(restorePoint)}`,
  name: () => 'restorepoint/20261123t124402z',
}

/** A stream of a terminal (or not) that keeps what is written to it. */
function stream(isTTY: boolean, failure?: NodeJS.ErrnoException): OutputStream & {text: string} {
  return {
    text: '',
    isTTY,
    getColorDepth: (env) => WriteStream.prototype.getColorDepth.call(undefined, env),
    write(text, done) {
      this.text += text
      done(failure)
      return true
    },
  }
}

const failing = (code: string, message: string) => stream(false, Object.assign(new Error(message), {code}))

describe('a result', () => {
  const formats: ReadonlyArray<readonly [OutputFormat | undefined, string]> = [
    [undefined, 'Restore point  2026-11-23T12:44:07Z\n'],
    ['name', 'restorepoint/20261123t124402z\n'],
    ['yaml', 'restorePoint: "2026-11-23T12:44:07Z"\nconsistent: true\nreasons: []\ncontext: arn:aws:eks:eu-west-1:1:cluster/prod\n'],
    ['json', '{\n  "restorePoint": "2026-11-23T12:44:07Z",\n  "consistent": true,\n  "reasons": [],\n'
      + '  "context": "arn:aws:eks:eu-west-1:1:cluster/prod"\n}\n'],
  ]
  for (const [format, text] of formats) {
    it(`is printed as ${format ?? 'text'}`, async () => {
      assert.equal(await render(result, format, views, colorsFor(stream(false), {})), text)
    })
  }

  for (const [name, text] of HOSTILE) {
    it(`reaches the terminal without ${name} out of a pod's name`, async () => {
      const hostile = {...result, restorePoint: text, reasons: [`${text}\nin two lines`]}
      const printed = (format?: OutputFormat) => render(hostile, format, {text: ({restorePoint, reasons}: typeof hostile) => [restorePoint, ...reasons].join('\n')}, colorsFor(stream(false), {}))
      for (const format of [undefined, 'name', 'json', 'yaml'] as const) assert.doesNotMatch(await printed(format), UNSEEN)
      assert.deepEqual(JSON.parse(await printed('json')), hostile)
      assert.deepEqual(parse(await printed('yaml')), hostile)
    })
  }

  it('goes to stdout once, whole', async () => {
    const stdout = stream(false)
    await print(result, {output: 'name', ...views}, stdout)
    assert.equal(stdout.text, 'restorepoint/20261123t124402z\n')
  })

  it('whose reader has left is no error', async () => {
    await print(result, {output: 'json', ...views}, failing('EPIPE', 'write EPIPE'))
  })

  it('that cannot be written is an error', async () => {
    await assert.rejects(print(result, {output: 'json', ...views}, failing('ENOSPC', 'no space left on device')), (error) =>
      error instanceof CliError && error.message === 'cannot write the result to stdout: no space left on device')
  })
})

describe('colours', () => {
  const cases: ReadonlyArray<readonly [string, boolean, NodeJS.ProcessEnv, boolean]> = [
    ['on a terminal', true, {TERM: 'xterm-256color'}, true],
    ['not in a pipe', false, {TERM: 'xterm-256color'}, false],
    ['not on a dumb terminal', true, {TERM: 'dumb'}, false],
    ['not with NO_COLOR', true, {TERM: 'xterm-256color', NO_COLOR: '1'}, false],
    ['in a pipe with FORCE_COLOR', false, {FORCE_COLOR: '1'}, true],
    ['not on a terminal with FORCE_COLOR=0', true, {TERM: 'xterm-256color', FORCE_COLOR: '0'}, false],
    ['not with both NO_COLOR and FORCE_COLOR', true, {NO_COLOR: '1', FORCE_COLOR: '1'}, false],
  ]
  for (const [name, isTTY, env, colored] of cases) {
    it(name, () => {
      assert.equal(colorsFor(stream(isTTY), env).green('x'), colored ? '\u001B[32mx\u001B[39m' : 'x')
    })
  }
})
