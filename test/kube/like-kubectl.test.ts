import assert from 'node:assert/strict'
import {execFile, execFileSync} from 'node:child_process'
import {mkdir, mkdtemp, readFile, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {delimiter, join} from 'node:path'
import {createApiServer} from '../../src/kube/api-server.ts'
import {loadAccess, systemWorld} from '../../src/kube/config.ts'
import type {KubeOptions} from '../../src/kube/types.ts'
import {makeCertificates, recordHttp, recordHttps, recordProxy, recordSocks} from './recorder.ts'
import type {Recorder, Seen} from './recorder.ts'

type Servers = Awaited<ReturnType<typeof startServers>>

/** One kubeconfig with which kubectl and we have to send the same. */
interface Case {
  readonly cluster?: object
  readonly user?: object
  readonly options?: KubeOptions
  readonly env?: Record<string, string>
}

const ca = (s: Servers) => ({'certificate-authority-data': base64(s.ca.cert)})
const direct = (s: Servers) => ({server: `https://127.0.0.1:${s.https.port}`, ...ca(s)})
const named = (s: Servers) => ({server: `https://api.example.test:${s.https.port}`, ...ca(s)})
const plugin = (s: Servers, more: object = {}) => ({
  exec: {apiVersion: 'client.authentication.k8s.io/v1', command: join(s.dir, 'plugin'), interactiveMode: 'Never', ...more},
})

const cases: ReadonlyArray<[title: string, make: (s: Servers) => Case]> = [
  ['a token', s => ({cluster: direct(s), user: {token: 'one'}})],
  ['a token file, read and trimmed, before a token', s => ({cluster: direct(s), user: {token: 'one', tokenFile: join(s.dir, 'token')}})],
  ['a token when its file is missing', s => ({cluster: direct(s), user: {token: 'one', tokenFile: join(s.dir, 'missing')}})],
  ['a token file beside the kubeconfig', s => ({cluster: direct(s), user: {tokenFile: 'token'}})],
  ['basic auth', s => ({cluster: direct(s), user: {username: 'bob', password: 'pass:wörd'}})],
  ['a client certificate from data', s => ({cluster: direct(s), user: certificate(s)})],
  ['a client certificate from files, with a token', s => ({cluster: direct(s), user: {'client-certificate': 'client.pem', 'client-key': 'client.key', 'token': 'x'}})],
  ['a CA file beside the kubeconfig', s => ({cluster: {...direct(s), 'certificate-authority-data': '', 'certificate-authority': 'ca.pem'}, user: {token: 'x'}})],
  ['no check of the certificate', s => ({cluster: {server: `https://localhost:${s.https.port}`, 'insecure-skip-tls-verify': true}, user: {token: 'x'}})],
  ['a server name for TLS', s => ({cluster: {...direct(s), 'tls-server-name': 'api.example.test'}, user: {token: 'x'}})],
  ['no credentials over plain http, but impersonation', s => ({cluster: {server: `http://127.0.0.1:${s.http.port}`}, user: {token: 'x', as: 'dave'}})],
  ['http for a server without a scheme', s => ({cluster: {server: `127.0.0.1:${s.http.port}`}, user: {token: 'x'}})],

  ['impersonation from the kubeconfig', s => ({cluster: direct(s), user: {
    'token': 'x', 'as': 'dave', 'as-uid': '7', 'as-groups': ['one', 'two, three'], 'as-user-extra': {'Acme.com/Scopes%': ['a', 'b']},
  }})],
  ['--as over as, with its groups', s => ({cluster: direct(s), user: {'token': 'x', 'as': 'dave', 'as-groups': ['one']}, options: {as: 'erin'}})],
  ['--as-group and --as-uid', s => ({cluster: direct(s), user: {'token': 'x', 'as': 'dave', 'as-groups': ['one']}, options: {asGroup: ['two', 'three'], asUid: '8'}})],

  ['--token over an exec plugin', s => ({cluster: direct(s), user: plugin(s), options: {token: 'flag'}})],
  ['--token beside a client certificate', s => ({cluster: direct(s), user: certificate(s), options: {token: 'flag'}})],
  ['--server, which clears the server name', s => ({cluster: {...ca(s), 'server': 'https://127.0.0.1:1', 'tls-server-name': 'wrong'}, user: {token: 'x'}, options: {server: `https://localhost:${s.https.port}`}})],
  ['--tls-server-name', s => ({cluster: direct(s), user: {token: 'x'}, options: {tlsServerName: 'api.example.test'}})],
  ['--certificate-authority over data', s => ({cluster: {...direct(s), 'certificate-authority-data': base64(s.client.cert)}, user: {token: 'x'}, options: {certificateAuthority: join(s.dir, 'ca.pem')}})],
  ['--certificate-authority over insecure', s => ({cluster: {'server': direct(s).server, 'insecure-skip-tls-verify': true}, user: {token: 'x'}, options: {certificateAuthority: join(s.dir, 'ca.pem')}})],
  ['--insecure-skip-tls-verify over a CA', s => ({cluster: {...direct(s), 'certificate-authority-data': base64(s.client.cert)}, user: {token: 'x'}, options: {insecureSkipTlsVerify: true}})],
  ['--user and --cluster', () => ({cluster: {server: 'https://127.0.0.1:1'}, user: {token: 'x'}, options: {cluster: 'other', user: 'other'}})],
  ['--context', () => ({cluster: {server: 'https://127.0.0.1:1'}, user: {token: 'x'}, options: {context: 'other'}})],

  ['an exec plugin', s => ({cluster: direct(s), user: plugin(s)})],
  ['a client certificate rather than an exec plugin', s => ({cluster: direct(s), user: {...certificate(s), ...plugin(s)}})],
  ['an exec plugin beside the kubeconfig', s => ({cluster: direct(s), user: plugin(s, {command: './plugin'})})],
  ['an exec plugin of v1beta1 with arguments and environment', s => ({cluster: direct(s), user: plugin(s, {
    apiVersion: 'client.authentication.k8s.io/v1beta1', interactiveMode: undefined, args: ['a b', 'c'], env: [{name: 'EXTRA', value: 'seen'}],
  })})],
  ['an exec plugin that is told the cluster', s => ({cluster: {
    ...direct(s), 'tls-server-name': 'localhost', 'extensions': [{name: 'client.authentication.k8s.io/exec', extension: {audience: 'x'}}],
  }, user: plugin(s, {provideClusterInfo: true})})],
  ['an exec plugin that gives a client certificate', s => ({cluster: direct(s), user: plugin(s, {env: [{name: 'GIVE', value: 'certificate'}]})})],

  ['proxy-url http, with a password', s => ({cluster: {...named(s), 'proxy-url': `http://user:p%40ss@127.0.0.1:${s.proxy.port}`}, user: {token: 'x'}})],
  ['proxy-url http, for a loopback address', s => ({cluster: {...direct(s), 'proxy-url': `http://127.0.0.1:${s.proxy.port}`}, user: {token: 'x'}})],
  ["proxy-url https, trusted by the cluster's CA", s => ({cluster: {...named(s), 'proxy-url': `https://127.0.0.1:${s.secureProxy.port}`}, user: {token: 'x'}})],
  ['proxy-url socks5', s => ({cluster: {...named(s), 'proxy-url': `socks5://127.0.0.1:${s.socks.port}`}, user: {token: 'x'}})],
  ['HTTPS_PROXY', s => ({cluster: named(s), user: {token: 'x'}, env: {HTTPS_PROXY: `http://127.0.0.1:${s.proxy.port}`}})],
  ['https_proxy without a scheme', s => ({cluster: named(s), user: {token: 'x'}, env: {https_proxy: `127.0.0.1:${s.proxy.port}`}})],
  ['no HTTPS_PROXY for loopback addresses', s => ({cluster: direct(s), user: {token: 'x'}, env: {HTTPS_PROXY: `http://127.0.0.1:${s.proxy.port}`}})],
  ['HTTPS_PROXY with NO_PROXY for another port', s => ({cluster: named(s), user: {token: 'x'}, env: {HTTPS_PROXY: `http://127.0.0.1:${s.proxy.port}`, NO_PROXY: 'example.test:1'}})],
]

/** Kubeconfigs that both refuse; the words that both errors have in common. */
const refusals: ReadonlyArray<[title: string, make: (s: Servers) => Case & {readonly words: RegExp}]> = [
  ['a context that does not exist', s => ({cluster: direct(s), options: {context: 'nope'}, words: /context "nope" does not exist/})],
  ['a cluster that does not exist', s => ({cluster: direct(s), options: {cluster: 'nope'}, words: /cluster "nope" does not exist/})],
  ['a user that does not exist', s => ({cluster: direct(s), options: {user: 'nope'}, words: /auth info "nope" does not exist/})],
  ['a kubeconfig that does not exist', () => ({options: {kubeconfig: '/nowhere/config'}, words: /\/nowhere\/config.*no such file/})],
  ['insecure with a CA', s => ({cluster: direct(s), user: {token: 'x'}, options: {insecureSkipTlsVerify: true, certificateAuthority: join(s.dir, 'ca.pem')}, words: /root certificates file with the insecure flag is not allowed/})],
  ['a CA file that is missing', s => ({cluster: direct(s), options: {certificateAuthority: '/nowhere/ca'}, words: /unable to read certificate-authority \/nowhere\/ca/})],
  ['token and basic auth', s => ({cluster: direct(s), user: {token: 'x', username: 'y'}, words: /more than one authentication method/})],
  ['a certificate twice, as data and file', s => ({cluster: direct(s), user: {...certificate(s), 'client-certificate': 'client.pem'}, words: /client-cert-data and client-cert are both specified/})],
  ['a key twice', s => ({cluster: direct(s), user: {...certificate(s), 'client-key': 'client.key'}, words: /client-key-data and client-key are both specified/})],
  ['a CA twice', s => ({cluster: {...direct(s), 'certificate-authority': 'ca.pem'}, user: {token: 'x'}, words: /certificate-authority-data and certificate-authority are both specified/})],
  ['a certificate without a key', s => ({cluster: direct(s), user: {'client-certificate': 'client.pem'}, words: /client-key-data or client-key must be specified/})],
  ['groups without a user', s => ({cluster: direct(s), user: {token: 'x'}, options: {asGroup: ['g']}, words: /requesting uid, groups or user-extra.*without impersonating a user/})],
  ['a number for a token', s => ({cluster: direct(s), user: {token: 12}, words: /users.*token.*string/})],
  ['an exec plugin without a mode', s => ({cluster: direct(s), user: plugin(s, {interactiveMode: undefined}), words: /interactiveMode must be specified/})],
  ['an exec plugin that is not installed', s => ({cluster: direct(s), user: plugin(s, {command: 'no-such-plugin'}), words: /exec: executable no-such-plugin not found/})],
  ['an exec plugin that fails', s => ({cluster: direct(s), user: plugin(s, {command: 'false'}), words: /exec: executable false failed with exit code 1/})],
  ['an exec plugin that says nothing of use', s => ({cluster: direct(s), user: plugin(s, {env: [{name: 'GIVE', value: 'nothing'}]}), words: /didn't return a token or cert\/key pair/})],
  ['an exec plugin that needs a terminal', s => ({cluster: direct(s), user: plugin(s, {interactiveMode: 'Always'}), words: /standard input is not a terminal/})],
  ['an exec plugin of an old version', s => ({cluster: direct(s), user: plugin(s, {apiVersion: 'client.authentication.k8s.io/v1alpha1'}), words: /invalid apiVersion/})],
  ['azure', s => ({cluster: direct(s), user: {'auth-provider': {name: 'azure'}}, words: /azure auth.* has been removed/})],
  ['an unknown auth-provider', s => ({cluster: direct(s), user: {'auth-provider': {name: 'foo'}}, words: /no auth.provider found for name "foo"/i})],
  ['an unknown proxy', s => ({cluster: {...direct(s), 'proxy-url': 'ftp://x'}, user: {token: 'x'}, words: /proxy-url/})],
  ['a server that is not trusted', s => ({cluster: {server: direct(s).server}, user: {token: 'x'}, words: /certificate/})],
  ['a server of another name', s => ({cluster: {...direct(s), 'tls-server-name': 'other.test'}, user: {token: 'x'}, words: /certificate|altnames/})],
  ['a server that refuses', () => ({cluster: {server: 'https://127.0.0.1:1'}, user: {token: 'x'}, words: /127\.0\.0\.1:1\b.* refused|ECONNREFUSED/})],
]

describe('the same kubeconfig, the same answer as kubectl', function () {
  this.timeout(30_000)
  let servers: Servers
  let stop = async () => {}

  before(async function () {
    if (!hasKubectl()) {
      console.log('      skipped: no kubectl on PATH to compare with')
      return this.skip()
    }
    servers = await startServers()
    stop = () => stopServers(servers)
  })

  after(() => stop())

  for (const [title, make] of cases) {
    it(`sends ${title}`, async () => {
      const {options = {}, env = {}, ...entries} = make(servers)
      const kubeconfig = await writeKubeconfig(servers, entries)
      const theirs = await observed(servers, () => kubectl(options, {...env, KUBECONFIG: kubeconfig}, servers.dir))
      const ours = await observed(servers, () => get(options, {...env, KUBECONFIG: kubeconfig}, servers.dir))
      assert.equal(theirs.error, undefined)
      assert.equal(ours.error, undefined)
      assert.deepEqual(ours, theirs)
      assert.equal(ours.requests.length, 1)
    })
  }

  for (const [title, make] of refusals) {
    it(`refuses ${title}`, async () => {
      const {options = {}, env = {}, words, ...entries} = make(servers)
      const kubeconfig = await writeKubeconfig(servers, entries)
      const theirs = await observed(servers, () => kubectl(options, {...env, KUBECONFIG: kubeconfig}, servers.dir))
      const ours = await observed(servers, () => get(options, {...env, KUBECONFIG: kubeconfig}, servers.dir))
      assert.match(theirs.error ?? '', words)
      assert.match(ours.error ?? '', words)
      assert.deepEqual(ours.requests, theirs.requests)
    })
  }

  it('merges a list of files, the first one first, without the missing ones', async () => {
    const first = join(servers.dir, 'first')
    const second = join(servers.dir, 'sub', 'second')
    await writeFile(first, JSON.stringify({
      users: [{name: 'u', user: {token: 'first'}}],
      clusters: [{name: 'c', cluster: direct(servers)}],
      contexts: [{name: 'one', context: {cluster: 'c', user: 'u'}}, {name: 'two', context: {cluster: 'c', user: 'relative'}}],
    }))
    await writeFile(second, JSON.stringify({
      'current-context': 'two',
      'users': [{name: 'u', user: {'token': 'second', 'as': 'nobody'}}, {name: 'relative', user: {tokenFile: '../token'}}],
      'clusters': [{name: 'c', cluster: {'server': 'https://127.0.0.1:1', 'tls-server-name': 'x'}}],
      'contexts': [{name: 'two', context: {cluster: 'c', user: 'relative', namespace: 'lost'}}],
    }))
    const third = join(servers.dir, 'third')
    await writeFile(third, JSON.stringify({'current-context': 'one'}))
    const KUBECONFIG = [join(servers.dir, 'missing'), first, second, third].join(delimiter)
    for (const options of [{}, {context: 'one'}]) {
      const theirs = await observed(servers, () => kubectl(options, {KUBECONFIG}, servers.dir))
      const ours = await observed(servers, () => get(options, {KUBECONFIG}, servers.dir))
      assert.equal(theirs.requests[0]?.authorization, options.context ? 'Bearer first' : 'Bearer file token')
      assert.deepEqual(ours, theirs)
    }
  })

  it('takes --token before a token file, where kubectl silently prefers the file', async () => {
    const KUBECONFIG = await writeKubeconfig(servers, {cluster: direct(servers), user: {tokenFile: 'token'}})
    const theirs = await observed(servers, () => kubectl({token: 'flag'}, {KUBECONFIG}, servers.dir))
    const ours = await observed(servers, () => get({token: 'flag'}, {KUBECONFIG}, servers.dir))
    assert.equal(theirs.requests[0]?.authorization, 'Bearer file token')
    assert.equal(ours.requests[0]?.authorization, 'Bearer flag')
  })

  it('tells an exec plugin the same', async () => {
    const cluster = {
      ...direct(servers), 'proxy-url': `http://127.0.0.1:${servers.proxy.port}`,
      'extensions': [{name: 'client.authentication.k8s.io/exec', extension: {audience: 'x', list: [1]}}],
    }
    for (const more of [{provideClusterInfo: true}, {}]) {
      const KUBECONFIG = await writeKubeconfig(servers, {cluster, user: plugin(servers, more)})
      await kubectl({}, {KUBECONFIG}, servers.dir)
      const theirs = JSON.parse(await readFile(join(servers.dir, 'info'), 'utf8')) as unknown
      await get({}, {KUBECONFIG}, servers.dir)
      const ours = JSON.parse(await readFile(join(servers.dir, 'info'), 'utf8')) as unknown
      assert.deepEqual(ours, theirs)
    }
  })
})

function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}

const certificate = ({client}: Servers) => ({'client-certificate-data': base64(client.cert), 'client-key-data': base64(client.key)})

const hasKubectl = () => {
  try {
    return execFileSync('kubectl', ['version', '--client']).length > 0
  } catch {
    return false
  }
}

async function startServers() {
  const certificates = await makeCertificates()
  const dir = await mkdtemp(join(tmpdir(), 'like-kubectl-'))
  const [https, http, proxy, secureProxy, socks] = await Promise.all([
    recordHttps(certificates), recordHttp(), recordProxy(), recordProxy(certificates), recordSocks(),
  ])
  await mkdir(join(dir, 'sub'))
  await Promise.all([
    writeFile(join(dir, 'ca.pem'), certificates.ca.cert),
    writeFile(join(dir, 'token'), 'file token\n'),
    writeFile(join(dir, 'client.pem'), certificates.client.cert),
    writeFile(join(dir, 'client.key'), certificates.client.key),
    writeFile(join(dir, 'plugin'), pluginScript(certificates.client), {mode: 0o755}),
  ])
  return {dir, ...certificates, https, http, proxy, secureProxy, socks}
}

/** Gives the arguments and EXTRA as a token, so that the server sees them, and leaves what it was told in `info`. */
const pluginScript = ({cert, key}: {cert: string; key: string}) => `#!/bin/sh
dir=$(dirname "$0")
printf %s "$KUBERNETES_EXEC_INFO" > "$dir/info"
case "$KUBERNETES_EXEC_INFO" in *v1beta1*) version=v1beta1 ;; *) version=v1 ;; esac
case "$GIVE" in
  certificate) status='{"clientCertificateData": ${JSON.stringify(cert)}, "clientKeyData": ${JSON.stringify(key)}}' ;;
  nothing) status='{}' ;;
  *) status="{\\"token\\": \\"plugin $* $EXTRA\\"}" ;;
esac
printf '%s' "{\\"apiVersion\\": \\"client.authentication.k8s.io/$version\\", \\"kind\\": \\"ExecCredential\\", \\"status\\": $status}"
`

async function stopServers({dir, https, http, proxy, secureProxy, socks}: Servers): Promise<void> {
  for (const server of [https, http, proxy, secureProxy, socks]) server.close()
  await rm(dir, {recursive: true})
}

async function writeKubeconfig(s: Servers, {cluster, user}: Pick<Case, 'cluster' | 'user'>): Promise<string> {
  const path = join(s.dir, 'config')
  await writeFile(path, JSON.stringify({
    'apiVersion': 'v1',
    'kind': 'Config',
    'current-context': 'test',
    'clusters': [{name: 'test', cluster: cluster ?? {}}, {name: 'other', cluster: direct(s)}],
    'users': [{name: 'test', user: user ?? {}}, {name: 'other', user: {token: 'other'}}],
    'contexts': [{name: 'test', context: {cluster: 'test', user: 'test'}}, {name: 'other', context: {cluster: 'other', user: 'other'}}],
  }))
  return path
}

/** What all servers and proxies saw while something was done, and how that ended. */
async function observed(s: Servers, work: () => Promise<unknown>): Promise<{requests: Seen[]; proxies: string[]; error?: string}> {
  const recorders: ReadonlyArray<Recorder<unknown>> = [s.https, s.http, s.proxy, s.secureProxy, s.socks]
  for (const {seen} of recorders) seen.length = 0
  const error = await work().then(() => undefined, (failure: unknown) => (failure as Error).message)
  return {
    // Some builds of kubectl ask for the server's version first, to choose among several binaries.
    requests: [...s.https.seen, ...s.http.seen].filter(({url}) => !url.endsWith('/version?timeout=5s')),
    proxies: [...new Set([...s.proxy.seen, ...s.secureProxy.seen, ...s.socks.seen])],
    error,
  }
}

function kubectl(options: KubeOptions, env: Record<string, string>, home: string): Promise<undefined> {
  const {promise, resolve, reject} = Promise.withResolvers<undefined>()
  const child = execFile('kubectl', [...flags(options), 'get', '--raw', '/healthz?x=y'], {
    env: {PATH: process.env.PATH, HOME: home, ...env}, cwd: home,
  }, (error, _stdout, stderr) => error ? reject(new Error(stderr)) : resolve(undefined))
  child.stdin?.end()
  return promise
}

const flags = (options: KubeOptions): string[] => Object.entries(options).flatMap(([name, value]) => {
  const flag = `--${name.replaceAll(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)}`
  return [value].flat().map(one => `${flag}=${String(one)}`)
})

async function get(options: KubeOptions, env: Record<string, string>, home: string): Promise<void> {
  const world = {...systemWorld({PATH: process.env.PATH, ...env}), homeDir: home, stdinIsTerminal: false}
  await createApiServer(await loadAccess(options, world), world).request('GET', '/healthz?x=y')
}
