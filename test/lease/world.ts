import {setImmediate as turn} from 'node:timers/promises'
import {leaseLock} from '../../src/lease/lock.ts'
import {ApiError} from '../../src/kube/api-error.ts'
import type {Lease} from '../../src/lease/lease.ts'
import type {LeasePlace, LockOptions} from '../../src/lease/types.ts'
import type {ApiServer} from '../../src/kube/types.ts'
import type {Happening} from '../../src/protocol/types.ts'
import type {Instant} from '../../src/support/clock.ts'

/** 12:40:00 of some day. */
export const NOON_MS = Date.parse('2026-11-29T12:40:00Z')

/** Time that passes only when a test says so; the two clocks may part. */
export class VirtualTime {
  now: Instant = {monoMs: 1000, wallMs: NOON_MS}
  readonly #sleepers: Array<{readonly atMs: number; readonly wake: () => void}> = []
  readonly clock = () => this.now

  readonly sleep = (ms: number, signal: AbortSignal): Promise<void> => new Promise((resolve, reject) => {
    const atMs = this.now.monoMs + ms
    if (signal.aborted) reject(new Error('aborted'))
    signal.addEventListener('abort', () => { reject(new Error('aborted')) })
    this.#sleepers.push({atMs, wake: resolve})
  })

  /** Lets time pass; whoever sleeps wakes up in turn. */
  async pass(ms: number): Promise<void> {
    const endMs = this.now.monoMs + ms
    for (;;) {
      await settled()
      const next = this.#sleepers.filter(({atMs}) => atMs <= endMs).sort((a, b) => a.atMs - b.atMs)[0]
      if (!next) break
      this.#sleepers.splice(this.#sleepers.indexOf(next), 1)
      this.#forward(next.atMs - this.now.monoMs)
      next.wake()
    }
    this.#forward(endMs - this.now.monoMs)
    await settled()
  }

  /** Frozen, or asleep with `monoMs` 0: nobody wakes up on time. */
  stop(wallMs: number, monoMs = wallMs): void {
    this.now = {monoMs: this.now.monoMs + monoMs, wallMs: this.now.wallMs + wallMs}
  }

  #forward(ms: number): void {
    this.now = {monoMs: this.now.monoMs + ms, wallMs: this.now.wallMs + ms}
  }
}

/** Everything that is only a promise away is done. */
export async function settled(): Promise<void> {
  for (let i = 0; i < 20; i++) await turn()
}

type Asked = 'GET' | 'POST' | 'PUT'

/** Leases of a cluster: two writers of one version have one winner. */
export class Leases {
  readonly stored = new Map<string, Lease>()
  /** `GET ledger/kubectl-scalardl-my-ledger`, … */
  readonly asked: string[] = []
  /** What goes wrong with a request; `after`: it is done, but the answer is lost. */
  fault: (method: Asked, name: string) => ApiError | 'after' | undefined = () => undefined
  sameCluster = true
  #version = 0
  #uids = 0

  /** Written by somebody else. */
  put(namespace: string, name: string, spec: Lease['spec']): void {
    const key = `${namespace}/${name}`
    const uid = this.stored.get(key)?.metadata.uid ?? `uid-${++this.#uids}`
    this.stored.set(key, {apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: {namespace, name, uid, resourceVersion: String(++this.#version)}, spec})
  }

  spec(key: string): Lease['spec'] {
    return this.stored.get(key)?.spec
  }

  place(namespace: string, owner: string, target = 0): LeasePlace {
    const api = {access: {context: 'prod', server: 'https://prod'}, request: (method: Asked, path: string, options?: {body?: Lease}) => this.#answer(method, path, options?.body)}
    return {api: api as unknown as ApiServer, sameCluster: async () => this.sameCluster, namespace, owner, target}
  }

  async #answer(method: Asked, path: string, body: Lease | undefined): Promise<Lease> {
    const [, namespace = '', name = body?.metadata.name ?? ''] = /namespaces\/([^/]+)\/leases(?:\/(.+))?$/.exec(path) ?? []
    const key = `${namespace}/${name}`
    this.asked.push(`${method} ${key}`)
    const fault = this.fault(method, key)
    if (fault instanceof ApiError) throw fault
    const answer = this.#done(method, key, body)
    if (fault === 'after') throw new ApiError('socket hang up')
    return answer
  }

  #done(method: Asked, key: string, body: Lease | undefined): Lease {
    const stored = this.stored.get(key)
    if (method === 'POST' && stored) throw new ApiError(`leases.coordination.k8s.io "${key}" already exists`, {status: 409, reason: 'AlreadyExists'})
    if (method !== 'POST' && !stored) throw new ApiError(`leases.coordination.k8s.io "${key}" not found`, {status: 404, reason: 'NotFound'})
    if (method === 'GET' && stored) return stored
    if (method === 'PUT' && body?.metadata.resourceVersion !== stored?.metadata.resourceVersion) throw new ApiError('the object has been modified', {status: 409, reason: 'Conflict'})
    const [namespace = '', name = ''] = key.split('/')
    this.put(namespace, name, body?.spec)
    return this.stored.get(key) as Lease
  }
}

/** A lock on these places, and what it told. */
export function lockOn(time: VirtualTime, places: readonly LeasePlace[], options: Partial<LockOptions> = {}) {
  const told: Happening[] = []
  const said: string[] = []
  const lock = leaseLock(places, {
    clock: time.clock, sleep: time.sleep, mode: 'auto', boundMs: 55_000, holder: 'me@here/00000001', giveUp: new AbortController().signal,
    warn: text => said.push(text), waiting: text => said.push(text), ...options,
  })
  const ask = async (type: 'lock' | 'read lock' | 'unlock') => {
    lock.handle({type}, happening => told.push(happening))
    await settled()
    return told.at(-1)
  }
  return {lock, told, said, ask}
}

export const forbidden = new ApiError('leases.coordination.k8s.io is forbidden', {status: 403, reason: 'Forbidden'})
