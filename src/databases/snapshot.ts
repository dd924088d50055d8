import {usageError} from '../support/errors.ts'
import type {Database, SectionInput} from './types.ts'

/**
 * The snapshot that stands for the restore point where a database has no point-in-time recovery: the one that bears the
 * database's kind, else the only one there is.
 * @throws CliError (usage): this record cannot be restored there, and why
 */
export function snapshotOf({kind, title}: Pick<Database, 'kind' | 'title'>, {snapshots}: Pick<SectionInput, 'snapshots'>, taken: string): string {
  const named = snapshots.filter(({name}) => name === kind)
  const [snapshot, ...others] = named.length > 0 ? named : snapshots
  if (snapshot && others.length === 0) return legal(snapshot.identifier)
  if (snapshot) throw usageError(`several snapshots could be ${title}'s: ${[snapshot, ...others].map(each => `${each.name}=${each.identifier}`).join(', ')}`, `name one: --snapshot ${kind}=IDENTIFIER`)
  throw usageError(
    `this record cannot be restored in ${title}: it has no point-in-time recovery, and no snapshot was recorded`,
    `${taken}, while everything is paused, would have been one; if there is one: --snapshot ${kind}=IDENTIFIER`,
  )
}

function legal(identifier: string): string {
  if (!/^[\w.:/@-]+$/.test(identifier)) throw usageError(`${JSON.stringify(identifier)} is no identifier of a snapshot: letters, digits and . : / @ _ - only`)
  return identifier
}
