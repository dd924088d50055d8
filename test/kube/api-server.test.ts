import assert from 'node:assert/strict'
import {once} from 'node:events'
import {connect} from 'node:net'
import {gzipSync} from 'node:zlib'
import {CliError} from '../../src/support/errors.ts'
import {ApiError, createApiServer} from '../../src/kube/api-server.ts'
import type {ApiWorld} from '../../src/kube/api-server.ts'
import type {LoadedAccess, ServerTrust} from '../../src/kube/config.ts'
import type {Credentials} from '../../src/kube/credentials.ts'
import type {ApiServer, WatchEvent} from '../../src/kube/types.ts'
import {makeCertificates, recordHttps, recordProxy} from './recorder.ts'
import type {Answer, Recorder, Seen} from './recorder.ts'

describe('the API server', () => {
  let certificates: Awaited<ReturnType<typeof makeCertificates>>
  let answer: Answer
  let server: Recorder<Seen>
  let fetched: number

  before(async () => {
    certificates = await makeCertificates()
    server = await recordHttps(certificates, (...call) => answer(...call))
  })

  after(() => server.close())

  beforeEach(() => {
    server.seen.length = 0
    fetched = 0
    answer = (_, response) => response.end('{}')
  })

  it('gets requests below its path prefix, with its credentials and JSON', async () => {
    answer = ({headers}, response, body) => response.end(JSON.stringify({type: headers['content-type'], body: JSON.parse(body) as unknown}))
    const api = start({prefix: '/k8s/c-1'})
    assert.deepEqual(await api.request('PATCH', '/api/v1/pods/x?a=b', {body: {ä: 1}, contentType: 'application/merge-patch+json'}), {
      type: 'application/merge-patch+json', body: {ä: 1},
    })
    assert.deepEqual(server.seen, [{
      method: 'PATCH', url: '/k8s/c-1/api/v1/pods/x?a=b', host: `127.0.0.1:${server.port}`, authorization: 'Bearer 0',
      impersonate: [], sni: undefined, clientCertificate: undefined, resumed: false,
    }])
  })

  it('answers with a Status: an error with its message and reason', async () => {
    answer = (_, response) => response.writeHead(403).end(JSON.stringify({kind: 'Status', message: 'pods is forbidden', reason: 'Forbidden', code: 403}))
    await assert.rejects(start().request('GET', '/x'), {name: 'ApiError', message: 'pods is forbidden', status: 403, reason: 'Forbidden'})
  })

  it('or a proxy answers with HTML: an error with its status', async () => {
    answer = (_, response) => response.writeHead(502).end('<html>secret</html>')
    await assert.rejects(start().request('GET', '/x'), {message: 'HTTP 502 from the API server', status: 502})
  })

  it('answers compressed, or not with JSON', async () => {
    answer = (_, response) => response.writeHead(200, {'content-encoding': 'gzip'}).end(gzipSync('{"a":1}'))
    assert.deepEqual(await start().request('GET', '/x'), {a: 1})
    answer = (_, response) => response.end('secret')
    await assert.rejects(start().request('GET', '/x'), {message: 'the API server answered with something that is not JSON'})
  })

  it('refuses, is not trusted, or has no name: errors that say so', async () => {
    await assert.rejects(start({server: 'https://127.0.0.1:1'}).request('GET', '/x'), {
      status: 0, code: 'ECONNREFUSED', message: 'cannot reach the API server https://127.0.0.1:1: connect ECONNREFUSED 127.0.0.1:1',
    })
    await assert.rejects(start({trust: {insecure: false}}).request('GET', '/x'), {
      status: 0, message: `cannot reach the API server https://127.0.0.1:${server.port}: self-signed certificate in certificate chain`,
    })
    await assert.rejects(start({trust: {ca: certificates.ca.cert, insecure: false, serverName: 'other.test'}}).request('GET', '/x'), {
      code: 'ERR_TLS_CERT_ALTNAME_INVALID',
    })
  })

  it('is trusted by its own certificate as CA, as in Go', async () => {
    await start({trust: {ca: certificates.server.cert, insecure: false}}).request('GET', '/x')
  })

  it('does not answer in time: an error that names the request', async () => {
    answer = () => undefined
    await assert.rejects(start().request('GET', '/api/v1/pods?x=y', {timeoutMs: 20}), {
      status: 0, message: `no answer from the API server https://127.0.0.1:${server.port} within 20 ms (GET /api/v1/pods)`,
    })
  })

  it('has connections that died unnoticed: asked once more over a new one, and the others are not used again', async () => {
    const dead = new Set<unknown>()
    const api = start()
    answer = ({socket}, response) => {
      dead.add(socket)
      response.end('{}')
    }
    await Promise.all([1, 2, 3].map(() => api.request('GET', '/x')))
    answer = ({socket}, response) => {
      if (!dead.has(socket)) response.end('{"alive":true}')
    }
    assert.deepEqual(await api.request('GET', '/x', {repeatAfterMs: 20}), {alive: true})
    assert.deepEqual(await api.request('GET', '/x'), {alive: true})
  })

  it('is given up on when the caller aborts', async () => {
    const abort = new AbortController()
    answer = () => abort.abort()
    await assert.rejects(start().request('GET', '/x', {signal: abort.signal}), ApiError)
  })

  it('says 429 with Retry-After: the request is sent again after that time, also a write', async () => {
    const slept: number[] = []
    answer = (_, response) => server.seen.length < 3
      ? response.writeHead(429, {'retry-after': '2'}).end()
      : response.end('{"done":true}')
    const api = start({sleep: async ms => slept.push(ms)})
    assert.deepEqual(await api.request('POST', '/x', {body: {}}), {done: true})
    assert.deepEqual(slept, [2000, 2000])
  })

  it('says 429 for ever: an error in the end', async () => {
    answer = (_, response) => response.writeHead(429, {'retry-after': '0'}).end()
    await assert.rejects(start({sleep: async () => undefined}).request('GET', '/x'), {status: 429})
    assert.equal(server.seen.length, 6)
  })

  it('says 503 with Retry-After: only reads are sent again', async () => {
    answer = (_, response) => response.writeHead(503, {'retry-after': '0'}).end()
    await assert.rejects(start({sleep: async () => undefined}).request('POST', '/x', {body: {}}), {status: 503})
    assert.equal(server.seen.length, 1)
  })

  it('says 401: once more with fresh credentials, and no more', async () => {
    answer = ({headers}, response) => response.writeHead(headers.authorization === 'Bearer 1' ? 200 : 401).end('{}')
    await start().request('GET', '/x')
    assert.deepEqual(server.seen.map(({authorization}) => authorization), ['Bearer 0', 'Bearer 1'])
    answer = (_, response) => response.writeHead(401).end()
    await assert.rejects(start().request('GET', '/x'), {status: 401})
    assert.equal(server.seen.length, 4)
  })

  it('says 401 to credentials that do not change: no second request', async () => {
    answer = (_, response) => response.writeHead(401).end()
    await assert.rejects(start({credentials: async () => ({authorization: 'Bearer same'})}).request('GET', '/x'), {status: 401})
    assert.equal(server.seen.length, 1)
  })

  it('is read page by page, never from its cache', async () => {
    answer = ({url = ''}, response) => response.end(JSON.stringify(url.includes('continue=next')
      ? {metadata: {resourceVersion: '7'}, items: [3]}
      : {metadata: {resourceVersion: '7', continue: 'next'}, items: [1, 2]}))
    assert.deepEqual(await start().list('/api/v1/pods', {labelSelector: 'a in (b,c)'}), {items: [1, 2, 3], resourceVersion: '7'})
    assert.deepEqual(server.seen.map(({url}) => url), [
      '/api/v1/pods?labelSelector=a+in+%28b%2Cc%29&limit=500',
      '/api/v1/pods?labelSelector=a+in+%28b%2Cc%29&limit=500&continue=next',
    ])
  })

  it('is read where there is nothing', async () => {
    answer = (_, response) => response.end('{"metadata":{"resourceVersion":"7"},"items":null}')
    assert.deepEqual(await start().list('/api/v1/pods'), {items: [], resourceVersion: '7'})
  })

  describe('watched', () => {
    /** Each chunk is sent once an event of the chunk before has arrived, so that they arrive as they are cut. */
    const watch = async (chunks: readonly (string | Buffer)[], stopAfter?: number) => {
      let next = () => {}
      answer = (_, response) => {
        const rest = [...chunks]
        next = () => {
          const chunk = rest.shift()
          if (chunk !== undefined) response.write(chunk)
          if (rest.length === 0 && stopAfter === undefined) response.end()
        }
        next()
      }
      const abort = new AbortController()
      const events: Array<WatchEvent<unknown>> = []
      const failure = await start().watch('/api/v1/pods', {resourceVersion: '7'}, event => {
        events.push(event)
        if (events.length === stopAfter) abort.abort()
        next()
      }, abort.signal)
      return {events, failure}
    }

    it('can go on after the end that it asked for, and not after any other', async () => {
      let now = {monoMs: 0, wallMs: 0}
      const endAfter = async (ms: number) => {
        answer = (_, response) => {
          now = {monoMs: now.monoMs + ms, wallMs: 0}
          response.end()
        }
        return (await start({clock: () => now}).watch('/api/v1/pods', {timeoutSeconds: '10'}, () => undefined, new AbortController().signal))?.reason
      }
      assert.deepEqual([await endAfter(10_000), await endAfter(3000)], ['Ended', undefined])
    })

    it('gives every line, however it is cut', async () => {
      const line = Buffer.from('{"type":"MODIFIED","object":{"n":"ä"}}\n')
      const cut = line.indexOf(Buffer.from('ä')) + 1
      const {events, failure} = await watch([
        Buffer.concat([Buffer.from('{"type":"ADDED","object":{"n":1}}\n'), line.subarray(0, cut)]),
        Buffer.concat([line.subarray(cut), Buffer.from('{"type":"BOOKMARK","object":{"n":2}}\n{"type":"DELETED",')]),
        '"object":{"n":3}}\n',
      ])
      assert.deepEqual(events, [
        {type: 'ADDED', object: {n: 1}}, {type: 'MODIFIED', object: {n: 'ä'}}, {type: 'BOOKMARK', object: {n: 2}}, {type: 'DELETED', object: {n: 3}},
      ])
      assert.deepEqual([failure?.status, failure?.message], [0, 'the API server ended the watch'])
      assert.deepEqual(server.seen.map(({url}) => url), ['/api/v1/pods?resourceVersion=7&watch=true'])
    })

    it('ends without a failure when told to', async () => {
      const {events, failure} = await watch(['{"type":"ADDED","object":{"n":1}}\n'], 1)
      assert.deepEqual([events.length, failure], [1, undefined])
    })

    it('fails with the Status of an ERROR line', async () => {
      const {events, failure} = await watch(['{"type":"ERROR","object":{"kind":"Status","code":410,"reason":"Expired","message":"too old"}}\n'])
      assert.deepEqual(events, [])
      assert.deepEqual([failure?.status, failure?.reason, failure?.message], [410, 'Expired', 'too old'])
    })

    it('fails with the answer of the server, or for want of one', async () => {
      answer = (_, response) => response.writeHead(403).end('{"kind":"Status","message":"no","reason":"Forbidden"}')
      const events = () => assert.fail()
      const refused = await start().watch('/x', {}, events, new AbortController().signal)
      assert.deepEqual([refused?.status, refused?.message], [403, 'no'])
      const unreachable = await start({server: 'https://127.0.0.1:1'}).watch('/x', {}, events, new AbortController().signal)
      assert.equal(unreachable?.message, 'cannot reach the API server https://127.0.0.1:1: connect ECONNREFUSED 127.0.0.1:1')
      for (const line of ['not json', 'null', '[]', '{"type":"ADDED"}', '{"type":"ADDED","object":null}']) {
        const {failure} = await watch([`${line}\n`])
        assert.deepEqual([failure?.status, failure?.message], [0, 'the API server sent something that is no event in a watch'])
      }
    })
  })

  describe('reached for tunnels', () => {
    const tunnel = async (api: ApiServer) => {
      const [endpoint] = await api.endpoints()
      assert.ok(endpoint)
      const socket = connect(endpoint.port, endpoint.host)
      await once(socket, 'connect')
      const secure = await api.connect(socket)
      secure.write(`GET /t HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
      secure.resume()
      await once(secure, 'close')
    }

    it('resumes the TLS session of earlier connections', async () => {
      const api = start()
      await api.request('GET', '/x')
      await Promise.all([tunnel(api), tunnel(api)])
      assert.deepEqual(server.seen.map(({resumed}) => resumed), [false, true, true])
    })

    it('resumes no session of another client certificate', async () => {
      let held: Credentials = {}
      const api = start({credentials: async () => held})
      await api.request('GET', '/x')
      held = {cert: certificates.client.cert, key: certificates.client.key}
      await tunnel(api)
      await api.request('GET', '/x')
      assert.deepEqual(server.seen.map(({clientCertificate}) => clientCertificate), [undefined, 'carol', 'carol'])
    })

    it('leads through the proxy to a name that only the proxy knows', async () => {
      const proxy = await recordProxy()
      try {
        const api = start({server: `https://api.example.test:${server.port}`, proxy: `http://user:p%40ss@127.0.0.1:${proxy.port}/`})
        assert.deepEqual(await api.endpoints(), [{host: '127.0.0.1', port: proxy.port}])
        await tunnel(api)
        assert.equal(server.seen[0]?.sni, 'api.example.test')
        assert.deepEqual(proxy.seen, [`CONNECT api.example.test:${server.port} Basic ${Buffer.from('user:p@ss').toString('base64')}`])
      } finally {
        proxy.close()
      }
    })

    it('closes the socket where TLS fails', async () => {
      const api = start({trust: {insecure: false}})
      const socket = connect(server.port, '127.0.0.1')
      await once(socket, 'connect')
      await assert.rejects(api.connect(socket), ApiError)
      assert.equal(socket.destroyed, true)
    })

    it('closes the socket where there are no credentials', async () => {
      const api = start({credentials: async () => {
        throw new CliError('no plugin')
      }})
      const socket = connect(server.port, '127.0.0.1')
      await once(socket, 'connect')
      await assert.rejects(api.connect(socket), {name: 'CliError', message: 'no plugin'})
      assert.equal(socket.destroyed, true)
    })

    it('has headers that authenticate and impersonate', async () => {
      assert.deepEqual(await start({impersonation: {'Impersonate-Group': ['a', 'b']}}).headers(), {
        'Authorization': 'Bearer 0', 'Impersonate-Group': ['a', 'b'],
      })
    })
  })

  describe('with fresh credentials', () => {
    it('asks for them once for all who ask at a time, and again later', async () => {
      let monoMs = 0
      let reloads = 0
      const api = start({clock: () => ({monoMs, wallMs: 0}), reloadCredentials: async () => {
        reloads++
        return async () => ({authorization: `Bearer reloaded ${reloads}`})
      }})
      const [one, other] = await Promise.all([api.refreshed(), api.refreshed()])
      assert.equal(one, other)
      assert.equal(await api.refreshed(), one)
      assert.equal((await one.headers()).Authorization, 'Bearer reloaded 1')
      monoMs = 6000
      assert.equal((await (await api.refreshed()).headers()).Authorization, 'Bearer reloaded 2')
    })

    it('keeps the old ones where there are none: something may be paused', async () => {
      const api = start({reloadCredentials: async () => {
        throw new Error('the kubeconfig is gone')
      }})
      assert.equal((await (await api.refreshed()).headers()).Authorization, 'Bearer 0')
    })
  })

  interface Setup extends Partial<ApiWorld>, Partial<Omit<LoadedAccess, 'access'>> {
    readonly server?: string
    readonly prefix?: string
    readonly proxy?: string
  }

  /** An API server whose credentials count how often they were fetched. */
  function start(setup: Setup = {}): ApiServer {
    const {prefix = '', proxy, clock = () => ({monoMs: 0, wallMs: 0}), sleep, ...loaded} = setup
    const trust: ServerTrust = {ca: certificates.ca.cert, insecure: false}
    const counted = async (fresh?: boolean) => ({authorization: `Bearer ${fresh ? ++fetched : fetched}`})
    return createApiServer({
      trust,
      credentials: counted,
      reloadCredentials: async () => counted,
      impersonation: {},
      ...loaded,
      access: {
        cluster: 'c', namespace: 'default', requestTimeoutMs: 5000, verified: true, proxy,
        server: (loaded.server ?? `https://127.0.0.1:${server.port}`) + prefix,
      },
    }, {clock, sleep})
  }
})
