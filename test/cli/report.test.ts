import assert from 'node:assert/strict'
import {describe, it} from 'mocha'
import {CliError, EXIT, usageError} from '../../src/support/errors.ts'
import {reportError} from '../../src/cli/report.ts'

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

  it('that only asks for an exit code prints nothing', () => {
    assert.deepEqual(report(Object.assign(new Error('EEXIT: 3'), {code: 'EEXIT', oclif: {exit: 3}})), {text: '', exitCode: 3})
  })
})
