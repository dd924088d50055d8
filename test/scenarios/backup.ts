import assert from 'node:assert/strict'
import {setTimeout as sleep} from 'node:timers/promises'
import type {RestorePoint} from '../../src/backup/restore-point.ts'
import {quietThroughout} from '../support/admin-gate.ts'
import type {AdminMethod, AdminServer} from '../support/admin-server.ts'
import type {TestCluster} from '../support/cluster.ts'
import {command, type Ended, type Running} from '../support/command.ts'
import {chartLedger, type ChartValues} from '../support/manifests.ts'
import {validateRecord} from '../support/record-schema.ts'

/** One Ledger in a namespace of its own, and backups of it. */
export interface Stage {
  readonly cluster: TestCluster
  readonly namespace: string
  readonly deployment: string
  /** Sorted names. */
  readonly pods: readonly string[]
  server(index: number): AdminServer
  backup(...flags: string[]): Running
  /** The same with a different environment, or started by another program. */
  backupIn(world: {readonly env?: Readonly<Record<string, string>>; readonly through?: readonly string[]}, ...flags: string[]): Running
}

// The shortest window with a restore point in it, so that many scenarios fit into a minute.
const SHORT = ['--clock-guard', '100ms', '-o', 'json']
let stages = 0

/** Deploys two Ledger pods, which are backed up by this kubeconfig, default: the administrator's. */
export async function stage(cluster: TestCluster, values: ChartValues = {}, kubeconfig = cluster.kubeconfig): Promise<Stage> {
  const namespace = `stage-${++stages}`
  const chart = chartLedger({namespace, replicas: 2, version: '3.14.0', terminationGracePeriodSeconds: 5, ...values})
  const pods = await cluster.deploy(chart)
  const backupIn: Stage['backupIn'] = ({env, through}, ...flags) => {
    const hold = flags.includes('--hold') ? [] : ['--hold', '3s']
    return command(['backup', '--kubeconfig', kubeconfig, '-n', namespace, ...SHORT, ...hold, ...flags], env, through)
  }
  return {
    cluster,
    namespace,
    deployment: chart.deployment.metadata?.name ?? '',
    pods,
    server: index => cluster.server(namespace, pods[index] ?? ''),
    backup: (...flags) => backupIn({}, ...flags),
    backupIn,
  }
}

/** Waits until every server of the stage is closed and drained, a moment into the window. @throws when the run ends before */
export async function inTheWindow({cluster, namespace}: Stage, run: Running): Promise<void> {
  let over: Ended | undefined
  void run.ended.then(ended => (over = ended))
  while (![...cluster.servers(namespace).values()].every(({steps}) => steps.at(-1)?.step === 'drained')) {
    if (over) throw new Error(`ended with ${over.code} before the window:\n${over.stderr}`)
    await sleep(5)
  }
  await sleep(200)
}

/** Waits until the server has been asked, `times` times since the log was `from` calls long. */
export async function asked(server: AdminServer, method: AdminMethod, times = 1, from = 0): Promise<void> {
  while (server.calls.slice(from).filter(call => call.method === method).length < times) await sleep(5)
}

/** Waits until the run has said this on stderr. @throws when it ends before */
export async function says(run: Running, text: string): Promise<void> {
  let over: Ended | undefined
  void run.ended.then(ended => (over = ended))
  while (!run.said().includes(text)) {
    if (over) throw new Error(`ended with ${over.code} without saying "${text}":\n${over.stderr}`)
    await sleep(5)
  }
}

/** How a backup ended; `said` in place of verdict and reasons where it made no record. */
export interface Outcome {
  readonly code: number | null
  readonly verdict?: string
  readonly reasons?: readonly string[]
  readonly said?: string
}

/**
 * The end of a run as a test sees it: its exit code, verdict and reasons, pods' names replaced by `pod-0`, `pod-1`, … and
 * those of pods that came later by `new-pod`. Checks the record against the published schema, nothing is left paused but
 * `leftPaused`, and a restore point against the servers' own logs.
 */
export async function outcome(on: Stage, run: Running, leftPaused: readonly string[] = []): Promise<Outcome> {
  const {code, stdout, stderr} = await run.ended
  const {cluster, namespace, pods} = on
  const paused = [...cluster.servers(namespace)].filter(([, server]) => server.paused).map(([name]) => name).sort()
  assert.deepEqual(paused.map(name => plain(on, name)), leftPaused, 'left paused')
  if (!stdout.startsWith('{')) return {code, said: plain(on, stderr.split('\n').filter(line => line.startsWith('error:')).join('\n'))}
  const record = JSON.parse(stdout) as RestorePoint
  validateRecord(record)
  if (record.consistent) {
    const fromMs = Date.parse(record.restorePoint ?? '')
    for (const name of pods) assert.ok(quietThroughout(cluster.server(namespace, name).steps, fromMs, fromMs + 999), `${name} at T`)
  }
  return {code, verdict: record.verdict, reasons: record.reasons.map(reason => plain(on, reason))}
}

function plain({namespace, deployment, pods}: Stage, text: string): string {
  const named = pods.reduce((changed, name, index) => changed.replaceAll(name, `pod-${index}`), text)
  return named.replaceAll(new RegExp(`${deployment}-[a-z0-9]+-[a-z0-9]{5}`, 'g'), 'new-pod').replaceAll(namespace, 'ns')
    .replaceAll(/127\.0\.0\.1:\d+/g, '127.0.0.1:*').replaceAll(/\d+\.\d s\b/g, 'N s')
}
