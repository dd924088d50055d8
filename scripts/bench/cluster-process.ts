import {fork} from 'node:child_process'
import {once} from 'node:events'
import {join} from 'node:path'
import type {ClusterTimes} from './figures.ts'

/** What the process of a cluster is asked: to forget what it saw, for ports without tunnels, and for what it saw. */
export type Question = 'begin' | 'direct' | 'times'

/** What it answers; the first message comes unasked. */
export interface Answer {
  readonly kubeconfig?: string
  readonly namespace?: string
  readonly ports?: readonly number[]
  readonly times?: ClusterTimes
}

/** A cluster in a process of its own. */
export interface BenchCluster {
  readonly kubeconfig: string
  readonly namespace: string
  /** Forgets what was seen so far. */
  begin(): Promise<void>
  /** What was seen since. */
  times(): Promise<ClusterTimes>
  /** Loopback ports of all admin servers, as far away as the API server is. */
  directPorts(): Promise<readonly number[]>
  stop(): Promise<void>
}

/** @throws when the process ends before it is asked to */
export async function startBenchCluster(pods: number, rttMs: number): Promise<BenchCluster> {
  const child = fork(join(import.meta.dirname, 'cluster.ts'), [String(pods), String(rttMs)], {serialization: 'advanced'})
  const ended = once(child, 'exit')
  const early = ended.then(() => { throw new Error(`the cluster of ${pods} pods ended early`) })
  early.catch(() => undefined)
  const heard = async (): Promise<Answer> => {
    const [answer] = await Promise.race([once(child, 'message'), early]) as [Answer]
    return answer
  }
  const ask = (question: Question) => {
    const answer = heard()
    child.send(question)
    return answer
  }
  const {kubeconfig = '', namespace = ''} = await heard()
  return {
    kubeconfig,
    namespace,
    async begin() {
      await ask('begin')
    },
    async times() {
      const {times} = await ask('times')
      if (!times) throw new Error('the cluster did not say what it saw')
      return times
    },
    directPorts: async () => (await ask('direct')).ports ?? [],
    async stop() {
      child.disconnect()
      await ended
    },
  }
}
