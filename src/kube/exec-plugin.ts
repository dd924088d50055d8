import {spawn} from 'node:child_process'
import type {Readable} from 'node:stream'
import {BOUNDS, sizeText} from '../support/bounds.ts'
import {CliError} from '../support/errors.ts'
import {printableLines} from '../support/printable.ts'
import {redact} from '../support/redact.ts'
import type {ClusterEntry, ExecEntry} from './config-entries.ts'
import type {Credentials} from './credentials.ts'

/** What an exec plugin is run with. */
export interface ExecWorld {
  readonly env: NodeJS.ProcessEnv
  /** Whether a plugin may ask the user something. */
  readonly stdinIsTerminal: boolean
  /** Where its words go; default: this process's stderr. */
  readonly stderr?: Pick<NodeJS.WritableStream, 'write'>
}

const apiVersions = ['client.authentication.k8s.io/v1', 'client.authentication.k8s.io/v1beta1']

/** `spec.cluster` of an ExecCredential, for plugins with `provideClusterInfo`. */
export const execCluster = (cluster: ClusterEntry, ca: string | undefined) => ({
  server: cluster.server,
  ...cluster.tlsServerName && {'tls-server-name': cluster.tlsServerName},
  ...cluster.insecureSkipTlsVerify && {'insecure-skip-tls-verify': true},
  ...ca && {'certificate-authority-data': Buffer.from(ca).toString('base64')},
  ...cluster.proxyUrl && {'proxy-url': cluster.proxyUrl},
  config: cluster.execConfig ?? null,
})

export type ExecCluster = ReturnType<typeof execCluster>

/**
 * Runs an exec plugin once (kubernetes.io, client-go credential plugins); its stderr goes to the user. A plugin that may ask
 * has the terminal itself, of any other nothing gets there that a terminal obeys.
 * @param limitMs after which the plugin is ended; undefined while a user may be logging in at leisure
 * @throws CliError that never holds what the plugin printed on stdout
 */
export async function runExecPlugin(entry: ExecEntry, cluster: ExecCluster, world: ExecWorld, limitMs?: number): Promise<Credentials> {
  if (!apiVersions.includes(entry.apiVersion)) throw failure(entry, `invalid apiVersion "${entry.apiVersion}"`)
  const interactive = isInteractive(entry, world)
  const info = {
    kind: 'ExecCredential',
    apiVersion: entry.apiVersion,
    spec: {...entry.provideClusterInfo && {cluster}, interactive},
  }
  const env = {...world.env, ...entry.env, KUBERNETES_EXEC_INFO: JSON.stringify(info)}
  return parseExecCredential(await output(entry, {...world, env}, interactive, limitMs), entry)
}

function isInteractive(entry: ExecEntry, {stdinIsTerminal}: ExecWorld): boolean {
  if (entry.interactiveMode === 'Always' && !stdinIsTerminal) {
    throw failure(entry, 'cannot support interactive mode: standard input is not a terminal')
  }
  return entry.interactiveMode !== 'Never' && stdinIsTerminal
}

function output(entry: ExecEntry, world: ExecWorld, interactive: boolean, limitMs?: number): Promise<string> {
  const {promise, resolve, reject} = Promise.withResolvers<string>()
  const plugin = spawn(entry.command, entry.args, {env: world.env, stdio: [interactive ? 'inherit' : 'ignore', 'pipe', interactive ? 'inherit' : 'pipe']})
  const end = (why: string) => {
    reject(failure(entry, why))
    plugin.kill('SIGKILL')
    // What the plugin itself started may hold its output open for ever.
    plugin.stdout?.destroy()
    plugin.stderr?.destroy()
  }
  const limit = limitMs === undefined ? undefined : setTimeout(end, limitMs, `gave no answer within ${limitMs} ms`)
  const chunks: Buffer[] = []
  let size = 0
  plugin.stdout?.on('data', (chunk: Buffer) => {
    chunks.push(chunk)
    size += chunk.length
    if (size > BOUNDS.pluginOutput) end(`printed more than ${sizeText(BOUNDS.pluginOutput)}`)
  })
  passOn(plugin.stderr, world.stderr ?? process.stderr)
  plugin.on('error', (error: NodeJS.ErrnoException) => reject(notStarted(entry, error)))
  const read = new Promise(done => plugin.stdout?.once('close', done))
  // Its stderr may stay open in what it leaves behind.
  plugin.on('exit', (code, signal) => void read.then(() => {
    if (code === 0) resolve(Buffer.concat(chunks).toString())
    else reject(failure(entry, signal ? `ended by ${signal}` : `failed with exit code ${code}`))
  }))
  return promise.finally(() => { clearTimeout(limit) })
}

