import assert from 'node:assert/strict'
import {spawnSync} from 'node:child_process'
import {readdirSync} from 'node:fs'
import {describe, it} from 'mocha'

const ROOT = `${import.meta.dirname}/../..`

/** So many there are at least; one that is taken out is missed here. */
const AT_LEAST = 79

describe('deliberate mistakes, which the exploration has to catch (npm run mutants)', () => {
  const patches = readdirSync(import.meta.dirname).filter(name => name.endsWith('.patch'))

  it(`are ${AT_LEAST} at least`, () => assert.ok(patches.length >= AT_LEAST, `${patches.length} patches`))

  for (const patch of patches) {
    it(`${patch} still applies to the sources`, () => {
      const {status, stderr} = spawnSync('git', ['apply', '--check', `test/mutants/${patch}`], {cwd: ROOT, encoding: 'utf8'})
      assert.equal(stderr, '')
      assert.equal(status, 0)
    })
  }
})
