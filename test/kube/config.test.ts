import assert from 'node:assert/strict'
import {configPaths} from '../../src/kube/config-files.ts'
import {loadAccess} from '../../src/kube/config.ts'
import type {KubeWorld} from '../../src/kube/config.ts'
import type {CliError} from '../../src/support/errors.ts'
import type {KubeOptions} from '../../src/kube/types.ts'

const account = '/var/run/secrets/kubernetes.io/serviceaccount'
const inPod = {[`${account}/token`]: 'pod token\n', [`${account}/ca.crt`]: 'pod ca', [`${account}/namespace`]: 'pod-ns'}
const podEnv = {KUBERNETES_SERVICE_HOST: '10.0.0.1', KUBERNETES_SERVICE_PORT: '443'}

const prod = `
current-context: prod
clusters:
- name: c
  cluster: {server: 'https://api.example.test:6443/'}
users:
- name: u
  user: {token: text}
contexts:
- name: prod
  context: {cluster: c, user: u, namespace: ledger}
- name: bare
  context: {cluster: c, user: u}
- name: lost-cluster
  context: {cluster: gone, user: u}
- name: lost-user
  context: {cluster: c, user: gone}
`

describe('access to a cluster', () => {
  it('comes from ~/.kube/config', async () => {
    const {access, trust, credentials} = await load({}, {'/home/me/.kube/config': prod})
    assert.deepEqual(access, {
      context: 'prod', cluster: 'c', server: 'https://api.example.test:6443', namespace: 'ledger', proxy: undefined, requestTimeoutMs: 30_000, verified: true,
    })
    assert.deepEqual(trust, {ca: undefined, insecure: false, serverName: undefined})
    assert.deepEqual(await credentials(), {authorization: 'Bearer text'})
  })

  const servers: ReadonlyArray<[given: string, server: string]> = [
    ['https://a.test', 'https://a.test'],
    ['https://a.test:443/', 'https://a.test'],
    ['https://A.test/k8s/c-1//?x=y#z', 'https://a.test/k8s/c-1'],
    ['https://[fd00::1]:6443', 'https://[fd00::1]:6443'],
    ['a.test:8080', 'http://a.test:8080'],
    ['https://user:secret@a.test', 'https://a.test'],
  ]
  for (const [given, server] of servers) {
    it(`takes --server ${given} as ${server}`, async () => {
      assert.equal((await load({server: given}, {})).access.server, server)
    })
  }

  const namespaces: ReadonlyArray<[options: KubeOptions, pod: boolean, namespace: string]> = [
    [{}, false, 'ledger'],
    [{namespace: 'flag'}, false, 'flag'],
    [{context: 'bare'}, false, 'default'],
    [{context: 'bare'}, true, 'pod-ns'],
    [{}, true, 'ledger'],
  ]
  for (const [options, pod, namespace] of namespaces) {
    it(`is in namespace ${namespace} with ${JSON.stringify(options)}${pod ? ' in a pod' : ''}`, async () => {
      const {access} = await load(options, {'/home/me/.kube/config': prod, ...pod && inPod}, pod ? podEnv : {})
      assert.equal(access.namespace, namespace)
    })
  }

  it('keeps its request timeout, also none at all', async () => {
    assert.equal((await load({requestTimeoutMs: 0}, {'/home/me/.kube/config': prod})).access.requestTimeoutMs, 0)
    assert.equal((await load({requestTimeoutMs: 5}, {'/home/me/.kube/config': prod})).access.requestTimeoutMs, 5)
  })

  it('is that of the pod where there is no kubeconfig, with the flags laid over it', async () => {
    const {access, trust, credentials, impersonation} = await load({as: 'bob'}, inPod, podEnv)
    assert.deepEqual(access, {
      context: undefined, cluster: 'in-cluster', server: 'https://10.0.0.1', namespace: 'pod-ns', proxy: undefined, requestTimeoutMs: 30_000, verified: true,
    })
    assert.equal(trust?.ca, 'pod ca')
    assert.equal((await credentials()).authorization, 'Bearer pod token')
    assert.deepEqual(impersonation, {'Impersonate-User': 'bob'})
    assert.equal((await load({token: 'flag'}, inPod, podEnv).then(({credentials: other}) => other())).authorization, 'Bearer flag')
  })

  it('finds the API server of an IPv6 pod', async () => {
    const {access} = await load({}, inPod, {...podEnv, KUBERNETES_SERVICE_HOST: 'fd00::1'})
    assert.equal(access.server, 'https://[fd00::1]')
  })

  it('reads a token file again when told to, and after a minute', async () => {
    const files: Record<string, string> = {...inPod}
    let wallMs = 0
    const {credentials} = await load({}, files, podEnv, () => ({monoMs: 0, wallMs}))
    files[`${account}/token`] = 'second'
    assert.equal((await credentials()).authorization, 'Bearer pod token')
    assert.equal((await credentials(true)).authorization, 'Bearer second')
    files[`${account}/token`] = 'third'
    assert.equal((await credentials()).authorization, 'Bearer second')
    wallMs = 60_001
    assert.equal((await credentials()).authorization, 'Bearer third')
  })

  it('reads credentials again from the same context, even if another has become the current one', async () => {
    const files = {'/home/me/.kube/config': prod}
    const loaded = await load({}, files)
    files['/home/me/.kube/config'] = prod.replace('token: text', 'token: new').replace('current-context: prod', 'current-context: lost-user')
    assert.deepEqual(await (await loaded.reloadCredentials())(), {authorization: 'Bearer new'})
  })

  it('understands yes and on, anchors and merges as kubectl does', async () => {
    const {trust} = await load({}, {'/home/me/.kube/config': `
x: &base {server: https://a.test}
current-context: a
clusters: [{name: c, cluster: {<<: *base, insecure-skip-tls-verify: yes}}]
contexts: [{name: a, context: {cluster: c}}]
`})
    assert.equal(trust?.insecure, true)
  })

  const failures: ReadonlyArray<[what: string, options: KubeOptions, files: Record<string, string>, message: string, hint: string]> = [
    ['no kubeconfig', {}, {}, 'no kubeconfig found: there is no /home/me/.kube/config, and this is not a pod of a cluster', 'kubectl config get-contexts'],
    ['an empty kubeconfig', {}, {'/home/me/.kube/config': ''}, 'no context is selected in kubeconfig /home/me/.kube/config', 'kubectl config get-contexts'],
    ['a missing --kubeconfig', {kubeconfig: '/x'}, {'/home/me/.kube/config': prod}, 'cannot read kubeconfig /x: no such file', 'kubectl config view --kubeconfig /x'],
    ['a wrong context', {context: 'nope'}, {'/home/me/.kube/config': prod}, 'context "nope" does not exist', 'in the kubeconfig: prod, bare, lost-cluster, lost-user'],
    ['a wrong context without a kubeconfig', {context: 'nope'}, {}, 'context "nope" does not exist', 'in the kubeconfig: none'],
    ['a lost current context', {}, {'/home/me/.kube/config': 'current-context: a'}, "context was not found for specified context: a (the kubeconfig's current-context)", 'contexts: none'],
    ['a context without its cluster', {context: 'lost-cluster'}, {'/home/me/.kube/config': prod}, 'cluster "gone" does not exist', 'in the kubeconfig: c'],
    ['a context without its user', {context: 'lost-user'}, {'/home/me/.kube/config': prod}, 'auth info "gone" does not exist', 'in the kubeconfig: u'],
    ['an alias out of a password that begins with an asterisk', {}, {'/home/me/.kube/config': 'users:\n- name: a\n  user: {password: *secret}\n'}, 'cannot read kubeconfig /home/me/.kube/config: not YAML that can be understood: an alias leads nowhere, or too much is nested', 'kubectl config view --kubeconfig /home/me/.kube/config'],
    ['broken YAML', {}, {'/home/me/.kube/config': 'users:\n- name: a\n  user: {token: secret\n'}, 'cannot read kubeconfig /home/me/.kube/config: not YAML (bad_indent in line 4)', 'kubectl config view --kubeconfig /home/me/.kube/config'],
    ['a token that is a number', {}, {'/home/me/.kube/config': 'users: [{name: a, user: {token: 42}}]'}, 'cannot read kubeconfig /home/me/.kube/config: users["a"].token is a number, not a string', 'kubectl config view --kubeconfig /home/me/.kube/config'],
    ['data that is not base64', {}, {'/home/me/.kube/config': 'users: [{name: a, user: {client-key-data: "secret!"}}]'}, 'cannot read kubeconfig /home/me/.kube/config: users["a"].client-key-data is not base64', 'kubectl config view --kubeconfig /home/me/.kube/config'],
    ['a name given twice', {}, {'/home/me/.kube/config': 'users: [{name: a}, {name: a}]'}, 'cannot read kubeconfig /home/me/.kube/config: duplicate name "a" in users', 'kubectl config view --kubeconfig /home/me/.kube/config'],
    ['an unknown scheme', {server: 'ftp://u:secret@a.test'}, {}, 'the server of the cluster must be an http or https URL or a host:port pair', 'kubectl config view --minify'],
  ]
  for (const [what, options, files, message, hint] of failures) {
    it(`is refused for ${what}, with the next command`, async () => {
      await assert.rejects(load(options, files), (error: CliError) => {
        assert.equal(error.message, message)
        assert.equal(error.hints[0], hint)
        assert.equal(error.exitCode, 1)
        return true
      })
    })
  }

  it('looks where KUBECONFIG says, and nowhere else', () => {
    const paths = (explicit: string | undefined, KUBECONFIG?: string) => configPaths(explicit, {env: {KUBECONFIG}, homeDir: '/home/me'})
    assert.deepEqual(paths(undefined), ['/home/me/.kube/config'])
    assert.deepEqual(paths(undefined, ''), ['/home/me/.kube/config'])
    assert.deepEqual(paths(undefined, '/a::b:/a'), ['/a', 'b'])
    assert.deepEqual(paths('/x', '/a:/b'), ['/x'])
  })
})

const load = (options: KubeOptions, files: Record<string, string>, env: Record<string, string> = {}, clock: KubeWorld['clock'] = () => ({monoMs: 0, wallMs: 0})) =>
  loadAccess(options, {
    env,
    homeDir: '/home/me',
    clock,
    stdinIsTerminal: false,
    readFile: async path => {
      const text = files[path]
      if (text === undefined) throw Object.assign(new Error(`ENOENT: ${path}`), {code: 'ENOENT'})
      return text
    },
  })
