import {basename} from 'node:path'
import {isDeepStrictEqual} from 'node:util'
import {CliError} from '../support/errors.ts'
import {lookAtCluster} from './config-maps.ts'
import {lookAtFiles} from './files.ts'
import {readRecord} from './read.ts'
import type {RecordedTarget, RestorePoint} from '../backup/restore-point.ts'
import type {Catalogue, CatalogueWorld, Copy, Entry, Look, Place} from './types.ts'

/** All records of this machine and of the cluster. Never throws. */
export async function readCatalogue({stateDir, cluster}: CatalogueWorld): Promise<Catalogue> {
  return catalogueOf(await Promise.all([lookAtFiles(stateDir), lookAtCluster(cluster)]))
}

/** Puts together what several looks brought: copies of one record are one entry; what is no record is skipped, and named. */
export function catalogueOf(looks: readonly Look[]): Catalogue {
  const warnings = looks.flatMap(look => look.warnings)
  const entries: Entry[] = []
  for (const copy of looks.flatMap(look => look.copies)) {
    const record = recordIn(copy, warnings)
    if (!record) continue
    const known = entries.findIndex(entry => isDeepStrictEqual(entry.record, record))
    const entry = entries[known]
    if (entry) entries[known] = {...entry, copies: [...entry.copies, copy]}
    else entries.push({name: nameIn(copy.place), record, copies: [copy]})
  }
  const newestFirst = entries.toSorted((a, b) => b.record.startedAt.localeCompare(a.record.startedAt) || a.name.localeCompare(b.name))
  return {entries: newestFirst, warnings: [...warnings, ...differing(newestFirst)]}
}

function recordIn({text, place}: Copy, warnings: string[]): RestorePoint | undefined {
  try {
    return readRecord(text, describePlace(place))
  } catch (error) {
    if (!(error instanceof CliError)) throw error
    warnings.push(`skipped: ${error.message}`)
    return undefined
  }
}

/** One backup makes one record: where two copies of it say different things, one of them was changed. */
function differing(entries: readonly Entry[]): string[] {
  return [...Map.groupBy(entries, ({record}) => backupOf(record)).values()].filter(({length}) => length > 1).map(alike => {
    const places = alike.flatMap(({copies}) => copies.map(({place}) => describePlace(place)))
    return `the copies of ${alike[0]?.record.metadata.name} differ, so one of them was changed after the backup: ${places.join(', ')}`
  })
}

/** What no two backups have in common. */
const backupOf = ({metadata, startedAt, targets}: RestorePoint) => JSON.stringify([metadata.name, startedAt, ...targets.flatMap(target => target.pods.map(pod => pod.uid))])

/** Which servers a record is of. */
export const serversOf = ({targets}: RestorePoint): string => targets.map(describeTarget).join(', ')

const describeTarget = ({product, namespace, release, context, cluster}: RecordedTarget) => `${product} ${namespace}/${release} in ${context ?? cluster}`

/** `/home/me/….json`, `configmap/… in ledger of prod`. */
export const describePlace = (place: Place): string => place.kind === 'File'
  ? place.path : `configmap/${place.name} in ${place.namespace}${place.context === undefined ? '' : ` of ${place.context}`}`

/** By which a copy is asked for. */
export const nameIn = (place: Place): string => place.kind === 'File' ? basename(place.path, '.json') : place.name
