import assert from 'node:assert/strict'
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {Readable} from 'node:stream'
import {gzipSync} from 'node:zlib'
import {createApiServer} from '../../src/kube/api-server.ts'
import {eachLine, event} from '../../src/kube/api-watch.ts'
import {findConfig} from '../../src/kube/config-files.ts'
import {emptyCluster} from '../../src/kube/config-select.ts'
import {execCluster, runExecPlugin} from '../../src/kube/exec-plugin.ts'
import {complaintIn} from '../../src/kube/kubectl-process.ts'
import {BOUNDS, readBounded} from '../../src/support/bounds.ts'
import {systemClock} from '../../src/support/clock.ts'
import {readText} from '../../src/support/files.ts'
import {HOSTILE, UNSEEN} from '../support/hostile.ts'
import {recordHttp} from './recorder.ts'
import type {Answer, Recorder} from './recorder.ts'

const MIB = Buffer.alloc(1024 * 1024, 'x')

describe('an API server that floods', () => {
  let server: Recorder<unknown>
  let answer: Answer
  const api = () => createApiServer({
    access: {cluster: 'c', server: `http://127.0.0.1:${server.port}`, namespace: 'n', requestTimeoutMs: 5000, verified: false},
    impersonation: {}, credentials: async () => ({}), reloadCredentials: async () => async () => ({}),
  }, {clock: systemClock})
  const endless: Answer = (_, {socket}) => {
    socket?.write('HTTP/1.1 200 OK\r\n\r\n')
    const flood = setInterval(() => socket?.write(MIB), 1)
    socket?.once('close', () => { clearInterval(flood) }).on('error', () => undefined)
  }

  before(async () => { server = await recordHttp((...call) => { answer(...call) }) })
  after(() => { server.close() })

  it('with one object without an end is left, and it is said at which request', async () => {
    answer = endless
    await assert.rejects(api().request('GET', '/api/v1/namespaces/kube-system'), {
      name: 'ApiError', status: 0, message: 'the answer of the API server to GET /api/v1/namespaces/kube-system is longer than 8 MiB, which is the most that is taken',
    })
  })

  it('with an answer that only unpacking makes huge is left', async () => {
    answer = (_, response) => response.writeHead(200, {'content-encoding': 'gzip'}).end(gzipSync(Buffer.alloc(BOUNDS.object + 1, ' ')))
    await assert.rejects(api().request('GET', '/x'), {message: 'the answer of the API server to GET /x is longer than 8 MiB, which is the most that is taken'})
  })

  it('with pages without an end is left', async () => {
    answer = (_, response) => response.end('{"metadata":{"continue":"more"},"items":[{}]}')
    await assert.rejects(api().list('/api/v1/pods'), {message: 'the API server answered with no list, or with one that does not end (GET /api/v1/pods)'})
  }).timeout(30_000)

  it('with something else than a list is not taken for one without pods', async () => {
    for (const body of ['null', '3', '{"items":"none"}', '{"items":{}}']) {
      answer = (_, response) => response.end(body)
      await assert.rejects(api().list('/api/v1/pods'), {message: 'the API server answered with no list, or with one that does not end (GET /api/v1/pods)'})
    }
  })

  it('with a list of thousands of pods is heard to the end', async () => {
    const page = JSON.stringify({metadata: {resourceVersion: '7'}, items: Array.from({length: 2000}, (_, i) => ({metadata: {name: `pod-${i}`, annotations: {a: 'x'.repeat(5000)}}}))})
    answer = (_, response) => response.end(page)
    assert.equal((await api().list('/api/v1/pods')).items.length, 2000)
  })

  it('with a refusal without an end refuses all the same', async () => {
    answer = (_, response) => response.writeHead(403).end(JSON.stringify({kind: 'Status', message: 'no'.repeat(BOUNDS.refusal)}))
    await assert.rejects(api().request('GET', '/x'), {status: 403, message: 'HTTP 403 from the API server'})
  })

  it('with a long refusal is cut', async () => {
    answer = (_, response) => response.writeHead(403).end(JSON.stringify({kind: 'Status', message: 'n'.repeat(3000)}))
    await assert.rejects(api().request('GET', '/x'), {status: 403, message: `${'n'.repeat(2000)}… (1000 characters more)`})
  })

  it('with escape sequences, or with texts that are none, is not believed', async () => {
    for (const [, text] of HOSTILE) {
      for (const body of [{kind: 'Status', message: text, reason: text}, text]) {
        answer = (_, response) => response.writeHead(500).end(typeof body === 'string' ? body : JSON.stringify(body))
        await assert.rejects(api().request('GET', '/x'), ({message, reason}: {message: string; reason?: string}) => !UNSEEN.test(message) && !UNSEEN.test(reason ?? ''))
      }
    }
    answer = (_, response) => response.writeHead(404).end('{"kind":"Status","message":{"a":1},"reason":["NotFound"],"code":"404"}')
    await assert.rejects(api().request('GET', '/x'), {status: 404, reason: undefined})
  })

  it('with a watch whose line does not end is left', async () => {
    const failure = await eachLine(Array.from({length: 9}, () => MIB.toString()), line => event(line, () => undefined))
    assert.equal(failure?.message, 'the API server sent an endless line in a watch')
  })
})

