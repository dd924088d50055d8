import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {freePorts, start} from '../cluster/processes.ts'
import {python} from './tools.ts'

export const REGION = 'eu-west-1'

/** How the service behaves; durations in milliseconds. */
export interface MotoSettings {
  /** How far the latest restorable moment lies behind now. */
  readonly lagSeconds?: number
  /** The service's clock minus the real one: tables and items are given a past with it. */
  readonly clockOffsetSeconds?: number
  readonly durationsMs?: Partial<Record<Lasting, number>>
  /** The same for single tables, and for copies whose names end with `-TABLE`. */
  readonly tables?: Readonly<Record<string, Partial<Record<Lasting, number>>>>
  /** How long a table that has become ACTIVE cannot be backed up yet. */
  readonly settlingMs?: number
  readonly restoreLimit?: number
  /** Calls per second, by moto's name of the call (`describe_continuous_backups`); beyond: ThrottlingException. */
  readonly rates?: Readonly<Record<string, number>>
}

/** `copy` = restore to a point in time, `restore` = restore from a backup. */
export type Lasting = 'create' | 'copy' | 'restore' | 'backup' | 'delete' | 'update'

/** What becomes of the calls that match; the first that matches counts. Patterns are regular expressions. */
export interface Rule {
  readonly operation?: string
  readonly table?: string
  readonly region?: string
  readonly accessKey?: string
  /** Lets so many matching calls pass first. */
  readonly skip?: number
  /** Holds for so many calls only. */
  readonly times?: number
  readonly delayMs?: number
  /** The connection ends without an answer, and the call has no effect. */
  readonly drop?: true
  readonly error?: string
  readonly message?: string
  readonly status?: number
}

export interface Call {
  readonly number: number
  readonly operation: string
  readonly table: string | null
  readonly region: string
  /** Seconds since 1970. */
  readonly at: number
  readonly answer?: number | string
}

export interface TrueTable {
  readonly status: string
  readonly items: readonly Item[]
  readonly original: boolean
  readonly restored: Readonly<Record<string, string>> | null
  readonly [setting: string]: unknown
}

export interface Truth {
  readonly tables: Readonly<Record<string, TrueTable>>
  readonly backups: ReadonlyArray<{readonly name: string; readonly table: string; readonly type: string; readonly status: string; readonly items: readonly Item[]}>
  readonly scaling: {readonly targets: unknown[]; readonly policies: unknown[]}
  readonly violations: readonly string[]
}

export type Item = Readonly<Record<string, Readonly<Record<string, unknown>>>>

/** A running peer of AWS on loopback. */
export interface Moto {
  readonly url: string
  /** What an AWS CLI or SDK needs to reach it, and nothing else: no files of the user's, no metadata service. */
  readonly env: Readonly<Record<string, string>>
  /** One API call, without a CLI. @throws with the error's name when it is refused */
  api(operation: string, body: unknown, region?: string): Promise<Record<string, unknown>>
  settings(settings: MotoSettings): Promise<void>
  rules(rules: readonly Rule[]): Promise<void>
  /** From now on a call after which the tables' data of this instant is not whole counts as a violation. */
  watch(tables: readonly string[], atEpochSeconds: number): Promise<void>
  /** Everything stops at the call with this number (counted from now, from 1; of those with this name, a pattern), before or after its effect. */
  freeze(call: number, when: 'before' | 'after', name?: string): Promise<void>
  frozen(): Promise<string | undefined>
  thaw(): Promise<void>
  calls(): Promise<Call[]>
  truth(region?: string): Promise<Truth>
  /** Makes a table look like one of a global table. */
  replicas(name: string, regions: readonly string[]): Promise<void>
  /** An empty world with the default settings. */
  reset(): Promise<void>
  stop(): Promise<void>
}

/** Starts a server (some seconds). The caller stops it. */
export async function startMoto(settings: MotoSettings = {}): Promise<Moto> {
  const folder = await mkdtemp(join(tmpdir(), 'moto-'))
  const [port] = await freePorts(1)
  const url = `http://127.0.0.1:${port}`
  const server = start(await python(), [join(import.meta.dirname, 'moto/server.py'), String(port)], join(folder, 'log'), {TZ: 'UTC', PYTHONDONTWRITEBYTECODE: '1'})
  await server.ready(async () => (await fetch(`${url}/_test/ready`)).ok, 60_000)
  const moto = clientOf(url, folder, async () => {
    await server.stop(1000)
    await rm(folder, {recursive: true, force: true})
  })
  await moto.settings(settings)
  return moto
}

function clientOf(url: string, folder: string, stop: () => Promise<void>): Moto {
  const get = async <T>(path: string): Promise<T> => await (await fetch(`${url}/_test/${path}`)).json() as T
  const post = async (path: string, body: unknown) => {
    const response = await fetch(`${url}/_test/${path}`, {method: 'POST', body: JSON.stringify(body), headers: {'content-type': 'application/json'}})
    if (!response.ok) throw new Error(`${path}: ${await response.text()}`)
  }
  return {
    url,
    env: {
      AWS_ENDPOINT_URL: url, AWS_REGION: REGION, AWS_DEFAULT_REGION: REGION, AWS_ACCESS_KEY_ID: 'AKIAUSER', AWS_SECRET_ACCESS_KEY: 'secret',
      AWS_EC2_METADATA_DISABLED: 'true', AWS_CONFIG_FILE: join(folder, 'config'), AWS_SHARED_CREDENTIALS_FILE: join(folder, 'credentials'),
    },
    api: (operation, body, region = REGION) => call(url, operation, body, region),
    settings: given => post('settings', given),
    rules: given => post('rules', given),
    watch: (tables, at) => post('watch', {region: REGION, tables, at}),
    freeze: (number, when, name) => post('freeze', {call: number, when, name}),
    frozen: async () => (await get<{call: string | null}>('frozen')).call ?? undefined,
    thaw: () => post('thaw', {}),
    calls: () => get('calls'),
    truth: (region = REGION) => get(`truth?region=${region}`),
    replicas: (name, replicas) => post('table', {region: REGION, name, replicas}),
    reset: () => post('reset', {}),
    stop,
  }
}

/** moto reads the region and the service out of the signature and does not verify it. */
async function call(url: string, operation: string, body: unknown, region: string): Promise<Record<string, unknown>> {
  const scaling = /Scal/.test(operation)
  const [prefix, service] = scaling ? ['AnyScaleFrontendService', 'application-autoscaling'] : ['DynamoDB_20120810', 'dynamodb']
  const response = await fetch(url, {
    method: 'POST', body: JSON.stringify(body), headers: {
      'content-type': `application/x-amz-json-1.${scaling ? 1 : 0}`, 'x-amz-target': `${prefix}.${operation}`,
      authorization: `AWS4-HMAC-SHA256 Credential=AKIATEST/20260101/${region}/${service}/aws4_request, SignedHeaders=host, Signature=0`,
    },
  })
  const answer = await response.text()
  if (!response.ok) throw new Error(`${operation}: ${answer}`)
  return answer ? JSON.parse(answer) as Record<string, unknown> : {}
}
