import assert from 'node:assert/strict'
import {mkdtemp, readFile, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import type {CliError} from '../../src/support/errors.ts'
import {credentialSource} from '../../src/kube/config-auth.ts'
import type {ExecEntry} from '../../src/kube/config-entries.ts'
import {oidcCredentials} from '../../src/kube/config-oidc.ts'
import {emptyCluster, emptyUser} from '../../src/kube/config-select.ts'
import {execCluster, parseExecCredential, runExecPlugin} from '../../src/kube/exec-plugin.ts'
import {makeCertificates, recordHttps} from './recorder.ts'

const entry: ExecEntry = {
  apiVersion: 'client.authentication.k8s.io/v1', command: 'plugin', args: ['get token', '-x'], env: {}, interactiveMode: 'Never',
  provideClusterInfo: false, installHint: '',
}
const cluster = execCluster(emptyCluster, undefined)
const world = {env: {PATH: process.env.PATH}, stdinIsTerminal: false}

describe('an exec plugin', () => {
  let dir: string

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'exec-plugin-'))
  })

  after(() => rm(dir, {recursive: true}))

  const script = async (text: string) => {
    await writeFile(join(dir, 'plugin'), `#!/bin/sh\necho run >> "$(dirname "$0")/runs"\n${text}\n`, {mode: 0o755})
    await writeFile(join(dir, 'runs'), '')
    return {...entry, command: join(dir, 'plugin')}
  }
  const runs = async () => (await readFile(join(dir, 'runs'), 'utf8')).split('\n').length - 1
  const token = (more = '') => `echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"secret"${more}}}'`

  it('is run once for all who ask, again when its credentials expire, and when told to', async () => {
    let wallMs = Date.parse('2030-01-01T00:00:00Z')
    const exec = await script(token(',"expirationTimestamp":"2030-01-01T01:00:00Z"'))
    const source = await credentialSource({...emptyUser, exec}, cluster, {...world, clock: () => ({monoMs: 0, wallMs}), readFile: () => assert.fail()})
    assert.equal(await runs(), 0)
    const all = await Promise.all(Array.from({length: 50}, () => source()))
    assert.equal(all[49]?.authorization, 'Bearer secret')
    assert.equal(await runs(), 1)
    await source()
    assert.equal(await runs(), 1)
    await Promise.all([source(true), source(true)])
    assert.equal(await runs(), 2)
    wallMs += 3_600_001
    await source()
    assert.equal(await runs(), 3)
  })

  it('is asked again after it has failed', async () => {
    const exec = await script('exit 3')
    const source = await credentialSource({...emptyUser, exec}, cluster, {...world, clock: () => ({monoMs: 0, wallMs: 0}), readFile: () => assert.fail()})
    await assert.rejects(source(), {message: `getting credentials: exec: executable ${exec.command} failed with exit code 3`})
    await script(token())
    assert.equal((await source()).authorization, 'Bearer secret')
  })

  for (const [how, text] of [['itself', 'exec sleep 5'], ['in what it started', 'sleep 5']] as const) {
    it(`is left when it hangs ${how} while a server may be paused`, async () => {
      const exec = await script(text)
      await assert.rejects(runExecPlugin(exec, cluster, world, 50), {
        message: `getting credentials: exec: executable ${exec.command} gave no answer within 50 ms`,
      })
    }).timeout(3000)
  }

  it('that is not installed: says how to get it, without escape sequences', async () => {
    await assert.rejects(runExecPlugin({...entry, command: 'no-such', installHint: 'get it\n\x1b[31mthere'}, cluster, world), (error: CliError) => {
      assert.equal(error.message, 'getting credentials: exec: executable no-such not found')
      assert.deepEqual(error.hints, ['the kubeconfig uses a client-go credential plugin that is not installed', 'get it', ' [31mthere'])
      return true
    })
  })

  const answers: ReadonlyArray<[stdout: string, message: string]> = [
    ['secret', 'printed no JSON object'],
    ['{"apiVersion":"v1","kind":"ExecCredential"}', 'is configured to use API version client.authentication.k8s.io/v1, plugin returned version v1 of ExecCredential'],
    [answer('').replace('ExecCredential', 'secret'), 'is configured to use API version client.authentication.k8s.io/v1, plugin returned version client.authentication.k8s.io/v1 of another kind'],
    ['{"apiVersion":"secret","kind":"ExecCredential"}', 'is configured to use API version client.authentication.k8s.io/v1, plugin returned another version of ExecCredential'],
    [answer(''), "didn't return a status field"],
    [answer(',"status":{}'), "didn't return a token or cert/key pair"],
    [answer(',"status":{"clientKeyData":"secret"}'), 'returned only certificate or key, not both'],
    [answer(',"status":{"token":"secret","expirationTimestamp":"soon"}'), 'returned an expirationTimestamp that is no time'],
  ]
  for (const [stdout, message] of answers) {
    it(`that ${message}: an error without what it printed`, () => {
      assert.throws(() => parseExecCredential(stdout, entry), (error: CliError) => {
        assert.equal(error.message, `getting credentials: exec: executable plugin ${message}`)
        assert.deepEqual(error.hints, ["run it by hand: plugin 'get token' -x"])
        return true
      })
    })
  }
})

