import {spawn} from 'node:child_process'
import {mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {NO_CLOUD} from './no-cloud.ts'

/** How a run of the command line ended. */
export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A run of the command line that a test can watch and disturb. */
export interface Running {
  readonly ended: Promise<Ended>
  /** What it has said on stderr so far. */
  readonly said: () => string
  /** And on stdout. */
  readonly printed: () => string
  kill(signal: NodeJS.Signals): void
  /** Closes the reading end of its stdout, as `| head -1` does. */
  closeStdout(): void
  closeStderr(): void
}

const LAUNCHER = join(import.meta.dirname, '../../bin/kubectl-scalardl')

/**
 * Starts the built plugin, with a state directory of its own that goes when it ends.
 * @param through what starts it, with the command line behind its own
 * @param launcher of the plugin, where it is laid out elsewhere
 */
export function command(args: readonly string[], env: Readonly<Record<string, string>> = {}, through: readonly string[] = [], launcher = LAUNCHER): Running {
  const state = mkdtempSync(join(tmpdir(), 'scalardl-state-'))
  // Windows starts no shell scripts.
  const plugin = process.platform === 'win32' ? [process.execPath, join(launcher, '../../dist/run.js')] : [launcher]
  const [program = launcher, ...rest] = [...through, ...plugin, ...args]
  const child = spawn(program, rest, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {PATH: process.env['PATH'], HOME: state, XDG_STATE_HOME: state, ...NO_CLOUD, ...env},
  })
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', (text: Buffer) => (stdout += text.toString()))
  child.stderr.on('data', (text: Buffer) => (stderr += text.toString()))
  const ended = new Promise<Ended>(resolve => child.once('close', code => {
    rmSync(state, {recursive: true, force: true})
    resolve({code, stdout: stdout.replaceAll(state, '$STATE'), stderr: stderr.replaceAll(state, '$STATE')})
  }))
  return {ended, said: () => stderr, printed: () => stdout, kill: signal => void child.kill(signal), closeStdout: () => void child.stdout.destroy(), closeStderr: () => void child.stderr.destroy()}
}
