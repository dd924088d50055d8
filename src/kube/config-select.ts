import {CliError, usageError} from '../support/errors.ts'
import type {ClusterEntry, Kubeconfig, UserEntry} from './config-entries.ts'
import type {KubeOptions} from './types.ts'

/** The entries of a kubeconfig that are meant, with the flags already laid over them. */
export interface Selection {
  readonly contextName?: string
  readonly clusterName: string
  readonly cluster: ClusterEntry
  readonly userName: string
  readonly user: UserEntry
  /** `-n` or the context's; empty if neither says one. */
  readonly namespace: string
}

export const emptyCluster: ClusterEntry = {
  server: '', certificateAuthority: '', certificateAuthorityData: '', insecureSkipTlsVerify: false, tlsServerName: '', proxyUrl: '',
}

export const emptyUser: UserEntry = {
  token: '', tokenFile: '', clientCertificate: '', clientCertificateData: '', clientKey: '', clientKeyData: '',
  username: '', password: '', as: '', asUid: '', asGroups: [], asUserExtra: {},
}

/**
 * Picks context, cluster and user as kubectl does (client-go, clientcmd/client_config.go). Where kubectl falls back to
 * localhost:8080 or asks for a password because an entry is missing, this is an error instead.
 * @returns undefined if neither the kubeconfig nor a flag says which server is meant
 */
export function selectEntries(config: Kubeconfig, options: KubeOptions): Selection | undefined {
  const contextName = options.context ?? config.currentContext
  const context = config.contexts.get(contextName)
  if (!context && options.context !== undefined) throw missing('context', contextName, config.contexts, 'kubectl config get-contexts')
  if (!context && contextName) {
    throw new CliError(`context was not found for specified context: ${contextName} (the kubeconfig's current-context)`, {
      hints: [`contexts: ${names(config.contexts)}`, 'kubectl config use-context <name>'],
    })
  }
  const clusterName = options.cluster ?? context?.cluster ?? ''
  const userName = options.user ?? context?.user ?? ''
  if (!clusterName && !options.server) return undefined
  const selected = {
    contextName: context && contextName,
    clusterName,
    cluster: overrideCluster(pickCluster(config, clusterName, options), options),
    userName,
    user: overrideUser(pickUser(config, userName, options), options),
    namespace: options.namespace ?? context?.namespace ?? '',
  }
  validate(selected)
  return selected
}

function pickCluster(config: Kubeconfig, name: string, options: KubeOptions): ClusterEntry {
  const entry = config.clusters.get(name)
  if (!entry && (options.cluster !== undefined || !options.server)) throw missing('cluster', name, config.clusters, 'kubectl config get-clusters')
  return entry ?? emptyCluster
}

function pickUser(config: Kubeconfig, name: string, options: KubeOptions): UserEntry {
  const entry = config.users.get(name)
  if (!entry && (options.user !== undefined || (name && !options.token))) throw missing('auth info', name, config.users, 'kubectl config get-users')
  return entry ?? emptyUser
}

const missing = (kind: string, name: string, there: ReadonlyMap<string, unknown>, command: string) =>
  new CliError(`${kind} "${name}" does not exist`, {hints: [`in the kubeconfig: ${names(there)}`, command]})

const names = (there: ReadonlyMap<string, unknown>) => [...there.keys()].join(', ') || 'none'

/**
 * Flags over the cluster. A CA or insecure flag replaces all three of the entry's CA settings, and `--server` also clears
 * the entry's server name, because that belongs to the other server.
 */
function overrideCluster(entry: ClusterEntry, options: KubeOptions): ClusterEntry {
  const trust = options.insecureSkipTlsVerify || options.certificateAuthority
  return {
    ...entry,
    server: options.server || entry.server,
    tlsServerName: options.tlsServerName || options.server ? options.tlsServerName ?? '' : entry.tlsServerName,
    ...trust && {
      insecureSkipTlsVerify: options.insecureSkipTlsVerify ?? false,
      certificateAuthority: options.certificateAuthority ?? '',
      certificateAuthorityData: '',
    },
  }
}

/** Flags over the user. `--token` replaces token and token file; an exec plugin is then not asked (config-auth.ts). */
const overrideUser = (entry: UserEntry, options: KubeOptions): UserEntry => ({
  ...entry,
  ...options.token && {token: options.token, tokenFile: ''},
  as: options.as || entry.as,
  asUid: options.asUid || entry.asUid,
  asGroups: options.asGroup?.length ? options.asGroup : entry.asGroups,
})

/** Contradictions that kubectl refuses, in its words where they are clear. */
function validate({clusterName, cluster, userName, user}: Selection): void {
  if (!cluster.server) throw new CliError(`no server found for cluster "${clusterName}"`, {hints: ['kubectl config view']})
  if (cluster.insecureSkipTlsVerify && (cluster.certificateAuthority || cluster.certificateAuthorityData)) {
    throw usageError(
      `specifying a root certificates file with the insecure flag is not allowed (cluster "${clusterName}")`,
      'give either --certificate-authority or --insecure-skip-tls-verify',
    )
  }
  if (cluster.certificateAuthority && cluster.certificateAuthorityData) {
    throw new CliError(`certificate-authority-data and certificate-authority are both specified for cluster "${clusterName}"`, {
      hints: ['kubectl config view'],
    })
  }
  const problem = userProblem(user)
  if (problem) throw new CliError(`kubeconfig user "${userName}": ${problem}`, {hints: ['kubectl config view --minify']})
}

/** @returns why kubectl would refuse this user, or undefined */
function userProblem(user: UserEntry): string | undefined {
  if (user.token && (user.username || user.password)) return 'more than one authentication method found: token and basicAuth, only one is allowed'
  if (!user.as && (user.asUid || user.asGroups.length > 0 || Object.keys(user.asUserExtra).length > 0)) {
    return 'requesting uid, groups or user-extra without impersonating a user'
  }
  return certificateProblem(user) ?? execProblem(user)
}

function certificateProblem({clientCertificate, clientCertificateData, clientKey, clientKeyData}: UserEntry): string | undefined {
  if (!clientCertificate && !clientCertificateData) return undefined
  if (clientCertificate && clientCertificateData) return 'client-cert-data and client-cert are both specified'
  if (clientKey && clientKeyData) return 'client-key-data and client-key are both specified'
  return clientKey || clientKeyData ? undefined : 'client-key-data or client-key must be specified to use the clientCert authentication method'
}

function execProblem({exec, authProvider}: UserEntry): string | undefined {
  if (!exec) return undefined
  if (authProvider) return 'an auth-provider cannot be combined with an exec plugin'
  if (!exec.command) return 'command must be specified to use an exec plugin'
  if (!exec.apiVersion) return 'apiVersion must be specified to use an exec plugin'
  if (!exec.interactiveMode) return 'interactiveMode must be specified to use an exec plugin'
  if (!['Never', 'IfAvailable', 'Always'].includes(exec.interactiveMode)) return `invalid interactiveMode "${exec.interactiveMode}"`
  return undefined
}
