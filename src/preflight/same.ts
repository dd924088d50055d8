import type {Settings} from '../databases/types.ts'
import type {CheckedDatabase} from './types.ts'

/** A checked database, and what its check learned of which one it is. */
export interface Learned {
  readonly database: CheckedDatabase
  readonly learned: Settings
}

const WORST_FIRST: ReadonlyArray<CheckedDatabase['check']> = ['failed', 'unverified', 'skipped', 'passed']

/**
 * Two profiles may lead to one account, and so to one database, which is restored once. Only what a check has learned proves that
 * two are the same.
 */
export function mergeSame(checked: readonly Learned[]): CheckedDatabase[] {
  const groups = Map.groupBy(checked, ({database: {database: {kind}, key, settings}, learned}) => {
    const identity = Object.entries(settings).filter(([name]) => name !== 'profile')
    return Object.keys(learned).length === 0 ? key : JSON.stringify([kind, identity])
  })
  return [...groups.values()].flatMap(([first, ...others]) => first ? [others.reduce((sum, {database}) => merge(sum, database), first.database)] : [])
}

function merge(one: CheckedDatabase, other: CheckedDatabase): CheckedDatabase {
  const worse = WORST_FIRST.indexOf(other.check) < WORST_FIRST.indexOf(one.check) ? other : one
  const texts = new Set(one.findings.map(({text}) => text))
  return {
    ...one, check: worse.check, summary: worse.summary, byHand: worse.byHand,
    storages: [...one.storages, ...other.storages], owners: [...new Set([...one.owners, ...other.owners])],
    findings: [...one.findings, ...other.findings.filter(({text}) => !texts.has(text))],
  }
}
