import {spawn, type ChildProcess} from 'node:child_process'
import {once} from 'node:events'
import {mkdtemp, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {text} from 'node:stream/consumers'
import type {Aws} from './aws.ts'
import type {Moto} from './moto.ts'

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  /** Both streams, one after the other. */
  readonly output: string
  readonly wallMs: number
}

/** Where a printed script is carried out: a home and a state directory of its own, which survive its runs. */
export class Place {
  readonly dir: string
  readonly #env: Record<string, string>

  private constructor(dir: string, env: Record<string, string>) {
    this.dir = dir
    this.#env = env
  }

  static async make(script: string, moto: Moto, aws: Aws, env: Readonly<Record<string, string>> = {}): Promise<Place> {
    const dir = await mkdtemp(join(tmpdir(), 'restore-'))
    await writeFile(join(dir, 'plan.sh'), script)
    const PATH = `${aws.folder}:${process.env['PATH'] ?? ''}`
    return new Place(dir, {PATH, HOME: dir, XDG_STATE_HOME: join(dir, 'state'), TMPDIR: dir, POLL: '0.1', DYNAMODB_QUIET: '0.1', TZ: 'Asia/Tokyo', ...moto.env, ...aws.env, ...env})
  }

  /** In a process group of its own, which can be killed as a whole. */
  start(...args: string[]): Run {
    return new Run(spawn('bash', [join(this.dir, 'plan.sh'), ...args], {cwd: this.dir, env: this.#env, detached: true, stdio: ['ignore', 'pipe', 'pipe']}))
  }

  run(...args: string[]): Promise<Ended> {
    return this.start(...args).ended
  }

  remove(): Promise<void> {
    return rm(this.dir, {recursive: true, force: true})
  }
}

export class Run {
  readonly ended: Promise<Ended>
  readonly #child: ChildProcess

  constructor(child: ChildProcess) {
    const {stdout, stderr} = child
    if (!stdout || !stderr) throw new Error('no pipes')
    const began = performance.now()
    this.#child = child
    this.ended = Promise.all([once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>, text(stdout), text(stderr)])
      .then(([[code, signal], out, err]) => ({code, signal, output: out + err, wallMs: performance.now() - began}))
  }

  /** As an outage does it: the script and everything that it started, at once. */
  async kill(): Promise<void> {
    if (this.#child.pid) process.kill(-this.#child.pid, 'SIGKILL')
    await this.ended
  }
}
