import {leftLines, leftOf, storyOf} from '../runs/describe.ts'
import {findRuns} from '../runs/run-file.ts'
import type {RunsWorld} from '../runs/earlier.ts'
import type {Run} from '../runs/types.ts'
import type {Pause} from './pause-file.ts'

/** What is known of the servers of a pause whose keeper is dead: `unpausing` by its watchdog, all `unpaused`, or `open`: they may still be paused. */
export interface Orphaned {
  readonly kind: 'unpausing' | 'unpaused' | 'open'
  readonly run?: Run
}

/** By the run file of the keeper; where there never was one nothing is known, and unknown is not unpaused. */
export async function orphanedBy(pause: Pause, world: RunsWorld): Promise<Orphaned> {
  const run = await runOf(pause, world)
  if (!run) return {kind: pause.hasRun ? 'unpaused' : 'open'}
  if (run.report?.phase !== 'ended' && run.host !== world.host) return {kind: 'open', run}
  const watchdog = run.watchdog !== undefined && await world.isRunning(run.watchdog)
  const kind = storyOf(run, {process: false, watchdog}, world.nowMs())?.kind
  if (kind === 'settled') return {kind: 'unpaused', run}
  if (kind !== 'under way') return {kind: 'open', run}
  return {kind: run.report?.phase === 'looking again' && run.report.left.length === 0 ? 'unpaused' : 'unpausing', run}
}

/** The servers that may still be paused and what to type, each on its line: by the run file, or by the pause alone. */
export async function placesOf(pause: Pause, world: RunsWorld): Promise<string[]> {
  const run = await runOf(pause, world)
  if (run) return leftLines(run, leftOf(run))
  const targets = [...new Set(pause.servers.map(server => server.split('/')[0] ?? ''))].map(namespace => ({namespace, flags: []}))
  const servers = pause.servers.map((name, i) => ({name, uid: pause.uids[i] ?? '', target: targets.findIndex(({namespace}) => name.startsWith(`${namespace}/`))}))
  if (servers.length === 0) return ['which servers is not known; to unpause: kubectl scalardl unpause --all-pods, with the flags of the pause']
  return leftLines({targets, servers}, servers.map((_, server) => ({server, whose: 'ours'})))
}

/** The run of its keeper. */
export async function runOf({keeper}: Pick<Pause, 'keeper'>, {stateDir}: Pick<RunsWorld, 'stateDir'>): Promise<Run | undefined> {
  const runs = (await findRuns(stateDir)).flatMap(found => 'run' in found ? [found.run] : [])
  return runs.findLast(({process}) => process.pid === keeper.pid && process.start === keeper.start)
}
