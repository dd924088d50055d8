import {fromIni} from '@aws-sdk/credential-providers'
import {Agent as HttpAgent} from 'node:http'
import {Agent as HttpsAgent} from 'node:https'

export interface AwsPlace {
  readonly region: string
  /** Undefined: the SDK's own chain of environment, profiles, SSO, processes and roles. */
  readonly profile?: string
}

/** An address that swallows everything, as behind a firewall, is given up after a few attempts of this. */
const CONNECT_TIMEOUT_MS = 3000
const REQUEST_TIMEOUT_MS = 10_000

const quiet = () => undefined
/** The SDK's remarks would go into the middle of the progress; what matters comes as an error. */
const QUIET = {debug: quiet, info: quiet, warn: quiet, error: quiet}

/** HTTPS_PROXY, HTTP_PROXY and NO_PROXY count (Node 22.21 and newer). */
const PROXIED = {keepAlive: true, proxyEnv: process.env}

/**
 * How every client of the AWS SDK is made: with the user's ordinary credentials and retries (AWS_MAX_ATTEMPTS), and through the
 * proxy of the environment. A profile that is named goes before credentials in the environment, as in the AWS CLI.
 */
export const sdkOptions = ({region, profile}: AwsPlace) => ({
  region, profile, logger: QUIET,
  ...profile !== undefined && {credentials: fromIni({profile, logger: QUIET})},
  requestHandler: {
    connectionTimeout: CONNECT_TIMEOUT_MS, requestTimeout: REQUEST_TIMEOUT_MS, throwOnRequestTimeout: true,
    httpAgent: new HttpAgent(PROXIED), httpsAgent: new HttpsAgent(PROXIED),
  },
})
