import {execFile} from 'node:child_process'
import {generateKeyPairSync} from 'node:crypto'
import {mkdtemp, rm, writeFile} from 'node:fs/promises'
import {Agent, get} from 'node:https'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {promisify} from 'node:util'
import {makeCa, makeClientCert, makeServerCert, type Certificate} from '../support/certificates.ts'
import {freePorts, start, type Program} from './processes.ts'
import type {ClusterTools} from './tools.ts'

/** A running API server with its etcd, controllers and kubelet; everything of it lies in one temporary folder. */
export interface ControlPlane {
  readonly name: string
  readonly url: string
  readonly dir: string
  readonly ca: Certificate
  /** The administrator's; its one context has the cluster's name. */
  readonly kubeconfig: string
  /** Starts one more API server on the same etcd, that can go and come back while all other parts have theirs. */
  addApiServer(): Promise<SpareApiServer>
  stop(): Promise<void>
}

export interface SpareApiServer {
  readonly port: number
  /** SIGKILL ends it at once; after SIGTERM, with which it ends its connections by itself, it gets some seconds. */
  stop(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>
  /** Starts it again, on the same port; resolves when it is ready. */
  start(): Promise<void>
}

/** The one node that all pods run on. */
export const NODE = 'node-1'

const READY_MS = 60_000
const here = import.meta.dirname

/**
 * Starts everything on free loopback ports.
 * @param ca signs the certificates of servers and users; clusters with the same one know each other's users
 * @throws when a part ends, or is not ready within a minute, with the end of its log; nothing is left running then
 */
export async function startControlPlane(tools: ClusterTools, name: string, ca?: Certificate): Promise<ControlPlane> {
  const dir = await mkdtemp(join(tmpdir(), `scalardl-${name}-`))
  const programs: Program[] = []
  const stop = async () => {
    // Last started, first stopped: an API server without etcd never finishes its own shutdown.
    for (const program of programs.splice(0).reverse()) await program.stop()
    await rm(dir, {recursive: true, force: true})
  }
  try {
    const [etcd = 0, peer = 0, api = 0, kubelet = 0] = await freePorts(4)
    const rig: Rig = {tools, name, dir, ca: ca ?? await makeCa(), programs, ports: {etcd, peer, api, kubelet}}
    const agent = new Agent({ca: rig.ca.cert, ...await writeFiles(rig)})
    startEtcd(rig)
    await startApiServer(rig, api, agent)
    await startNode(rig)
    const addApiServer = async () => spareApiServer(rig, (await freePorts(1))[0] ?? 0, agent)
    return {name, url: urlOf(rig), dir, ca: rig.ca, kubeconfig: join(dir, 'admin.kubeconfig'), addApiServer, stop}
  } catch (error) {
    await stop()
    throw error
  }
}

/** A kubeconfig for one user of one cluster. JSON, which every YAML reader reads. */
export function kubeconfigOf({name, url, ca, user, cert, key, namespace}:
  {name: string; url: string; ca: string; user: string; namespace?: string} & Certificate): string {
  const base64 = (text: string) => Buffer.from(text).toString('base64')
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': name,
    clusters: [{name, cluster: {server: url, 'certificate-authority-data': base64(ca)}}],
    users: [{name: `${name}-${user}`, user: {'client-certificate-data': base64(cert), 'client-key-data': base64(key)}}],
    contexts: [{name, context: {cluster: name, user: `${name}-${user}`, namespace}}],
  })
}

interface Rig {
  readonly tools: ClusterTools
  readonly name: string
  readonly dir: string
  readonly ca: Certificate
  readonly programs: Program[]
  readonly ports: {readonly etcd: number; readonly peer: number; readonly api: number; readonly kubelet: number}
}

const urlOf = (rig: Rig) => `https://127.0.0.1:${rig.ports.api}`

/** @returns the administrator's certificate */
async function writeFiles(rig: Rig): Promise<Certificate> {
  const {ca, dir, name} = rig
  const serviceAccounts = generateKeyPairSync('ec', {
    namedCurve: 'P-256', publicKeyEncoding: {type: 'spki', format: 'pem'}, privateKeyEncoding: {type: 'pkcs8', format: 'pem'},
  })
  const server = await makeServerCert(ca, {dnsNames: ['localhost'], ips: ['127.0.0.1']})
  const admin = await makeClientCert(ca, 'admin', ['system:masters'])
  const files = {
    'ca.crt': ca.cert,
    'server.crt': server.cert,
    'server.key': server.key,
    'admin.crt': admin.cert,
    'admin.key': admin.key,
    'sa.pub': serviceAccounts.publicKey,
    'sa.key': serviceAccounts.privateKey,
    'admin.kubeconfig': kubeconfigOf({name, url: urlOf(rig), ca: ca.cert, user: 'admin', ...admin}),
  }
  for (const [file, text] of Object.entries(files)) await writeFile(join(dir, file), text, {mode: 0o600})
  return admin
}

