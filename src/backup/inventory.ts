import {discoveryRequests} from '../discovery/requests.ts'
import type {Inventory} from '../discovery/types.ts'
import type {ApiServer} from '../kube/types.ts'

/**
 * One look at a namespace, or with undefined at all of them. What may not be listed is left out, which discovery then says;
 * only pods are needed.
 * @throws ApiError when pods cannot be listed, or anything fails for another reason than a missing permission
 */
export async function readInventory(api: ApiServer, namespace: string | undefined, selector: string | undefined): Promise<Inventory> {
  const entries = await Promise.all(discoveryRequests(namespace, selector).map(async ({into, path, query, required}) => {
    try {
      return [into, (await api.list(path, query)).items] as const
    } catch (error) {
      if (!required && isRefusal(error)) return undefined
      throw error
    }
  }))
  return {pods: [], ...Object.fromEntries(entries.filter(entry => entry !== undefined))}
}

/** Not permitted, or (404) not served by this cluster. */
const isRefusal = (error: unknown) => error instanceof Error && 'status' in error && (error.status === 403 || error.status === 404)
