import assert from 'node:assert/strict'
import {execFile} from 'node:child_process'
import {mkdtempSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {delimiter, join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {promisify} from 'node:util'
import type {AdminConnection, Transport} from '../../src/admin/types.ts'
import {kubectlAccess} from '../../src/kube/kubectl-arguments.ts'
import {complaintIn} from '../../src/kube/kubectl-process.ts'
import {kubectlTransport} from '../../src/kube/kubectl-transport.ts'
import type {KubeOptions} from '../../src/kube/types.ts'
import {startAdminServer} from '../support/admin-server.ts'
import type {AdminServer} from '../support/admin-server.ts'

const deadlineMs = 5000

/** A kubectl that forwards to a port of this machine and writes down how it was called; `behaviour` runs before it listens. */
const fakeKubectl = (directory: string, target: number, behaviour = ''): string => {
  const path = join(directory, 'kubectl')
  writeFileSync(path, `#!${process.execPath}
    const {createServer, connect} = require('node:net')
    const {writeFileSync} = require('node:fs')
    writeFileSync(${JSON.stringify(join(directory, 'call.json'))}, JSON.stringify(
      {args: process.argv.slice(2), kubeconfig: process.env.KUBECONFIG, pid: process.pid}))
    ${behaviour}
    const server = createServer(socket => {
      const pod = connect(${target}, '127.0.0.1')
      pod.on('error', error => {
        process.stderr.write('E1124 15:54:07.056123   99 portforward.go:424] "Unhandled Error" err="an error occurred forwarding ' +
          '1 -> 50053: error forwarding port 50053 to pod abc, uid : connection refused"\\n' +
          'error: lost connection to pod\\n', () => process.exit(1))
      })
      socket.on('error', () => {})
      socket.pipe(pod).pipe(socket)
    })
    server.listen(0, '127.0.0.1', () => console.log('Forwarding from 127.0.0.1:' + server.address().port + ' -> 50053'))
  `, {mode: 0o755})
  return path
}

const alive = (pid: number) => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

describe('an admin port through kubectl port-forward', () => {
  let directory: string
  let server: AdminServer
  let transport: Transport | undefined
  const lastCall = () => JSON.parse(readFileSync(join(directory, 'call.json'), 'utf8')) as {args: string[]; kubeconfig: string; pid: number}

  const open = (options: KubeOptions = {}, behaviour = '', target = server.port): AdminConnection => {
    const env = {...process.env, KUBECTL_PATH: fakeKubectl(directory, target, behaviour)}
    transport = kubectlTransport({context: 'prod'}, options, env)
    return transport.open({namespace: 'ledger', pod: 'ledger-0', port: 50053})
  }

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'scalardl-test-'))
    server = await startAdminServer()
  })

  afterEach(async () => {
    transport?.close()
    await server.stop()
    rmSync(directory, {recursive: true})
  })

  it('pauses, checks and unpauses through one process, which ends with the connection', async () => {
    const connection = open()
    assert.deepEqual(await connection.checkPaused({deadlineMs}), {kind: 'unpaused'})
    assert.deepEqual(await connection.pause({maxPauseWaitMs: 1000, deadlineMs}), {kind: 'ok'})
    assert.deepEqual(await connection.unpause({deadlineMs}), {kind: 'ok'})
    const {args, pid} = lastCall()
    assert.deepEqual(args, ['--context=prod', 'port-forward', '--namespace=ledger', '--address=127.0.0.1', '--pod-running-timeout=5s',
      'pod/ledger-0', ':50053'])
    connection.close()
    while (alive(pid)) await new Promise(resolve => setTimeout(resolve, 5))
  })

  it('a port on which nothing listens: the kubelet’s words, at every call', async () => {
    const closed = server.port
    await server.stop()
    const connection = open({}, '', closed)
    const message = 'error forwarding port 50053 to pod abc, uid : connection refused'
    assert.deepEqual(await connection.unpause({deadlineMs}), {kind: 'failed', code: 'UNAVAILABLE', message})
    assert.deepEqual(await connection.pause({maxPauseWaitMs: 1, deadlineMs}), {kind: 'unclear', code: 'UNAVAILABLE', message, tunnelLost: false})
  })

  it('a missing pod: kubectl’s words', async () => {
    const connection = open({}, `process.stderr.write('Error from server (NotFound): pods "ledger-0" not found\\n'); process.exit(1)`)
    assert.deepEqual(await connection.unpause({deadlineMs}), {kind: 'failed', code: 'UNAVAILABLE', message: 'pods "ledger-0" not found'})
  })

  it('no kubectl', async () => {
    transport = kubectlTransport({}, {}, {...process.env, KUBECTL_PATH: join(directory, 'none')})
    assert.deepEqual(await transport.open({namespace: 'a', pod: 'b', port: 1}).unpause({deadlineMs}),
      {kind: 'failed', code: 'UNAVAILABLE', message: `cannot run ${join(directory, 'none')}: spawn ${join(directory, 'none')} ENOENT`})
  })

  it('a kubectl that dies under a Pause is a lost tunnel, and the next Unpause starts another', async () => {
    const connection = open()
    await connection.checkPaused({deadlineMs})
    server.misbehave('Pause', {answer: 'never', times: 1})
    const paused = connection.pause({maxPauseWaitMs: 1000, deadlineMs})
    while (!server.calls.some(({method}) => method === 'Pause')) await new Promise(resolve => setTimeout(resolve, 5))
    process.kill(lastCall().pid)
    assert.deepEqual(await paused, {kind: 'unclear', code: 'UNAVAILABLE', message: 'kubectl port-forward ended', tunnelLost: true})
    assert.deepEqual(await connection.unpause({deadlineMs}), {kind: 'ok'})
  })

  it('a process that exits without closing leaves neither kubectl nor token file behind', async () => {
    const source = fileURLToPath(new URL('../../src/kube/kubectl-transport.ts', import.meta.url))
    const script = `const {kubectlTransport} = await import(${JSON.stringify(source)})
      const connection = kubectlTransport({}, {token: 'x'}).open({namespace: 'ledger', pod: 'ledger-0', port: 50053})
      process.exit((await connection.checkPaused({deadlineMs: 5000})).kind === 'unpaused' ? 0 : 1)`
    const env = {...process.env, KUBECTL_PATH: fakeKubectl(directory, server.port)}
    await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {env})
    const {pid, kubeconfig} = lastCall()
    while (alive(pid)) await new Promise(resolve => setTimeout(resolve, 5))
    assert.throws(() => statSync(kubeconfig.split(delimiter)[0] ?? ''), /ENOENT/)
  })

  it('keeps a token out of the command line: in a file that only the user can read, gone at the end', async () => {
    await open({token: 's3cret', kubeconfig: '/k/config'}).checkPaused({deadlineMs})
    const {args, kubeconfig} = lastCall()
    assert.deepEqual(args.slice(0, 3), ['--context=prod', '--user=kubectl-scalardl-token', 'port-forward'])
    const [file = '', rest] = kubeconfig.split(delimiter)
    assert.equal(rest, '/k/config')
    assert.equal(statSync(file).mode & 0o777, 0o600)
    assert.match(readFileSync(file, 'utf8'), /s3cret/)
    transport?.close()
    assert.throws(() => statSync(file), /ENOENT/)
  })
})

