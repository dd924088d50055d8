import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {text as streamText} from 'node:stream/consumers'

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  /** Without the elapsed time at the beginning of its lines. */
  readonly stderr: string
}

/** A place to carry out a plan's script in: commands of our own in front of PATH, a home, a file of every call. */
export class ScriptPlace {
  readonly dir = mkdtempSync(join(tmpdir(), 'plan-'))
  readonly #calls = join(this.dir, 'calls')

  /** @param commands bash bodies by the commands' names; each call is noted before its body runs */
  constructor(script: string, commands: Readonly<Record<string, string>>) {
    mkdirSync(join(this.dir, 'bin'))
    writeFileSync(join(this.dir, 'plan.sh'), script)
    writeFileSync(this.#calls, '')
    for (const [name, body] of Object.entries(commands)) {
      const file = join(this.dir, 'bin', name)
      writeFileSync(file, `#!/usr/bin/env bash\nprintf '%s\\0' ${name} "$@" $'\\1' >>"$CALLS"\n${body}\n`)
      chmodSync(file, 0o755)
    }
  }

  /** The command lines so far, as words. */
  get calls(): string[][] {
    return readFileSync(this.#calls, 'utf8').split('\u0001\u0000').slice(0, -1).map(call => call.split('\0').slice(0, -1))
  }

  get state(): string {
    return join(this.dir, 'state/kubectl-scalardl/plans')
  }

  start(...args: string[]) {
    return this.#spawn('bash', [join(this.dir, 'plan.sh'), ...args], 'ignore')
  }

  async run(...args: string[]): Promise<Ended> {
    return ended(this.start(...args))
  }

  /** As on a terminal where a person types these lines. */
  async typing(lines: readonly string[], ...args: string[]): Promise<Ended> {
    const child = this.#spawn('script', ['--quiet', '--return', '--command', ['bash', join(this.dir, 'plan.sh'), ...args].join(' '), '/dev/null'], 'pipe')
    child.stdin?.end(lines.map(line => `${line}\n`).join(''))
    const {code, stdout} = await ended(child)
    return {code, stdout: '', stderr: plain(stdout.replaceAll('\r', ''))}
  }

  #spawn(command: string, args: readonly string[], stdin: 'ignore' | 'pipe') {
    return spawn(command, args, {
      cwd: this.dir,
      stdio: [stdin, 'pipe', 'pipe'],
      env: {PATH: `${join(this.dir, 'bin')}:${process.env['PATH'] ?? ''}`, HOME: this.dir, XDG_STATE_HOME: join(this.dir, 'state'), CALLS: this.#calls, POLL: '0.05'},
    })
  }

  remove(): void {
    rmSync(this.dir, {recursive: true, force: true})
  }
}

export async function ended(child: ReturnType<ScriptPlace['start']>): Promise<Ended> {
  if (!child.stdout || !child.stderr) throw new Error('no pipes')
  const [stdout, stderr, [code]] = await Promise.all([streamText(child.stdout), streamText(child.stderr), once(child, 'close') as Promise<[number | null]>])
  return {code, stdout, stderr: plain(stderr)}
}

const plain = (text: string) => text.replaceAll(/^\[ *\d+m\d\ds\] /gm, '')
