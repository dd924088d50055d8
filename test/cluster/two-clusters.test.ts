import assert from 'node:assert/strict'
import {readFile, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import type {RestorePoint} from '../../src/backup/restore-point.ts'
import {quietThroughout} from '../support/admin-gate.ts'
import type {AdminServer} from '../support/admin-server.ts'
import {makeCa, makeServerCert, type Certificate} from '../support/certificates.ts'
import {startClientLoad} from '../support/client-load.ts'
import {command, type Ended} from '../support/command.ts'
import {chartAuditor, chartLedger} from '../support/manifests.ts'
import {validateRecord} from '../support/record-schema.ts'
import {hasRenderings, readRendering} from '../support/renderings.ts'
import {startCluster, type RealCluster} from './cluster.ts'

const ARN = 'arn:aws:eks:ap-northeast-1:123456789012:cluster/ledger'
// What the real rendering's probes ask for.
const AUDITOR_NAME = 'auditor.scalardl.example.com'
// The shortest window with a restore point in it.
const SHORT = ['--hold', '3s', '--clock-guard', '100ms']

describe('Ledger and Auditor in two clusters', () => {
  let ca: Certificate
  let ledgers: RealCluster
  let auditors: RealCluster
  const clusters: RealCluster[] = []

  before(async () => {
    ca = await makeCa()
    // One after the other: two at once take each other's processor time, and no longer together.
    for (const name of ['ledger', 'auditor']) clusters.push(await startCluster({name}));
    [ledgers, auditors] = clusters as [RealCluster, RealCluster]
    await deployLedger(ledgers)
    await deployAuditor(auditors, ca)
  })

  after(async () => {
    for (const cluster of clusters) await cluster.stop()
  })

  it('have one restore point in two contexts of one kubeconfig, the Auditor\'s TLS found without a flag', async () => {
    const kubeconfig = await mergedKubeconfig({[ARN]: ledgers, 'auditor': auditors})
    const route = [serversOf(auditors), serversOf(ledgers), serversOf(auditors)]
    const load = startClientLoad({route})
    const targets = [`context=${ARN},namespace=ledger`, 'context=auditor,namespace=auditor']
    const record = proven(await backup(targets, '--kubeconfig', kubeconfig).ended)
    load.stop()
    assert.deepEqual(record.targets.map(({context, product, admin}) => ({context, product, admin})), [
      {context: ARN, product: 'ledger', admin: {port: 50053, tls: false}},
      {context: 'auditor', product: 'auditor', admin: {port: 40053, tls: true, serverName: AUDITOR_NAME}},
    ])
    assert.deepEqual(record.targets.map(({clusterUID}) => clusterUID), [await uidOf(ledgers), await uidOf(auditors)])
    for (const cluster of clusters) assert.deepEqual(await recordIn(cluster, record), record)
  })

  it('have one restore point by two kubeconfig files', async () => {
    const targets = [`kubeconfig=${ledgers.kubeconfig},namespace=ledger`, `kubeconfig=${auditors.kubeconfig},namespace=auditor`]
    const record = proven(await backup(targets, ...SHORT).ended)
    assert.deepEqual(record.targets.map(({context}) => context), ['ledger', 'auditor'])
    assert.deepEqual(record.targets.map(({clusterUID}) => clusterUID), [await uidOf(ledgers), await uidOf(auditors)])
  })

  it('are not paused when the admin ports\' certificate is for another name, and the flag is named', async () => {
    const tls = await makeServerCert(ca, {dnsNames: ['ledger.example.com']})
    const chart = chartLedger({namespace: 'tls', replicas: 1, tls: {serverName: 'wrong.example.com', caSecret: 'ca'}})
    const [pod = ''] = await ledgers.deploy(chart, {tls})
    await ledgers.create(secretOf('tls', 'ca', ca))
    const flags = ['backup', '--kubeconfig', ledgers.kubeconfig, '-n', 'tls']
    const {code, stdout, stderr} = await command(flags).ended
    assert.deepEqual({code, stdout, error: stderr.slice(stderr.indexOf('error:')).replaceAll(pod, 'pod').trimEnd().split('\n')}, {
      code: 1,
      stdout: '',
      error: [
        'error: cannot ask tls/pod whether it is paused: Hostname/IP does not match certificate\'s altnames: '
          + 'Host: wrong.example.com. is not in the cert\'s altnames: DNS:ledger.example.com',
        '  say which name the certificate has with --admin-server-name NAME, or admin-server-name=NAME in --target',
        '  nothing was paused',
      ],
    })
    assert.deepEqual(ledgers.server('tls', pod).calls, [])
    assert.equal((await command([...flags, '--dry-run', '--admin-server-name', 'ledger.example.com']).ended).code, 0)
  })

  const backup = (targets: readonly string[], ...flags: string[]) =>
    command(['backup', ...targets.flatMap(target => ['--target', target]), ...flags, '-o', 'json'])

  /** Holds a run against the servers' own logs: one restore point in both products' windows, Auditors paused first, none left paused. */
  function proven({code, stdout, stderr}: Ended): RestorePoint {
    assert.equal(code, 0, stderr)
    const record = JSON.parse(stdout) as RestorePoint
    validateRecord(record)
    assert.deepEqual([record.verdict, record.reasons], ['consistent', []])
    const [atMs, fromMs] = [Date.parse(record.restorePoint ?? ''), Date.parse(record.startedAt)]
    const all = clusters.flatMap(serversOf)
    assert.equal(all.length, 6)
    assert.deepEqual(all.map(({steps}) => quietThroughout(steps, atMs, atMs + 999)), all.map(() => true))
    assert.deepEqual(all.map(({paused}) => paused), all.map(() => false))
    const drained = serversOf(auditors).map(server => stepAt(server, 'drained', fromMs))
    const closed = serversOf(ledgers).map(server => stepAt(server, 'closed', fromMs))
    assert.ok(Math.max(...drained) <= Math.min(...closed), `Auditors drained at ${drained.join()}, Ledgers closed at ${closed.join()}`)
    return record
  }
})

/** When a server first took a step from a moment on; ms of the monotonic clock, which all light servers share. */
const stepAt = ({steps}: AdminServer, step: 'closed' | 'drained', fromMs: number) =>
  steps.find(each => each.step === step && each.at.wallMs >= fromMs)?.at.monoMs ?? NaN

const serversOf = (cluster: RealCluster) => [...cluster.servers(cluster.context).values()]

const secretOf = (namespace: string, name: string, {cert}: Certificate) =>
  ({apiVersion: 'v1', kind: 'Secret', metadata: {name, namespace}, stringData: {'ca.crt': cert}})

/** From the real renderings where there are any, else from the project's own. */
async function deployLedger(cluster: RealCluster): Promise<void> {
  if (hasRenderings()) await cluster.deployRendering(await readRendering('ledger-dynamo'))
  else await cluster.deploy(chartLedger({version: '3.14.0', properties: 'scalar.db.storage=dynamo\nscalar.dl.ledger.auditor.enabled=true\n'}))
}

async function deployAuditor(cluster: RealCluster, ca: Certificate): Promise<void> {
  const tls = await makeServerCert(ca, {dnsNames: [AUDITOR_NAME]})
  if (hasRenderings()) await cluster.deployRendering(await readRendering('auditor-dynamo-tls'), {tls})
  else await cluster.deploy(chartAuditor({version: '3.14.0', tls: {serverName: AUDITOR_NAME, caSecret: 'auditor-tls-ca'}}), {tls})
  await cluster.create(secretOf('auditor', 'auditor-tls-ca', ca))
}

interface Kubeconfig {
  readonly clusters: object[]
  readonly users: object[]
  readonly contexts: ReadonlyArray<{readonly context: object}>
}

/** Writes one kubeconfig with a context of each name for each cluster, none of them current. */
async function mergedKubeconfig(clusters: Readonly<Record<string, RealCluster>>): Promise<string> {
  const files = await Promise.all(Object.entries(clusters).map(async ([name, {kubeconfig}]) =>
    ({name, file: JSON.parse(await readFile(kubeconfig, 'utf8')) as Kubeconfig})))
  const path = join(Object.values(clusters)[0]?.dir ?? '', 'both.kubeconfig')
  await writeFile(path, JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: files.flatMap(({file}) => file.clusters),
    users: files.flatMap(({file}) => file.users),
    contexts: files.flatMap(({name, file}) => file.contexts.map(each => ({...each, name}))),
  }), {mode: 0o600})
  return path
}

const uidOf = async (cluster: RealCluster) =>
  (await cluster.kubectl(['get', 'namespace', 'kube-system', '-o', 'jsonpath={.metadata.uid}'])).stdout

/** The record as it lies beside the release whose namespace has the cluster's name. */
async function recordIn(cluster: RealCluster, {metadata: {name}}: RestorePoint): Promise<unknown> {
  const {stdout} = await cluster.kubectl(['get', 'configmap', name, '-n', cluster.context, '-o', 'jsonpath={.data.record\\.json}'])
  return JSON.parse(stdout)
}
