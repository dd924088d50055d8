import {execFile} from 'node:child_process'
import {readFile, readlink} from 'node:fs/promises'
import {setTimeout as delay} from 'node:timers/promises'
import {promisify} from 'node:util'

/** A process of this machine for good: its number alone may be another's tomorrow. */
export interface ProcessId {
  readonly pid: number
  /** When it started, in the system's own words. */
  readonly start: string
}

/** How often a process that was ended is looked for. */
const LOOK_AGAIN_MS = 20
const COMMAND_LIMIT_MS = 5000

/** When the process with this number started; undefined = there is none, or it has ended and only waits for its parent. */
export async function startOf(pid: number, platform: NodeJS.Platform = process.platform): Promise<string | undefined> {
  switch (platform) {
    case 'linux': return startInStat(await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ''))
    case 'win32': return startInWindows(await output('powershell.exe', ['-NoProfile', '-NonInteractive', '-Command', `(Get-Process -Id ${pid} -ErrorAction Stop).StartTime.ToFileTimeUtc()`]))
    default: return startInPs(await output('ps', ['-o', 'stat=,lstart=', '-p', String(pid)]))
  }
}

/** This process. */
export async function ownId(): Promise<ProcessId> {
  return {pid: process.pid, start: await startOf(process.pid) ?? 'unknown'}
}

/**
 * Where this process' number means this process: the machine since its start, and the container. undefined where nothing tells,
 * so that a number says nothing of who is dead.
 */
export async function processSpace(): Promise<string | undefined> {
  try {
    const [boot, space] = await Promise.all([readFile('/proc/sys/kernel/random/boot_id', 'utf8'), readlink('/proc/self/ns/pid')])
    return `${boot.trim()} ${space}`
  } catch {
    return undefined
  }
}

export const isRunning = async ({pid, start}: ProcessId): Promise<boolean> => await startOf(pid) === start

/**
 * Ends a process at once, also one that is stopped, and waits until it is gone.
 * @returns whether it was gone within `limitMs`; one that still hangs in the system by then does nothing any more
 */
export async function endProcess(id: ProcessId, limitMs: number): Promise<boolean> {
  const until = performance.now() + limitMs
  while (await isRunning(id)) {
    if (performance.now() >= until) return false
    kill(id.pid)
    await delay(LOOK_AGAIN_MS)
  }
  return true
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It ended meanwhile, or is another's: what is seen next tells.
  }
}

/** Field 22 of /proc/PID/stat, the ticks from the machine's start (proc_pid_stat(5)); the name in field 2 may hold anything. */
export function startInStat(text: string): string | undefined {
  const [state, ...rest] = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return state === undefined || state === '' || state === 'Z' || state === 'X' ? undefined : rest[18]
}

/** `ps -o stat=,lstart=`: the state, then the time to the second. */
export function startInPs(text: string): string | undefined {
  const [, state, start] = /^\s*(\S+)\s+(\S.*\S)\s*$/.exec(text) ?? []
  return state === undefined || state.startsWith('Z') ? undefined : start?.replaceAll(/\s+/g, ' ')
}

/** A FILETIME, in hundreds of nanoseconds. */
export const startInWindows = (text: string): string | undefined => /^\d+$/.exec(text.trim())?.[0]

/** What a program prints; nothing where it fails. */
async function output(file: string, args: readonly string[]): Promise<string> {
  const env = {...process.env, LC_ALL: 'C'}
  return promisify(execFile)(file, args, {env, timeout: COMMAND_LIMIT_MS, windowsHide: true}).then(({stdout}) => stdout, () => '')
}
