import {loadAccess} from './config.ts'
import {remembered} from './credentials.ts'
import type {KubeWorld, LoadedAccess, ServerTrust} from './config.ts'
import type {Credentials} from './credentials.ts'
import type {ClusterAccess, KubeOptions} from './types.ts'

/** Access to a cluster for another process of ours, fit for JSON. Holds credentials: only ever sent over a pipe, never printed. */
export interface HandedAccess {
  readonly options: KubeOptions
  readonly access: ClusterAccess
  readonly trust?: ServerTrust
  readonly impersonation: LoadedAccess['impersonation']
  readonly credentials: Credentials
}

/** What another process needs to go on as the same user, without a login of its own. */
export async function handOver(options: KubeOptions, {access, trust, impersonation, credentials}: LoadedAccess): Promise<HandedAccess> {
  return {options, access, trust, impersonation, credentials: await credentials()}
}

/** Access with what was handed over; once it has expired or is refused, the kubeconfig gives new credentials as ever. */
export function takeOver({options, credentials, ...known}: HandedAccess, world: KubeWorld): LoadedAccess {
  const reloadCredentials = async () => (await loadAccess({...options, context: known.access.context}, world)).reloadCredentials()
  let handed: Credentials | undefined = credentials
  const next = async () => {
    const first = handed
    handed = undefined
    return first ?? (await reloadCredentials())(true)
  }
  return {...known, credentials: remembered(next, world.clock), reloadCredentials}
}
