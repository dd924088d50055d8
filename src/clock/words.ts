import {BlockList, isIP} from 'node:net'
import {formatDuration} from '../support/duration.ts'
import {offsetText} from './offset-text.ts'
import type {ClockReading} from './clocks.ts'
import type {Measured} from './measure.ts'

/** One line on a clock: how far off it is, and what was measured; or why it was not, and what a backup with this guard takes instead. */
export function readingText({database, measurement}: ClockReading, guardMs?: number): string {
  if ('unmeasured' in measurement) return `${database}: not measured (${measurement.unmeasured})${guardMs === undefined ? '' : `; ${insteadText(guardMs)}`}`
  return `${database}: ${offsetText(measurement)} (${[seenAt(measurement), ...doubtsOf(measurement)].join('; ')})`
}

const insteadText = (guardMs: number) => `it is taken to be within ${formatDuration(guardMs)} of this machine's`

function seenAt({host, address, proxy}: Measured): string {
  if (proxy !== undefined) return `${host} through the proxy ${proxy}`
  if (address === undefined || address === host) return host
  return `${host} at ${address}${isPrivate(address) ? ', a private address' : ''}`
}

function doubtsOf({verified, agree}: Measured): string[] {
  return [...verified ? [] : ['over plain http, where nothing proves who answers'], ...agree ? [] : ['its answers contradict each other']]
}

/** RFC 1918, 4193, 6598, 3927, 4291, 1122. */
const PRIVATE = new BlockList()
for (const [network, bits] of [['10.0.0.0', 8], ['172.16.0.0', 12], ['192.168.0.0', 16], ['100.64.0.0', 10], ['169.254.0.0', 16], ['127.0.0.0', 8]] as const) PRIVATE.addSubnet(network, bits)
for (const [network, bits] of [['fc00::', 7], ['fe80::', 10], ['::1', 128]] as const) PRIVATE.addSubnet(network, bits, 'ipv6')

const isPrivate = (address: string) => isIP(address) !== 0 && PRIVATE.check(address, isIP(address) === 4 ? 'ipv4' : 'ipv6')
