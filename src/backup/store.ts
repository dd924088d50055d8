import {constants} from 'node:fs'
import {copyFile, link, rm} from 'node:fs/promises'
import {homedir} from 'node:os'
import {join, posix, win32} from 'node:path'
import {syncDirectory, writeDurably} from '../support/durable.ts'
import {printableJson} from '../support/printable.ts'
import {privateDirectory} from '../support/private-directory.ts'
import {within} from '../support/within.ts'
import type {V1ConfigMap} from '@kubernetes/client-node'
import type {ApiServer} from '../kube/types.ts'
import type {RecordFile} from './record-file.ts'
import type {RestorePoint} from './restore-point.ts'

/** Where a ConfigMap with the record goes: beside the release. */
export interface ConfigMapPlace {
  readonly api: Pick<ApiServer, 'access' | 'request'>
  readonly namespace: string
}

export interface StoreOptions {
  /** Usually `stateDirectory()`; undefined = this user has none. */
  readonly stateDir: string | undefined
  readonly configMaps: readonly ConfigMapPlace[]
  /** `--no-configmap` */
  readonly noConfigMap?: boolean
  /** `--record FILE` */
  readonly copy?: RecordFile
  /** How long each place is waited for. */
  readonly limitMs?: number
}

export interface StoredConfigMap {
  readonly name: string
  readonly namespace: string
  readonly context?: string
}

/** Where the record is now. Nowhere: it is lost unless the whole of it is printed. */
export interface Stored {
  readonly file?: string
  /** The file that was asked for. */
  readonly copy?: string
  readonly configMaps: readonly StoredConfigMap[]
  readonly warnings: readonly string[]
}

const CONFIG_MAP_TIMEOUT_MS = 10_000
/** Sent again then, for the connection may have died during the pause. */
const REPEAT_AFTER_MS = 2000
/** A home directory on a network drive that hangs must not hide the result, nor who is still paused. */
const KEEP_LIMIT_MS = 15_000
/** By these a ConfigMap with a record is found again. */
export const RECORD_LABELS = {'app.kubernetes.io/managed-by': 'kubectl-scalardl', 'app.kubernetes.io/component': 'restore-point'}
/** Where in the ConfigMap it is. */
export const RECORD_KEY = 'record.json'
/** As many backups of one name (one release name in several namespaces, one second) find a place. */
const COPIES = 9

/**
 * The directory for this user's state: `$XDG_STATE_HOME`, else `~/.local/state`, `~/Library/Application Support` or
 * `%LOCALAPPDATA%`, and `kubectl-scalardl` in it. Undefined without a home directory.
 */
export function stateDirectory(env: NodeJS.ProcessEnv = process.env, platform: NodeJS.Platform = process.platform, home = homeOrNone): string | undefined {
  const path = platform === 'win32' ? win32 : posix
  if (env.XDG_STATE_HOME && path.isAbsolute(env.XDG_STATE_HOME)) return path.join(env.XDG_STATE_HOME, 'kubectl-scalardl')
  if (platform === 'win32' && env.LOCALAPPDATA) return path.join(env.LOCALAPPDATA, 'kubectl-scalardl')
  const directory = home()
  if (!directory) return undefined
  const below = platform === 'win32' ? ['AppData', 'Local'] : platform === 'darwin' ? ['Library', 'Application Support'] : ['.local', 'state']
  return path.join(directory, ...below, 'kubectl-scalardl')
}

function homeOrNone(): string | undefined {
  try {
    return homedir()
  } catch {
    return undefined
  }
}

/** Keeps the record in a file and in ConfigMaps, side by side. Never throws: what could not be written is in `warnings`. */
export async function writeRecord(record: RestorePoint, {stateDir, configMaps, noConfigMap = false, copy, limitMs = KEEP_LIMIT_MS}: StoreOptions): Promise<Stored> {
  const text = `${printableJson(record)}\n`
  const places = noConfigMap ? [] : distinct(configMaps)
  const [file, asked, ...maps] = await Promise.all([
    attempt(limitMs, 'the record cannot be written to a file', () => writeFile(record.metadata.name, text, stateDir)),
    copy && attempt(limitMs, `the record cannot be written to ${copy.path}`, () => copy.write(text)),
    ...places.map(place => attempt(limitMs, `the record is not kept in a ConfigMap in namespace ${place.namespace}`, () => createConfigMap(record, text, place))),
  ])
  return {
    file: file.value,
    ...asked?.value !== undefined && {copy: asked.value},
    configMaps: maps.flatMap(({value}) => value ?? []),
    warnings: [file, asked, ...maps].flatMap(place => place?.warning ?? []),
  }
}

