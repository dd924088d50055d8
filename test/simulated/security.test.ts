import assert from 'node:assert/strict'
import {once} from 'node:events'
import {createServer} from 'node:net'
import type {AddressInfo} from 'node:net'
import {chmodSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'
import {parse, stringify} from 'yaml'
import {recordProxy} from '../kube/recorder.ts'
import {command} from '../support/command.ts'
import {UNSEEN} from '../support/hostile.ts'
import {chartLedger} from '../support/manifests.ts'
import {processesOf} from '../support/processes-of.ts'
import {startSimulatedCluster} from './cluster.ts'
import {resourceOfKind} from './objects.ts'
import type {SimulatedCluster} from './cluster.ts'
import type {Running} from '../support/command.ts'
import type {SeenProcess} from '../support/processes-of.ts'

const SECRETS = {plugin: 'secretofplugin1', variable: 'secretofvariable2', proxy: 'secretofproxy3', database: 'secretofdatabase4', flag: 'secretofflag5'}
const PROPERTIES = `scalar.db.storage=jdbc\nscalar.db.contact_points=jdbc:postgresql://me:${SECRETS.database}@127.0.0.1:1/db?password=${SECRETS.database}\nscalar.db.username=me\nscalar.db.password=${SECRETS.database}\n`

interface Kubeconfig {
  clusters: Array<{name: string; cluster: Record<string, unknown>}>
  users: Array<{name: string; user: Record<string, unknown>}>
}

describe('a backup with secrets all around', function () {
  this.timeout(120_000)
  let cluster: SimulatedCluster
  let dir: string
  let token: string

  before(async function () {
    if (process.platform !== 'linux') this.skip()
    cluster = await startSimulatedCluster()
    token = String((parse(readFileSync(cluster.kubeconfig, 'utf8')) as Kubeconfig).users[0]?.user.token)
  })
  after(async function () {
    if (process.platform === 'linux') await cluster.stop()
  })
  beforeEach(() => { dir = mkdtempSync(join(tmpdir(), 'security-')) })
  afterEach(() => { rmSync(dir, {recursive: true}) })

  /** The kubeconfig with another user and proxy. */
  function kubeconfig(user: Record<string, unknown>, proxyUrl?: string): string {
    const config = parse(readFileSync(cluster.kubeconfig, 'utf8')) as Kubeconfig
    const path = join(dir, 'kubeconfig')
    writeFileSync(path, stringify({
      ...config,
      clusters: config.clusters.map(({name, cluster: entry}) => ({name, cluster: {...entry, ...proxyUrl !== undefined && {'proxy-url': proxyUrl}}})),
      users: config.users.map(({name}) => ({name, user})),
    }), {mode: 0o600})
    return path
  }

  function execUser(script: string): Record<string, unknown> {
    const path = join(dir, 'login')
    writeFileSync(path, `#!/bin/sh\n${script}\n`, {mode: 0o700})
    return {exec: {apiVersion: 'client.authentication.k8s.io/v1', command: path, args: ['--client-secret', SECRETS.plugin], env: [{name: 'LOGIN_PASSWORD', value: SECRETS.variable}], interactiveMode: 'Never'}}
  }

  const state = () => join(dir, 'state')
  const run = (...args: string[]): Running => command(args, {XDG_STATE_HOME: state(), KUBECTL_SCALARDL_DEBUG: '1', NO_COLOR: '1'})

  function assertNoSecret(text: string, where: string): void {
    for (const [what, secret] of Object.entries({...SECRETS, token})) assert.ok(!text.includes(secret), `the secret of the ${what} is in ${where}: ${text}`)
  }

  /** Path, mode and content of all that lies in the state directory. */
  const kept = (path = state()): Array<{path: string; mode: number; text: string}> => readdirSync(path, {withFileTypes: true}).flatMap(entry => {
    const own = join(path, entry.name)
    const mode = statSync(own).mode & 0o777
    return entry.isDirectory() ? [{path: own, mode, text: ''}, ...kept(own)] : [{path: own, mode, text: readFileSync(own, 'utf8')}]
  })

  it('listens on no port, and shows none of them in arguments, files, records or words', async () => {
    const namespace = 'secrets'
    const pods = await cluster.deploy(chartLedger({namespace, replicas: 2, version: '3.14.0', properties: PROPERTIES}))
    const proxy = await recordProxy()
    const credential = JSON.stringify({apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential', status: {token}})
    const path = kubeconfig(execUser(`echo 'logging in \u001B]0;title\u0007' >&2; echo '${credential}'`), `http://me:${SECRETS.proxy}@127.0.0.1:${proxy.port}`)
    mkdirSync(join(state(), 'kubectl-scalardl'), {recursive: true})
    chmodSync(join(state(), 'kubectl-scalardl'), 0o777)
    const umask = process.umask(0)
    const backup = run('backup', '--kubeconfig', path, '-n', namespace, '--hold', '3s', '--clock-guard', '100ms', '--skip-database-check')
    process.umask(umask)
    const seen: SeenProcess[] = []
    const end = {come: false}
    void backup.ended.then(() => { end.come = true })
    const isPaused = () => [...cluster.servers(namespace).values()].every(({steps}) => steps.at(-1)?.step === 'drained')
    while (!end.come && !isPaused()) {
      seen.push(...processesOf(state()))
      await sleep(20)
    }
    const window = processesOf(state())
    const during = kept()
    const {code, stdout, stderr} = await backup.ended
    proxy.close()

    assert.equal(code, 0, stderr)
    assert.ok(pods.length === 2 && window.length > 0 && proxy.seen.length > 0)
    assert.ok(proxy.seen[0]?.includes(Buffer.from(`me:${SECRETS.proxy}`).toString('base64')), 'the proxy got its password')
    for (const one of [...seen, ...window]) {
      assert.deepEqual(one.listening, [], one.arguments)
      // Its own arguments are the plugin's affair.
      if (!one.arguments.includes(join(dir, 'login'))) assertNoSecret(one.arguments, `the arguments of process ${one.pid}`)
    }
    assert.ok(during.length > 0)
    for (const file of [...during, ...kept()]) {
      assertNoSecret(file.text, file.path)
      assert.equal(file.mode, statOf(file.path) ?? file.mode, file.path)
      assert.ok(file.mode === (file.text === '' ? 0o700 : 0o600) || file.path === state(), `${file.path} has mode ${file.mode.toString(8)}`)
    }
    assertNoSecret(stdout + stderr, 'the output')
    assert.match(stderr, /^logging in {2}?\]0;title ?$/m)
    assert.doesNotMatch(stdout + stderr, UNSEEN)
    const maps = cluster.store.list(resourceOfKind('ConfigMap'), ({metadata}) => metadata.namespace === namespace && metadata.name.startsWith('scalardl-'))
    assert.equal(maps.length, 1)
    assertNoSecret(JSON.stringify(maps), 'the ConfigMap')
  })

  const statOf = (path: string) => statSync(path, {throwIfNoEntry: false}) && statSync(path).mode & 0o777

  describe('that fails tells none of them, with stacks too', () => {
    async function fails(...args: string[]): Promise<string> {
      const {code, stdout, stderr} = await run('backup', '-n', 'secrets', ...args).ended
      assert.equal(code, 1, stderr)
      assert.match(stderr, /^error: /m)
      assertNoSecret(stdout + stderr, 'the output')
      return stderr
    }

    it('when the API server does not take the token', async () => {
      assert.match(await fails('--kubeconfig', cluster.kubeconfig, '--token', SECRETS.flag), /does not accept the credentials/)
    })

    it('when the exec plugin fails', async () => {
      assert.match(await fails('--kubeconfig', kubeconfig(execUser('exit 3'))), /--client-secret '\*\*\*'/)
    })

    it('when the exec plugin answers with something else', async () => {
      assert.match(await fails('--kubeconfig', kubeconfig(execUser(`echo '"${SECRETS.plugin}"'`))), /printed no JSON object/)
    })

    for (const scheme of ['http', 'https', 'socks5']) {
      it(`when the ${scheme} proxy refuses`, async () => {
        const server = createServer(socket => socket.on('error', () => undefined).end('HTTP/1.1 407 Who are you\r\n\r\n')).listen(0, '127.0.0.1')
        await once(server, 'listening')
        const {port} = server.address() as AddressInfo
        try {
          await fails('--kubeconfig', kubeconfig({token}, `${scheme}://me:${SECRETS.proxy}@127.0.0.1:${port}`))
        } finally {
          server.close()
        }
      })
    }

    it('when the kubeconfig is broken', async () => {
      const path = join(dir, 'broken')
      for (const text of [`users:\n- name: a\n  user: {password: *${SECRETS.flag}}\n`, `users: [{name: a, user: {token: {? {${SECRETS.flag}: 1} : 2}}}]\n`, `a: b: ${SECRETS.flag}\n`]) {
        writeFileSync(path, text)
        assert.match(await fails('--kubeconfig', path), /cannot read kubeconfig/)
      }
    })
  })
})
