import assert from 'node:assert/strict'
import {mkdtemp, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {adviceOn} from '../../src/backup/advice.ts'
import {makeCa, makeServerCert} from '../support/certificates.ts'
import {command} from '../support/command.ts'
import {chartLedger} from '../support/manifests.ts'
import {startSimulatedCluster, type SimulatedCluster} from './cluster.ts'

interface Mistake {
  readonly what: string
  readonly namespace: 'secure' | 'plain'
  readonly flags: readonly string[]
  /** The message, and the line that names the flag. */
  readonly says: readonly [string, string]
}

describe('a dry run against admin ports, of which some speak TLS', () => {
  let cluster: SimulatedCluster
  let dir: string

  before(async () => {
    cluster = await startSimulatedCluster()
    dir = await mkdtemp(join(tmpdir(), 'scalardl-tls-'))
    const ca = await makeCa()
    await writeFile(join(dir, 'other-ca.pem'), (await makeCa('other')).cert)
    const tls = await makeServerCert(ca, {dnsNames: ['ledger.example.com']})
    await cluster.deploy(chartLedger({namespace: 'plain', replicas: 1}))
    await cluster.deploy(chartLedger({namespace: 'secure', replicas: 1, tls: {serverName: 'ledger.example.com', caSecret: 'ca'}}), {tls})
    const data = {'ca.crt': Buffer.from(ca.cert).toString('base64')}
    await cluster.create({apiVersion: 'v1', kind: 'Secret', metadata: {name: 'ca', namespace: 'secure'}, data} as object)
  })

  after(async () => {
    await cluster.stop()
    await rm(dir, {recursive: true})
  })

  const dryRun = async (namespace: string, flags: readonly string[]) => {
    const args = flags.map(flag => flag.replace('DIR', dir))
    const {code, stderr} = await command(['backup', '--dry-run', '--kubeconfig', cluster.kubeconfig, '-n', namespace, ...args]).ended
    const error = stderr.slice(stderr.indexOf('error:')).replaceAll(/my-ledger\S+/g, 'pod').trimEnd().split('\n')
    return code === 0 ? {code} : {code, error}
  }

  it('gets through with what the chart says', async () => {
    for (const namespace of ['plain', 'secure']) assert.deepEqual(await dryRun(namespace, []), {code: 0})
  })

  const mistakes: readonly Mistake[] = [
    {
      what: 'the certificate is for another name',
      namespace: 'secure',
      flags: ['--admin-server-name', 'wrong.example.com'],
      says: [
        'Hostname/IP does not match certificate\'s altnames: Host: wrong.example.com. is not in the cert\'s altnames: DNS:ledger.example.com',
        'say which name the certificate has with --admin-server-name NAME, or admin-server-name=NAME in --target',
      ],
    },
    {
      what: 'the certificate is another CA\'s',
      namespace: 'secure',
      flags: ['--admin-ca-file', 'DIR/other-ca.pem'],
      says: ['unable to verify the first certificate', 'name the file of its CA with --admin-ca-file FILE, or admin-ca-file=FILE in --target'],
    },
    {
      what: 'the port is spoken to in TLS and does not speak it',
      namespace: 'plain',
      flags: ['--admin-tls'],
      says: ['TLS: wrong version number', 'if the admin port does not speak TLS, say so with --no-admin-tls, or admin-tls=false in --target'],
    },
  ]

  for (const {what, namespace, flags, says: [message, advice]} of mistakes) {
    it(`names the flag that helps when ${what}`, async () => {
      assert.deepEqual(await dryRun(namespace, flags), {code: 1, error: [
        `error: cannot ask ${namespace}/pod whether it is paused: ${message}`, `  ${advice}`, '  nothing was paused',
      ]})
    })
  }

  it('names the flag that may help when the port speaks TLS and is spoken to without', () => {
    assert.deepEqual(adviceOn(['cannot ask secure/pod whether it is paused: the port-forward was closed from the pod\'s side']), [
      'if the admin port speaks TLS, say so with --admin-tls, or admin-tls=true in --target',
    ])
  })

  it('names the flag that may help when nothing listens on the port', () => {
    assert.deepEqual(adviceOn(['cannot ask ledger/pod whether it is paused: error forwarding port 6 to pod pod, uid : connection refused']), [
      'if that is not the admin port, say which is with --admin-port PORT, or admin-port=PORT in --target',
    ])
  })
})
