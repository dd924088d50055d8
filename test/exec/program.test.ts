import assert from 'node:assert/strict'
import {describe, it} from 'mocha'
import {splitCommand} from '../../src/cli/arguments.ts'
import {requireProgram} from '../../src/exec/program.ts'
import {CliError} from '../../src/support/errors.ts'

describe('the program that is to run in the pause', () => {
  const refused = (command: string, args?: string[]) => {
    try {
      requireProgram({command, args, timeoutMs: 1}, {PATH: '/nowhere:/bin'})
      return undefined
    } catch (error) {
      return error instanceof CliError ? [error.exitCode, error.message] : error
    }
  }

  it('is found on the PATH, or where its path says', () => {
    assert.deepEqual([refused('sh', []), refused('/bin/sh', ['-c', 'true'])], [undefined, undefined])
  })

  for (const program of ['no-such-program', './no-such-program', '/etc/passwd', '/bin']) {
    it(`is refused where it cannot run: ${program}`, () => {
      assert.deepEqual(refused(program, []), [2, `cannot find the program ${program} that is to run in the pause`])
    })
  }

  it('is the shell\'s to find in a line for the shell', () => {
    assert.equal(refused('no-such-program && true'), undefined)
  })

  it('stands with its arguments behind --', () => {
    assert.deepEqual(splitCommand(['-n', 'ledger', '--', 'dump', '-n', '--', 'x']), [['-n', 'ledger'], ['dump', '-n', '--', 'x']])
    assert.deepEqual(splitCommand(['-n', 'ledger']), [['-n', 'ledger'], undefined])
    assert.deepEqual(splitCommand(['--']), [[], []])
  })
})