function startEtcd(rig: Rig): void {
  const {dir, ports: {etcd, peer}} = rig
  run(rig, rig.tools.etcd, {
    'data-dir': join(dir, 'etcd'),
    'listen-client-urls': `http://127.0.0.1:${etcd}`,
    'advertise-client-urls': `http://127.0.0.1:${etcd}`,
    'listen-peer-urls': `http://127.0.0.1:${peer}`,
    'unsafe-no-fsync': 'true',
    'log-level': 'error',
  })
}

async function startApiServer(rig: Rig, port: number, agent: Agent): Promise<Program> {
  const {dir, ports: {etcd}} = rig
  const apiServer = run(rig, rig.tools.apiServer, {
    'etcd-servers': `http://127.0.0.1:${etcd}`,
    'secure-port': String(port),
    'bind-address': '127.0.0.1',
    'advertise-address': '127.0.0.1',
    // Its own endpoint would be a loopback address, which a Service may not have; nothing here asks for it.
    'endpoint-reconciler-type': 'none',
    'tls-cert-file': join(dir, 'server.crt'),
    'tls-private-key-file': join(dir, 'server.key'),
    'client-ca-file': join(dir, 'ca.crt'),
    'service-account-key-file': join(dir, 'sa.pub'),
    'service-account-signing-key-file': join(dir, 'sa.key'),
    'service-account-issuer': 'https://localhost',
    'authorization-mode': 'RBAC',
    'service-cluster-ip-range': '10.0.0.0/24',
    'kubelet-client-certificate': join(dir, 'admin.crt'),
    'kubelet-client-key': join(dir, 'admin.key'),
    'kubelet-preferred-address-types': 'InternalIP',
    'disable-admission-plugins': 'ServiceAccount',
  })
  await apiServer.ready(() => answers(`https://127.0.0.1:${port}/readyz`, agent), READY_MS)
  return apiServer
}

async function spareApiServer(rig: Rig, port: number, agent: Agent): Promise<SpareApiServer> {
  let program = await startApiServer(rig, port, agent)
  return {
    port,
    async stop(signal) {
      program.kill(signal)
      await program.stop()
    },
    async start() {
      program = await startApiServer(rig, port, agent)
    },
  }
}

const CONTROLLERS = ['deployment', 'replicaset', 'garbage-collector', 'endpointslice', 'job', 'cronjob', 'namespace']

async function startNode(rig: Rig): Promise<void> {
  const {dir, ports: {kubelet}} = rig
  const kubeconfig = join(dir, 'admin.kubeconfig')
  await promisify(execFile)(rig.tools.kubectl, ['--kubeconfig', kubeconfig, 'apply', '-f', join(here, 'node.yaml')])
  run(rig, rig.tools.controllerManager, {
    kubeconfig,
    controllers: CONTROLLERS.map(name => `${name}-controller`).join(','),
    'service-account-private-key-file': join(dir, 'sa.key'),
    'leader-elect': 'false',
    'secure-port': '0',
    // Its own brake, 20 requests a second, is made for clusters with other work to do.
    'kube-api-qps': '1000',
    'kube-api-burst': '1000',
  })
  const kwok = run(rig, rig.tools.kwok, {
    kubeconfig,
    'manage-all-nodes': 'true',
    'node-ip': '127.0.0.1',
    'node-port': String(kubelet),
    'server-address': `127.0.0.1:${kubelet}`,
    'tls-cert-file': join(dir, 'server.crt'),
    'tls-private-key-file': join(dir, 'server.key'),
    'enable-crds': 'PortForward',
    config: join(here, 'kwok.yaml'),
  })
  await kwok.ready(() => answers(`https://127.0.0.1:${kubelet}/healthz`, new Agent({ca: rig.ca.cert})), READY_MS)
}

function run(rig: Rig, path: string, flags: Readonly<Record<string, string>>): Program {
  const name = path.slice(path.lastIndexOf('/') + 1)
  const program = start(path, Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`), join(rig.dir, `${name}.log`))
  rig.programs.push(program)
  return program
}

const answers = (url: string, agent: Agent) =>
  new Promise<boolean>((resolve, reject) => {
    get(url, {agent, timeout: 2000}, answer => resolve(answer.resume().statusCode === 200)).once('error', reject)
  })
