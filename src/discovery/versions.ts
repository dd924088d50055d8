import {PRODUCTS} from './products.ts'
import type {Product} from './types.ts'

/** `unverified`: what a pause of this version does not prove, in words for the user. */
export type PauseSupport = 'verified' | {readonly unverified: string}

/** A product's version by its image tag (never by chart or label); undefined when the tag is none, or no version. */
export function versionOf(image: string | undefined): string | undefined {
  const tag = image?.split('@')[0]?.split('/').at(-1)?.split(':')[1]
  return tag && /^v?(\d+\.\d+\.\d+(?:[-.][\w.-]+)?)$/.exec(tag)?.[1]
}

/** Whether `version` is `floor` or later; a pre-release comes before its release, as in semver. */
export function atLeast(version: string, floor: string): boolean {
  const [core = '', suffix] = version.split(/-(.*)/)
  const difference = compare(core, floor)
  return difference > 0 || (difference === 0 && suffix === undefined)
}

function compare(a: string, b: string): number {
  const left = a.split('.').map(Number)
  const right = b.split('.').map(Number)
  const at = [0, 1, 2].find(index => left[index] !== right[index])
  return at === undefined ? 0 : (left[at] ?? 0) - (right[at] ?? 0)
}

/** First version that answers CheckPaused (ScalarDL javadoc, ScalarDB Server sources). */
const CHECK_PAUSED_SINCE: Readonly<Record<Product, string>> =
  {ledger: '3.5.0', auditor: '3.5.0', 'scalardb-cluster': '3.9.0', scalardb: '3.6.0'}

/**
 * What a pause of this version proves. A missing CheckPaused shows at run time, so a version that cannot be read is
 * taken as good, except for ScalarDB Cluster, whose leak no answer shows.
 * ScalarDL up to 3.13 can reopen a gate after its OK; the sweeps of docs/protocol.md see that, so it counts as verified.
 */
export function pauseSupport(product: Product, version: string | undefined): PauseSupport {
  const {title} = PRODUCTS[product]
  if (version && !atLeast(version, CHECK_PAUSED_SINCE[product])) {
    return {unverified: `${title} ${version} does not answer CheckPaused (since ${CHECK_PAUSED_SINCE[product]})`}
  }
  if (product === 'scalardb-cluster' && !(version && keepsOneShotsOut(version))) {
    return {unverified: `${title} ${version ?? 'of unknown version'}: one-shot and batch operations pass a pause before 3.17.3`}
  }
  return 'verified'
}

/** ScalarDB Cluster's release notes name the fix for 3.17.3 and 3.18.0 only. */
const keepsOneShotsOut = (version: string) =>
  atLeast(version, '3.18.0') || (version.startsWith('3.17.') && atLeast(version, '3.17.3'))
