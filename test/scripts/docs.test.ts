import assert from 'node:assert/strict'
import {execFileSync} from 'node:child_process'
import {join} from 'node:path'

describe('the documents', () => {
  it('have the flags, permissions and Role of the code', () => {
    const script = join(import.meta.dirname, '../../scripts/docs.ts')
    assert.equal(execFileSync(process.execPath, [script, '--check'], {encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit']}), '')
  })
})
