import {Agent, request} from 'node:https'
import {text} from 'node:stream/consumers'
import type {TokenCredential} from '@azure/identity'

/** Azure Resource Manager, and who asks it. */
export interface Arm {
  readonly credential: TokenCredential
  /** `https://management.azure.com` */
  readonly endpoint: string
  /** Certificate authority as PEM text, where it is not a public one. */
  readonly ca?: string
}

export interface Subscription {
  readonly id: string
  readonly name: string
}

/** With the user's ordinary credentials: environment, workload or managed identity, `az login`. */
export async function openArm(): Promise<Arm> {
  const {DefaultAzureCredential} = await import('@azure/identity')
  return {credential: new DefaultAzureCredential(), endpoint: 'https://management.azure.com'}
}

const RETRIES = 2
const TIMEOUT_MS = 10_000

/** How every client of Azure's SDK is made here: to that endpoint, and with little patience. */
export const clientOptions = ({endpoint, ca}: Arm) => ({
  endpoint, retryOptions: {maxRetries: RETRIES, maxRetryDelayInMs: 2000}, ...ca !== undefined && {tlsOptions: {ca}},
})

/** What each call of these clients is told beside. */
export const callOptions = (signal?: AbortSignal) => ({abortSignal: signal, requestOptions: {timeout: TIMEOUT_MS}})

const ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/**
 * The subscriptions to search: the wanted one, by its ID or its name, else all that the credentials see.
 * @throws the errors of the credential, or one with `statusCode` and `code` as those of Azure's SDK
 */
export async function subscriptionsOf(arm: Arm, wanted: string | undefined, signal?: AbortSignal): Promise<Subscription[]> {
  if (wanted !== undefined && ID.test(wanted)) return [{id: wanted, name: wanted}]
  const found: Subscription[] = []
  let next: string | undefined = `${arm.endpoint}/subscriptions?api-version=2022-12-01`
  while (next !== undefined) {
    const page: SubscriptionPage = await get(arm, next, signal)
    found.push(...page.value.map(({subscriptionId, displayName}) => ({id: subscriptionId, name: displayName})))
    next = page.nextLink
  }
  return wanted === undefined ? found : found.filter(({name}) => name === wanted)
}

interface SubscriptionPage {
  readonly value: ReadonlyArray<{readonly subscriptionId: string; readonly displayName: string}>
  readonly nextLink?: string
}

/** HTTPS_PROXY and NO_PROXY count, as they do for the SDK (Node 22.21 and newer). */
const PROXIED = {keepAlive: false, proxyEnv: process.env}

/** The one question for which there is no SDK here. */
async function get({credential, endpoint, ca}: Arm, url: string, signal?: AbortSignal): Promise<SubscriptionPage> {
  if (!url.startsWith(`${endpoint}/`)) throw new Error('Azure sends us to another host')
  const token = await credential.getToken(`${endpoint}/.default`, {abortSignal: signal})
  const {promise, resolve, reject} = Promise.withResolvers<SubscriptionPage>()
  const agent = new Agent(PROXIED)
  const asked = request(url, {agent, signal, timeout: TIMEOUT_MS, headers: {Authorization: `Bearer ${token?.token ?? ''}`}, ...ca !== undefined && {ca}})
  asked.once('timeout', () => { asked.destroy(Object.assign(new Error(`no answer within ${TIMEOUT_MS / 1000} s`), {code: 'ETIMEDOUT'})) })
  asked.once('error', reject)
  asked.once('response', answer => {
    text(answer).then(body => {
      if (answer.statusCode === 200) resolve(JSON.parse(body) as SubscriptionPage)
      else throw Object.assign(new Error(`Azure answers ${answer.statusCode}`), {statusCode: answer.statusCode})
    }).catch(reject)
  })
  asked.end()
  return promise
}

/** `my-group` of `/subscriptions/…/resourceGroups/my-group/providers/…`. */
export const groupOf = (id = ''): string | undefined => /\/resourceGroups\/([^/]+)\//i.exec(id)?.[1]

/** `subscription x`, `3 subscriptions`: where was searched. */
export const subscriptionsText = (subscriptions: readonly Subscription[]): string =>
  subscriptions.length === 1 ? `subscription ${subscriptions[0]?.name}` : `${subscriptions.length} subscriptions`
