import {createApiServer} from '../kube/api-server.ts'
import {loadAccess, systemWorld} from '../kube/config.ts'
import {systemClock} from '../support/clock.ts'
import {clusterUID} from './whereabouts.ts'
import type {LoadedAccess} from '../kube/config.ts'
import type {ApiServer, KubeOptions} from '../kube/types.ts'

/** One cluster, reached as one user. */
export interface Cluster {
  readonly options: KubeOptions
  readonly loaded: LoadedAccess
  readonly api: ApiServer
  /** UID of kube-system; undefined = not permitted to read it. */
  readonly uid?: string
}

/** Opens every cluster once, however many targets lie in it; the namespace plays no part in that. */
export function clusterOpener(): (options: KubeOptions) => Promise<Cluster> {
  const opened = new Map<string, Promise<Cluster>>()
  return (options) => {
    const key = JSON.stringify({...options, namespace: undefined})
    const cluster = opened.get(key) ?? open(options)
    opened.set(key, cluster)
    return cluster
  }
}

async function open(options: KubeOptions): Promise<Cluster> {
  const access = await loadAccess(options, systemWorld())
  // Behind an exec plugin somebody may be logging in: no limit of a request counts for that.
  await access.credentials()
  const api = createApiServer(access, {clock: systemClock})
  return {options, loaded: access, api, uid: await clusterUID(api, {}).catch(unreadable)}
}

/** Only a refusal means that the UID stays unknown; a cluster that does not answer at all is an error. */
function unreadable(error: unknown): undefined {
  if (error instanceof Error && 'status' in error && (error.status === 403 || error.status === 404)) return undefined
  throw error
}
