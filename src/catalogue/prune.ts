import {rm} from 'node:fs/promises'
import {checkPermissions, describePermission, permissionsForPrune} from '../kube/permissions.ts'
import {roleFor} from '../kube/role.ts'
import {BOUNDS} from '../support/bounds.ts'
import {CliError} from '../support/errors.ts'
import {readText} from '../support/files.ts'
import {describePlace} from './catalogue.ts'
import type {ClusterPlace, Copy, Entry, Place} from './types.ts'

type ConfigMapCopy = Copy & {readonly place: Extract<Place, {kind: 'ConfigMap'}>}

const isConfigMap = (copy: Copy): copy is ConfigMapCopy => copy.place.kind === 'ConfigMap'

/** @throws CliError with the Role to ask for, when a ConfigMap among the copies must not be deleted */
export async function requireDeletion(entries: readonly Entry[], {api}: ClusterPlace): Promise<void> {
  const namespaces = [...new Set(entries.flatMap(({copies}) => copies.filter(isConfigMap).map(({place}) => place.namespace)))]
  const missing = await checkPermissions(api, namespaces.flatMap(permissionsForPrune))
  if (missing.length === 0) return
  throw new CliError('permissions are missing, and nothing was deleted', {hints: [
    ...missing.map(permission => `cannot ${describePermission(permission)}, needed to ${permission.purpose}`),
    'this would grant them:', ...roleFor(missing).trimEnd().split('\n'),
    'or delete the files of this machine alone: --local',
  ]})
}

/**
 * Deletes every copy of these records that is still what was shown: ConfigMaps first, so that a record that could not be
 * deleted everywhere is still listed. Goes on after a failure.
 * @returns what failed, naming each place
 */
export async function deleteRecords(entries: readonly Entry[], cluster: ClusterPlace | undefined, deleted: (entry: Entry) => void): Promise<string[]> {
  const failures: string[] = []
  for (const entry of entries) {
    const before = failures.length
    for (const copy of entry.copies.toSorted((a, b) => Number(isConfigMap(b)) - Number(isConfigMap(a)))) {
      if (failures.length > before) break
      await deleteCopy(copy, cluster).catch((error: unknown) => failures.push(`${describePlace(copy.place)} was not deleted: ${(error as Error).message}`))
    }
    if (failures.length === before) deleted(entry)
  }
  return failures
}

async function deleteCopy(copy: Copy, cluster: ClusterPlace | undefined): Promise<void> {
  if (isConfigMap(copy)) await deleteConfigMap(copy, cluster)
  else if (copy.place.kind === 'File') await deleteFile(copy.place.path, copy.text)
}

async function deleteFile(path: string, text: string): Promise<void> {
  const now = await readText(path, BOUNDS.record).catch(ignore('code', 'ENOENT'))
  if (now === undefined) return
  if (now !== text) throw new Error('it was changed meanwhile')
  await rm(path, {force: true})
}

async function deleteConfigMap({place, uid, resourceVersion}: ConfigMapCopy, cluster: ClusterPlace | undefined): Promise<void> {
  const path = `/api/v1/namespaces/${encodeURIComponent(place.namespace)}/configmaps/${encodeURIComponent(place.name)}`
  const body = {apiVersion: 'v1', kind: 'DeleteOptions', preconditions: {uid, resourceVersion}}
  await cluster?.api.request('DELETE', path, {body}).catch(ignore('status', 404))
}

/** What is gone already needs no deletion. */
const ignore = (field: 'code' | 'status', value: string | number) => (error: unknown): undefined => {
  if (error instanceof Error && field in error && (error as Error & Record<typeof field, unknown>)[field] === value) return undefined
  throw error
}
