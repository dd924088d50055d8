/** Why Azure did not answer a question, told apart by what the user can do about it. */
export interface AzureFailure {
  readonly kind: 'no credentials' | 'refused credentials' | 'denied' | 'throttled' | 'unreachable' | 'absent' | 'other'
  readonly text: string
}

const UNREACHABLE = /^(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|EPIPE|REQUEST_SEND_ERROR|ERR_PROXY_.*|.*CERT.*|.*SIGNATURE.*|SELF_SIGNED.*)$/

/** @param doing what was asked: `list Cosmos DB accounts in subscription x` */
export function azureFailure(error: unknown, doing: string): AzureFailure {
  if (!(error instanceof Error)) return {kind: 'other', text: `could not ${doing}: ${String(error)}`}
  const {name, message} = error
  const causes = 'errors' in error && Array.isArray(error.errors) ? error.errors.map(String) : []
  // Entra's own words for a login that it refuses, behind whichever way to it was tried.
  const refusal = [message, ...causes].map(text => /AADSTS\d+/.exec(text)?.[0]).find(Boolean)
  if (refusal) return {kind: 'refused credentials', text: `Azure refuses the login (${refusal}); log in again: az login`}
  if (/^(AggregateAuthenticationError|CredentialUnavailableError|AuthenticationRequiredError)$/.test(name)) {
    return {kind: 'no credentials', text: 'no Azure credentials were found: az login, or AZURE_CLIENT_ID and its companions'}
  }
  if (name === 'AuthenticationError') return {kind: 'refused credentials', text: `Azure refuses the login: ${firstLine(message)}`}
  const status = 'statusCode' in error ? Number(error.statusCode) : 0
  const code = 'code' in error ? String(error.code) : ''
  if (status === 401) return {kind: 'refused credentials', text: `Azure does not accept the login (${code || status}); log in again: az login`}
  if (status === 403) return {kind: 'denied', text: `the Azure credentials may not ${doing}${code ? ` (${code})` : ''}`}
  if (status === 429) return {kind: 'throttled', text: `Azure throttled the requests, at: ${doing}`}
  if (status === 404) return {kind: 'absent', text: `Azure finds nothing to ${doing}${code ? ` (${code})` : ''}`}
  if (UNREACHABLE.test(code)) return {kind: 'unreachable', text: `Azure cannot be reached: ${firstLine(message || code)}`}
  return {kind: 'other', text: `could not ${doing}: ${firstLine(message) || name}`}
}

const firstLine = (text: string) => (text.split('\n')[0] ?? '').replace(/\.$/, '')
