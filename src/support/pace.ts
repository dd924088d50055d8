import {setTimeout as delay} from 'node:timers/promises'

/**
 * Spreads beginnings evenly, for services that count requests per second: each call resolves when its turn has come.
 * @param signal ends all waiting with its reason
 */
export function pace(perSecond: number, signal?: AbortSignal): () => Promise<void> {
  let nextMs = -Infinity
  return async () => {
    const nowMs = performance.now()
    const turnMs = Math.max(nowMs, nextMs)
    nextMs = turnMs + 1000 / perSecond
    if (turnMs > nowMs) await delay(turnMs - nowMs, undefined, {signal})
  }
}
