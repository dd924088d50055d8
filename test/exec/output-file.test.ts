import assert from 'node:assert/strict'
import {mkdtempSync, rmSync, symlinkSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {after, before, describe, it} from 'mocha'
import {createOutputFile, parseOutput} from '../../src/exec/output-file.ts'
import {CliError} from '../../src/support/errors.ts'

describe('what a command hands over', () => {
  it('is a snapshot a line', () => {
    assert.deepEqual(parseOutput('cassandra=tag-1\n\nvendor=arn:aws:rds:eu-west-1:1:snapshot/a\r\nvendor=b\n'), {snapshots: [
      {name: 'cassandra', identifier: 'tag-1'}, {name: 'vendor', identifier: 'arn:aws:rds:eu-west-1:1:snapshot/a'}, {name: 'vendor', identifier: 'b'},
    ]})
  })

  for (const [what, line, shown = line] of [
    ['no name', '=tag'], ['no value', 'pg='], ['neither', 'done'], ['blanks', 'pg=a b'], ['what a shell would run', 'pg=$(reboot)'],
    ['what a terminal would obey', 'pg=\u001B[2J', 'pg= [2J'], ['endless words', 'x'.repeat(100), 'x'.repeat(80)],
  ] as ReadonlyArray<readonly [string, string, string?]>) {
    it(`has a line named that has ${what}, and the good ones`, () => {
      assert.deepEqual(parseOutput(`pg=1\n${line}\n`), {
        snapshots: [{name: 'pg', identifier: '1'}],
        problem: `wrote into line 2 of $SCALARDL_OUTPUT what is no KEY=VALUE of letters, digits and . : / @ _ -: "${shown}"`,
      })
    })
  }
})

describe('the file of $SCALARDL_OUTPUT', () => {
  let dir = ''
  before(() => { dir = mkdtempSync(join(tmpdir(), 'scalardl-output-')) })
  after(() => { rmSync(dir, {recursive: true, force: true}) })

  it('takes no more than a record has room for', () => {
    const file = createOutputFile(dir)
    writeFileSync(file.path, 'pg=1\n'.repeat(20_000))
    assert.deepEqual(file.read(), {snapshots: [], problem: 'wrote 100000 bytes into $SCALARDL_OUTPUT, where 65536 have room'})
  })

  it('is not followed elsewhere, and a pipe in its place is not waited for', () => {
    const file = createOutputFile(dir)
    rmSync(file.path)
    symlinkSync('/dev/zero', file.path)
    assert.deepEqual(file.read(), {snapshots: [], problem: 'put something else in the place of $SCALARDL_OUTPUT'})
  })

  it('may be removed by the command, which is said', () => {
    const file = createOutputFile(dir)
    file.remove()
    assert.match(file.read().problem ?? '', /^left a \$SCALARDL_OUTPUT that cannot be read: ENOENT/)
    file.remove()
  })

  it('that cannot be made is an error before the pause', () => {
    assert.throws(() => createOutputFile(join(dir, 'missing')), (error: unknown) => {
      assert.ok(error instanceof CliError)
      assert.match(error.message, /^the file for the command's output cannot be made: ENOENT/)
      assert.deepEqual(error.hints, ['nothing was paused; TMPDIR says where it would be'])
      return true
    })
  })
})
