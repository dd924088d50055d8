import assert from 'node:assert/strict'
import {existsSync, mkdtempSync, readFileSync, readdirSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'
import type {TestCluster} from '../support/cluster.ts'
import {command, type Ended, type Running} from '../support/command.ts'
import type {Run} from '../../src/runs/types.ts'
import {inTheWindow, stage, type Stage} from './backup.ts'

/** A backup whose state directory outlives it. */
export interface Doomed {
  readonly on: Stage
  readonly run: Running
  /** Its run file, once there is one. */
  readonly file: () => Run | undefined
  /** The next command. */
  readonly next: () => Promise<Ended>
}

const kept: string[] = []
process.on('exit', () => kept.forEach(path => { rmSync(path, {recursive: true, force: true}) }))

/** Begins a backup that will not end by itself. */
export async function doomed(cluster: TestCluster, ...flags: string[]): Promise<Doomed> {
  const on = await stage(cluster)
  const state = mkdtempSync(join(tmpdir(), 'scalardl-runs-'))
  kept.push(state)
  const env = {XDG_STATE_HOME: state}
  const run = command(['backup', '--kubeconfig', cluster.kubeconfig, '-n', on.namespace, '-o', 'json', '--clock-guard', '100ms', '--hold', '60s', ...flags], env)
  const directory = join(state, 'kubectl-scalardl', 'runs')
  return {
    on,
    run,
    file: () => {
      const [name] = existsSync(directory) ? readdirSync(directory).filter(each => each.endsWith('.json')) : []
      return name === undefined ? undefined : JSON.parse(readFileSync(join(directory, name), 'utf8')) as Run
    },
    next: () => command(['restore-points', '--local'], env).ended,
  }
}

const isAlive = (pid: number) => {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

/** Waits until none of the stage's servers is paused. @throws after a time that no promise covers */
export async function unpaused({cluster, namespace}: Stage, limitMs = 60_000): Promise<void> {
  const untilMs = performance.now() + limitMs
  while ([...cluster.servers(namespace).values()].some(({paused}) => paused)) {
    assert.ok(performance.now() < untilMs, `still paused after ${limitMs} ms`)
    await sleep(10)
  }
}

async function until(what: string, condition: () => boolean, limitMs = 20_000): Promise<void> {
  const untilMs = performance.now() + limitMs
  while (!condition()) {
    assert.ok(performance.now() < untilMs, `${what}: not within ${limitMs} ms`)
    await sleep(20)
  }
}

/** The words that tell of a run, without its times. */
const said = (stderr: string) => stderr.replaceAll(/pid \d+/g, 'pid N').replaceAll(/since [^)]+\)/g, 'since T)').replaceAll(/\d+(\.\d+)? m?s\b/g, 'X s')

/** The plugin's process dies or stands still, or its watchdog does. */
export function dyingScenarios(cluster: () => TestCluster): void {
  it('leaves nothing paused when it is killed in the window, and the next command tells', async () => {
    const {on, run, file, next} = await doomed(cluster())
    await inTheWindow(on, run)
    const pid = file()?.watchdog?.pid ?? assert.fail('no watchdog')
    run.kill('SIGKILL')
    await unpaused(on)
    await until('its report', () => file()?.report?.phase === 'looking again')
    assert.equal(said((await next()).stderr), [
      'note: an earlier backup (pid N, since T) was killed; its watchdog unpaused all 2 servers X s later, unavailable for X s',
      '  the watchdog (pid N) looks at them again for some minutes, in case a Pause comes late', '',
    ].join('\n'))
    process.kill(pid, 'SIGKILL')
    await until('the end of the watchdog', () => !isAlive(pid))
  })
}