describe('a file that floods', () => {
  let dir: string
  before(() => { dir = mkdtempSync(join(tmpdir(), 'bounds-')) })
  after(() => { rmSync(dir, {recursive: true}) })

  it('is refused with its name and how much is taken', async () => {
    const path = join(dir, 'big')
    writeFileSync(path, Buffer.alloc(1025))
    await assert.rejects(readText(path, 1024), {name: 'TooLong', message: `${path} is longer than 1 KiB, which is the most that is taken`})
    assert.equal((await readText(path, 1025)).length, 1025)
  })

  it('is refused as kubeconfig, also when it is a device', async () => {
    await assert.rejects(findConfig('/dev/zero', {env: {}, homeDir: '/', readFile: path => readText(path)}), {
      message: 'cannot read kubeconfig /dev/zero: /dev/zero is longer than 16 MiB, which is the most that is taken',
    })
  })

  it('closes what it was read from', async () => {
    const stream = Readable.from((function* () { for (;;) yield MIB })())
    await assert.rejects(readBounded(stream, 10 * MIB.length, 'it'), {message: 'it is longer than 10 MiB, which is the most that is taken'})
    assert.equal(stream.destroyed, true)
  })
})

describe('a program that floods', () => {
  let dir: string
  let said = ''
  before(() => { dir = mkdtempSync(join(tmpdir(), 'bounds-')) })
  after(() => { rmSync(dir, {recursive: true}) })
  const plugin = (script: string, args: readonly string[] = [], stdinIsTerminal = false) => {
    said = ''
    const command = join(dir, 'plugin')
    writeFileSync(command, `#!/bin/sh\n${script}\n`, {mode: 0o755})
    const entry = {apiVersion: 'client.authentication.k8s.io/v1', command, args, env: {}, interactiveMode: 'Never', provideClusterInfo: false, installHint: ''}
    return runExecPlugin(entry, execCluster(emptyCluster, undefined), {env: {PATH: process.env.PATH}, stdinIsTerminal, stderr: {write: text => { said += String(text); return true }}})
  }

  it('is ended when it is an exec plugin, naming it', async () => {
    await assert.rejects(plugin('exec cat /dev/zero'), {message: `getting credentials: exec: executable ${join(dir, 'plugin')} printed more than 1 MiB`})
  })

  it('has its words cut, and nothing in them that a terminal obeys', async () => {
    await assert.rejects(plugin(String.raw`printf 'log \033[31min\033]0;x\007 at\nhttps://login\n' >&2; head -c 200000 /dev/zero | tr '\0' x >&2; exit 1`))
    assert.match(said, /^log {2}?\[31min \]0;x  ?at\nhttps:\/\/login\nx+… \(no more of it is shown\)\n$/)
    assert.ok(said.length < 70_000)
  })

  it('leaves something behind that keeps its stderr: its credentials are taken all the same', async () => {
    const credentials = await plugin(`sleep 12 >/dev/null & echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"t"}}'`)
    assert.deepEqual(credentials.authorization, 'Bearer t')
  })

  it('is not told how to be run with its secrets', async () => {
    await assert.rejects(plugin('exit 1', ['get-token', '--client-secret', 'hunter2', '--password=hunter2', '--url', 'https://me:hunter2@login']), (error: {hints: string[]}) => {
      assert.deepEqual(error.hints, [`run it by hand: ${join(dir, 'plugin')} get-token --client-secret '***' --password=*** --url https://login`])
      return true
    })
  })

  it('is kubectl: its last words are one line without an end', () => {
    assert.equal(complaintIn(`error: \u001B[31m${'x'.repeat(3000)}`), ` [31m${'x'.repeat(2000 - 12)}… (1012 characters more)`)
  })
})
