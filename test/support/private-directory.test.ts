import assert from 'node:assert/strict'
import {chmodSync, lchownSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {privateDirectory} from '../../src/support/private-directory.ts'

const SOMEBODY = 12_345

describe('a directory for the user alone', function () {
  let dir: string
  before(function () { if (process.getuid === undefined) this.skip() })
  beforeEach(() => { dir = mkdtempSync(join(tmpdir(), 'private-')) })
  afterEach(() => { rmSync(dir, {recursive: true}) })
  const modeOf = (path: string) => statSync(path).mode & 0o777

  it('is made so, with those above it, whatever the umask says', async () => {
    const umask = process.umask(0)
    try {
      await privateDirectory(join(dir, 'a/b'))
    } finally {
      process.umask(umask)
    }
    assert.deepEqual([modeOf(join(dir, 'a')), modeOf(join(dir, 'a/b'))], [0o700, 0o700])
  })

  it('is taken from others when it was there', async () => {
    const path = join(dir, 'a')
    mkdirSync(path)
    chmodSync(path, 0o777)
    await privateDirectory(path)
    assert.equal(modeOf(path), 0o700)
  })

  it('may be a link of the user', async () => {
    mkdirSync(join(dir, 'elsewhere'), {mode: 0o755})
    symlinkSync('elsewhere', join(dir, 'a'))
    await privateDirectory(join(dir, 'a'))
    assert.equal(modeOf(join(dir, 'elsewhere')), 0o700)
  })

  describe('is refused', () => {
    // Only root can give files away.
    before(function () { if (process.getuid?.() !== 0) this.skip() })

    it('as a link of somebody else', async () => {
      mkdirSync(join(dir, 'elsewhere'))
      symlinkSync('elsewhere', join(dir, 'a'))
      lchownSync(join(dir, 'a'), SOMEBODY, SOMEBODY)
      await assert.rejects(privateDirectory(join(dir, 'a')), {message: `${join(dir, 'a')} is a link that another user has laid`})
    })

    it('as somebody else\'s', async () => {
      mkdirSync(join(dir, 'theirs'))
      lchownSync(join(dir, 'theirs'), SOMEBODY, SOMEBODY)
      symlinkSync('theirs', join(dir, 'a'))
      await assert.rejects(privateDirectory(join(dir, 'a')), {message: `${join(dir, 'a')} belongs to another user`})
    })
  })
})
