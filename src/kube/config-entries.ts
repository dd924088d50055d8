import {dirname, isAbsolute, join, sep} from 'node:path'
import {parseDocument} from 'yaml'
import type {Document} from 'yaml'
import {Fields} from './config-fields.ts'

/** A cluster of a kubeconfig; an empty string means "not set", as in kubectl. Paths are absolute, data is decoded. */
export interface ClusterEntry {
  readonly server: string
  readonly certificateAuthority: string
  readonly certificateAuthorityData: string
  readonly insecureSkipTlsVerify: boolean
  readonly tlsServerName: string
  readonly proxyUrl: string
  /** What exec plugins get as `spec.cluster.config`: the extension `client.authentication.k8s.io/exec`. */
  readonly execConfig?: unknown
}

/** An exec plugin (kubernetes.io, client-go credential plugins); `command` is absolute, or looked up in PATH. */
export interface ExecEntry {
  readonly apiVersion: string
  readonly command: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly interactiveMode: string
  readonly provideClusterInfo: boolean
  readonly installHint: string
}

/** A user of a kubeconfig. Holds credentials: never print it. */
export interface UserEntry {
  readonly token: string
  readonly tokenFile: string
  readonly clientCertificate: string
  readonly clientCertificateData: string
  readonly clientKey: string
  readonly clientKeyData: string
  readonly username: string
  readonly password: string
  readonly as: string
  readonly asUid: string
  readonly asGroups: readonly string[]
  readonly asUserExtra: Readonly<Record<string, readonly string[]>>
  readonly exec?: ExecEntry
  readonly authProvider?: {readonly name: string; readonly config: Readonly<Record<string, string>>}
}

export interface ContextEntry {
  readonly cluster: string
  readonly user: string
  readonly namespace: string
}

/** One kubeconfig file, or several merged. */
export interface Kubeconfig {
  readonly currentContext: string
  readonly clusters: ReadonlyMap<string, ClusterEntry>
  readonly users: ReadonlyMap<string, UserEntry>
  readonly contexts: ReadonlyMap<string, ContextEntry>
}

/**
 * Reads the text of one kubeconfig; relative paths are relative to the file that holds them.
 * @throws Error whose message never quotes the text, because it may hold secrets
 */
export function parseKubeconfig(text: string, file: string): Kubeconfig {
  // Its warnings, like its errors, quote what they are about, which may be a password.
  const document = parseDocument(text, {prettyErrors: false, uniqueKeys: false, merge: true, logLevel: 'error'})
  const [error] = document.errors
  if (error) throw new Error(`not YAML (${error.code.toLowerCase()} in line ${lineOf(text, error.pos[0])})`)
  const root = new Fields(valueOf(document), '')
  const path = (relative: string) => !relative || isAbsolute(relative) ? relative : join(dirname(file), relative)
  return {
    currentContext: root.text('current-context'),
    clusters: root.named('clusters', 'cluster', entry => clusterEntry(entry, path)),
    users: root.named('users', 'user', entry => userEntry(entry, path)),
    contexts: root.named('contexts', 'context', contextEntry),
  }
}

function valueOf(document: Document.Parsed): unknown {
  try {
    return document.toJS()
  } catch {
    throw new Error('not YAML that can be understood: an alias leads nowhere, or too much is nested')
  }
}

type Path = (relative: string) => string

const clusterEntry = (entry: Fields, path: Path): ClusterEntry => ({
  server: entry.text('server'),
  certificateAuthority: path(entry.text('certificate-authority')),
  certificateAuthorityData: entry.data('certificate-authority-data'),
  insecureSkipTlsVerify: entry.flag('insecure-skip-tls-verify'),
  tlsServerName: entry.text('tls-server-name'),
  proxyUrl: entry.text('proxy-url'),
  execConfig: entry.list('extensions').find(extension => extension.text('name') === 'client.authentication.k8s.io/exec')?.raw.extension,
})

const contextEntry = (entry: Fields): ContextEntry => ({
  cluster: entry.text('cluster'),
  user: entry.text('user'),
  namespace: entry.text('namespace'),
})

const userEntry = (entry: Fields, path: Path): UserEntry => ({
  token: entry.text('token'),
  tokenFile: path(entry.text('tokenFile')),
  clientCertificate: path(entry.text('client-certificate')),
  clientCertificateData: entry.data('client-certificate-data'),
  clientKey: path(entry.text('client-key')),
  clientKeyData: entry.data('client-key-data'),
  username: entry.text('username'),
  password: entry.text('password'),
  as: entry.text('as'),
  asUid: entry.text('as-uid'),
  asGroups: entry.texts('as-groups'),
  asUserExtra: entry.object('as-user-extra')?.mapOf((extra, key) => extra.texts(key)) ?? {},
  exec: execEntry(entry.object('exec'), path),
  authProvider: authProvider(entry.object('auth-provider')),
})

/** kubectl resolves a command only if it is a path, and gives old API versions the mode that they had. */
function execEntry(entry: Fields | undefined, path: Path): ExecEntry | undefined {
  if (!entry) return undefined
  const command = entry.text('command')
  const apiVersion = entry.text('apiVersion')
  return {
    apiVersion,
    command: command.includes(sep) ? path(command) : command,
    args: entry.texts('args'),
    env: Object.fromEntries(entry.list('env').map(variable => [variable.text('name'), variable.text('value')])),
    interactiveMode: entry.text('interactiveMode') || (/\/v1(alpha|beta)1$/.test(apiVersion) ? 'IfAvailable' : ''),
    provideClusterInfo: entry.flag('provideClusterInfo'),
    installHint: entry.text('installHint'),
  }
}

const authProvider = (entry: Fields | undefined): UserEntry['authProvider'] => entry && {
  name: entry.text('name'),
  config: entry.object('config')?.mapOf((config, key) => config.text(key)) ?? {},
}

const lineOf = (text: string, offset: number) => text.slice(0, offset).split('\n').length
