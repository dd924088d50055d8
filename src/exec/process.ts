import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {setTimeout as sleep} from 'node:timers/promises'
import {linesTo} from './lines.ts'
import {within} from '../support/within.ts'
import type {ChildProcess} from 'node:child_process'
import type {ExecRequest} from './program.ts'

/** A command that runs, with all that it starts. */
export interface RunningProcess {
  /** Why it did not do its work, as a phrase; undefined: it did. Never rejects. */
  readonly ended: Promise<string | undefined>
  /** Asks it and all that it started to end, then ends them. Resolves when none is left; never rejects. */
  stop(): Promise<void>
  /** Ends all of it at once. */
  kill(): void
}

/** From asking to end to ending. */
const GRACE_MS = 3000
/** What the command left running in the background may hold its output open. */
const LAST_WORDS_MS = 500
const LOOK_EVERY_MS = 50

/**
 * Starts a command with a process group of its own, which a terminal's Ctrl-C does not reach. What it leaves in the background
 * when it ends by itself is left alone.
 * @param say told of every line that it prints
 * @throws Error when the system does not even try
 */
export function startProcess({command, args}: Pick<ExecRequest, 'command' | 'args'>, env: NodeJS.ProcessEnv, say: (line: string) => void): RunningProcess {
  const child = spawn(command, args ?? [], {shell: args === undefined, env, detached: process.platform !== 'win32', windowsHide: true, stdio: ['ignore', 'pipe', 'pipe']})
  const lines = linesTo(say)
  for (const stream of [child.stdout, child.stderr]) {
    const reader = lines.reader()
    stream.on('data', (chunk: Buffer) => { reader.take(chunk) }).on('end', () => { reader.end() }).on('error', () => undefined)
  }
  child.on('error', () => undefined)
  const ended = endOf(child)
  const isOver = () => child.exitCode !== null || child.signalCode !== null
  return {
    ended,
    async stop() {
      if (isOver() || !signal(child, 'SIGTERM')) return
      for (let waitedMs = 0; waitedMs < GRACE_MS && signal(child, 0); waitedMs += LOOK_EVERY_MS) await sleep(LOOK_EVERY_MS)
      signal(child, 'SIGKILL')
    },
    kill: () => { if (!isOver()) signal(child, 'SIGKILL') },
  }
}

async function endOf(child: ChildProcess): Promise<string | undefined> {
  const closed = once(child, 'close').catch(() => undefined)
  try {
    const [code, killer] = await once(child, 'exit') as [number | null, NodeJS.Signals | null]
    await within(LAST_WORDS_MS, closed)
    if (killer) return `was ended by ${killer}`
    return code === 0 ? undefined : `ended with exit code ${code}`
  } catch (error) {
    return notStarted(error)
  }
}

/** As a phrase, why a command could not begin. */
export const notStarted = (error: unknown) => `could not be started: ${error instanceof Error ? error.message : String(error)}`

/** To the whole group; 0 only asks whether there is one. @returns whether anyone heard */
function signal(child: ChildProcess, name: NodeJS.Signals | 0): boolean {
  if (child.pid === undefined) return false
  try {
    // Windows has no process groups; taskkill ends a process with all below it, and knows no gentler way for those without a window.
    if (process.platform !== 'win32') return process.kill(-child.pid, name)
    if (name !== 0) spawn('taskkill', ['/pid', String(child.pid), '/t', '/f'], {stdio: 'ignore', windowsHide: true}).on('error', () => undefined)
    return child.exitCode === null
  } catch {
    return false
  }
}
