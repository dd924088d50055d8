import {readdir, rename, rm} from 'node:fs/promises'
import {dirname, join} from 'node:path'
import {schemaProblem} from '../catalogue/schema.ts'
import {syncDirectory, writeDurably} from '../support/durable.ts'
import {readText} from '../support/files.ts'
import {privateDirectory} from '../support/private-directory.ts'
import type {SchemaObject} from '../catalogue/schema.ts'
import type {Run} from './types.ts'

/** A run as it was found; a damaged file says what is wrong with it. */
export type FoundRun =
  | {readonly path: string; readonly run: Run}
  | {readonly path: string; readonly problem: string}

/** A thousand servers take some hundred KB. */
const MAX_BYTES = 4 * 2 ** 20
const MAX_FILES = 200

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

/** All runs of this user on this machine, the oldest first. Never throws: a directory that cannot be read is a problem, too. */
export async function findRuns(stateDir: string | undefined): Promise<FoundRun[]> {
  if (stateDir === undefined) return []
  const directory = runDirectory(stateDir)
  try {
    const names = (await readdir(directory)).filter(name => name.endsWith('.json') && !name.startsWith('.')).toSorted()
    return await Promise.all(names.slice(0, MAX_FILES).map(name => readRun(join(directory, name))))
  } catch (error) {
    return codeOf(error) === 'ENOENT' ? [] : [{path: directory, problem: `cannot be read: ${messageOf(error)}`}]
  }
}

async function readRun(path: string): Promise<FoundRun> {
  try {
    return foundIn(await readText(path, MAX_BYTES), path)
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
