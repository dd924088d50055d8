import {createHash} from 'node:crypto'

/** Longest name of a ConfigMap (a DNS subdomain) less some room for a counter. */
const MAX_LENGTH = 245

/**
 * The name of a restore point, by start time and release: `scalardl-20261123t124402z-my-ledger`. Legal as the name of a
 * ConfigMap and of a file everywhere. A release whose name had to be changed for that gets a hash of it, so that two
 * never fall together.
 */
export function restorePointName(startedAtMs: number, release = ''): string {
  const prefix = `scalardl-${compactStamp(startedAtMs)}`
  const legal = release.toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '')
  const room = MAX_LENGTH - prefix.length - 1
  if (legal === release && legal.length <= room) return legal ? `${prefix}-${legal}` : prefix
  const hash = createHash('sha256').update(release).digest('hex').slice(0, 8)
  return [prefix, legal.slice(0, room - hash.length - 1).replace(/-+$/, ''), hash].filter(Boolean).join('-')
}

/** `20261123t124402z` */
const compactStamp = (ms: number) => new Date(ms).toISOString().replace(/[-:]|\.\d+/g, '').toLowerCase()
