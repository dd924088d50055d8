import type {Found} from './admin-port.ts'
import {keyOfFile, locateFile, mountsOf, type Mount} from './mounts.ts'
import {probeTlsOf} from './probes.ts'
import {PRODUCTS} from './products.ts'
import type {PropertiesFile} from './properties-file.ts'
import type {Server} from './servers.ts'
import type {AdminTls, CaSource, DiscoveryOverrides, Product} from './types.ts'

/**
 * TLS of a server's admin port, without a look into Secrets: it is on when the properties or a probe say so; the
 * probe's CA file leads through the volumes to the Secret that holds it. Flags go before everything found, and a CA
 * or a server name given by hand means TLS.
 */
export function adminTlsOf(
  product: Product, server: Server, file: PropertiesFile, overrides: DiscoveryOverrides,
): Found<AdminTls | undefined> {
  const {adminTls, adminCaFile, adminServerName} = overrides
  const found = product === 'scalardb' ? 'plain' : probeTlsOf(server.container)
  const probe = found === 'plain' ? undefined : found
  const set = enabledBy(product, file)
  const impliedByHand = adminCaFile !== undefined || adminServerName !== undefined
  if (adminTls === false) return {value: undefined}
  if (!(adminTls || impliedByHand || probe || set.enabled)) return {value: undefined, assumption: found ? undefined : set.unknown}
  const ca = adminCaFile === undefined ? caSources(product, server, file, probe?.caFile) : [{kind: 'file', path: adminCaFile} as const]
  const serverName = adminServerName ?? probe?.serverName
  if (serverName) return {value: {ca, serverName}}
  return {value: {ca, serverName: 'localhost'}, assumption: 'TLS server name localhost: the charts\' default'}
}

/** `unknown`: why the properties don't tell, in words for the user. */
function enabledBy(product: Product, file: PropertiesFile): {enabled: boolean; unknown?: string} {
  const key = PRODUCTS[product].tls?.enabledKey
  if (!key) return {enabled: false}
  if (!file.readable) return {enabled: false, unknown: 'no TLS on the admin port: neither properties nor a probe tell'}
  const where = file.properties.hidden.get(key)
  const unknown = where && `no TLS on the admin port: ${key} lies in ${where}`
  return {enabled: file.properties.values.get(key)?.toLowerCase() === 'true', unknown}
}

/** Keys of a CA in Secrets made by the documents' instructions, new and old. */
const CA_KEYS = ['ca.crt', 'ca-root-cert', 'ca-root-cert.pem']

function caSources(product: Product, server: Server, file: PropertiesFile, probeFile?: string): CaSource[] {
  const {tls} = PRODUCTS[product]
  const namespace = server.pod.metadata?.namespace ?? ''
  const mounts = mountsOf(server.pod, server.container)
  const propertiesFile = tls?.caPathKey && file.readable ? file.properties.values.get(tls.caPathKey) : undefined
  const named = [probeFile, propertiesFile].flatMap(path => path ? secretsOfFile(mounts, path, namespace) : [])
  if (named.length > 0) return named
  const volume = mounts.filter(mount => mount.volume === tls?.volume)
  const guessed = volume.flatMap(mount => CA_KEYS.flatMap(key => secretsWith(mount, key, namespace)))
  return guessed.length > 0 ? guessed : [{kind: 'system'}]
}

function secretsOfFile(mounts: readonly Mount[], path: string, namespace: string): CaSource[] {
  const located = locateFile(mounts, path)
  return located ? secretsWith(located.mount, located.path, namespace) : []
}

const secretsWith = (mount: Mount, path: string, namespace: string): CaSource[] => mount.sources.flatMap(source => {
  const key = source.kind === 'secret' ? keyOfFile(source, path) : undefined
  return key ? [{kind: 'secret', namespace, name: source.name, key}] : []
})
