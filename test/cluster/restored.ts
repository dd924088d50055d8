import assert from 'node:assert/strict'
import {execFile} from 'node:child_process'
import {mkdtempSync, writeFileSync} from 'node:fs'
import {dirname, join} from 'node:path'
import {command, type Ended} from '../support/command.ts'
import type {RealCluster} from './cluster.ts'

/** A user's machine: the built plugin, its state, and bash with kubectl beside. */
export class Workplace {
  readonly #cluster: RealCluster
  readonly #dir: string
  readonly #env: Readonly<Record<string, string>>

  constructor(cluster: RealCluster, dir: string) {
    this.#cluster = cluster
    this.#dir = mkdtempSync(join(dir, 'home-'))
    this.#env = {HOME: this.#dir, XDG_STATE_HOME: join(this.#dir, 'state'), KUBECONFIG: cluster.kubeconfig}
  }

  /** `kubectl scalardl …` @returns its stdout. @throws when its exit code is not 0 */
  async plugin(...args: string[]): Promise<string> {
    const {code, stdout, stderr} = await command(args, this.#env).ended
    assert.equal(code, 0, stderr)
    return stdout
  }

  /** Carries a printed script out, as a person without a terminal would. */
  async carryOut(script: string, ...args: string[]): Promise<Ended> {
    const file = join(mkdtempSync(join(this.#dir, 'script-')), 'restore.sh')
    writeFileSync(file, script)
    const env = {...this.#env, PATH: `${dirname(this.#cluster.tools.kubectl)}:${process.env['PATH']}`, POLL: '0.2'}
    return new Promise(resolve => {
      const child = execFile('bash', [file, ...args], {env, cwd: '/', maxBuffer: 2 ** 28}, (error, stdout, stderr) =>
        resolve({code: error ? Number(error.code ?? -1) : 0, stdout, stderr}))
      child.stdin?.end()
    })
  }
}

/** Whole seconds before an instant, as `--at` takes them. */
export const secondsBefore = (instant: string, seconds: readonly number[]): string[] =>
  seconds.map(each => new Date((Math.floor(Date.parse(instant) / 1000) - each) * 1000).toISOString().replace('.000', ''))

/** What a plan calls its own things: `r20261123t124407z`. */
export const runIdOf = (at: string): string => `r${at.toLowerCase().replaceAll(/[-:]/g, '')}`

/** Arguments of a script by which a person has done all that the plan's frame leaves to people. */
export const DONE = ['--yes', ...['stop-others', 'verify', 'start-others'].flatMap(step => ['--done', step])]
