import {spawn, type ChildProcess} from 'node:child_process'
import {randomInt} from 'node:crypto'
import {closeSync, openSync, readFileSync} from 'node:fs'
import {createServer} from 'node:net'
import {basename} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'

/** A program that the rig started and will stop. */
export interface Program {
  readonly name: string
  readonly pid: number
  readonly log: string
  /** Polls `probe` until it answers true. @throws when the program ends first or the time is over, with the end of its log. */
  ready(probe: () => Promise<boolean>, timeoutMs: number): Promise<void>
  kill(signal: NodeJS.Signals): void
  /** SIGTERM, then SIGKILL after the grace; resolves when the process is gone. */
  stop(graceMs?: number): Promise<void>
}

const running = new Set<ChildProcess>()
process.on('exit', () => running.forEach(child => child.kill('SIGKILL')))

/** Starts a program with its output in a log file. On Linux it also ends when this process is killed outright. */
export function start(path: string, args: readonly string[], log: string, env: Record<string, string> = {}): Program {
  const fd = openSync(log, 'a')
  const [file, argv] = process.platform === 'linux' ? ['setpriv', ['--pdeathsig', 'KILL', path, ...args]] : [path, [...args]]
  const child = spawn(file, argv, {stdio: ['ignore', fd, fd], env: {...process.env, ...env}})
  closeSync(fd)
  running.add(child)
  const gone = new Promise<void>(resolve => {
    child.once('error', () => resolve())
    child.once('exit', () => resolve())
  }).then(() => void running.delete(child))
  return programOf(child, basename(path), log, gone)
}

function programOf(child: ChildProcess, name: string, log: string, gone: Promise<void>): Program {
  let ended = false
  void gone.then(() => (ended = true))
  const failure = (what: string) => new Error(`${name} ${what}; the end of ${log}:\n${tail(log)}`)
  return {
    name,
    pid: child.pid ?? 0,
    log,
    async ready(probe, timeoutMs) {
      const until = performance.now() + timeoutMs
      while (!await probe().catch(() => false)) {
        if (ended) throw failure(`ended with ${child.exitCode ?? child.signalCode}`)
        if (performance.now() > until) throw failure(`is not ready after ${timeoutMs} ms`)
        await sleep(50)
      }
    },
    kill: signal => void child.kill(signal),
    async stop(graceMs = 3000) {
      child.kill('SIGTERM')
      const late = setTimeout(() => child.kill('SIGKILL'), graceMs)
      await gone
      clearTimeout(late)
    },
  }
}

/** The last lines, and the one that a Go program's death begins with, which its stacks would push out. */
function tail(log: string): string {
  const lines = readFileSync(log, 'utf8').split('\n')
  const death = lines.filter(line => /^(panic|fatal error):/.test(line))
  return [...death, ...lines.slice(-15)].join('\n')
}

// Below the range that systems give to outgoing connections and to `listen(0)`: a port that was free a second ago stays so.
const [LOWEST_PORT, HIGHEST_PORT] = [15_000, 32_000]

/** Loopback ports that are free now, for programs that cannot listen on port 0 and say which they got. */
export async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>()
  while (ports.size < count) {
    const port = randomInt(LOWEST_PORT, HIGHEST_PORT)
    if (await isFree(port)) ports.add(port)
  }
  return [...ports]
}

const isFree = (port: number) =>
  new Promise<boolean>(resolve => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