describe('an oidc auth-provider', () => {
  const hour = 3_600_000
  const now = Date.parse('2030-01-01T00:00:00Z')

  it('gives its id-token while it is valid', async () => {
    const held = jwt({exp: (now + hour) / 1000})
    assert.deepEqual(await oidcCredentials({'id-token': held}, now, noFile), {authorization: `Bearer ${held}`, expiresAtMs: now + hour - 10_000})
  })

  it('without a refresh-token: says that one has to log in again', async () => {
    await assert.rejects(oidcCredentials({'id-token': jwt({exp: now / 1000})}, now, noFile), {
      message: 'the oidc id-token has expired and the kubeconfig has no refresh-token, idp-issuer-url or client-id',
      hints: ["log in again with the cluster's usual tool"],
    })
  })

  it('refreshes an expired id-token at its issuer', async () => {
    const certificates = await makeCertificates()
    let fresh = ''
    let sent = {}
    const issuer = await recordHttps(certificates, ({url}, response, body) => {
      const iss = `https://127.0.0.1:${issuer.port}`
      response.setHeader('content-type', 'application/json')
      if (url?.startsWith('/.well-known')) return response.end(JSON.stringify({issuer: iss, token_endpoint: `${iss}/token`}))
      sent = Object.fromEntries(new URLSearchParams(body))
      const exp = Math.floor(Date.now() / 1000) + 3600
      fresh = jwt({iss, sub: 's', aud: 'kubernetes', exp, iat: exp - 3600})
      response.end(JSON.stringify({access_token: 'a', token_type: 'bearer', id_token: fresh, expires_in: 3600}))
    })
    try {
      const credentials = await oidcCredentials({
        'id-token': jwt({exp: 1}), 'refresh-token': 'r', 'client-id': 'kubernetes', 'client-secret': 'c', 'idp-issuer-url': `https://127.0.0.1:${issuer.port}`,
        'idp-certificate-authority-data': Buffer.from(certificates.ca.cert).toString('base64'),
      }, now, noFile)
      assert.equal(credentials.authorization, `Bearer ${fresh}`)
      assert.deepEqual(sent, {grant_type: 'refresh_token', refresh_token: 'r', client_id: 'kubernetes', client_secret: 'c'})
    } finally {
      issuer.close()
    }
  })
})

const noFile = () => assert.fail()

function answer(more: string): string {
  return `{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential"${more}}`
}

function jwt(claims: object): string {
  return ['{"alg":"RS256"}', JSON.stringify(claims), 'signature'].map(part => Buffer.from(part).toString('base64url')).join('.')
}
