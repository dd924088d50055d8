import {readFile} from 'node:fs/promises'
import {request} from 'node:https'
import type {IncomingMessage} from 'node:http'
import {parse} from 'yaml'

/** The little of a kubeconfig that these tests need to talk to a server by hand. */
export interface Login {
  readonly server: string
  readonly ca: string
  readonly token: string
}

interface Kubeconfig {
  readonly clusters: ReadonlyArray<{readonly cluster: {readonly server: string; readonly 'certificate-authority-data': string}}>
  readonly users: ReadonlyArray<{readonly user: {readonly token: string}}>
}

export async function loginOf(kubeconfig: string): Promise<Login> {
  const {clusters: [entry], users: [user]} = parse(await readFile(kubeconfig, 'utf8')) as Kubeconfig
  if (!entry || !user) throw new Error(`${kubeconfig} has no cluster or no user`)
  return {server: entry.cluster.server, ca: Buffer.from(entry.cluster['certificate-authority-data'], 'base64').toString(), token: user.user.token}
}

export interface AskOptions {
  readonly body?: unknown
  readonly headers?: Record<string, string>
}

/** Sends one request; the answer's body is left to the caller. */
export function open({server, ca, token}: Login, method: string, path: string, {body, headers}: AskOptions = {}): Promise<IncomingMessage> {
  const all = {...(token && {authorization: `Bearer ${token}`}), 'content-type': 'application/json', ...headers}
  return new Promise((resolve, reject) => {
    request(`${server}${path}`, {method, ca, headers: all, agent: false}, resolve).on('error', reject).end(body ? JSON.stringify(body) : undefined)
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
