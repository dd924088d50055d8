import {statSync} from 'node:fs'
import {BOUNDS, readBounded} from '../support/bounds.ts'
import {CliError, usageError} from '../support/errors.ts'
import {readText} from '../support/files.ts'
import {catalogueOf, describePlace, nameIn, serversOf} from './catalogue.ts'
import {lookAtCluster} from './config-maps.ts'
import {lookAtFiles} from './files.ts'
import {readRecord} from './read.ts'
import type {RestorePoint} from '../backup/restore-point.ts'
import type {Catalogue, CatalogueWorld, Copy, Entry, Look} from './types.ts'

/** A record that was asked for. */
export interface FoundRecord {
  readonly record: RestorePoint
  /** Where it was read, for people: a path, `stdin`, `configmap/… in ledger`. */
  readonly source: string
  /** What to know about the choice: what was taken, what newer ones there are, what was skipped. */
  readonly notes: readonly string[]
}

/** A plan has to come also while an API server is dying. */
const CLUSTER_LIMIT_MS = 10_000
const PREFIX = 'scalardl-'
const LIST = 'all of them: kubectl scalardl restore-points -A'

/**
 * The record of a restore point. It is a path (with a separator in it, ending in `.json`, or of a file that is there), `-`
 * (stdin), a name as `restore-points` lists it (with or without `scalardl-`), or `latest`: the newest that has a restore point.
 * The cluster is asked only for a name that no file of this machine has, and for `latest`; without a cluster the files alone
 * are enough.
 * @throws CliError when there is none, when it cannot be relied on, or when the name stands for several
 */
export async function findRecord(which: string, world: CatalogueWorld, stdin: () => Promise<string> = readStdin): Promise<FoundRecord> {
  if (which === '-') return {record: readRecord(await stdin(), 'stdin'), source: 'stdin', notes: []}
  if (which === 'latest') return latest(catalogueOf(await Promise.all([lookAtFiles(world.stateDir), lookAtCluster(world.cluster, CLUSTER_LIMIT_MS)])))
  if (isPath(which)) return {record: readRecord(await readPath(which), which), source: which, notes: []}
  return byName(which, world)
}

const readStdin = async () => (await readBounded(process.stdin, BOUNDS.record, 'the record on stdin').catch((error: unknown) => {
  throw new CliError((error as Error).message, {hints: [LIST], cause: error})
})).toString()

const isPath = (which: string) => /[/\\]|\.json$/.test(which) || statSync(which, {throwIfNoEntry: false})?.isFile() === true

async function readPath(path: string): Promise<string> {
  try {
    return await readText(path, BOUNDS.record)
  } catch (error) {
    throw new CliError(`the record ${path} cannot be read: ${(error as Error).message}`, {hints: [LIST], cause: error})
  }
}

async function byName(which: string, world: CatalogueWorld): Promise<FoundRecord> {
  const files = await lookAtFiles(world.stateDir)
  const local = find(which, files)
  if (local) return local
  const cluster = await lookAtCluster(world.cluster, CLUSTER_LIMIT_MS)
  const found = find(which, files, cluster)
  if (found) return found
  const {entries, warnings} = catalogueOf([files, cluster])
  const names = entries.slice(0, 3).map(({name}) => `there is ${name}`)
  const damaged = [files, cluster].some(({copies}) => copies.some(copy => isCalled(which, copy)))
  throw usageError(damaged ? `no copy of ${which} can be relied on` : `no record ${JSON.stringify(which)} was found`, ...warnings, ...names, LIST)
}

const isCalled = (which: string, {place}: Copy) => [which, `${PREFIX}${which}`].includes(nameIn(place))

/** The entry of this name; what was skipped under this very name is in its notes. */
function find(which: string, ...looks: Look[]): FoundRecord | undefined {
  const {entries, warnings} = catalogueOf(looks.map(look => ({warnings: [], copies: look.copies.filter(copy => isCalled(which, copy))})))
  const [entry, other] = entries
  if (!entry) return undefined
  if (other) {
    throw usageError(`${JSON.stringify(which)} stands for ${entries.length} records that differ`,
      ...entries.map(({record, copies}) => `${copies.map(({place}) => describePlace(place)).join(', ')}: ${record.startedAt}, ${serversOf(record)}, ${record.verdict}`),
      'give the path of the right one instead of its name')
  }
  return foundIn(entry, warnings)
}

const foundIn = ({record, copies: [copy]}: Entry, notes: readonly string[]): FoundRecord => ({record, source: copy ? describePlace(copy.place) : '', notes})

function latest({entries, warnings}: Catalogue): FoundRecord {
  const taken = entries.find(({record}) => record.restorePoint !== undefined)
  if (!taken) {
    const void_ = entries.map(({name, record}) => `${name} is ${record.verdict}`).slice(0, 3)
    throw new CliError('no record with a restore point was found', {hints: [...warnings, ...void_, LIST]})
  }
  const {record, name} = taken
  const newer = entries.slice(0, entries.indexOf(taken)).map(entry => `${entry.name} is newer and has no restore point: it is ${entry.record.verdict}`)
  const consistent = record.consistent ? undefined : entries.find(entry => entry.record.consistent)
  const elsewhere = entries.find(entry => serversOf(entry.record) !== serversOf(record))
  return foundIn(taken, [
    `latest is ${name}: ${record.restorePoint}, ${serversOf(record)}`,
    ...newer,
    ...consistent ? [`it is ${record.verdict}; the newest that is consistent: ${consistent.name}`] : [],
    ...elsewhere ? [`there are records of other servers too, e.g. ${elsewhere.name}: ${serversOf(elsewhere.record)}`] : [],
    ...warnings,
  ])
}
