import {CliError} from '../cli/errors.ts'
import type {Credentials} from './credentials.ts'

/** client-go takes an id token that is about to expire as expired. */
const expiryMarginMs = 10_000

/**
 * The id token of an oidc auth-provider, refreshed when it has expired. Unlike kubectl, a refreshed token is not written
 * back to the kubeconfig: that file belongs to others.
 */
export async function oidcCredentials(config: Readonly<Record<string, string>>, nowMs: number): Promise<Credentials> {
  const held = config['id-token'] ?? ''
  const expiresAtMs = tokenExpiryMs(held)
  if (expiresAtMs !== undefined && nowMs < expiresAtMs) return {authorization: `Bearer ${held}`, expiresAtMs}
  if (!config['refresh-token'] || !config['idp-issuer-url'] || !config['client-id']) {
    throw new CliError('the oidc id-token has expired and the kubeconfig has no refresh-token, idp-issuer-url or client-id', {
      hints: ["log in again with the cluster's usual tool"],
    })
  }
  const fresh = await refreshed(config)
  return {authorization: `Bearer ${fresh}`, expiresAtMs: tokenExpiryMs(fresh)}
}

/** client-node refreshes only a token that has expired and can be read, so it gets one. */
const expired = `e30.${Buffer.from('{"exp":1}').toString('base64url')}.`

async function refreshed(config: Readonly<Record<string, string>>): Promise<string> {
  const {OpenIDConnectAuth} = await import('@kubernetes/client-node/dist/oidc_auth.js')
  const user = {name: 'oidc', authProvider: {name: 'oidc', config: {...config, 'id-token': expired}}}
  const options: {headers: Record<string, string>} = {headers: {}}
  try {
    await new OpenIDConnectAuth().applyAuthentication(user, options)
  } catch (error) {
    throw new CliError(`cannot refresh the oidc id-token at ${config['idp-issuer-url']}: ${(error as Error).message}`, {
      hints: ["log in again with the cluster's usual tool"],
      cause: error,
    })
  }
  const token = options.headers.Authorization?.replace(/^Bearer /, '')
  if (!token) throw new CliError(`${config['idp-issuer-url']} returned no id-token`)
  return token
}

/** `exp` of a JWT less the margin; undefined if it can't be read. */
function tokenExpiryMs(jwt: string): number | undefined {
  try {
    const {exp} = JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString()) as {exp?: unknown}
    return typeof exp === 'number' ? exp * 1000 - expiryMarginMs : undefined
  } catch {
    return undefined
  }
}
