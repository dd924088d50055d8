import assert from 'node:assert/strict'
import {describe, it} from 'mocha'
import {CliError, EXIT, usageError} from '../../src/support/errors.ts'
import {reportError} from '../../src/cli/report.ts'
import {HOSTILE, UNSEEN} from '../support/hostile.ts'

function report(error: unknown, debug = false): {text: string; exitCode: number} {
  let text = ''
  const exitCode = reportError(error, {debug, write: (part) => { text += part }})
  return {text, exitCode}
}

describe('an error', () => {
  it('is printed with what to do next, and has its own exit code', () => {
    const error = new CliError('cannot unpause pod ledger/ledger-0: deadline exceeded', {
      exitCode: EXIT.stillPaused,
      hints: ['it is still paused; next:\nkubectl scalardl unpause -n ledger'],
    })
    assert.deepEqual(report(error), {
      text: 'error: cannot unpause pod ledger/ledger-0: deadline exceeded\n'
        + '  it is still paused; next:\n  kubectl scalardl unpause -n ledger\n',
      exitCode: 4,
    })
  })

  it('of usage says where the help is', () => {
    assert.deepEqual(report(usageError('two releases in reach')), {
      text: 'error: two releases in reach\n  see: kubectl scalardl --help\n',
      exitCode: 2,
    })
  })

  it('of usage with a better hint says only that', () => {
    assert.deepEqual(report(usageError('two releases in reach', 'choose one: --target release=a')), {
      text: 'error: two releases in reach\n  choose one: --target release=a\n',
      exitCode: 2,
    })
  })

  it('that nobody expected says how to get its stack', () => {
    assert.deepEqual(report(new TypeError('x is not a function')), {
      text: 'error: x is not a function\n  the stack: set KUBECTL_SCALARDL_DEBUG=1 and try again\n',
      exitCode: 1,
    })
  })

  it('shows its stack and its causes when debugging', () => {
    const {text} = report(new CliError('cannot list pods', {cause: new Error('connect ECONNREFUSED')}), true)
    assert.match(text, /^error: cannot list pods\n[^]*report\.test\.ts[^]*\[cause\]: Error: connect ECONNREFUSED/)
  })

  for (const [name, text] of HOSTILE) {
    it(`is printed without ${name} in a server's words, with its stack too`, () => {
      const printed = report(new CliError(text, {hints: [text], cause: new Error(text)}), true)
      assert.doesNotMatch(printed.text, UNSEEN)
    })
  }

  it('has no line of its own for the words of others', () => {
    assert.match(report(new Error('refused\n✔ Unpaused')).text, /^error: refused\n {2}✔ Unpaused\n {2}the stack/)
  })

  it('of a megabyte is cut', () => {
    assert.match(report(new CliError('x'.repeat(1_000_000))).text, /^error: x{8000}… \(992000 characters more\)\n$/)
  })

  it('shows no secret, neither in its words nor in what hangs on it', () => {
    const cause = Object.assign(new Error('proxy http://me:hunter2@proxy failed'), {options: {proxy: {password: 'hunter2'}}})
    const {text} = report(new CliError('cannot connect: token=hunter2', {hints: ['Bearer hunter2'], cause}), true)
    assert.doesNotMatch(text, /hunter2/)
    assert.match(text, /^error: cannot connect: token=\*\*\*\n {2}Bearer \*\*\*\n[^]*\[cause\]: Error: proxy http:\/\/proxy failed/)
  })

  it('that only asks for an exit code prints nothing', () => {
    assert.deepEqual(report(Object.assign(new Error('EEXIT: 3'), {code: 'EEXIT', oclif: {exit: 3}})), {text: '', exitCode: 3})
  })
})
