import type {OwnedStorage} from '../types.ts'

/** The namespaces that products keep in these storages, each once. */
export const namespacesOf = (storages: readonly OwnedStorage[]): string[] => [...new Set(storages.flatMap(({keeps}) => keeps))]

/**
 * Does a table's full name (`<prefix><namespace>.<table>`, ScalarDB's `Namespace.prefixed`) belong to what is kept: a namespace,
 * all namespaces with a beginning (`scalar_*`), or one table (`ns.table`)?
 */
export function nameMatches(fullName: string, keep: string, prefix = ''): boolean {
  if (!fullName.startsWith(prefix)) return false
  const name = fullName.slice(prefix.length)
  if (keep.endsWith('*')) return name.startsWith(keep.slice(0, -1)) && name.includes('.')
  return name === keep || name.startsWith(`${keep}.`)
}
