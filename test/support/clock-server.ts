import {createServer} from 'node:http'
import type {IncomingMessage, RequestListener, ServerResponse} from 'node:http'
import {createServer as createTlsServer} from 'node:https'
import type {AddressInfo} from 'node:net'
import type {Certificate} from './certificates.ts'

/** An HTTP server on a free loopback port, whose clock is off. */
export interface ClockServer {
  readonly url: string
  readonly port: number
  /** How far its clock is ahead of this machine's, ms. */
  offsetMs: number
  /** How many questions it has answered. */
  asked: number
  close(): Promise<void>
}

export interface ClockServerOptions {
  readonly offsetMs?: number
  readonly tls?: Certificate
  /** Instead of a 404 with its time. */
  readonly answer?: (request: IncomingMessage, response: ServerResponse, server: ClockServer) => void
}

/** Dates as HTTP has them: whole seconds, cut off. */
export const httpDate = (ms: number) => new Date(Math.floor(ms / 1000) * 1000).toUTCString()

export async function startClockServer({offsetMs = 0, tls, answer}: ClockServerOptions = {}): Promise<ClockServer> {
  const listener: RequestListener = (request, response) => {
    response.sendDate = false
    clock.asked++
    if (answer) return answer(request, response, clock)
    response.writeHead(404, {Date: httpDate(Date.now() + clock.offsetMs)}).end()
  }
  const server = tls ? createTlsServer(tls, listener) : createServer(listener)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const {port} = server.address() as AddressInfo
  const clock: ClockServer = {
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${port}`, port, offsetMs, asked: 0,
    close: () => new Promise(resolve => {
      server.close(() => resolve())
      server.closeAllConnections()
    }),
  }
  return clock
}
