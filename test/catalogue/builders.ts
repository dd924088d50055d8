import {readFileSync} from 'node:fs'
import {mkdir, mkdtemp, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {RECORD_KEY, RECORD_LABELS} from '../../src/backup/store.ts'
import type {V1ConfigMap} from '@kubernetes/client-node'
import type {RestorePoint} from '../../src/backup/restore-point.ts'
import type {ClusterPlace} from '../../src/catalogue/types.ts'

/** As version 0.1.0 wrote it, which knew no databases. */
const consistent = JSON.parse(readFileSync(join(import.meta.dirname, '../backup/consistent.json'), 'utf8'), (key, value: unknown) => key === 'databases' ? undefined : value) as RestorePoint

const shifted = (text: string, days: number) => {
  const moved = new Date(Date.parse(text) + days * 86_400_000).toISOString()
  return text.endsWith('.000Z') || text.length === 24 ? moved : moved.replace('.000Z', 'Z')
}

/** A consistent record of `days` after 2026-11-23, with the changes of a test. */
export function recordAt(days: number, change: Partial<RestorePoint> = {}): RestorePoint {
  const {startedAt, restorePoint = '', window, targets} = consistent
  const at = shifted(startedAt, days)
  const stamp = at.replaceAll(/[-:]|\.\d+/g, '').toLowerCase()
  return {
    ...consistent,
    metadata: {name: `scalardl-${stamp}-my-ledger`},
    startedAt: at,
    restorePoint: shifted(restorePoint, days),
    window: Object.fromEntries(Object.entries(window).map(([name, value]) => [name, typeof value === 'string' ? shifted(value, days) : value as unknown])),
    targets: targets.map(target => ({...target, pods: target.pods.map(pod => ({...pod, uid: `${pod.uid}-${days}`}))})),
    ...change,
  }
}

/** The same backup, as one that came to nothing. */
export function voidRecordAt(days: number): RestorePoint {
  const record = recordAt(days, {verdict: 'void', consistent: false, restorePoint: undefined, reasons: ['ledger/pod-0 restarted during the pause']})
  return JSON.parse(JSON.stringify({...record, window: {...record.window, marginMs: undefined}})) as RestorePoint
}

/** A state directory with these files in it; the test removes it. */
export async function stateWith(files: Readonly<Record<string, string | RestorePoint>>): Promise<string> {
  const stateDir = await mkdtemp(join(tmpdir(), 'kubectl-scalardl-'))
  await mkdir(join(stateDir, 'restore-points'))
  for (const [name, content] of Object.entries(files)) {
    await writeFile(join(stateDir, 'restore-points', name), typeof content === 'string' ? content : `${JSON.stringify(content, undefined, 2)}\n`)
  }
  return stateDir
}

/** A ConfigMap as `backup` makes it. */
export const configMap = (name: string, record: RestorePoint | string, namespace = 'ledger'): V1ConfigMap => ({
  metadata: {name, namespace, uid: `uid-of-${namespace}-${name}`, resourceVersion: '7', labels: RECORD_LABELS},
  data: {[RECORD_KEY]: typeof record === 'string' ? record : JSON.stringify(record)},
})

/** What a test wants to know about a cluster that was asked. */
export interface FakeCluster {
  readonly open: () => Promise<ClusterPlace>
  readonly asked: string[]
}

/** A cluster with these ConfigMaps; `refuse` makes every request fail with a status. */
export function clusterWith(maps: readonly V1ConfigMap[], {namespace, refuse}: {namespace?: string; refuse?: number} = {}): FakeCluster {
  const asked: string[] = []
  const access = {context: 'prod', cluster: 'prod', server: 'https://10.0.0.1:6443', namespace: 'default', requestTimeoutMs: 0, verified: true}
  const answer = (request: string) => {
    asked.push(request)
    if (refuse !== undefined) throw Object.assign(new Error(`configmaps is forbidden: ${refuse}`), {status: refuse})
  }
  return {
    asked,
    open: async () => ({
      namespace,
      api: {
        access,
        async list<T>(path: string, query?: Record<string, string>) {
          answer(`GET ${path}?${query?.['labelSelector'] ?? ''}`)
          return {items: maps as T[], resourceVersion: '8'}
        },
        async request<T>(method: string, path: string, options?: {body?: unknown}) {
          answer(`${method} ${path} ${JSON.stringify(options?.body)}`)
          return {} as T
        },
      },
    }),
  }
}
