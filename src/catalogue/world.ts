import {kubeOptions} from '../cli/flags.ts'
import {stateDirectory} from '../backup/store.ts'
import {createApiServer} from '../kube/api-server.ts'
import {loadAccess, systemWorld} from '../kube/config.ts'
import {systemClock} from '../support/clock.ts'
import type {ClusterFlags} from '../cli/flags.ts'
import type {CatalogueWorld} from './types.ts'

/**
 * Where a command looks for records: this user's files, and the ConfigMaps of the cluster that the connection flags lead to,
 * in the namespace that they say. The cluster is opened only when it is asked.
 * @param local `--local`: the files alone
 */
export function catalogueWorld(flags: ClusterFlags, local: boolean): CatalogueWorld {
  const stateDir = stateDirectory()
  if (local) return {stateDir}
  return {
    stateDir,
    cluster: async () => {
      const loaded = await loadAccess(kubeOptions(flags), systemWorld())
      // Behind an exec plugin somebody may be logging in: no limit of a request counts for that.
      await loaded.credentials()
      const api = createApiServer(loaded, {clock: systemClock})
      return {api, namespace: flags['all-namespaces'] ? undefined : api.access.namespace}
    },
  }
}
