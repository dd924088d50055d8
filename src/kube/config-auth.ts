import {CliError} from '../support/errors.ts'
import type {Clock} from '../support/clock.ts'
import type {UserEntry} from './config-entries.ts'
import {remembered} from './credentials.ts'
import type {CredentialSource, Credentials} from './credentials.ts'
import {runExecPlugin} from './exec-plugin.ts'
import type {ExecCluster, ExecWorld} from './exec-plugin.ts'
import {oidcCredentials} from './config-oidc.ts'

/** What credentials are read from beside the kubeconfig. */
export interface AuthWorld extends ExecWorld {
  readonly readFile: (path: string) => Promise<string>
  readonly clock: Clock
}

/** client-go reads a token file again after a minute. */
const tokenFileMs = 60_000

/**
 * The credentials of a kubeconfig's user, in kubectl's order: token (file before text) or basic auth, with a client
 * certificate beside it; an exec plugin only if there is none of them; an auth-provider only without an Authorization.
 * @param limitMs time limit of an exec plugin's run, undefined = none
 */
export async function credentialSource(
  user: UserEntry, cluster: ExecCluster, world: AuthWorld, limitMs?: number,
): Promise<CredentialSource> {
  const certificate = await clientCertificate(user, world)
  if (user.tokenFile) return tokenFileSource(user, certificate, world)
  if (user.token) return fixed({...certificate, authorization: `Bearer ${user.token}`})
  if (user.username || user.password) return fixed({...certificate, authorization: basic(user.username, user.password)})
  const {exec, authProvider} = user
  if (exec && !certificate.cert) return remembered(() => runExecPlugin(exec, cluster, world, limitMs), world.clock)
  if (authProvider) {
    refuseUnknown(authProvider.name)
    return remembered(async () => ({...certificate, ...await oidcCredentials(authProvider.config, world.clock().wallMs, world.readFile)}), world.clock)
  }
  return fixed(certificate)
}

const fixed = (credentials: Credentials): CredentialSource => async () => credentials

/** The Authorization header of basic auth. */
export const basic = (username: string, password: string) => `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`

async function clientCertificate(user: UserEntry, {readFile}: AuthWorld): Promise<Credentials> {
  if (!user.clientCertificate && !user.clientCertificateData) return {}
  const [cert, key] = await Promise.all([
    user.clientCertificateData || readNamed('client-certificate', user.clientCertificate, readFile),
    user.clientKeyData || readNamed('client-key', user.clientKey, readFile),
  ])
  return {cert, key}
}

/** The first read decides whether the file is there at all; later ones fall back to the token given as text. */
async function tokenFileSource(user: UserEntry, certificate: Credentials, {readFile, clock}: AuthWorld): Promise<CredentialSource> {
  const load = async () => {
    const text = await readNamed('token file', user.tokenFile, readFile).catch((error: unknown) => {
      if (user.token) return user.token
      throw error
    })
    if (!text.trim()) throw new CliError(`read empty token from file ${user.tokenFile}`)
    return {...certificate, authorization: `Bearer ${text.trim()}`, expiresAtMs: clock().wallMs + tokenFileMs}
  }
  const source = remembered(load, clock)
  await source()
  return source
}

/** @throws CliError naming the file and what it is for */
export async function readNamed(what: string, path: string, readFile: AuthWorld['readFile']): Promise<string> {
  try {
    return await readFile(path)
  } catch (error) {
    const reason = error instanceof Error && 'code' in error && error.code === 'ENOENT' ? 'no such file' : (error as Error).message
    throw new CliError(`unable to read ${what} ${path}: ${reason}`, {hints: ['kubectl config view --minify'], cause: error})
  }
}

/** What writes an exec plugin in the place of an auth-provider that is no more. */
const successors = new Map([
  ['azure', 'kubelogin convert-kubeconfig'],
  ['gcp', 'gcloud container clusters get-credentials <cluster>'],
])

function refuseUnknown(name: string): void {
  if (name === 'oidc') return
  const successor = successors.get(name)
  if (!successor) throw new CliError(`no auth-provider found for name "${name}"`, {hints: ['use an exec plugin']})
  throw new CliError(`the ${name} auth-provider has been removed from Kubernetes clients`, {hints: [successor]})
}
