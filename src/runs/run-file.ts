import {constants} from 'node:fs'
import {lstat, open, readdir, rename, rm} from 'node:fs/promises'
import {dirname, join} from 'node:path'
import {schemaProblem} from '../catalogue/schema.ts'
import {readBounded} from '../support/bounds.ts'
import {syncDirectory, writeDurably} from '../support/durable.ts'
import {privateDirectory} from '../support/private-directory.ts'
import {within} from '../support/within.ts'
import type {SchemaObject} from '../catalogue/schema.ts'
import type {Run} from './types.ts'

/** A run as it was found; a damaged file says what is wrong with it. */
export type FoundRun =
  | {readonly path: string; readonly run: Run}
  | {readonly path: string; readonly problem: string}

/** A thousand servers take some hundred KB. */
const MAX_BYTES = 4 * 2 ** 20
const MAX_FILES = 200
/** A file system that hangs must not stand between the user and a command that unpauses. */
const READ_LIMIT_MS = 2000

const text = (pattern?: string): SchemaObject => ({type: 'string', maxLength: 4096, ...pattern !== undefined && {pattern}})
const index: SchemaObject = {type: 'integer', minimum: 0}
const duration: SchemaObject = {type: 'number', minimum: 0}
const list = (items: SchemaObject): SchemaObject => ({type: 'array', items})
const PROCESS: SchemaObject = {type: 'object', required: ['pid', 'start'], properties: {pid: {type: 'integer', minimum: 1}, start: text()}}
const TIME: SchemaObject = {type: 'string', format: 'date-time'}

const SCHEMA: SchemaObject = {
  type: 'object',
  required: ['version', 'command', 'host', 'process', 'since', 'boundMs', 'targets', 'servers'],
  properties: {
    version: {const: 1}, command: text('^[a-z-]+$'), host: text(), holder: text(), space: text(), process: PROCESS, watchdog: PROCESS, since: TIME, boundMs: duration,
    targets: list({type: 'object', required: ['namespace', 'flags'], properties: {context: text(), clusterUID: text(), namespace: text(), flags: list(text())}}),
    servers: list({type: 'object', required: ['name', 'uid', 'target'], properties: {name: text(), uid: text(), target: index}}),
    report: {
      type: 'object',
      required: ['by', 'cause', 'phase', 'at', 'paused', 'unpaused', 'left'],
      properties: {
        by: {enum: ['watchdog', 'itself']}, cause: text(), phase: {enum: ['unpausing', 'looking again', 'ended']}, at: TIME, paused: index, unpaused: index, tookMs: duration, outageMs: duration,
        left: list({type: 'object', required: ['server', 'whose'], properties: {server: index, whose: {enum: ['ours', "another's"]}, message: text()}}),
      },
    },
  },
}

/** Where the runs of this user are kept. */
export const runDirectory = (stateDir: string): string => join(stateDir, 'runs')

/** The file of a run that begins: by its time and process. */
export const runPath = (stateDir: string, {since, process}: Pick<Run, 'since' | 'process'>): string =>
  join(runDirectory(stateDir), `${since.replaceAll(/[^\dTZ]/g, '')}-${process.pid}.json`)

/** Puts a run into its file, whole or not at all. @throws where it cannot be written */
export async function writeRun(path: string, run: Run): Promise<void> {
  const directory = dirname(path)
  for (const each of [dirname(directory), directory]) await privateDirectory(each)
  const draft = `${path}.${process.pid}.draft`
  try {
    await writeDurably(draft, `${JSON.stringify(run, undefined, 2)}\n`)
    await rename(draft, path)
  } finally {
    await rm(draft, {force: true})
  }
  await syncDirectory(directory)
}

export const removeRun = (path: string): Promise<void> => rm(path, {force: true})

/**
 * The newest runs of this user on this machine, the oldest of them first. Never throws, and never takes long: what cannot be read
 * is a problem, too.
 */
export async function findRuns(stateDir: string | undefined): Promise<FoundRun[]> {
  if (stateDir === undefined) return []
  const directory = runDirectory(stateDir)
  return await within(READ_LIMIT_MS, readRuns(directory)) ?? [{path: directory, problem: `could not be read within ${READ_LIMIT_MS / 1000} s`}]
}

async function readRuns(directory: string): Promise<FoundRun[]> {
  try {
    const names = (await readdir(directory)).filter(name => name.endsWith('.json') && !name.startsWith('.')).toSorted()
    const older = names.length - MAX_FILES
    const found: FoundRun[] = older > 0 ? [{path: directory, problem: `has ${older} more files, the oldest, which were not read`}] : []
    // One after the other, so that a file system that hangs keeps one thread alone.
    for (const name of names.slice(-MAX_FILES)) found.push(await readRun(join(directory, name)))
    return found
  } catch (error) {
    return codeOf(error) === 'ENOENT' ? [] : [{path: directory, problem: `cannot be read: ${messageOf(error)}`}]
  }
}

async function readRun(path: string): Promise<FoundRun> {
  try {
    if (!(await lstat(path)).isFile()) return {path, problem: 'is no regular file'}
    // Not even what has taken its place since may keep the command waiting.
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
    const stream = file.createReadStream() as AsyncIterable<Buffer>
    return foundIn((await readBounded(stream, MAX_BYTES, path)).toString(), path)
  } catch (error) {
    return {path, problem: `cannot be read: ${messageOf(error)}`}
  }
}

/** The run in the text of a file. Never throws. */
export function foundIn(text: string, path: string): FoundRun {
  const value = parsed(text)
  const problem = value === undefined ? 'it is not JSON' : schemaProblem(SCHEMA, value) ?? contradiction(value as Run)
  return problem === undefined ? {path, run: value as Run} : {path, problem: `is damaged: ${problem}`}
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function contradiction({targets, servers, report}: Run): string | undefined {
  if (servers.some(({target}) => target >= targets.length)) return 'a server names a target that is not there'
  return report?.left.some(({server}) => server >= servers.length) ? 'report.left names a server that is not there' : undefined
}

const codeOf = (error: unknown) => error instanceof Error && 'code' in error ? error.code : undefined
const messageOf = (error: unknown) => error instanceof Error ? error.message : String(error)
