import {once} from 'node:events'
import {createServer} from 'node:https'
import type {IncomingMessage} from 'node:http'
import type {AddressInfo} from 'node:net'
import {makeCa, makeServerCert} from './certificates.ts'
import type {Arm} from '../../src/databases/azure/arm.ts'

/** What the fake answers to one GET: a body, or a status with an error code. */
export type ArmAnswer = {readonly body: unknown} | {readonly status: number; readonly code: string}

/** Azure Resource Manager on loopback, with answers in the shapes that its API documents. No cloud is behind it. */
export interface FakeArm {
  readonly arm: Arm
  /** Path and query of every request, in order. */
  readonly asked: string[]
  stop(): Promise<void>
}

/** @param answer for a path without its query; undefined is 404 */
export async function fakeArm(answer: (path: string, url: URL) => ArmAnswer | undefined): Promise<FakeArm> {
  const ca = await makeCa()
  const asked: string[] = []
  const server = createServer(await makeServerCert(ca, {ips: ['127.0.0.1']}), (request: IncomingMessage, response) => {
    const url = new URL(request.url ?? '', endpoint)
    asked.push(url.pathname + url.search)
    const given = request.headers.authorization === 'Bearer the-token' ? answer(url.pathname, url) ?? {status: 404, code: 'ResourceNotFound'} : {status: 401, code: 'InvalidAuthenticationToken'}
    const [status, body] = 'body' in given ? [200, given.body] : [given.status, {error: {code: given.code, message: `${given.code}, as the service says.`}}]
    response.writeHead(status, {'Content-Type': 'application/json'}).end(JSON.stringify(body))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const endpoint = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
  const credential = {getToken: () => Promise.resolve({token: 'the-token', expiresOnTimestamp: Date.now() + 3_600_000})}
  return {
    arm: {credential, endpoint, ca: ca.cert}, asked,
    async stop() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}
