import {readFileSync, readdirSync, readlinkSync} from 'node:fs'

/** A process of this machine as others can see it; Linux only. */
export interface SeenProcess {
  readonly pid: number
  readonly arguments: string
  /** Addresses on which it listens, as /proc/net has them. */
  readonly listening: readonly string[]
}

/** All processes in whose environment there is such a text: those that a test has started, and what they started. */
export function processesOf(text: string): SeenProcess[] {
  const listeners = new Map(['tcp', 'tcp6', 'udp', 'udp6'].flatMap(table => listenersIn(table)))
  return readdirSync('/proc').filter(name => /^\d+$/.test(name)).flatMap(pid => {
    const environment = read(`/proc/${pid}/environ`)
    if (!environment.includes(text) || Number(pid) === process.pid) return []
    return [{pid: Number(pid), arguments: read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim(), listening: socketsOf(pid).flatMap(inode => listeners.get(inode) ?? [])}]
  })
}

/** TCP in LISTEN; UDP that is bound and connected to nobody. */
const STATES: Readonly<Record<string, string>> = {tcp: '0A', tcp6: '0A', udp: '07', udp6: '07'}

function listenersIn(table: string): Array<[inode: string, address: string]> {
  return read(`/proc/net/${table}`).split('\n').slice(1).flatMap(line => {
    const [, address = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/)
    return state === STATES[table] ? [[inode, `${table} ${address}`] as [string, string]] : []
  })
}

function socketsOf(pid: string): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap(fd => /^socket:\[(\d+)\]$/.exec(linkOf(`/proc/${pid}/fd/${fd}`))?.[1] ?? [])
  } catch {
    return []
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}

/** Empty for what has ended meanwhile, or may not be read. */
function read(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return ''
  }
}
