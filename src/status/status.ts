import {API_VERSION} from '../backup/restore-point.ts'
import {redact} from '../support/redact.ts'
import {versionOf} from '../discovery/versions.ts'
import {defined} from '../support/defined.ts'
import type {CheckAnswer} from '../admin/types.ts'
import type {Timestamp} from '../backup/restore-point.ts'
import type {Found} from '../backup/search.ts'
import type {FoundPauses} from '../by-hand/pause-file.ts'
import type {Product} from '../discovery/types.ts'

/** What `status` found: `-o json|yaml` prints it as it is (schema/server-status-list.schema.json). */
export interface StatusList {
  readonly apiVersion: typeof API_VERSION
  readonly kind: 'ServerStatusList'
  /** When the last answer was in. */
  readonly seenAt: Timestamp
  readonly items: readonly ServerStatus[]
  /** What could not be seen, and what was assumed in its place. */
  readonly warnings: readonly string[]
}

/** One server: a pod that can execute requests now, or is about to. */
export interface ServerStatus {
  readonly pod: string
  readonly namespace: string
  readonly uid: string
  readonly context?: string
  readonly cluster: string
  readonly product: Product
  readonly release: string
  readonly version?: string
  readonly node?: string
  readonly ready: boolean
  readonly restarts: number
  /** Why it may change or go away in the next moments. */
  readonly unsettled?: string
  readonly admin: {readonly port: number; readonly tls: boolean; readonly serverName?: string}
  /** The server's own answer; `unknown` where it gave none. */
  readonly paused: Paused
  /** Why that is unknown. */
  readonly message?: string
  /** The lease of its Deployment, which whoever pauses it holds; absent where there is none, or it could not be read. */
  readonly lease?: LeaseStatus
  /** A pause by hand of this user on this machine, which is kept. */
  readonly byHand?: {readonly name: string; readonly since?: Timestamp; readonly until?: Timestamp}
}

export interface LeaseStatus {
  readonly name: string
  /** `user@host/id`; absent = nobody. */
  readonly holder?: string
  readonly since?: Timestamp
  readonly renewed?: Timestamp
  readonly until?: Timestamp
  /** False where its holder has not renewed it in time by this machine's clock, and may be dead. */
  readonly alive?: boolean
}

export type Paused = 'yes' | 'no' | 'unknown'

/** The leases of what was found, and why some could not be read. */
export interface LeasesRead {
  readonly of: ReadonlyMap<Found, LeaseStatus>
  readonly warnings: readonly string[]
}

/** The list out of one look and the answers to it, by pod UID; a server without an answer is unknown, never fine. */
export function statusOf(found: readonly Found[], answers: ReadonlyMap<string, CheckAnswer>, leases: LeasesRead, at: Date): StatusList {
  return {
    apiVersion: API_VERSION,
    kind: 'ServerStatusList',
    seenAt: at.toISOString(),
    items: found.flatMap(one => serversOf(one, answers, leases)),
    warnings: [...new Set([
      ...found.flatMap(({release}) => release.assumptions.map(text => `${release.namespace}/${release.release}: ${redact(text)}`)),
      ...leases.warnings.map(redact),
    ])],
  }
}

/** The list with the pauses by hand that are kept on this machine. */
export const withPauses = (list: StatusList, {pauses, unreadable}: FoundPauses): StatusList => ({
  ...list,
  warnings: [...list.warnings, ...unreadable.map(({path, problem}) => `a pause by hand may be kept: ${path} ${problem}`)],
  items: list.items.map(item => {
    const pause = pauses.find(({uids}) => uids.includes(item.uid))
    return pause ? {...item, byHand: defined({name: pause.name, since: pause.since, until: pause.until})} : item
  }),
})

/** After a look that failed: the same servers, of which nothing is known any more. */
export const unseen = (before: StatusList, reason: string, at: Date): StatusList => ({
  ...before,
  seenAt: at.toISOString(),
  items: before.items.map(item => ({...item, paused: 'unknown', message: redact(reason)})),
})

function serversOf(found: Found, answers: ReadonlyMap<string, CheckAnswer>, leases: LeasesRead): ServerStatus[] {
  const {cluster, release} = found
  const {context, cluster: name} = cluster.api.access
  const {product, admin} = release
  return release.pods.map(({name: pod, namespace, uid, node, ready, restartCount, image, unsettled}) => defined({
    pod, namespace, uid, context, cluster: name, product, release: release.release, version: versionOf(image), node,
    ready, restarts: restartCount, unsettled,
    admin: defined({port: admin.port, tls: admin.tls !== undefined, serverName: admin.tls?.serverName}),
    ...pausedBy(answers.get(uid)),
    lease: leases.of.get(found),
  }))
}

function pausedBy(answer: CheckAnswer | undefined): Pick<ServerStatus, 'paused' | 'message'> {
  switch (answer?.kind) {
    case 'paused': return {paused: 'yes'}
    case 'unpaused': return {paused: 'no'}
    case 'unsupported': return {paused: 'unknown', message: 'the server is too old to say whether it is paused'}
    case 'failed': return {paused: 'unknown', message: redact(answer.message)}
    case undefined: return {paused: 'unknown', message: 'it was not asked'}
  }
}
