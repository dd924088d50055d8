import assert from 'node:assert/strict'
import {mkdirSync, readFileSync, writeFileSync} from 'node:fs'
import {dirname, join} from 'node:path'

const FOLDER = join(import.meta.dirname, '../plan/expected')

/**
 * Fails unless the text is word for word what the file of this name in test/plan/expected holds. `UPDATE_GOLDEN=1` writes the
 * file instead: read the difference before it is committed.
 */
export function golden(name: string, text: string): void {
  const file = join(FOLDER, name)
  if (process.env.UPDATE_GOLDEN) {
    mkdirSync(dirname(file), {recursive: true})
    writeFileSync(file, text)
  }
  assert.equal(text, readFileSync(file, 'utf8'), `${name}: if the change is meant, UPDATE_GOLDEN=1 writes it down`)
}
