import published from '../../schema/restore-point.schema.json' with {type: 'json'}
import {API_VERSION, KIND} from '../backup/restore-point.ts'
import {CliError} from '../support/errors.ts'
import {schemaProblem} from './schema.ts'
import type {RestorePoint} from '../backup/restore-point.ts'
import type {SchemaObject} from './schema.ts'

const SCHEMA: SchemaObject = published
const GROUP = API_VERSION.slice(0, API_VERSION.indexOf('/'))
const SECOND = 1000
const DAY = 86_400 * SECOND

/**
 * A record from its JSON text. All that later code relies on has been checked when it comes back: every field against the
 * published schema, and what the schema cannot say, such as a restore point outside the pause.
 * @param source what is read, as error messages name it: a path, `configmap/…`
 * @throws CliError naming the source, what is wrong, and what to do
 */
export function readRecord(text: string, source: string): RestorePoint {
  const value = parse(text, source)
  requireKind(value, source)
  const problem = schemaProblem(SCHEMA, value) ?? controlCharacter(value) ?? contradiction(value as RestorePoint)
  if (problem !== undefined) throw new CliError(`${source} is no record to rely on: ${problem}`, {hints: [versionHint(value)]})
  return value as RestorePoint
}

function parse(text: string, source: string): unknown {
  if (text.trim() === '') throw new CliError(`${source} is empty`, {hints: OTHER_COPY})
  try {
    // Editors on Windows begin a file with a mark.
    return JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch (error) {
    const message = (error as Error).message
    if (!/^\s*\{/.test(text)) throw new CliError(`${source} is no record: it is not JSON`, {hints: ['a record is what this prints: kubectl scalardl backup -o json'], cause: error})
    const position = Number(/at position (\d+)/.exec(message)?.[1] ?? text.length)
    const what = position >= text.trimEnd().length ? 'its end is missing' : message
    throw new CliError(`${source} is damaged: ${what}`, {hints: OTHER_COPY, cause: error})
  }
}

const OTHER_COPY = ['another copy may be whole, in a ConfigMap or on the machine that ran the backup: kubectl scalardl restore-points -A']

/** @throws CliError for what is something else, or of another version */
function requireKind(value: unknown, source: string): void {
  const {apiVersion, kind} = (typeof value === 'object' && value !== null ? value : {}) as {apiVersion?: unknown; kind?: unknown}
  if (apiVersion === 'v1' && kind === 'ConfigMap') {
    throw new CliError(`${source} is a ConfigMap; the record is in it`, {hints: [String.raw`take it out: kubectl get configmap NAME -o jsonpath='{.data.record\.json}'`]})
  }
  if (typeof apiVersion !== 'string' || kind !== KIND || !apiVersion.startsWith(`${GROUP}/`)) {
    throw new CliError(`${source} is no record of kubectl scalardl backup`, {hints: [`a record begins with "apiVersion": "${API_VERSION}" and "kind": "${KIND}"`]})
  }
  if (apiVersion !== API_VERSION) {
    throw new CliError(`${source} was written by a newer version of this plugin: it is ${JSON.stringify(apiVersion)}, and this version reads ${API_VERSION}`, {
      hints: ['update the plugin, then try again; yours is: kubectl scalardl version'],
    })
  }
}

/** Words of servers and of this plugin, in sentences; everything else is a name that ends up in commands. */
const FREE_TEXT = new Set(['reasons', 'warnings', 'assumptions', 'statements', 'findings', 'message'])

/** No name has a line break or an escape sequence; in a script it could become a command. */
function controlCharacter(value: unknown, path = ''): string | undefined {
  if (typeof value === 'string') return /\p{Cc}/u.test(value) ? `${path} has a control character in it` : undefined
  if (typeof value !== 'object' || value === null) return undefined
  for (const [key, each] of Object.entries(value)) {
    if (FREE_TEXT.has(key)) continue
    const place = Array.isArray(value) ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`
    const problem = /\p{Cc}/u.test(key) ? `a key in ${path} has a control character in it` : controlCharacter(each, place)
    if (problem !== undefined) return problem
  }
  return undefined
}

/** What a changed or half-copied record gives away although each of its fields is legal. */
function contradiction({restorePoint, startedAt, window: {pausedAt, unpausedAt}, clock: {offsets}, targets, databases = []}: RestorePoint): string | undefined {
  const stray = databases.findIndex(database => database.targets.some(index => index >= targets.length))
  if (stray >= 0) return `databases[${stray}].targets names a target that is not there`
  if (restorePoint === undefined || pausedAt === undefined || unpausedAt === undefined) return undefined
  const [from, to] = [Date.parse(restorePoint), Date.parse(restorePoint) + SECOND]
  // A clock that was set back meanwhile is no reason to lose the record.
  if (Date.parse(startedAt) > Date.parse(unpausedAt) + DAY) return `its backup began at ${startedAt}, after its own pause`
  // The restore point is read on the databases' clocks, the window on the clock of the machine that ran the backup.
  const clocks = offsets.length === 0 ? [{loMs: 0, hiMs: 0}] : offsets
  const inside = clocks.every(({loMs, hiMs}) => from - hiMs >= Date.parse(pausedAt) && to - loMs <= Date.parse(unpausedAt))
  return inside ? undefined : `its restore point ${restorePoint} lies outside its pause`
}

function versionHint(value: unknown): string {
  const {tool} = value as {tool?: {version?: unknown}}
  const by = typeof tool?.version === 'string' ? `it says that version ${JSON.stringify(tool.version)} wrote it` : 'it does not say which version wrote it'
  return `${by}; if that is newer than yours (kubectl scalardl version), update; else the file was changed or damaged: look for another copy`
}
