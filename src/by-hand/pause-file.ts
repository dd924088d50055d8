import {readdir, rename, rm, stat} from 'node:fs/promises'
import {dirname, join} from 'node:path'
import {schemaProblem} from '../catalogue/schema.ts'
import {BOUNDS} from '../support/bounds.ts'
import {syncDirectory, writeDurably} from '../support/durable.ts'
import {readText} from '../support/files.ts'
import {printableJson} from '../support/printable.ts'
import {privateDirectory} from '../support/private-directory.ts'
import type {RestorePoint, Timestamp} from '../backup/restore-point.ts'
import type {Stored} from '../backup/store.ts'
import type {SchemaObject} from '../catalogue/schema.ts'
import type {ProcessId} from '../support/process-id.ts'

/** A pause by hand of this user on this machine, as it stands in its file while its keeper lives. No secrets. */
export interface Pause {
  readonly version: 1
  /** That of its record. */
  readonly name: string
  readonly keeper: ProcessId
  /** Absent until everything is proven paused. */
  readonly since?: Timestamp
  /** When it is unpaused at the latest. */
  readonly until?: Timestamp
  /** `namespace/pod` */
  readonly servers: readonly string[]
  /** UIDs of the pods, in the order of `servers`. */
  readonly uids: readonly string[]
}

/** What a pause by hand has come to. */
export interface PauseEnd {
  readonly exitCode: number
  readonly record?: RestorePoint
  readonly stored?: Stored
  /** Instead of a record: why there is none. */
  readonly error?: {readonly message: string; readonly hints: readonly string[]}
}

const text: SchemaObject = {type: 'string', maxLength: 4096}
const texts: SchemaObject = {type: 'array', items: text}
const time: SchemaObject = {type: 'string', format: 'date-time'}
const PAUSE: SchemaObject = {
  type: 'object',
  required: ['version', 'name', 'keeper', 'servers', 'uids'],
  properties: {
    version: {const: 1}, name: {type: 'string', pattern: '^[a-z0-9-]+$', maxLength: 253}, since: time, until: time, servers: texts, uids: texts,
    keeper: {type: 'object', required: ['pid', 'start'], properties: {pid: {type: 'integer', minimum: 1}, start: text}},
  },
}
const END: SchemaObject = {
  type: 'object',
  required: ['exitCode'],
  properties: {
    exitCode: {type: 'integer', minimum: 0, maximum: 255},
    record: {type: 'object'},
    stored: {type: 'object', required: ['configMaps', 'warnings'], properties: {file: text, copy: text, warnings: texts, configMaps: {type: 'array', items: {type: 'object'}}}},
    error: {type: 'object', required: ['message', 'hints'], properties: {message: text, hints: texts}},
  },
}

const MOST_PAUSE_BYTES = 1_048_576

const directoryOf = (stateDir: string) => join(stateDir, 'pauses')
const pathOf = (stateDir: string, name: string, kind: 'pause' | 'end-asked' | 'end') => join(directoryOf(stateDir), `${name}.${kind}.json`)

/** @throws where it cannot be written: then nobody could end the pause */
export const writePause = (stateDir: string, pause: Pause): Promise<void> => writeWhole(pathOf(stateDir, pause.name, 'pause'), pause)
/** Leaves what it came to for whoever asks, and takes the pause away. */
export async function writeEnd(stateDir: string, name: string, end: PauseEnd): Promise<void> {
  await writeWhole(pathOf(stateDir, name, 'end'), end)
  await removePause(stateDir, name)
}

/** The pause without what it came to. */
export async function removePause(stateDir: string, name: string): Promise<void> {
  for (const kind of ['pause', 'end-asked'] as const) await rm(pathOf(stateDir, name, kind), {force: true})
}

/** Asks the keeper to end it. */
export const askForEnd = (stateDir: string, name: string): Promise<void> => writeWhole(pathOf(stateDir, name, 'end-asked'), {})
export const isEndAsked = (stateDir: string, name: string): Promise<boolean> => stat(pathOf(stateDir, name, 'end-asked')).then(() => true, () => false)

/** All pauses of this user on this machine, the oldest first; a file that is damaged is no pause. */
export async function findPauses(stateDir: string): Promise<Pause[]> {
  const names = await namesOf(stateDir, '.pause.json')
  const read = await Promise.all(names.map(name => readChecked(pathOf(stateDir, name, 'pause'), PAUSE, MOST_PAUSE_BYTES)))
  return read.flatMap((pause, i) => pause !== undefined && (pause as Pause).name === names[i] ? [pause as Pause] : [])
}

/** Names of pauses that have ended and were not told of yet, the oldest first. */
export const findEnds = (stateDir: string): Promise<string[]> => namesOf(stateDir, '.end.json')

/** What a pause came to; undefined = it has not ended, or its file is damaged. */
export const readEnd = async (stateDir: string, name: string): Promise<PauseEnd | undefined> =>
  await readChecked(pathOf(stateDir, name, 'end'), END, BOUNDS.record) as PauseEnd | undefined

/** It has been told. */
export const forgetEnd = (stateDir: string, name: string): Promise<void> => rm(pathOf(stateDir, name, 'end'), {force: true})

async function namesOf(stateDir: string, ending: string): Promise<string[]> {
  const files = await readdir(directoryOf(stateDir)).catch(() => [])
  return files.filter(file => file.endsWith(ending)).map(file => file.slice(0, -ending.length)).toSorted()
}

async function readChecked(path: string, schema: SchemaObject, most: number): Promise<unknown> {
  try {
    const value: unknown = JSON.parse(await readText(path, most))
    return schemaProblem(schema, value) === undefined ? value : undefined
  } catch {
    return undefined
  }
}

async function writeWhole(path: string, value: unknown): Promise<void> {
  for (const each of [dirname(dirname(path)), dirname(path)]) await privateDirectory(each)
  const draft = `${path}.${process.pid}.draft`
  try {
    await writeDurably(draft, printableJson(value))
    await rename(draft, path)
  } finally {
    await rm(draft, {force: true})
  }
  await syncDirectory(dirname(path))
}
