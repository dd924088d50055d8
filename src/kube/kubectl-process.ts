import {spawn} from 'node:child_process'
import type {ChildProcessByStdio} from 'node:child_process'
import type {Readable} from 'node:stream'
import {setTimeout as setTimeoutPromise} from 'node:timers/promises'
import {LinkError} from '../admin/link.ts'
import {words} from '../support/printable.ts'

/** A `kubectl port-forward` that listens. */
export interface KubectlForward {
  /** The loopback port it listens on. */
  readonly port: number
  /** What it complained about last, or undefined. */
  complaint(): string | undefined
  /** Told once when the process has ended by itself. */
  onExit(listener: () => void): void
  /** Resolves when the process has ended and all its words are read, or after `ms`. */
  ended(ms: number): Promise<unknown>
  stop(): void
}

type Child = ChildProcessByStdio<null, Readable, Readable>

const LISTENING = /Forwarding from 127\.0\.0\.1:(\d+) ->/
const MAX_STDERR_CHARS = 16_384

const running = new Set<Child>()
const endAll = () => { running.forEach(child => void child.kill()); }

/**
 * Starts kubectl and waits until it listens.
 * @throws LinkError with kubectl's own words when it ends before, or does not listen in time
 */
export function startForward(args: readonly string[], env: NodeJS.ProcessEnv, timeoutMs: number): Promise<KubectlForward> {
  const binary = env.KUBECTL_PATH || 'kubectl'
  const child = keepTrack(spawn(binary, args, {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own: Ctrl-C is for us, who still have to unpause through it.
    detached: process.platform !== 'win32',
    windowsHide: true,
  }))
  const closed = new Promise(resolve => child.once('close', resolve))
  let [stdout, stderr, stopped] = ['', '', false]
  const forward = (port: number): KubectlForward => ({
    port,
    complaint: () => complaintIn(stderr),
    onExit: listener => { child.once('exit', () => { if (!stopped) listener() }) },
    ended: ms => Promise.race([closed, setTimeoutPromise(ms, undefined, {ref: false})]),
    stop: () => {
      stopped = true
      child.kill()
    },
  })
  return new Promise((resolve, reject) => {
    const fail = (message: string) => {
      clearTimeout(timer)
      child.kill()
      reject(new LinkError(message))
    }
    const timer = setTimeout(() => { fail(complaintIn(stderr) ?? `kubectl port-forward does not listen after ${timeoutMs} ms`) }, timeoutMs)
    child.once('error', error => { fail(`cannot run ${binary}: ${error.message}`) })
    child.once('close', code => { fail(complaintIn(stderr) ?? `kubectl port-forward ended with exit code ${code}`) })
    child.stderr.setEncoding('utf8').on('data', (text: string) => { stderr = (stderr + text).slice(-MAX_STDERR_CHARS) })
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      const [, port] = LISTENING.exec(stdout = (stdout + text).slice(0, 1024)) ?? []
      if (port === undefined) return
      clearTimeout(timer)
      child.stdout.removeAllListeners('data').resume()
      resolve(forward(Number(port)))
    })
  })
}

/** Ends children with us, however we end; only a SIGKILL leaves them. */
function keepTrack(child: Child): Child {
  if (running.size === 0) process.on('exit', endAll)
  running.add(child)
  child.once('close', () => {
    running.delete(child)
    if (running.size === 0) process.off('exit', endAll)
  })
  return child
}

/** The words that matter in kubectl's stderr: the kubelet's where it has any, else the last line without its frame. */
export function complaintIn(stderr: string): string | undefined {
  const [forwarding] = stderr.match(/error forwarding port (\\"|[^\n"])*/g)?.slice(-1) ?? []
  if (forwarding) return words(forwarding.replaceAll('\\"', '"').trim())
  const line = stderr.split('\n').map(text => text.trim()).filter(text => text !== '').at(-1)
  return line && words(line).replace(/^[EWI]\d{4} \S+ +\d+ \S+\] /, '').replace(/^(error: |Error from server( \(\w+\))?: )/, '')
}
