import {readCa} from './ca.ts'
import type {AdminAddress} from '../admin/types.ts'
import type {Found} from './search.ts'

/**
 * How every server of a release is reached, by pod UID.
 * @throws CliError when its admin port speaks TLS and the CA cannot be read
 */
export async function addressesOf({cluster, release}: Pick<Found, 'cluster' | 'release'>): Promise<ReadonlyMap<string, AdminAddress>> {
  const {port, tls} = release.admin
  const secure = tls && {ca: await readCa(cluster.api, release, tls), serverName: tls.serverName}
  return new Map(release.pods.map(pod => [pod.uid, {namespace: pod.namespace, pod: pod.name, port, tls: secure}]))
}
