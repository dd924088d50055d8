import {spawn} from 'node:child_process'
import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {startBenchCluster} from './cluster-process.ts'
import type {BenchCluster} from './cluster-process.ts'
import {median} from './figures.ts'
import {LAUNCHER, backupArgs, environment} from './plugin.ts'

/** How long starting takes, in milliseconds: medians, and as multiples of Node itself doing nothing. */
export interface StartUp {
  readonly runs: number
  readonly nodeMs: number
  readonly helpMs: number
  readonly helpRatio: number
  /** From the start of `backup` to its first request at the API server. */
  readonly backupMs: number
  readonly backupRatio: number
  /** From the start of `backup` to the first Pause, and the same without lease and watchdog. */
  readonly pauseMs: number
  readonly unguardedPauseMs: number
}

/** Each is a whole backup. */
const PAUSE_RUNS = 5
const UNGUARDED = ['--lock', 'off', '--no-watchdog']

/** The same Node that runs this is the one behind the launcher. */
export async function measureStartUp(runs: number): Promise<StartUp> {
  const dir = await mkdtemp(join(tmpdir(), 'scalardl-bench-'))
  const cluster = await startBenchCluster(1, 0)
  try {
    const [node, help, backup]: [number[], number[], number[]] = [[], [], []]
    // By turns, so that a busy moment of the machine meets all three.
    for (let run = 0; run < runs; run++) {
      node.push(await timed(process.execPath, ['-e', '0'], dir))
      help.push(await timed(LAUNCHER, ['--help'], dir))
      backup.push(await toFirstRequest(cluster, dir))
    }
    const [paused, unguarded]: [number[], number[]] = [[], []]
    for (let run = 0; run < PAUSE_RUNS; run++) {
      paused.push(await toFirstPause(cluster, dir, []))
      unguarded.push(await toFirstPause(cluster, dir, UNGUARDED))
    }
    const [nodeMs, helpMs, backupMs] = [median(node), median(help), median(backup)]
    return {runs, nodeMs, helpMs, helpRatio: helpMs / nodeMs, backupMs, backupRatio: backupMs / nodeMs, pauseMs: median(paused), unguardedPauseMs: median(unguarded)}
  } finally {
    await cluster.stop()
    await rm(dir, {recursive: true, force: true})
  }
}

/** Milliseconds from start to end. */
async function timed(program: string, args: readonly string[], dir: string): Promise<number> {
  const startMs = performance.now()
  await run(program, args, dir)
  return performance.now() - startMs
}

/** A dry run takes the same way to its first request. */
async function toFirstRequest(cluster: BenchCluster, dir: string): Promise<number> {
  await cluster.begin()
  const startMs = performance.timeOrigin + performance.now()
  await run(LAUNCHER, [...backupArgs(cluster, 10_000), '--dry-run'], dir)
  return (await cluster.times()).firstRequestWallMs - startMs
}

async function toFirstPause(cluster: BenchCluster, dir: string, flags: readonly string[]): Promise<number> {
  await cluster.begin()
  const startMs = performance.timeOrigin + performance.now()
  await run(LAUNCHER, [...backupArgs(cluster, 4000), ...flags], dir)
  return (await cluster.times()).firstPauseWallMs - startMs
}

function run(program: string, args: readonly string[], dir: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {env: environment(dir), stdio: 'ignore'})
    child.once('error', reject)
    child.once('exit', code => {
      if (code === 0) resolve()
      else reject(new Error(`${program} ${args.join(' ')} ended with ${code}`))
    })
  })
}
