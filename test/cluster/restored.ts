import assert from 'node:assert/strict'
import {execFile} from 'node:child_process'
import {mkdtempSync, writeFileSync} from 'node:fs'
import {dirname, join} from 'node:path'
import {command, type Ended} from '../support/command.ts'
import type {RealCluster} from './cluster.ts'

/** A user's machine: the built plugin, its state, and bash with kubectl beside. */
export class Workplace {
  readonly #dir: string
  readonly #env: Readonly<Record<string, string>>
  readonly #path: string

  /** @param dir below which its home is made */
  constructor(dir: string, cluster?: Pick<RealCluster, 'kubeconfig' | 'tools'>) {
    this.#dir = mkdtempSync(join(dir, 'home-'))
    this.#env = {HOME: this.#dir, XDG_STATE_HOME: join(this.#dir, 'state'), ...cluster && {KUBECONFIG: cluster.kubeconfig}}
    this.#path = [...cluster ? [dirname(cluster.tools.kubectl)] : [], process.env['PATH']].join(':')
  }

  /** `kubectl scalardl …` @returns its stdout. @throws when its exit code is not 0 */
  async plugin(...args: string[]): Promise<string> {
    const {code, stdout, stderr} = await command(args, this.#env).ended
    assert.equal(code, 0, stderr)
    return stdout
  }

  /** Carries a printed script out, as a person without a terminal would who has done what is asked of people. */
  async carryOut(script: string, {done = [], killAfterMs}: CarryOut = {}): Promise<Ended> {
    const file = join(mkdtempSync(join(this.#dir, 'script-')), 'restore.sh')
    writeFileSync(file, script)
    const args = [file, '--yes', ...[...byHand(script), ...done].flatMap(step => ['--done', step])]
    return new Promise(resolve => {
      const child = execFile('bash', args, {env: {...this.#env, PATH: this.#path, POLL: '0.2'}, cwd: '/', maxBuffer: 2 ** 28}, (error, stdout, stderr) =>
        resolve({code: error ? Number(error.code ?? -1) : 0, stdout, stderr}))
      child.stdin?.end()
      if (killAfterMs !== undefined) setTimeout(() => child.kill('SIGKILL'), killAfterMs).unref()
    })
  }
}

export interface CarryOut {
  /** Steps of databases that were done by hand. */
  readonly done?: readonly string[]
  /** The script is killed outright. */
  readonly killAfterMs?: number
}

/** What the plan's frame leaves to people, as far as this script has it. */
const byHand = (script: string): string[] => ['stop-others', 'scale-in', 'configure', 'scale-out', 'verify', 'start-others'].filter(id => script.includes(`'${id}'`))

/** Whole seconds before an instant, as `--at` takes them. */
export const secondsBefore = (instant: string, seconds: readonly number[]): string[] =>
  seconds.map(each => new Date((Math.floor(Date.parse(instant) / 1000) - each) * 1000).toISOString().replace('.000', ''))

/** What a plan calls its own things: `r20261123t124407z`. */
export const runIdOf = (at: string): string => `r${at.toLowerCase().replaceAll(/[-:]/g, '')}`
