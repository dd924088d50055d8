import assert from 'node:assert/strict'
import {once} from 'node:events'
import {createServer} from 'node:net'
import type {AddressInfo, Socket} from 'node:net'
import type {AdminAddress, AdminConnection, Transport} from '../../src/admin/types.ts'
import {DEFAULT_TIMES, channelTarget, websocketTransport} from '../../src/kube/websocket-transport.ts'
import {startAdminServer} from '../support/admin-server.ts'
import type {AdminServer} from '../support/admin-server.ts'
import {makeCa, makeServerCert} from '../support/certificates.ts'
import {answer, forwardTo, frame, startTunnelServer} from '../support/tunnel-server.ts'
import type {PodBehaviour, TunnelServer} from '../support/tunnel-server.ts'

const deadlineMs = 5000
const pause = {maxPauseWaitMs: 1000, deadlineMs}

describe('an admin port through a WebSocket tunnel', () => {
  let cluster: TunnelServer
  let server: AdminServer
  let transport: Transport
  const open = (pod = 'ledger-0', tls?: AdminAddress['tls']): AdminConnection =>
    transport.open({namespace: 'ledger', pod, port: 50053, tls})

  /** Resolves when the server has seen a call of this method. */
  const seen = async (method: string) => {
    while (!server.calls.some(call => call.method === method)) await new Promise(resolve => setTimeout(resolve, 5))
  }

  beforeEach(async () => {
    cluster = await startTunnelServer()
    server = await startAdminServer()
    cluster.pods.set('ledger-0', forwardTo(server.port))
    transport = websocketTransport(cluster.api())
  })

  afterEach(async () => {
    transport.close()
    await cluster.stop()
    await server.stop()
  })

  it('pauses, checks and unpauses over one tunnel', async () => {
    const connection = open()
    assert.deepEqual(await connection.checkPaused({deadlineMs}), {kind: 'unpaused'})
    assert.deepEqual(await connection.pause(pause), {kind: 'ok'})
    assert.deepEqual(await connection.checkPaused({deadlineMs}), {kind: 'paused'})
    assert.deepEqual(await connection.unpause({deadlineMs}), {kind: 'ok'})
    assert.equal(server.paused, false)
    assert.deepEqual(cluster.requests, [
      {url: '/api/v1/namespaces/ledger/pods/ledger-0/portforward?ports=50053', authorization: 'Bearer good', protocol: 'v4.channel.k8s.io'},
    ])
  })

  it('keeps the path prefix of the server’s URL, and escapes names', async () => {
    transport = websocketTransport(cluster.api({server: `https://127.0.0.1:${cluster.port}/k8s/clusters/c-1`}))
    await transport.open({namespace: 'a b', pod: 'x/y', port: 1}).checkPaused({deadlineMs})
    assert.equal(cluster.requests[0]?.url, '/k8s/clusters/c-1/api/v1/namespaces/a%20b/pods/x%2Fy/portforward?ports=1')
  })

  describe('that is refused: the words of whoever refused, at every call, long before the deadline', () => {
    const forbidden = 'pods "ledger-0" is forbidden: User "eve" cannot create resource "pods/portforward"'
    const kinds: Array<[what: string, pod: PodBehaviour | undefined, message: string]> = [
      ['a missing pod', undefined, 'pods "ledger-0" not found'],
      ['forbidden', {upgrade: socket => { answer(socket, 403, forbidden) }}, forbidden],
      ['no WebSocket', {upgrade: socket => { answer(socket, 400, '', 'no upgrades here') }}, 'HTTP 400 from the API server'],
      ['not found by a proxy, without an end', {upgrade: socket => void socket.write('HTTP/1.1 404 X\r\ncontent-length: 9\r\n\r\nabc', () => socket.destroy())},
        'HTTP 404 from the API server'],
      ['no sub-protocol', {upgrade: socket => void socket.write('HTTP/1.1 101 X\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n')},
        'Invalid Sec-WebSocket-Accept header'],
      ['nothing listens in the pod', {tunnel: (ws, port) => {
        ws.send(frame(0, port, ''))
        ws.send(frame(1, port, 'error forwarding port 50053 to pod abc, uid : connection refused'))
        ws.close(1000)
      }}, 'error forwarding port 50053 to pod abc, uid : connection refused'],
      ['the same by a server that never closes', {tunnel: (ws, port) => { ws.send(frame(1, port, 'failed to execute portforward\n')) }},
        'failed to execute portforward'],
    ]
    for (const [what, pod, message] of kinds) {
      it(what, async () => {
        if (pod) cluster.pods.set('ledger-0', pod)
        else cluster.pods.clear()
        const connection = open()
        assert.deepEqual(await connection.checkPaused({deadlineMs}), {kind: 'failed', code: 'UNAVAILABLE', message})
        assert.deepEqual(await connection.unpause({deadlineMs}), {kind: 'failed', code: 'UNAVAILABLE', message})
        assert.deepEqual(await connection.pause(pause), {kind: 'unclear', code: 'UNAVAILABLE', message, tunnelLost: false})
        assert.deepEqual(await connection.pause(pause), {kind: 'unclear', code: 'UNAVAILABLE', message, tunnelLost: false})
      })
    }
  })

  describe('that fails before the server can be reached: a Pause says why, and that it was not sent', () => {
    const kinds: Array<[what: string, pod: PodBehaviour, message: string]> = [
      ['closed without a word', {tunnel: ws => { ws.close(1000) }}, 'the port-forward was closed from the pod\'s side'],
      ['closed by a proxy', {tunnel: ws => { ws.close(1011) }}, 'port-forward closed (1011)'],
      ['broken', {tunnel: ws => void ws.once('message', () => { cluster.reset() })}, 'tunnel lost: read ECONNRESET'],
      ['broken in the upgrade', {upgrade: () => { cluster.reset() }}, 'read ECONNRESET'],
      ['closed in the upgrade', {upgrade: socket => void socket.end('HTTP/1.1 101 Swit')}, 'socket hang up'],
      ['no upgrade in time', {upgrade: () => undefined}, 'no tunnel within 200 ms: SERVER does not answer'],
      ['an invalid frame', {tunnel: ws => void (Reflect.get(ws, '_socket') as Socket).write(Buffer.from([0xff, 0xff, 0xff]))},
        'tunnel lost: Invalid WebSocket frame: RSV2 and RSV3 must be clear'],
      ['a pod that accepts and stays silent', {tunnel: (ws, port) => { ws.send(frame(0, port, '')) }}, 'port 50053 accepts connections but does not answer'],
      ['messages of no channel', {tunnel: ws => { ['', 'text', frame(7, 1, 'x'), frame(255, undefined, '')].forEach(message => { ws.send(message) }) }},
        'port 50053 accepts connections but does not answer'],
    ]
    for (const [what, pod, message] of kinds) {
      it(what, async () => {
        cluster.pods.set('ledger-0', pod)
        transport = websocketTransport(cluster.api(), {handshakeTimeoutMs: 200, answerTimeoutMs: 200})
        const expected = {kind: 'unclear', code: 'UNAVAILABLE', message: message.replace('SERVER', `https://127.0.0.1:${cluster.port}`), tunnelLost: false}
        const connection = open()
        assert.deepEqual(await connection.pause(pause), expected)
        assert.deepEqual(await connection.pause(pause), expected)
      })
    }

    it('an API server that accepts and says nothing', async () => {
      const silent = createServer().listen(0, '127.0.0.1')
      await once(silent, 'listening')
      const {port} = silent.address() as AddressInfo
      const api = {...cluster.api(), endpoints: () => Promise.resolve([{host: '127.0.0.1', port}])}
      transport = websocketTransport(api, {handshakeTimeoutMs: 200})
      const answered = await open().pause(pause)
      silent.close()
      const message = `no tunnel within 200 ms: https://127.0.0.1:${cluster.port} does not answer`
      assert.deepEqual(answered, {kind: 'unclear', code: 'UNAVAILABLE', message, tunnelLost: false})
    })

    it('an API server that refuses connections', async () => {
      const {port} = cluster
      await cluster.stop()
      const message = `connect ECONNREFUSED 127.0.0.1:${port}`
      assert.deepEqual(await open().pause(pause), {kind: 'unclear', code: 'UNAVAILABLE', message, tunnelLost: false})
      cluster = await startTunnelServer()
    })

    it('an API server whose address cannot be found', async () => {
      transport = websocketTransport({...cluster.api(), endpoints: () => Promise.reject(new Error('getaddrinfo ENOTFOUND api.test'))})
      assert.deepEqual(await open().unpause({deadlineMs}), {kind: 'failed', code: 'UNAVAILABLE', message: 'getaddrinfo ENOTFOUND api.test'})
    })

    it('an API server whose address is never found', async () => {
      transport = websocketTransport({...cluster.api(), endpoints: () => new Promise(() => undefined)})
      const message = 'no answer within 100 ms: no connection to port 50053 of pod ledger-0'
      assert.deepEqual(await open().unpause({deadlineMs: 100}), {kind: 'failed', code: 'DEADLINE_EXCEEDED', message})
    })
  })

  describe('that breaks under a Pause: the Pause may have been sent, and the next Unpause finds a new tunnel', () => {
    const breaks: Array<[what: string, act: () => void, message: RegExp]> = [
      ['a RST', () => { cluster.reset() }, /^tunnel lost: read ECONNRESET$/],
      ['a container that ends', () => { server.dropConnections() }, /^error forwarding port 50053 to pod x, uid : read ECONNRESET$|^the port-forward was closed from the pod's side$/],
      ['silence', () => { cluster.freeze() }, /^no pong within 50 ms$/],
    ]
    for (const [what, act, message] of breaks) {
      it(what, async () => {
        transport = websocketTransport(cluster.api(), {pingMs: 50})
        const connection = open()
        await connection.checkPaused({deadlineMs})
        server.misbehave('Pause', {answer: 'never', times: 1})
        const paused = connection.pause(pause)
        await seen('Pause')
        act()
        const {message: text, ...answered} = {message: '', ...await paused}
        assert.deepEqual(answered, {kind: 'unclear', code: 'UNAVAILABLE', tunnelLost: true})
        assert.match(text, message)
        assert.deepEqual(await connection.unpause({deadlineMs}), {kind: 'ok'})
        assert.equal(cluster.requests.length, 2)
      })
    }

    it('dials again at once, without waiting for a call', async () => {
      await open().checkPaused({deadlineMs})
      cluster.reset()
      while (cluster.requests.length < 2) await new Promise(resolve => setTimeout(resolve, 5))
    })

    it('dials again without waiting for a call when a tunnel has fallen silent, which shows within two pings, 10 s as they are set', async () => {
      transport = websocketTransport(cluster.api(), {pingMs: 50})
      await open().checkPaused({deadlineMs})
      cluster.freeze()
      while (cluster.requests.length < 2) await new Promise(resolve => setTimeout(resolve, 5))
      assert.equal(2 * DEFAULT_TIMES.pingMs, 10_000)
    })

    it('bytes that are no HTTP/2', async () => {
      const breaking: PodBehaviour = {tunnel: (ws, port) => { ws.send(frame(0, port, Buffer.alloc(64, 'x'))) }}
      cluster.pods.set('ledger-0', breaking)
      const answered = await open().pause(pause)
      assert.equal(answered.kind, 'unclear')
    })
  })

  it('a server that never answers on a tunnel that lives is no lost tunnel', async () => {
    transport = websocketTransport(cluster.api(), {pingMs: 20})
    const connection = open()
    await connection.checkPaused({deadlineMs})
    server.misbehave('Pause', {answer: 'never'})
    assert.deepEqual(await connection.pause({maxPauseWaitMs: 50, deadlineMs: 200}),
      {kind: 'unclear', code: 'DEADLINE_EXCEEDED', message: 'no answer within 200 ms', tunnelLost: false})
  })

  it('without any sign of life until the deadline it is', async () => {
    const connection = open()
    await connection.checkPaused({deadlineMs})
    cluster.freeze()
    assert.deepEqual(await connection.pause({maxPauseWaitMs: 50, deadlineMs: 200}),
      {kind: 'unclear', code: 'DEADLINE_EXCEEDED', message: 'no answer within 200 ms', tunnelLost: true})
  })

  it('a tunnel that let a call down is not trusted with the Unpause', async () => {
    const connection = open()
    await connection.checkPaused({deadlineMs})
    cluster.freeze()
    await connection.checkPaused({deadlineMs: 100})
    assert.deepEqual(await connection.unpause({deadlineMs}), {kind: 'ok'})
    assert.equal(cluster.requests.length, 2)
  })

  it('unless a Pause still waits for its answer on it', async () => {
    const connection = open()
    await connection.checkPaused({deadlineMs})
    server.misbehave('Pause', {answerDelayMs: 300})
    const paused = connection.pause(pause)
    await seen('Pause')
    server.misbehave('CheckPaused', {answer: 'never'})
    assert.equal((await connection.checkPaused({deadlineMs: 100})).kind, 'failed')
    assert.deepEqual(await paused, {kind: 'ok'})
  })

  it('a port header in two messages, and data right behind it', async () => {
    cluster.pods.set('ledger-0', {tunnel(ws, port) {
      const [send, header] = [ws.send.bind(ws), frame(0, port, '')]
      send(header.subarray(0, 2))
      let first = true
      Object.assign(ws, {send: (message: Buffer) => {
        if (message[0] !== 0 || message.length === 3) return
        send(first ? Buffer.concat([Buffer.from([0]), header.subarray(2), message.subarray(1)]) : message)
        first = false
      }})
      const pod = forwardTo(server.port)
      if ('tunnel' in pod) pod.tunnel(ws, port)
    }})
    assert.deepEqual(await open().checkPaused({deadlineMs}), {kind: 'unpaused'})
  })

  describe('with credentials that have expired', () => {
    it('asks for new ones, once for all tunnels', async () => {
      cluster.expired.add('Bearer old')
      let renewals = 0
      transport = websocketTransport(cluster.api({token: 'Bearer old', next: async () => (renewals++, cluster.api())}))
      cluster.pods.set('ledger-1', forwardTo(server.port))
      const answers = await Promise.all([open('ledger-0'), open('ledger-1')].map(connection => connection.checkPaused({deadlineMs})))
      assert.deepEqual(answers, [{kind: 'unpaused'}, {kind: 'unpaused'}])
      assert.equal(renewals, 1)
    })

    it('gives up when the new ones are refused as well, or there are none', async () => {
      cluster.expired.add('Bearer old')
      for (const next of [async () => cluster.api({token: 'Bearer old'}), () => Promise.reject(new Error('exec plugin failed'))]) {
        transport = websocketTransport(cluster.api({token: 'Bearer old', next}))
        assert.deepEqual(await open().checkPaused({deadlineMs}), {kind: 'failed', code: 'UNAVAILABLE', message: 'Unauthorized'})
      }
    })
  })

  describe('with TLS in the pod', () => {
    it('checks the certificate against the name that was given', async () => {
      const ca = await makeCa()
      const secure = await startAdminServer({tls: await makeServerCert(ca, {dnsNames: ['ledger.example.com']})})
      cluster.pods.set('ledger-0', forwardTo(secure.port))
      assert.deepEqual(await open('ledger-0', {ca: ca.cert, serverName: 'ledger.example.com'}).checkPaused({deadlineMs}), {kind: 'unpaused'})
      const refused = {kind: 'unclear', code: 'UNAVAILABLE', tunnelLost: false}
      assert.deepEqual(await open('ledger-0', {ca: ca.cert, serverName: 'other.test'}).pause(pause), {...refused,
        message: "Hostname/IP does not match certificate's altnames: Host: other.test. is not in the cert's altnames: DNS:ledger.example.com"})
      assert.deepEqual(await open('ledger-0', {ca: (await makeCa()).cert, serverName: 'ledger.example.com'}).pause(pause), {...refused,
        message: 'certificate signature failure'})
      await secure.stop()
    })

    it('ends when the pod closes in the handshake, or does not speak TLS', async () => {
      const tls = {serverName: 'ledger.example.com'}
      const plain = await open('ledger-0', tls).pause(pause)
      assert.equal(plain.kind === 'unclear' && plain.tunnelLost, false)
      cluster.pods.set('ledger-0', {tunnel: ws => void ws.once('message', () => { ws.close(1000) })})
      assert.deepEqual(await open('ledger-0', tls).pause(pause),
        {kind: 'unclear', code: 'UNAVAILABLE', message: 'the port-forward was closed from the pod\'s side', tunnelLost: false})
    })
  })

  describe('that is closed', () => {
    it('answers what is under way, and leaves nothing open', async () => {
      const connection = open()
      await connection.checkPaused({deadlineMs})
      server.misbehave('Unpause', {answer: 'never'})
      const unpaused = connection.unpause({deadlineMs})
      await seen('Unpause')
      connection.close()
      assert.deepEqual(await unpaused, {kind: 'failed', code: 'UNAVAILABLE', message: 'the connection was closed'})
      assert.deepEqual(await connection.unpause({deadlineMs}), {kind: 'failed', code: 'UNAVAILABLE', message: 'the connection was closed'})
      while (cluster.sockets.size > 0) await new Promise(resolve => setTimeout(resolve, 5))
    })

    it('in the middle of a dial', async () => {
      cluster.pods.set('ledger-0', {upgrade: () => undefined})
      const connection = open()
      const checked = connection.checkPaused({deadlineMs})
      while (cluster.requests.length === 0) await new Promise(resolve => setTimeout(resolve, 5))
      connection.close()
      assert.deepEqual(await checked, {kind: 'failed', code: 'UNAVAILABLE', message: 'the connection was closed'})
      while (cluster.sockets.size > 0) await new Promise(resolve => setTimeout(resolve, 5))
    })
  })
})

describe('the target of a channel', () => {
  const at = (...hosts: string[]) => hosts.map(host => ({host, port: 6443}))
  const kinds: Array<[endpoints: ReturnType<typeof at>, target: string]> = [
    [at('10.0.0.1', '10.0.0.2'), 'ipv4:10.0.0.1:6443,10.0.0.2:6443'],
    [at('::1', 'fd00::2'), 'ipv6:[::1]:6443,[fd00::2]:6443'],
    [at('::1', '127.0.0.1'), 'dns:api.test:6443'],
    [at('proxy.test'), 'dns:proxy.test:6443'],
  ]
  for (const [endpoints, target] of kinds) {
    it(target, () => { assert.equal(channelTarget(endpoints, 'https://api.test:6443'), target) })
  }
})
