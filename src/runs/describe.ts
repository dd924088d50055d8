import {quote} from '../plan/shell.ts'
import {SECOND_LOOKS_MS} from '../protocol/limits.ts'
import {formatDuration} from '../support/duration.ts'
import type {Run, RunLeftover, RunReport, RunServer} from './types.ts'

/** Which of a run's processes still live. */
export interface Living {
  readonly process: boolean
  readonly watchdog: boolean
}

/** What there is to say of an earlier run. */
export interface Story {
  /** `settled`: told once, and the file may go. `open`: something may be paused. `under way`: somebody is at work on it. */
  readonly kind: 'settled' | 'open' | 'under way'
  readonly lines: readonly string[]
}

/** Beside its bound, a run waits for leases, looks again and writes its record. */
const ABOUT_MS = 180_000
/** So long after everything was open a Pause may still come late: as long as the core looks again, and some seconds. */
const LATE_PAUSE_MS = Math.max(...SECOND_LOOKS_MS) + 5000

/** Until when one look at a server does not tell that it stays unpaused, in ms since 1970; undefined = it does. */
export const lateUntilMs = ({report}: Run): number | undefined => report?.phase === 'looking again' ? Date.parse(report.at) + LATE_PAUSE_MS : undefined

/** What may be paused after a run that nobody is at work on any more: while open servers are looked at again, they too. */
export function leftOf({servers, report}: Run): readonly RunLeftover[] {
  if (report && report.phase !== 'looking again') return report.left
  return servers.map((_, server) => report?.left.find(one => one.server === server) ?? {server, whose: 'ours'})
}

/** What became of a run, at a time in ms since 1970; undefined = it goes on as it should. */
export function storyOf(run: Run, living: Living, nowMs: number): Story | undefined {
  const {report} = run
  if (report?.phase === 'ended') return ended(run, report)
  if (living.process && report === undefined) return living.watchdog || nowMs <= Date.parse(run.since) + run.boundMs + ABOUT_MS ? undefined : overdue(run)
  if (living.watchdog) return underWay(run)
  return abandoned(run)
}

const headOf = ({command, process, since}: Run, what: string) => `an earlier ${command} (pid ${process.pid}, since ${toSecond(since)}) ${what}`

function ended(run: Run, report: RunReport): Story {
  const {left, paused, unpaused, cause} = report
  if (report.by === 'itself') return {kind: 'open', lines: [headOf(run, `ended, and ${servers(left.length)} may still be paused`), ...leftLines(run, left)]}
  if (left.length > 0) return {kind: 'open', lines: [headOf(run, `${cause}; its watchdog unpaused ${unpaused} of ${servers(unpaused + left.length)}`), ...leftLines(run, left)]}
  if (paused === 0) return {kind: 'settled', lines: [headOf(run, `${cause} before it paused anything`)]}
  if (unpaused === 0) return {kind: 'settled', lines: [headOf(run, `${cause} when everything was unpaused again`)]}
  return {kind: 'settled', lines: [headOf(run, `${cause}; ${unpausedBy(report)}`)]}
}

function underWay(run: Run): Story {
  const {report, watchdog} = run
  if (report?.phase !== 'looking again') return {kind: 'under way', lines: [headOf(run, `${report?.cause ?? 'was killed'}; its watchdog (pid ${watchdog?.pid}) is unpausing its servers`)]}
  return {kind: 'under way', lines: [
    headOf(run, `${report.cause}; ${report.unpaused === 0 ? 'everything was unpaused' : unpausedBy(report)}`),
    `the watchdog (pid ${watchdog?.pid}) looks at them again for some minutes, in case a Pause comes late`,
  ]}
}

/** `its watchdog unpaused all 6 servers 3.2 s later, paused for 9.1 s` */
function unpausedBy({paused, unpaused, tookMs, outageMs}: RunReport): string {
  const which = unpaused === paused && unpaused > 1 ? `all ${unpaused} servers` : servers(unpaused)
  const later = tookMs === undefined ? '' : ` ${formatDuration(tookMs)} later`
  return `its watchdog unpaused ${which}${later}${outageMs === undefined ? '' : `, unavailable for ${formatDuration(outageMs)}`}`
}

/** It should have ended long ago, and nobody watches over it. */
function overdue(run: Run): Story {
  const {process: {pid}} = run
  return {kind: 'open', lines: [
    headOf(run, 'still runs, long after it should have ended, and has no watchdog: it may be stopped'),
    `where it says nothing any more, end it first: kill -9 ${pid}`,
    ...leftLines(run, leftOf(run)),
  ]}
}

/** Nobody is left who would know. */
function abandoned(run: Run): Story {
  const left = leftOf(run)
  const dead = run.watchdog === undefined ? 'died without a watchdog' : 'died, and so did its watchdog'
  const lateMs = lateUntilMs(run)
  if (lateMs !== undefined) {
    const after = toSecond(new Date(lateMs).toISOString())
    return {kind: 'open', lines: [headOf(run, `${dead} while it looked again: a Pause may have come late; look with kubectl scalardl status after ${after}`), ...leftLines(run, left)]}
  }
  if (left.length === 0) return {kind: 'settled', lines: [headOf(run, `${dead} when everything was unpaused`)]}
  return {kind: 'open', lines: [headOf(run, `${dead}: what it had paused may still be paused`), ...leftLines(run, left)]}
}

/** Names at most this many of one namespace. */
const NAMED = 10

/** Each place once, with its servers and what to type. */
export function leftLines(run: Pick<Run, 'targets' | 'servers'>, left: readonly RunLeftover[]): string[] {
  const places = Map.groupBy(left, ({server}) => run.servers[server]?.target ?? 0)
  return [...places].flatMap(([target, there]) => {
    const {context, namespace = '', flags = []} = run.targets[target] ?? {}
    const named = there.slice(0, NAMED).map(one => nameOf(run.servers[one.server], one))
    const more = there.length > NAMED ? [`and ${there.length - NAMED} more`] : []
    const command = ['kubectl', 'scalardl', 'unpause', '--all-pods', ...flags, '-n', namespace].map(quote).join(' ')
    return [`may still be paused${context === undefined ? '' : ` in ${context}`}: ${[...named, ...more].join(', ')}`, `to unpause: ${command}`]
  })
}

const nameOf = (server: RunServer | undefined, {whose, message}: RunLeftover) => {
  const notes = [whose === 'ours' ? '' : "another's pause", message ?? ''].filter(Boolean).join('; ')
  return `${server?.name}${notes === '' ? '' : ` (${notes})`}`
}

const servers = (count: number) => count === 1 ? '1 server' : `${count} servers`

const toSecond = (stamp: string) => stamp.replace(/\.\d+/, '')
