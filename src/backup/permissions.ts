import {CliError} from '../support/errors.ts'
import {roleFor} from '../kube/role.ts'
import {checkPermissions, describePermission, permissionsForBackup} from '../kube/permissions.ts'
import type {BackupScope, MissingPermission, Permission} from '../kube/permissions.ts'
import type {LockMode} from '../lease/types.ts'
import type {Cluster} from './cluster.ts'
import type {Found, Place} from './search.ts'

/** A cluster and the namespace (undefined = all) in which something will be done. */
interface Scope {
  readonly cluster: Cluster
  readonly namespace?: string
}

/** The permissions of a command in one scope. */
type Needed = (scope: BackupScope) => readonly Permission[]

/**
 * Reviews every permission that the backup of these targets needs, before anything is paused.
 * @returns what to say of it: granted, and what is done without
 * @throws CliError naming each missing verb, resource and namespace, with the Role that would grant them
 */
export async function requirePermissions(found: readonly Found[], {noConfigMap, lock}: {readonly noConfigMap: boolean; readonly lock: LockMode}): Promise<string> {
  const missing = await missingIn(found.map(({cluster, release}) => ({cluster, namespace: release.namespace})), {recordConfigMap: !noConfigMap, lock})
  const required = missing.filter(({optional}) => !optional)
  if (required.length > 0) throw refused(required)
  const without = missing.map(describePermission)
  return without.length === 0 ? 'granted' : `granted, but for ${without.join(', ')}`
}

/** A list that was forbidden is explained by everything that is missing, not only by the first refusal. */
export async function explainRefusal<T>(places: readonly Place[], act: () => Promise<T>, needed: Needed = permissionsForBackup): Promise<T> {
  try {
    return await act()
  } catch (error) {
    if (!(error instanceof Error && 'status' in error && error.status === 403)) throw error
    const missing = await missingIn(places, {recordConfigMap: false, lock: 'off'}, needed).catch(() => [])
    const required = missing.filter(({optional}) => !optional)
    throw required.length > 0 ? refused(required) : error
  }
}

async function missingIn(scopes: readonly Scope[], wanted: Omit<BackupScope, 'namespace'>, needed: Needed = permissionsForBackup): Promise<MissingPermission[]> {
  const distinct = [...new Map(scopes.map(scope => [JSON.stringify([scope.cluster.options, scope.namespace]), scope])).values()]
  const missing = await Promise.all(distinct.map(({cluster, namespace}) =>
    checkPermissions(cluster.api, needed({namespace, ...wanted}))))
  return missing.flat()
}

function refused(missing: readonly MissingPermission[]): CliError {
  const named = missing.map(permission => `cannot ${describePermission(permission)}${permission.purpose ? `, needed to ${permission.purpose}` : ''}`)
  return new CliError('permissions are missing', {hints: [...named, 'this would grant them:', ...roleFor(missing).trimEnd().split('\n')]})
}
