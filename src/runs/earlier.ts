import {hostname} from 'node:os'
import {isRunning} from '../support/process-id.ts'
import {lateUntilMs, leftOf, storyOf} from './describe.ts'
import {findRuns, removeRun, writeRun} from './run-file.ts'
import type {ProcessId} from '../support/process-id.ts'
import type {Run, RunServer} from './types.ts'

/** What of this machine tells whether a run is still at work. */
export interface RunsWorld {
  readonly stateDir: string | undefined
  readonly host: string
  readonly isRunning: (id: ProcessId) => Promise<boolean>
  readonly nowMs: () => number
}

export const runsWorld = (stateDir: string | undefined): RunsWorld => ({stateDir, host: hostname(), isRunning, nowMs: Date.now})

/** What is said of an earlier run: the first line is the headline, `grave` if something may be paused. */
export interface Earlier {
  readonly grave: boolean
  readonly lines: readonly string[]
}

/** From another machine only the time tells that a run must be over: its bound, and this long. */
const OTHER_HOST_MS = 3_600_000

/**
 * What became of earlier runs of this user, each told once: the files of those that are settled are removed. A run after which
 * something may be paused is told until `settleRuns` knows better. Never throws. Text from files is as it stands there.
 */
export async function earlierRuns(world: RunsWorld): Promise<Earlier[]> {
  const found = await findRuns(world.stateDir)
  const told = await Promise.all(found.map(async (one): Promise<Earlier[]> => {
    if ('problem' in one) return [{grave: false, lines: [`skipped: ${one.path} ${one.problem}`, 'whether an earlier command left something paused: kubectl scalardl status; then delete the file']}]
    return tell(one, world)
  }))
  return told.flat()
}

async function tell({path, run}: {path: string; run: Run}, world: RunsWorld): Promise<Earlier[]> {
  if (!await canBeJudged(run, world)) return []
  const here = run.host === world.host
  const [process, watchdog] = await Promise.all([run.process, run.watchdog].map(async id => here && id !== undefined && world.isRunning(id)))
  const story = storyOf(run, {process: process ?? false, watchdog: watchdog ?? false}, world.nowMs())
  if (!story) return []
  if (story.kind === 'settled') await removeRun(path).catch(() => undefined)
  const until = story.kind === 'open' ? [`this is said until they are known to be unpaused, or ${path} is deleted`] : []
  return [{grave: story.kind === 'open', lines: [...story.lines, ...until]}]
}

/**
 * As whom runs held leases that nobody of theirs is at work for any more. Never throws.
 * @param space where numbers of processes mean the same as in the runs' files (`processSpace`); undefined = nobody is known to be dead
 */
export async function deadHolders(world: RunsWorld, space: string | undefined): Promise<ReadonlySet<string>> {
  if (space === undefined) return new Set()
  const found = (await findRuns(world.stateDir)).flatMap(one => 'run' in one && one.run.space === space ? [one.run] : [])
  const holders = await Promise.all(found.map(async ({holder, process, watchdog}) => {
    const atWork = await Promise.all([process, ...watchdog ? [watchdog] : []].map(world.isRunning))
    return holder === undefined || atWork.includes(true) ? [] : [holder]
  }))
  return new Set(holders.flat())
}

/** A run of another machine cannot be asked for; what has ended says so. */
async function canBeJudged({host, since, boundMs, report}: Run, world: RunsWorld): Promise<boolean> {
  return host === world.host || report?.phase === 'ended' || world.nowMs() - Date.parse(since) > boundMs + OTHER_HOST_MS
}

/** Whether a server of a run is known to be unpaused, or gone. */
export type IsBack = (server: RunServer, run: Run) => boolean | Promise<boolean>

/**
 * Takes servers off the runs that nobody is at work on any more, once they are known to be unpaused or gone; a run without any
 * left is removed. Never throws.
 */
export async function settleRuns(world: RunsWorld, isBack: IsBack): Promise<void> {
  for (const found of await findRuns(world.stateDir)) {
    if ('problem' in found) continue
    const {path, run} = found
    await settle(path, run, world, isBack).catch(() => undefined)
  }
}

async function settle(path: string, run: Run, world: RunsWorld, isBack: IsBack): Promise<void> {
  if (run.report?.phase !== 'ended') {
    if (!await canBeJudged(run, world)) return
    const atWork = await Promise.all([run.process, ...run.watchdog ? [run.watchdog] : []].map(world.isRunning))
    if (run.host === world.host && atWork.includes(true)) return
  }
  if (world.nowMs() < (lateUntilMs(run) ?? 0)) return
  const left = leftOf(run)
  const back = await Promise.all(left.map(async ({server}) => {
    const one = run.servers[server]
    return one === undefined || isBack(one, run)
  }))
  const still = left.filter((_, i) => !back[i])
  if (left.length === 0 || still.length === left.length) return
  if (still.length === 0) return removeRun(path)
  const at = new Date(world.nowMs()).toISOString()
  await writeRun(path, {...run, report: {by: 'itself', cause: 'died', paused: run.servers.length, unpaused: 0, ...run.report, phase: 'ended', at, left: still}})
}
