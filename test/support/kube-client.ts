import {once} from 'node:events'
import {readFile} from 'node:fs/promises'
import {request} from 'node:https'
import type {IncomingMessage} from 'node:http'
import {WebSocket} from 'ws'
import {parse} from 'yaml'

/** The little of a kubeconfig that these tests need to talk to a server by hand: a token, or a client certificate. */
export interface Login {
  readonly server: string
  readonly ca: string
  readonly token?: string
  readonly cert?: string
  readonly key?: string
}

interface Kubeconfig {
  readonly clusters: ReadonlyArray<{readonly cluster: {readonly server: string; readonly 'certificate-authority-data': string}}>
  readonly users: ReadonlyArray<{readonly user: {
    readonly token?: string
    readonly 'client-certificate-data'?: string
    readonly 'client-key-data'?: string
  }}>
}

export async function loginOf(kubeconfig: string): Promise<Login> {
  const {clusters: [entry], users: [user]} = parse(await readFile(kubeconfig, 'utf8')) as Kubeconfig
  if (!entry || !user) throw new Error(`${kubeconfig} has no cluster or no user`)
  const {token, 'client-certificate-data': cert, 'client-key-data': key} = user.user
  const {server, 'certificate-authority-data': ca} = entry.cluster
  return {server, ca: decode(ca), token, ...(cert && key && {cert: decode(cert), key: decode(key)})}
}

const decode = (base64: string) => Buffer.from(base64, 'base64').toString()

/** What authenticates a request beside its certificate. */
export const authorization = ({token}: Login): Record<string, string> => (token ? {authorization: `Bearer ${token}`} : {})

export interface AskOptions {
  readonly body?: unknown
  readonly headers?: Record<string, string>
}

/** Sends one request; the answer's body is left to the caller. */
export function open(login: Login, method: string, path: string, {body, headers}: AskOptions = {}): Promise<IncomingMessage> {
  const {server, ca, cert, key} = login
  const all = {...authorization(login), 'content-type': 'application/json', ...headers}
  return new Promise((resolve, reject) => {
    request(`${server}${path}`, {method, ca, cert, key, headers: all, agent: false}, resolve).on('error', reject).end(body ? JSON.stringify(body) : undefined)
  })
}

/** One request, its answer's code and JSON. */
export async function ask<T>(login: Login, method: string, path: string, options?: AskOptions): Promise<{code: number; body: T}> {
  const response = await open(login, method, path, options)
  let text = ''
  for await (const chunk of response) text += String(chunk)
  return {code: response.statusCode ?? 0, body: (text.startsWith('{') ? JSON.parse(text) : text) as T}
}

/** Reads the lines of a watch, one after the other. */
export async function* linesOf(response: IncomingMessage): AsyncGenerator<{type: string; object: WatchedObject}> {
  let rest = ''
  for await (const chunk of response) {
    const lines = `${rest}${String(chunk)}`.split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) yield JSON.parse(line) as {type: string; object: WatchedObject}
  }
}

export interface WatchedObject {
  readonly metadata: {readonly name: string; readonly resourceVersion: string}
  readonly message?: string
  readonly code?: number
}

/** Asks for a port-forward of one port, as a kubelet client does. */
export function dialPod(login: Login, namespace: string, pod: string, port: number): WebSocket {
  const url = `${login.server.replace('https', 'wss')}/api/v1/namespaces/${namespace}/pods/${pod}/portforward?ports=${port}`
  const {ca, cert, key} = login
  return new WebSocket(url, ['v4.channel.k8s.io'], {ca, cert, key, headers: authorization(login), perMessageDeflate: false})
}

/** The refusal of a port-forward: its code and the text of its Status. */
export async function refusalOf(socket: WebSocket): Promise<[number, string]> {
  const [, response] = (await once(socket, 'unexpected-response')) as [unknown, IncomingMessage]
  let text = ''
  for await (const chunk of response) text += String(chunk)
  return [response.statusCode ?? 0, (JSON.parse(text) as {message: string}).message]
}

/** Everything that comes on a tunnel until it closes, by channel, and the code of the closing. */
export async function everythingOf(socket: WebSocket): Promise<{data: Buffer; error: Buffer; code: number}> {
  const seen = {data: Buffer.alloc(0), error: Buffer.alloc(0)}
  socket.on('message', (message: Buffer) => {
    const channel = message[0] === 1 ? 'error' : 'data'
    seen[channel] = Buffer.concat([seen[channel], message.subarray(1)])
  })
  const [code] = (await once(socket, 'close')) as [number]
  return {...seen, code}
}
