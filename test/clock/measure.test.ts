import assert from 'node:assert/strict'
import {execFile} from 'node:child_process'
import {once} from 'node:events'
import {mkdtemp, rm, writeFile} from 'node:fs/promises'
import {createServer} from 'node:http'
import {connect} from 'node:net'
import type {AddressInfo} from 'node:net'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {promisify} from 'node:util'
import {measureClocks, offsetsOf} from '../../src/clock/clocks.ts'
import {measureClock} from '../../src/clock/measure.ts'
import {makeCa, makeServerCert} from '../support/certificates.ts'
import {httpDate, startClockServer} from '../support/clock-server.ts'
import type {Measured, Measurement} from '../../src/clock/measure.ts'
import type {ClockServer, ClockServerOptions} from '../support/clock-server.ts'

describe('the clock of an HTTP server', () => {
  const servers: ClockServer[] = []
  const start = async (options: ClockServerOptions) => {
    const server = await startClockServer(options)
    servers.push(server)
    return server
  }
  afterEach(async () => {
    await Promise.all(servers.splice(0).map(server => server.close()))
  })

  const measured = (measurement: Measurement): Measured => 'unmeasured' in measurement ? assert.fail(measurement.unmeasured) : measurement

  for (const offsetMs of [-30_000, -412, 3000]) {
    it(`that is off by ${offsetMs} ms is measured, to well below a second`, async () => {
      const server = await start({offsetMs})
      const {loMs, hiMs, agree, host, address, proxy, verified, samples} = measured(await measureClock(server.url, {env: {}}))
      assert.ok(loMs <= offsetMs && offsetMs <= hiMs, `[${loMs}, ${hiMs}]`)
      assert.ok(hiMs - loMs < 300, `[${loMs}, ${hiMs}]`)
      assert.deepEqual({agree, host, address, proxy, verified}, {agree: true, host: '127.0.0.1', address: '127.0.0.1', proxy: undefined, verified: false})
      assert.ok(samples <= 12 && server.asked === samples)
    })
  }

  it('is asked for over one connection, and over new ones where the server closes it', async () => {
    const closing = await start({offsetMs: 3000, answer: (_request, response, {offsetMs}) => {
      response.writeHead(200, {Date: httpDate(Date.now() + offsetMs), Connection: 'close'}).end()
    }})
    const {loMs, hiMs} = measured(await measureClock(closing.url, {env: {}}))
    assert.ok(loMs <= 3000 && 3000 <= hiMs && hiMs - loMs < 400, `[${loMs}, ${hiMs}]`)
  })

  it('that is two machines behind one name is all that either allows, and says so', async () => {
    const server = await start({answer: (_request, response, {asked}) => {
      response.writeHead(200, {Date: httpDate(Date.now() + (asked % 2) * 5000)}).end()
    }})
    const {loMs, hiMs, agree} = measured(await measureClock(server.url, {env: {}}))
    assert.deepEqual([agree, loMs <= 0, hiMs >= 5000], [false, true, true])
  })

  it('that tells its Date late is told as late: for that there is the guard', async () => {
    const server = await start({answer: (_request, response) => {
      // Renewed 400 ms after each second began.
      response.writeHead(200, {Date: httpDate(Date.now() - 400)}).end()
    }})
    const {loMs, hiMs} = measured(await measureClock(server.url, {env: {}}))
    assert.ok(loMs <= -400 && -400 <= hiMs && hiMs < -100, `[${loMs}, ${hiMs}]`)
  })

  const date = () => ({Date: httpDate(Date.now())})
  for (const [what, answer, why] of [
    ['comes from a cache', (_, response) => response.writeHead(200, {...date(), Age: '7'}).end(), '127.0.0.1: its answers come from a cache'],
    ['is a gateway that reaches nobody', (_, response) => response.writeHead(502, date()).end(), '127.0.0.1: it answers 502'],
    ['is a redirect that nothing proves', (_, response) => response.writeHead(302, {...date(), Location: 'https://login.hotel.test/'}).end(), '127.0.0.1: it sends us elsewhere'],
    ['has no Date', (_, response) => response.writeHead(200).end(), '127.0.0.1: its answers have no Date'],
    ['has a Date that is none', (_, response) => response.writeHead(200, {Date: 'yesterday'}).end(), '127.0.0.1: the Date of its answers cannot be read'],
    ['never comes', () => undefined, '127.0.0.1: no answer within 0.2 s'],
    ['is cut off', (request) => request.socket.destroy(), '127.0.0.1: socket hang up'],
  ] satisfies Array<[string, NonNullable<ClockServerOptions['answer']>, string]>) {
    it(`is not measured where the answer ${what}`, async () => {
      const server = await start({answer})
      assert.deepEqual(await measureClock(server.url, {env: {}, firstMs: 200}), {unmeasured: why})
    })
  }

  it('is not measured where nobody listens, or the address is none', async () => {
    const closed = await startClockServer()
    await closed.close()
    const {url, port} = closed
    assert.deepEqual(await measureClock(url), {unmeasured: `127.0.0.1: connect ECONNREFUSED 127.0.0.1:${port}`})
    assert.deepEqual(await measureClock('eu-west-1'), {unmeasured: 'Invalid URL'})
    assert.deepEqual(await measureClock('jdbc://db.test/'), {unmeasured: 'db.test is not reached by HTTP'})
  })

  it('that hangs costs 3 s', async () => {
    const server = await start({answer: () => undefined})
    const beganMs = performance.now()
    assert.deepEqual(await measureClock(server.url), {unmeasured: '127.0.0.1: no answer within 3 s'})
    assert.ok(performance.now() - beganMs < 3300)
  })

  it('is given up at once when told so', async () => {
    const server = await start({answer: () => undefined})
    const ending = new AbortController()
    setTimeout(() => ending.abort(new Error('interrupted')), 100)
    const beganMs = performance.now()
    assert.deepEqual(await measureClock(server.url, {signal: ending.signal}), {unmeasured: '127.0.0.1: interrupted'})
    assert.ok(performance.now() - beganMs < 1000)
  })

  it('is asked through the proxy of the environment, which is named without its password', async () => {
    const server = await start({offsetMs: 3000})
    const tunnels: string[] = []
    const proxy = createServer().on('connect', (request, socket) => {
      tunnels.push(request.url ?? '')
      const onward = connect(server.port, '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
        socket.pipe(onward).pipe(socket)
      })
    }).listen(0, '127.0.0.1')
    await once(proxy, 'listening')
    const {port} = proxy.address() as AddressInfo
    const {loMs, hiMs, host, address, proxy: named} = measured(await measureClock('http://dynamodb.eu-west-1.test', {env: {HTTP_PROXY: `http://me:secret@127.0.0.1:${port}`}}))
    proxy.close()
    proxy.closeAllConnections()
    assert.ok(loMs <= 3000 && 3000 <= hiMs, `[${loMs}, ${hiMs}]`)
    assert.deepEqual({host, address, named}, {host: 'dynamodb.eu-west-1.test', address: undefined, named: `127.0.0.1:${port}`})
    assert.deepEqual(new Set(tunnels), new Set(['dynamodb.eu-west-1.test:80']))
  })

  it('is not measured behind a certificate that nobody vouches for, and is where NODE_EXTRA_CA_CERTS does', async () => {
    const ca = await makeCa()
    const server = await start({offsetMs: -3000, tls: await makeServerCert(ca, {ips: ['127.0.0.1']})})
    assert.deepEqual(await measureClock(server.url),
      {unmeasured: '127.0.0.1: its certificate is not trusted (unable to get local issuer certificate); NODE_EXTRA_CA_CERTS names a CA that is'})
    const directory = await mkdtemp(join(tmpdir(), 'clock-'))
    const file = join(directory, 'ca.pem')
    await writeFile(file, ca.cert)
    const program = `import {measureClock} from ${JSON.stringify(new URL('../../src/clock/measure.ts', import.meta.url).href)}
      console.log(JSON.stringify(await measureClock(${JSON.stringify(server.url)})))
      process.exit()`
    const {stdout} = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program], {env: {...process.env, NODE_EXTRA_CA_CERTS: file}})
    await rm(directory, {recursive: true})
    const {loMs, hiMs, verified} = measured(JSON.parse(stdout) as Measurement)
    assert.ok(verified && loMs <= -3000 && -3000 <= hiMs, stdout)
  })
})

