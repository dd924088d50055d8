import {request} from 'node:https'
import type {CustomFetch} from 'openid-client'
import {BOUNDS} from '../support/bounds.ts'
import {CliError} from '../support/errors.ts'
import {readBody} from './api-request.ts'
import type {Credentials} from './credentials.ts'

/** `config` of the auth-provider, with kubectl's keys. */
export type OidcConfig = Readonly<Record<string, string>>

/** client-go takes an id token that is about to expire as expired. */
const expiryMarginMs = 10_000

/**
 * The id token of an oidc auth-provider, refreshed when it has expired. Unlike kubectl, a refreshed token is not written
 * back to the kubeconfig: that file belongs to others.
 */
export async function oidcCredentials(config: OidcConfig, nowMs: number, readFile: (path: string) => Promise<string>): Promise<Credentials> {
  const held = config['id-token'] ?? ''
  const expiresAtMs = tokenExpiryMs(held)
  if (expiresAtMs !== undefined && nowMs < expiresAtMs) return {authorization: `Bearer ${held}`, expiresAtMs}
  if (!config['refresh-token'] || !config['idp-issuer-url'] || !config['client-id']) {
    throw new CliError('the oidc id-token has expired and the kubeconfig has no refresh-token, idp-issuer-url or client-id', {
      hints: ["log in again with the cluster's usual tool"],
    })
  }
  const fresh = await refreshed(config, await issuerCa(config, readFile))
  return {authorization: `Bearer ${fresh}`, expiresAtMs: tokenExpiryMs(fresh)}
}

async function issuerCa(config: OidcConfig, readFile: (path: string) => Promise<string>): Promise<string | undefined> {
  const {'idp-certificate-authority-data': data, 'idp-certificate-authority': file} = config
  return data ? Buffer.from(data, 'base64').toString() : file && await readFile(file)
}

async function refreshed(config: OidcConfig, ca: string | undefined): Promise<string> {
  const {'idp-issuer-url': issuer = '', 'client-id': clientId = '', 'client-secret': secret, 'refresh-token': refreshToken = ''} = config
  const oidc = await import('openid-client')
  try {
    const authentication = secret ? oidc.ClientSecretPost(secret) : oidc.None()
    const server = await oidc.discovery(new URL(issuer), clientId, undefined, authentication, ca ? {[oidc.customFetch]: fetchTrusting(ca)} : {})
    const {id_token: idToken} = await oidc.refreshTokenGrant(server, refreshToken)
    if (idToken) return idToken
  } catch (error) {
    throw new CliError(`cannot refresh the oidc id-token at ${issuer}: ${(error as Error).message}`, {
      hints: ["log in again with the cluster's usual tool"],
      cause: error,
    })
  }
  throw new CliError(`${issuer} returned no id-token`)
}

/** The built-in fetch can't be given a CA. */
const fetchTrusting = (ca: string): CustomFetch => (url, {method, headers, body, signal}) => new Promise((resolve, reject) => {
  const sent = request(url, {method, headers, ca, signal}, response => {
    readBody(response, BOUNDS.identityAnswer, `the answer of ${url}`).then(text => resolve(new Response(text, {
      status: response.statusCode,
      headers: {'content-type': response.headers['content-type'] ?? ''},
    })), reject)
  })
  sent.on('error', reject)
  sent.end(body instanceof URLSearchParams ? body.toString() : body)
})

/** `exp` of a JWT less the margin; undefined if it can't be read. */
function tokenExpiryMs(jwt: string): number | undefined {
  try {
    const {exp} = JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString()) as {exp?: unknown}
    return typeof exp === 'number' ? exp * 1000 - expiryMarginMs : undefined
  } catch {
    return undefined
  }
}