describe('kubectl’s flags', () => {
  it('are those that the cluster was found with', () => {
    const options: KubeOptions = {
      kubeconfig: '/k', context: 'old', cluster: 'c', user: 'u', as: 'root', asUid: '7', asGroup: ['a', 'b'], server: 'https://s',
      certificateAuthority: '/ca', tlsServerName: 'n', insecureSkipTlsVerify: true,
    }
    assert.deepEqual(kubectlAccess(options, 'pinned', {}), {env: {}, args: [
      '--kubeconfig=/k', '--context=pinned', '--cluster=c', '--user=u', '--as=root', '--as-uid=7', '--server=https://s',
      '--certificate-authority=/ca', '--tls-server-name=n', '--as-group=a', '--as-group=b', '--insecure-skip-tls-verify',
    ]})
  })
})

describe('what kubectl complains about', () => {
  const texts: Array<[stderr: string, complaint: string | undefined]> = [
    ['', undefined],
    ['error: lost connection to pod\n', 'lost connection to pod'],
    ['Error from server (Forbidden): pods "a" is forbidden: User "eve" cannot get resource\n', 'pods "a" is forbidden: User "eve" cannot get resource'],
    ['E1124 15:54:07.056123   99 portforward.go:400] an error occurred forwarding 1 -> 2: error forwarding port 2 to pod x, uid : exit status 1\nerror: lost connection to pod\n',
      'error forwarding port 2 to pod x, uid : exit status 1'],
    ['E1124 15:54:07.056123   99 portforward.go:424] "Unhandled Error" err="an error occurred forwarding 1 -> 2: error forwarding port 2 to pod x, uid : none in \\"a/x\\""\n',
      'error forwarding port 2 to pod x, uid : none in "a/x"'],
    ['E1124 15:54:07.056123   99 portforward.go:346] error creating error stream for port 1 -> 2: Timeout occurred\n',
      'error creating error stream for port 1 -> 2: Timeout occurred'],
  ]
  for (const [stderr, complaint] of texts) {
    it(complaint ?? 'nothing', () => { assert.equal(complaintIn(stderr), complaint) })
  }
})
