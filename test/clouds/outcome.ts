import assert from 'node:assert/strict'
import type {Call, Item, Truth} from './moto.ts'
import {ROWS_NOW, ROWS_THEN} from './world.ts'

const CHANGES = /^(Create|Delete|Update|Put|Restore|Tag|Untag|Register|Deregister|Enable|Disable|Batch)/

/** The calls that change something, with their tables. */
export const changing = (calls: readonly Call[]): string[] => calls.map(({operation, table}) => `${operation} ${table}`).filter(call => CHANGES.test(call))

/** All settings of a table, without its data and how it came about. */
export function settingsOf(truth: Truth, name: string): Record<string, unknown> {
  const table = truth.tables[name] ?? assert.fail(`no table ${name}`)
  return Object.fromEntries(Object.entries(table).filter(([key]) => !['items', 'original', 'restored'].includes(key)))
}

export const itemsOf = (truth: Truth, name: string): readonly Item[] => (truth.tables[name] ?? assert.fail(`no table ${name}`)).items

/**
 * The same in every run that ends well: tables with items and settings, what exists beside them, nothing ever lost. Each run
 * that begins before the originals are deleted backs them up once more: how often is not part of it.
 */
export function endState(truth: Truth) {
  const backups = truth.backups.map(({name, table, type, status, items}) => JSON.stringify({name: unstamped(name), table: unstamped(table), type, status, items}))
  return {
    tables: Object.fromEntries(Object.keys(truth.tables).map(name =>
      [unstamped(name), {...settingsOf(truth, name), items: itemsOf(truth, name), original: truth.tables[name]?.original}])),
    backups: [...new Set(backups)].toSorted(),
    scaling: truth.scaling,
    violations: truth.violations,
  }
}

/** The plan's stamp on a name is another for each restore point. */
export const unstamped = (name: string) => name.replace(/\br\d{8}t\d{6}z-/, 'copy-')

/** Every table is back at the restore point under its own name, with its settings, and nothing was ever without a whole copy. */
export function assertRestored(now: Truth, earlier: Truth, names: readonly string[]): void {
  assert.deepEqual(now.violations, [])
  for (const name of names) {
    assert.equal(now.tables[name]?.original, false, `${name} was not replaced`)
    assert.deepEqual(itemsOf(now, name), ROWS_THEN.toSorted(byKey), name)
    assert.deepEqual(settingsOf(now, name), settingsOf(earlier, name), name)
  }
  assert.deepEqual(now.scaling, earlier.scaling)
}

/** The tables are what they were: not replaced, not written to, no setting another. */
export function assertUntouched(now: Truth, earlier: Truth, names: readonly string[]): void {
  for (const name of names) {
    assert.equal(now.tables[name]?.original, true, `${name} was replaced`)
    assert.deepEqual(itemsOf(now, name), ROWS_NOW.toSorted(byKey), name)
    assert.deepEqual(settingsOf(now, name), settingsOf(earlier, name), name)
  }
  assert.deepEqual(now.scaling, earlier.scaling)
}

const byKey = (one: Item, other: Item) => String(one['k']?.['S']).localeCompare(String(other['k']?.['S']))
