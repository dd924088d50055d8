import {homedir} from 'node:os'
import {isatty} from 'node:tty'
import {CliError} from '../support/errors.ts'
import {systemClock} from '../support/clock.ts'
import {readText} from '../support/files.ts'
import {credentialSource, readNamed} from './config-auth.ts'
import type {AuthWorld} from './config-auth.ts'
import {findConfig} from './config-files.ts'
import type {ConfigWorld, FoundConfig} from './config-files.ts'
import {inCluster, podNamespace} from './config-incluster.ts'
import {selectEntries} from './config-select.ts'
import type {Selection} from './config-select.ts'
import type {UserEntry} from './config-entries.ts'
import type {CredentialSource} from './credentials.ts'
import {execCluster} from './exec-plugin.ts'
import {proxyOf} from './proxy.ts'
import type {ClusterAccess, KubeOptions} from './types.ts'

/** What of the machine access to a cluster depends on. */
export type KubeWorld = ConfigWorld & AuthWorld

/** How an API server proves itself; undefined where it is spoken to without TLS. */
export interface ServerTrust {
  /** PEM text; undefined = the CAs of Node and of the system. */
  readonly ca?: string
  readonly insecure: boolean
  /** `tls-server-name`: expected in the certificate instead of the host. */
  readonly serverName?: string
}

/** A cluster with everything that is needed to speak to it. Holds credentials: never print it. */
export interface LoadedAccess {
  readonly access: ClusterAccess
  readonly trust?: ServerTrust
  /** Impersonate-… headers. */
  readonly impersonation: Readonly<Record<string, string | string[]>>
  readonly credentials: CredentialSource
  /**
   * The credentials of the same user after reading the kubeconfig and its files again. Context, server and CA stay as they
   * were: they are pinned from the look before the pause (docs/protocol.md, Steps).
   */
  reloadCredentials(): Promise<CredentialSource>
}

/** Limit of one request unless `--request-timeout` says otherwise: an API server that hangs must not hang us. */
const defaultRequestTimeoutMs = 30_000

/** An exec plugin that is run again may stand between a paused server and its Unpause, so it may not take for ever. */
const pluginAgainMs = 60_000

/** The machine as it is. */
export const systemWorld = (env: NodeJS.ProcessEnv = process.env): KubeWorld => ({
  env,
  homeDir: homedir(),
  readFile: path => readText(path),
  clock: systemClock,
  stdinIsTerminal: isatty(0),
})

/**
 * Finds out which cluster is meant and how it is reached, by kubectl's rules.
 * @throws CliError: no kubeconfig, a name that is not in it, contradictions, unreadable files
 */
export async function loadAccess(options: KubeOptions, world: KubeWorld): Promise<LoadedAccess> {
  const selection = await select(options, world)
  const {cluster} = selection
  const server = serverUrl(cluster.server)
  const secure = server.protocol === 'https:'
  const ca = cluster.certificateAuthorityData
    || (cluster.certificateAuthority && await readNamed('certificate-authority', cluster.certificateAuthority, world.readFile))
    || undefined
  // kubectl sends no credentials over plain http, but impersonates there all the same.
  const credentialsOf = async ({user}: Selection, limitMs?: number): Promise<CredentialSource> =>
    secure ? credentialSource(user, execCluster(cluster, ca), world, limitMs) : async () => ({})
  return {
    access: {
      context: selection.contextName,
      cluster: selection.clusterName || server.host,
      server: server.href.replace(/\/+$/, ''),
      namespace: selection.namespace || await podNamespace(world) || 'default',
      proxy: proxyOf(server, cluster.proxyUrl, world.env)?.href,
      requestTimeoutMs: options.requestTimeoutMs ?? defaultRequestTimeoutMs,
      verified: secure && !cluster.insecureSkipTlsVerify,
    },
    trust: secure ? {ca, insecure: cluster.insecureSkipTlsVerify, serverName: cluster.tlsServerName || undefined} : undefined,
    impersonation: impersonationHeaders(selection.user),
    credentials: await credentialsOf(selection),
    reloadCredentials: async () => credentialsOf(await select({...options, context: selection.contextName}, world), pluginAgainMs),
  }
}

async function select(options: KubeOptions, world: KubeWorld): Promise<Selection> {
  const found = await findConfig(options.kubeconfig, world)
  const selection = selectEntries(found.config, options) ?? await inCluster(options, world)
  if (!selection) throw nothingSelected(found)
  return selection
}

const nothingSelected = ({found, lookedAt}: FoundConfig) => found.length > 0
  ? new CliError(`no context is selected in kubeconfig ${found.join(', ')}`, {
    hints: ['kubectl config get-contexts', 'choose one with --context <name>'],
  })
  : new CliError(`no kubeconfig found: there is no ${lookedAt.join(', ')}, and this is not a pod of a cluster`, {
    hints: ['kubectl config get-contexts', 'name a file with --kubeconfig <path> or in KUBECONFIG'],
  })

/** A server without a scheme is spoken to over http, as in kubectl; query and fragment don't count. */
function serverUrl(text: string): URL {
  const withScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`
  const url = URL.canParse(withScheme) ? new URL(withScheme) : undefined
  if (!url || !['http:', 'https:'].includes(url.protocol)) {
    throw new CliError('the server of the cluster must be an http or https URL or a host:port pair', {hints: ['kubectl config view --minify']})
  }
  return Object.assign(url, {search: '', hash: '', username: '', password: ''})
}

/** Headers of impersonation; keys of extras are escaped as HTTP needs it (client-go, transport/round_trippers.go). */
function impersonationHeaders(user: UserEntry): Record<string, string | string[]> {
  if (!user.as) return {}
  return {
    'Impersonate-User': user.as,
    ...user.asUid && {'Impersonate-Uid': user.asUid},
    ...user.asGroups.length > 0 && {'Impersonate-Group': [...user.asGroups]},
    ...Object.fromEntries(Object.entries(user.asUserExtra).map(([key, values]) => [`Impersonate-Extra-${escapedKey(key)}`, [...values]])),
  }
}

const escapedKey = (key: string) => [...Buffer.from(key)]
  .map(byte => /[\w!#$&'*+.^`|~-]/.test(String.fromCharCode(byte)) ? String.fromCharCode(byte) : `%${byte.toString(16).padStart(2, '0')}`)
  .join('')