/** So that neither a flood nor an escape sequence reaches the user. */
function passOn(from: Readable | null, to: Pick<NodeJS.WritableStream, 'write'>): void {
  let left: number = BOUNDS.pluginWords
  from?.setEncoding('utf8').on('data', (text: string) => {
    if (left > 0) to.write(printableLines(text.length > left ? `${text.slice(0, left)}… (no more of it is shown)\n` : text))
    left -= text.length
  })
}

const notStarted = (entry: ExecEntry, error: NodeJS.ErrnoException) => error.code === 'ENOENT'
  ? new CliError(`getting credentials: exec: executable ${entry.command} not found`, {
    hints: [
      'the kubeconfig uses a client-go credential plugin that is not installed',
      ...printableLines(entry.installHint).split('\n').filter(Boolean),
    ],
  })
  : failure(entry, `cannot be started: ${error.code ?? error.message}`)

/** Checks the plugin's answer as client-go does. */
export function parseExecCredential(stdout: string, entry: ExecEntry): Credentials {
  const answer = parsedJson(stdout)
  if (!isObject(answer)) throw failure(entry, 'printed no JSON object')
  const {apiVersion, kind} = answer
  if (apiVersion !== entry.apiVersion || kind !== 'ExecCredential') {
    throw failure(entry, `is configured to use API version ${entry.apiVersion}, plugin returned ${versionIn(apiVersion)} of ${kind === 'ExecCredential' ? kind : 'another kind'}`)
  }
  if (!isObject(answer.status)) throw failure(entry, "didn't return a status field")
  const [token, cert, key, expiry] = ['token', 'clientCertificateData', 'clientKeyData', 'expirationTimestamp'].map(textIn(answer.status))
  if (!token && !cert && !key) throw failure(entry, "didn't return a token or cert/key pair")
  if (!cert !== !key) throw failure(entry, 'returned only certificate or key, not both')
  const expiresAtMs = expiry ? Date.parse(expiry) : undefined
  if (Number.isNaN(expiresAtMs)) throw failure(entry, 'returned an expirationTimestamp that is no time')
  return {
    ...token && {authorization: `Bearer ${token}`},
    ...cert && {cert, key},
    expiresAtMs,
  }
}

/** Of what the plugin printed nothing else is shown: anything may be a secret. */
const versionIn = (value: unknown) => typeof value === 'string' && /^([a-z0-9.]{1,40}\/)?v\d[a-z0-9]{0,9}$/.test(value) ? `version ${value}` : 'another version'

const textOf = (value: unknown) => typeof value === 'string' ? value : ''

const textIn = (object: Record<string, unknown>) => (key: string) => textOf(object[key])

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const failure = (entry: ExecEntry, what: string) => new CliError(`getting credentials: exec: executable ${entry.command} ${what}`, {
  hints: [`run it by hand: ${redact([entry.command, ...entry.args.map(withoutSecret).map(quoted)].join(' '))}`],
})

/** The value of `--client-secret`, for one, stands in the kubeconfig for whoever needs it. */
const withoutSecret = (argument: string, i: number, args: readonly string[]) =>
  /^-.*(password|passwd|secret|token|credential|api-?key|access-?key)[^=]*$/i.test(args[i - 1] ?? '') && !argument.startsWith('-') ? '***' : argument

const quoted = (argument: string) => /^[\w@%+=:,./-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", `'\\''`)}'`
