import assert from 'node:assert/strict'
import {readFile, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {parse, stringify} from 'yaml'
import {clusterOpener} from '../../src/backup/cluster.ts'
import {startSimulatedCluster} from '../simulated/cluster.ts'
import type {SimulatedCluster} from '../simulated/cluster.ts'

interface Kubeconfig {
  users: Array<{user: {token?: string; exec?: object}}>
}

/** A kubeconfig like the cluster's own, whose token comes from a plugin that takes a while. */
async function withSlowPlugin(cluster: SimulatedCluster, seconds: number): Promise<string> {
  const config = parse(await readFile(cluster.kubeconfig, 'utf8')) as Kubeconfig
  const [entry] = config.users
  assert.ok(entry)
  const [apiVersion, status] = ['client.authentication.k8s.io/v1', {token: entry.user.token}]
  const plugin = `sleep ${seconds}; echo '${JSON.stringify({apiVersion, kind: 'ExecCredential', status})}'`
  entry.user = {exec: {apiVersion, command: 'sh', args: ['-c', plugin], interactiveMode: 'Never'}}
  const path = join(cluster.dir, 'slow-plugin.kubeconfig')
  await writeFile(path, stringify(config))
  return path
}

describe('opening a cluster', () => {
  let cluster: SimulatedCluster

  before(async () => {
    cluster = await startSimulatedCluster()
  })

  after(() => cluster.stop())

  it('waits for a login that takes longer than a request may', async () => {
    const kubeconfig = await withSlowPlugin(cluster, 1.2)
    const {uid} = await clusterOpener()({kubeconfig, requestTimeoutMs: 1000})
    assert.match(uid ?? '', /^[0-9a-f-]{36}$/)
  })
})
