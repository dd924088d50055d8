import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import type {Socket} from 'node:net'
import {tmpdir} from 'node:os'
import {dirname, join} from 'node:path'
import type {Link, LinkFailure, Route} from '../admin/link.ts'
import {routedTransport} from '../admin/transport.ts'
import type {Routes} from '../admin/transport.ts'
import type {AdminAddress, Transport} from '../admin/types.ts'
import {systemClock} from '../support/clock.ts'
import {kubectlAccess, tokenKubeconfig} from './kubectl-arguments.ts'
import {startForward} from './kubectl-process.ts'
import type {KubectlForward} from './kubectl-process.ts'
import type {KubeOptions} from './types.ts'

const START_TIMEOUT_MS = 15_000
/** How long a process that has lost its connection may take to say why. */
const LAST_WORDS_MS = 500

/**
 * Admin ports through `kubectl port-forward`, one process per connection: for clusters that do not pass the WebSocket.
 * Its listeners are open to every local user, and a dead line shows only at a call's deadline.
 * @param access `context` is the one resolved at the start, so that a later change of the kubeconfig leads nowhere else
 */
export function kubectlTransport(access: {readonly context?: string}, options: KubeOptions, env: NodeJS.ProcessEnv = process.env): Transport {
  return routedTransport(() => 'kubectl', kubectlRoutes(access, options, env), systemClock)
}

export function kubectlRoutes(access: {readonly context?: string}, options: KubeOptions, env: NodeJS.ProcessEnv = process.env): Routes {
  const tokenFile = new TokenFile(options.token)
  return {
    async open(address) {
      const {args, env: environment} = kubectlAccess(options, access.context, env, tokenFile.path())
      const forward = await startForward([...args, ...forwardArguments(address)], environment, START_TIMEOUT_MS)
      return routeThrough(forward)
    },
    close: () => { tokenFile.remove() },
  }
}

const forwardArguments = ({namespace, pod, port}: AdminAddress): string[] =>
  ['port-forward', `--namespace=${namespace}`, '--address=127.0.0.1', '--pod-running-timeout=5s', `pod/${pod}`, `:${port}`]

function routeThrough(forward: KubectlForward): Route {
  return {
    target: `ipv4:127.0.0.1:${forward.port}`,
    dial: async socket => socketLink(socket, forward),
    onEnd: listener => { forward.onExit(() => { listener(endOf(forward)) }) },
    close: () => { forward.stop() },
  }
}

/** kubectl seldom outlives a connection that failed, so each end is the process's end; its words come by another pipe. */
const endOf = (forward: KubectlForward): LinkFailure => ({
  get message() {
    return forward.complaint() ?? 'kubectl port-forward ended'
  },
  complete: forward.ended(LAST_WORDS_MS),
  final: true,
})

function socketLink(socket: Socket, forward: KubectlForward): Link {
  return {
    stream: socket,
    lastHeardMs: () => undefined,
    podSpoke: () => socket.bytesRead > 0,
    onEnd: listener => {
      const ended = () => { listener(endOf(forward)) }
      socket.once('error', ended).once('close', ended)
    },
  }
}

/** `--token` in a file of the user's own, made when it is first needed and removed at the end. */
class TokenFile {
  readonly #token: string | undefined
  #path: string | undefined
  readonly #atExit = () => { this.remove() }

  constructor(token: string | undefined) {
    this.#token = token
  }

  path(): string | undefined {
    if (this.#token === undefined || this.#path !== undefined) return this.#path
    this.#path = join(mkdtempSync(join(tmpdir(), 'kubectl-scalardl-')), 'token.kubeconfig')
    writeFileSync(this.#path, tokenKubeconfig(this.#token), {mode: 0o600})
    process.once('exit', this.#atExit)
    return this.#path
  }

  remove(): void {
    if (this.#path === undefined) return
    rmSync(dirname(this.#path), {recursive: true, force: true})
    process.off('exit', this.#atExit)
    this.#path = undefined
  }
}
