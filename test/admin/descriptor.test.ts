import assert from 'node:assert/strict'
import {readFileSync} from 'node:fs'
import {descriptorSource} from '../../scripts/proto.ts'

describe('the embedded descriptor', () => {
  it('says what proto/ says; after a change run node scripts/proto.ts', () => {
    assert.equal(readFileSync(new URL('../../src/admin/descriptor.ts', import.meta.url), 'utf8'), descriptorSource())
  })
})
