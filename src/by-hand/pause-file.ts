import {readdir, rename, rm, stat, utimes} from 'node:fs/promises'
import {dirname, join} from 'node:path'
import {schemaProblem} from '../catalogue/schema.ts'
import {BOUNDS} from '../support/bounds.ts'
import {syncDirectory, writeDurably} from '../support/durable.ts'
import {readRegularText} from '../support/files.ts'
import {printableJson} from '../support/printable.ts'
import {privateDirectory} from '../support/private-directory.ts'
import {within} from '../support/within.ts'
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
  /** Its keeper has a run file: once that is gone, somebody was told that everything is unpaused. */
  readonly hasRun?: boolean
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
    version: {const: 1}, name: {type: 'string', pattern: '^[a-z0-9-]+$', maxLength: 253}, since: time, until: time, servers: texts, uids: texts, hasRun: {type: 'boolean'},
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
const MOST_FILES = 200
/** A file system that hangs must not stand between the user and a command that unpauses. */
const READ_LIMIT_MS = 2000

/** A file that cannot be read: there may be a pause all the same. */
export interface Unreadable {
  readonly path: string
  /** Absent where it stands for all. */
  readonly name?: string
  readonly problem: string
}

export interface FoundPauses {
  /** The oldest first. */
  readonly pauses: readonly Pause[]
  readonly unreadable: readonly Unreadable[]
}

const directoryOf = (stateDir: string) => join(stateDir, 'pauses')
const pathOf = (stateDir: string, name: string, kind: 'pause' | 'end-asked' | 'end') => join(directoryOf(stateDir), `${name}.${kind}.json`)

export const pausePath = (stateDir: string, name: string): string => pathOf(stateDir, name, 'pause')

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

/** When the keeper last showed that it lives and has heard: in ms since 1970; undefined = nobody asks any more. */
export const endAskedMs = (stateDir: string, name: string): Promise<number | undefined> => stat(pathOf(stateDir, name, 'end-asked')).then(({mtimeMs}) => mtimeMs, () => undefined)
/** The keeper shows that it has heard, again and again until it ends. */
export const showHeard = (stateDir: string, name: string): Promise<void> => utimes(pathOf(stateDir, name, 'end-asked'), new Date(), new Date()).catch(() => undefined)

/** The newest pauses of this user on this machine. Never throws, and never takes long. */
export async function findPauses(stateDir: string): Promise<FoundPauses> {
  const path = directoryOf(stateDir)
  return await within(READ_LIMIT_MS, readPauses(stateDir)) ?? {pauses: [], unreadable: [{path, problem: `could not be read within ${READ_LIMIT_MS / 1000} s`}]}
}

async function readPauses(stateDir: string): Promise<FoundPauses> {
  const pauses: Pause[] = []
  const unreadable: Unreadable[] = []
  try {
    const names = await namesOf(stateDir, '.pause.json')
    const older = names.length - MOST_FILES
    if (older > 0) unreadable.push({path: directoryOf(stateDir), problem: `has ${older} more pauses, the oldest, which were not read`})
    // One after the other, the newest first, so that a file system that hangs keeps one thread alone.
    for (const name of names.slice(-MOST_FILES).toReversed()) {
      const path = pathOf(stateDir, name, 'pause')
      const read = await readChecked(path, PAUSE, MOST_PAUSE_BYTES)
      const pause = read.value as Pause | undefined
      if (pause === undefined) unreadable.push({path, name, problem: read.problem ?? 'is empty'})
      else if (pause.name === name) pauses.push(pause)
      else unreadable.push({path, name, problem: 'is damaged: it has the name of another'})
    }
  } catch (error) {
    unreadable.push({path: directoryOf(stateDir), problem: `cannot be read: ${messageOf(error)}`})
  }
  return {pauses: pauses.toReversed(), unreadable: unreadable.filter(({problem}) => problem !== GONE)}
}

/** Names of pauses that have ended and were not told of yet, the oldest first. */
export const findEnds = (stateDir: string): Promise<string[]> => namesOf(stateDir, '.end.json').then(names => names.slice(-MOST_FILES), () => [])

/** What a pause came to; undefined = it has not ended, or its file is damaged. */
export const readEnd = async (stateDir: string, name: string): Promise<PauseEnd | undefined> =>
  (await readChecked(pathOf(stateDir, name, 'end'), END, BOUNDS.record)).value as PauseEnd | undefined

/** It has been told. */
export const forgetEnd = (stateDir: string, name: string): Promise<void> => rm(pathOf(stateDir, name, 'end'), {force: true})

/** @throws where the directory is there but cannot be read */
async function namesOf(stateDir: string, ending: string): Promise<string[]> {
  const files = await readdir(directoryOf(stateDir)).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return []
    throw error
  })
  return files.filter(file => file.endsWith(ending)).map(file => file.slice(0, -ending.length)).toSorted()
}

/** It ended while it was looked at. */
const GONE = 'is gone'

async function readChecked(path: string, schema: SchemaObject, most: number): Promise<{value?: unknown; problem?: string}> {
  let text: string
  try {
    text = await readRegularText(path, most)
  } catch (error) {
    return {problem: codeOf(error) === 'ENOENT' ? GONE : `cannot be read: ${messageOf(error)}`}
  }
  try {
    const value: unknown = JSON.parse(text)
    const problem = schemaProblem(schema, value)
    return problem === undefined ? {value} : {problem: `is damaged: ${problem}`}
  } catch {
    return {problem: 'is damaged: it is not JSON'}
  }
}

const codeOf = (error: unknown) => error instanceof Error && 'code' in error ? error.code : undefined
const messageOf = (error: unknown) => error instanceof Error ? error.message : String(error)

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