describe('the clocks of several databases', () => {
  it('are measured at once, each address once; one that nobody can ask is taken for ours and says why', async () => {
    const ahead = await startClockServer({offsetMs: 3000})
    const beganMs = performance.now()
    const offsets = offsetsOf(await measureClocks([
      {database: 'Ledger', endpoint: ahead.url}, {database: 'Auditor', endpoint: ahead.url}, {database: 'PostgreSQL'}, {database: 'gone', endpoint: 'http://127.0.0.1:1'},
    ], {env: {}}))
    assert.ok(performance.now() - beganMs < 3300)
    assert.ok(ahead.asked <= 12)
    await ahead.close()
    const [ledger, auditor, ...others] = offsets
    assert.deepEqual({...ledger, database: ''}, {...auditor, database: ''})
    assert.ok(ledger && ledger.loMs <= 3000 && 3000 <= ledger.hiMs && Number.isInteger(ledger.loMs) && Number.isInteger(ledger.hiMs))
    assert.deepEqual(others, [
      {database: 'PostgreSQL', loMs: 0, hiMs: 0, unmeasured: 'nothing tells it without credentials'},
      {database: 'gone', loMs: 0, hiMs: 0, unmeasured: '127.0.0.1: connect ECONNREFUSED 127.0.0.1:1'},
    ])
  })
})
