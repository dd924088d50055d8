import {printable} from '../../support/printable.ts'

/** Why AWS did not answer a question, told apart by what the user can do about it. */
export interface AwsFailure {
  readonly kind: 'no credentials' | 'refused credentials' | 'denied' | 'throttled' | 'unreachable' | 'absent' | 'other'
  readonly text: string
}

/** Names of errors as the services and the SDK give them (AWS API references, "Common Errors"; SDK v3's own classes). */
const NO_CREDENTIALS = /^(CredentialsProviderError|TokenProviderError)$/
const EXPIRED = /^(ExpiredToken|ExpiredTokenException|RequestExpired)$/
const REFUSED = /^(UnrecognizedClientException|InvalidClientTokenId|InvalidSignatureException|SignatureDoesNotMatch|IncompleteSignature|MissingAuthenticationToken)$/
const DENIED = /^(AccessDenied|AccessDeniedException|NotAuthorized|UnauthorizedOperation)$/
const THROTTLED = /^(Throttling|ThrottlingException|ThrottledException|RequestLimitExceeded|TooManyRequestsException|ProvisionedThroughputExceededException|LimitExceededException)$/
const ABSENT = /(NotFound|NotFoundException|NotFoundFault)$/
const UNREACHABLE = /^(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|EPIPE|TimeoutError|AbortError|ERR_PROXY_.*|.*CERT.*|.*SIGNATURE.*|SELF_SIGNED.*)$/

/**
 * @param doing what was asked, as IAM names it: `dynamodb:Scan on scalardb.metadata`
 * @param profile the profile that was asked for by name
 */
export function awsFailure(error: unknown, doing: string, profile?: string): AwsFailure {
  const {name, message, code} = partsOf(error)
  const whose = profile === undefined ? '' : ` of profile ${profile}`
  if (NO_CREDENTIALS.test(name)) return {kind: 'no credentials', text: `no AWS credentials${profile === undefined ? ' were found' : ` for profile ${profile}`}: ${firstSentence(message)}`}
  if (EXPIRED.test(name)) return {kind: 'refused credentials', text: `the AWS credentials${whose} have expired`}
  if (REFUSED.test(name) && /expired|not yet current/i.test(message)) return {kind: 'refused credentials', text: "this machine's clock is too far off for AWS to accept its requests"}
  if (REFUSED.test(name)) return {kind: 'refused credentials', text: `AWS does not accept the credentials${whose} (${name})`}
  if (DENIED.test(name)) return {kind: 'denied', text: `the AWS credentials${whose} may not call ${doing}`}
  if (THROTTLED.test(name)) return {kind: 'throttled', text: `AWS throttled the requests (${name}), at ${doing}`}
  if (ABSENT.test(name)) return {kind: 'absent', text: firstSentence(message)}
  if (UNREACHABLE.test(code) || UNREACHABLE.test(name)) return {kind: 'unreachable', text: `AWS cannot be reached: ${firstSentence(message || code || name)}`}
  if (name === 'SyntaxError') return {kind: 'unreachable', text: 'AWS cannot be reached: something else answers in its place, such as a proxy or a login page'}
  return {kind: 'other', text: `${doing} failed: ${name}${message ? `: ${firstSentence(message)}` : ''}`}
}

/** Several addresses that all fail come as one error without a message of its own. */
function partsOf(error: unknown): {name: string; message: string; code: string} {
  if (error instanceof AggregateError && !error.message) return partsOf(error.errors[0])
  if (!(error instanceof Error)) return {name: 'Error', message: String(error), code: ''}
  return {name: error.name, message: error.message, code: 'code' in error ? String(error.code) : ''}
}

const firstSentence = (message: string) => printable((message.split('\n')[0] ?? '').replace(/\.(\s.*)?$/, ''))