async function attempt<T extends string | StoredConfigMap>(limitMs: number, failure: string, action: () => Promise<T>): Promise<{value?: T; warning?: string}> {
  try {
    const value = await within(limitMs, action())
    return value === undefined ? {warning: `${failure}: not done within ${limitMs} ms`} : {value}
  } catch (error) {
    return {warning: `${failure}: ${error instanceof Error ? error.message : String(error)}`}
  }
}

/** Ledger and Auditor in one namespace share a ConfigMap. */
const distinct = (places: readonly ConfigMapPlace[]) =>
  [...new Map(places.map(place => [`${place.api.access.server} ${place.namespace}`, place])).values()]

async function writeFile(name: string, text: string, stateDir: string | undefined): Promise<string> {
  if (stateDir === undefined) throw new Error('this user has no home directory; set XDG_STATE_HOME')
  const directory = join(stateDir, 'restore-points')
  for (const each of [stateDir, directory]) await privateDirectory(each)
  const draft = join(directory, `.${name}.${process.pid}.draft`)
  try {
    await writeDurably(draft, text)
    const file = await firstFree(name, free => publish(draft, join(directory, `${free}.json`)))
    await syncDirectory(directory)
    return file
  } finally {
    await rm(draft, {force: true})
  }
}

/** A link appears whole or not at all, and replaces nothing; some file systems have no links. */
async function publish(draft: string, path: string): Promise<string | undefined> {
  try {
    await link(draft, path).catch(async (error: unknown) => {
      if (codeOf(error) === 'EEXIST') throw error
      await copyFile(draft, path, constants.COPYFILE_EXCL)
    })
    return path
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return undefined
    throw error
  }
}

async function createConfigMap(record: RestorePoint, text: string, {api, namespace}: ConfigMapPlace): Promise<StoredConfigMap> {
  const name = await firstFree(record.metadata.name, free => post(api, namespace, free, text))
  return {name, namespace, context: api.access.context}
}

async function post(api: ConfigMapPlace['api'], namespace: string, name: string, text: string): Promise<string | undefined> {
  const body = {apiVersion: 'v1', kind: 'ConfigMap', metadata: {name, namespace, labels: RECORD_LABELS}, data: {[RECORD_KEY]: text}}
  try {
    await api.request('POST', `/api/v1/namespaces/${encodeURIComponent(namespace)}/configmaps`, {body, timeoutMs: CONFIG_MAP_TIMEOUT_MS, repeatAfterMs: REPEAT_AFTER_MS})
    return name
  } catch (error) {
    if (statusOf(error) === 409) return await holds(api, namespace, name, text) ? name : undefined
    if (statusOf(error) === 403) throw new Error('not permitted (create configmaps); --no-configmap leaves it out', {cause: error})
    throw error
  }
}

/** Sent twice, the record may stand in its own way. */
async function holds(api: ConfigMapPlace['api'], namespace: string, name: string, text: string): Promise<boolean> {
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/configmaps/${encodeURIComponent(name)}`
  return api.request<V1ConfigMap>('GET', path, {timeoutMs: CONFIG_MAP_TIMEOUT_MS}).then(({data}) => data?.[RECORD_KEY] === text, () => false)
}

/** `name`, else `name-2`, …: what is there already is another backup's. */
async function firstFree(name: string, take: (name: string) => Promise<string | undefined>): Promise<string> {
  for (let copy = 1; copy <= COPIES; copy++) {
    const taken = await take(copy === 1 ? name : `${name}-${copy}`)
    if (taken !== undefined) return taken
  }
  throw new Error(`${name} and ${COPIES - 1} names like it are taken`)
}

const codeOf = (error: unknown) => error instanceof Error && 'code' in error ? error.code : undefined
const statusOf = (error: unknown) => error instanceof Error && 'status' in error ? error.status : undefined
