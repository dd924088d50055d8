import {readFile, writeFile} from 'node:fs/promises'
import {setTimeout as sleep} from 'node:timers/promises'
import {Wire, type WireConnection} from '../../support/wire.ts'
import type {RestorePoint} from '../../../src/backup/restore-point.ts'
import type {Running} from '../../support/command.ts'
import {outcome, says, type Outcome, type Stage} from '../../scenarios/backup.ts'
import type {RealCluster} from '../cluster.ts'
import type {SpareApiServer} from '../control-plane.ts'

/** A cluster whose backups go over a wire of their own to an API server of their own: whatever breaks there, the rig's parts run on. */
export interface FaultRig {
  readonly cluster: RealCluster
  readonly apiServer: SpareApiServer
  readonly wire: Wire
  /** The administrator's, over the wire. */
  readonly kubeconfig: string
  stop(): Promise<void>
}

export async function faultRig(cluster: RealCluster): Promise<FaultRig> {
  const apiServer = await cluster.addApiServer()
  const wire = await new Wire(apiServer.port).listen()
  return {cluster, apiServer, wire, kubeconfig: await kubeconfigAt(wire.port, cluster.kubeconfig), stop: () => wire.stop()}
}

interface Kubeconfig {
  readonly clusters: Array<{readonly cluster: {server: string}}>
}

/** Writes a copy of a kubeconfig whose API server is another port of loopback. @returns the copy's path */
export async function kubeconfigAt(port: number, kubeconfig: string): Promise<string> {
  const copy = JSON.parse(await readFile(kubeconfig, 'utf8')) as Kubeconfig
  for (const {cluster} of copy.clusters) cluster.server = `https://127.0.0.1:${port}`
  const path = `${kubeconfig}.${port}`
  await writeFile(path, JSON.stringify(copy), {mode: 0o600})
  return path
}

/** Which connections the servers are asked over, seen by what goes over them every second. */
export async function tunnelsOf(wire: Wire, {pods}: Stage): Promise<{tunnels: readonly WireConnection[]; others: readonly WireConnection[]}> {
  const before = new Map(wire.connections.map(each => [each, each.sent]))
  const isTunnel = (each: WireConnection) => each.sent > (before.get(each) ?? each.sent)
  while (wire.connections.filter(isTunnel).length < pods.length) await sleep(20)
  return {tunnels: wire.connections.filter(isTunnel), others: wire.connections.filter(each => !isTunnel(each))}
}

/** Waits in the window of a backup without leases until pods are listed for the confirmation, and keeps the answer back. */
export async function confirming(wire: Wire, on: Stage): Promise<void> {
  const {tunnels, others} = await tunnelsOf(wire, on)
  for (const each of others) each.silence('down')
  const sent = () => wire.connections.reduce((sum, each) => tunnels.includes(each) ? sum : sum + each.sent, 0)
  for (const before = sent(); sent() === before;) await sleep(5)
}

/** Tells a backup that unpauses to give up. @returns its end, and the pods that it names with whose pause that is */
export async function givenUp(on: Stage, run: Running, leftPaused: readonly string[] = []): Promise<Outcome & {named: string[]}> {
  run.kill('SIGINT')
  await says(run, 'Ctrl-C')
  run.kill('SIGINT')
  const {stillPaused} = JSON.parse((await run.ended).stdout) as RestorePoint
  return {...await outcome(on, run, leftPaused), named: stillPaused.map(({pod, whose}) => `${pod}: ${whose}`)}
}
