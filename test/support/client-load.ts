import {setTimeout as sleep} from 'node:timers/promises'
import type {AdminServer} from './admin-server.ts'

export interface ClientLoadOptions {
  /** Each transaction visits one server of each group in turn, e.g. auditors, ledgers, auditors. */
  readonly route: ReadonlyArray<readonly AdminServer[]>
  /** Clients that send one transaction after the other. Default: 8. */
  readonly clients?: number
  /** How long a server works on one request, in milliseconds. Default: 5. */
  readonly requestMs?: number
}

/** Clients at work until `stop`. */
export interface ClientLoad {
  /** Transactions that went through all their servers, and requests that a paused or lost server turned away. */
  readonly done: number
  readonly refused: number
  stop(): void
}

const RETRY_MS = 50

/** Lets clients send requests through the gates of light servers, as applications do: a cut may fall between two of them. */
export function startClientLoad({route, clients = 8, requestMs = 5}: ClientLoadOptions): ClientLoad {
  const load = {done: 0, refused: 0, stopped: false, stop: () => void (load.stopped = true)}
  for (let client = 0; client < clients; client++) void work(load, route, client, requestMs)
  return load
}

async function work(load: {done: number; refused: number; stopped: boolean}, route: ClientLoadOptions['route'], client: number, requestMs: number) {
  for (let turn = client; !load.stopped; turn++) {
    try {
      for (const group of route) await visit(group[turn % group.length], requestMs)
      load.done += 1
    } catch {
      load.refused += 1
      await sleep(RETRY_MS, undefined, {ref: false})
    }
  }
}

async function visit(server: AdminServer | undefined, requestMs: number): Promise<void> {
  const gate = server?.gate
  if (!gate) return
  await gate.beginRequest()
  try {
    await sleep(requestMs, undefined, {ref: false})
  } finally {
    gate.endRequest()
  }
}
