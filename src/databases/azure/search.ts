import type {CheckInput, CheckResult} from '../types.ts'
import {openArm, subscriptionsOf, subscriptionsText} from './arm.ts'
import type {Arm, Subscription} from './arm.ts'
import {azureFailure} from './failure.ts'

/** Found in that subscription, or why it could not be. */
export type Found<T> = {readonly arm: Arm; readonly subscription: Subscription; readonly resource: T} | {readonly unverified: string}

/**
 * Looks for one resource in the subscriptions that are meant.
 * @param what for people: `the Cosmos DB account my-ledger`
 * @param find lists a subscription and picks from it; undefined: it is not there
 */
export async function search<T>(
  {settings, access, signal, progress}: CheckInput, what: string, find: (arm: Arm, subscription: Subscription) => Promise<T | undefined>, open: () => Promise<Arm> = openArm,
): Promise<Found<T>> {
  const wanted = access.azureSubscription ?? settings['subscription']
  const failures: string[] = []
  try {
    const arm = await open()
    const subscriptions = await subscriptionsOf(arm, wanted, signal)
    if (subscriptions.length === 0) return {unverified: wanted === undefined ? 'these credentials see no Azure subscription' : `these credentials see no Azure subscription ${wanted}`}
    for (const subscription of subscriptions) {
      progress?.(`looks in subscription ${subscription.name}`)
      try {
        const resource = await find(arm, subscription)
        if (resource !== undefined) return {arm, subscription, resource}
      } catch (error) {
        const {kind, text} = azureFailure(error, `look in subscription ${subscription.name}`)
        if (kind !== 'denied' && kind !== 'absent') return {unverified: text}
        failures.push(text)
      }
    }
    return {unverified: [`${what} is not in ${subscriptionsText(subscriptions)} for these credentials`, ...failures].join('; ')}
  } catch (error) {
    return {unverified: azureFailure(error, 'list subscriptions').text}
  }
}

export const unverified = (summary: string): CheckResult => ({status: 'unverified', summary, findings: [], settings: {}})
