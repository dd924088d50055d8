import {StatusError} from './objects.ts'

type Json = Record<string, unknown>

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)

/** Lists that a strategic merge patch merges by key instead of replacing them. */
const MERGE_KEYS: Record<string, string> = {
  conditions: 'type', containers: 'name', env: 'name', ports: 'containerPort', volumes: 'name', ownerReferences: 'uid',
}

/** RFC 7386; with `strategic` also Kubernetes' merging of lists by their keys. */
export function mergePatch(target: unknown, patch: unknown, strategic = false, field = ''): unknown {
  if (strategic && Array.isArray(patch) && Array.isArray(target) && MERGE_KEYS[field]) return mergeList(target, patch, MERGE_KEYS[field])
  if (!isObject(patch)) return patch
  const merged = new Map(Object.entries(isObject(target) ? target : {}))
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) merged.delete(key)
    else merged.set(key, mergePatch(merged.get(key), value, strategic, key))
  }
  return Object.fromEntries(merged)
}

function mergeList(target: unknown[], patch: unknown[], mergeKey: string): unknown[] {
  const merged = [...target]
  for (const item of patch) {
    const at = merged.findIndex(known => isObject(known) && isObject(item) && known[mergeKey] === item[mergeKey])
    if (at < 0) merged.push(item)
    else merged[at] = mergePatch(merged[at], item, true)
  }
  return merged
}

/** Applies a patch of the given content type. @throws StatusError 415 for the types that this cluster does not know */
export function applyPatch(contentType: string, target: unknown, patch: unknown): unknown {
  if (contentType.startsWith('application/merge-patch+json')) return mergePatch(target, patch)
  if (contentType.startsWith('application/strategic-merge-patch+json')) return mergePatch(target, patch, true)
  throw new StatusError(415, 'UnsupportedMediaType', 'the body of the request was in an unknown format - accepted media types '
    + 'include: application/merge-patch+json, application/strategic-merge-patch+json')
}
