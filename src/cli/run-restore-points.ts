import {describePlace, readCatalogue} from '../catalogue/catalogue.ts'
import {choosePruning} from '../catalogue/choose.ts'
import {findRecord} from '../catalogue/find.ts'
import {listOf, listViews} from '../catalogue/list.ts'
import {deleteRecords, requireDeletion} from '../catalogue/prune.ts'
import {showViews} from '../catalogue/show.ts'
import {catalogueWorld} from '../catalogue/world.ts'
import {CliError, usageError} from '../support/errors.ts'
import {printable} from '../support/printable.ts'
import {confirm} from './confirm.ts'
import {tellEarlierRuns} from './earlier-runs.ts'
import {print} from './output.ts'
import type {PruneRequest} from '../catalogue/choose.ts'
import type {CatalogueWorld, ClusterPlace, Entry} from '../catalogue/types.ts'
import type {ClusterFlags} from './flags.ts'
import type {OutputFormat} from './output.ts'

interface Flags extends ClusterFlags {
  readonly local: boolean
  readonly output?: OutputFormat
}

/** `restore-points`: the list to stdout, what was skipped to stderr. */
export async function listRestorePoints(flags: Flags): Promise<void> {
  await tellEarlierRuns()
  const catalogue = await readCatalogue(catalogueWorld(flags, flags.local))
  for (const warning of catalogue.warnings) tell('warning', warning)
  const list = listOf(catalogue, Date.now())
  // Of nothing there are no names, not one empty one.
  if (flags.output !== 'name' || list.items.length > 0) await print(list, {output: flags.output, ...listViews})
}

/** `restore-points show`: a summary or the record to stdout, what to know about the choice to stderr. */
export async function showRestorePoint(which: string, flags: Flags): Promise<void> {
  const found = await findRecord(which, catalogueWorld(flags, flags.local))
  for (const note of found.notes) tell('note', note)
  await print(found.record, {output: flags.output, ...showViews(found, Date.now())})
}

/**
 * `restore-points prune`
 * @throws CliError when something that was to go is still there
 */
export async function pruneRestorePoints(request: PruneRequest, flags: Flags & {readonly 'dry-run': boolean; readonly yes: boolean}): Promise<void> {
  if (request.keep === undefined && request.olderThanMs === undefined) throw usageError('neither --keep nor --older-than says what may go', 'e.g. --keep 10 --older-than 30d')
  const world = openedOnce(catalogueWorld(flags, flags.local))
  const catalogue = await readCatalogue(world)
  for (const warning of catalogue.warnings) tell('warning', warning)
  const {doomed, spared} = choosePruning(catalogue.entries, request, Date.now())
  for (const {name} of spared) process.stdout.write(`stays: ${printable(name)}, the newest consistent one of its servers; --keep 0 takes it, too\n`)
  if (doomed.length === 0) {
    process.stdout.write(`nothing to delete: all ${catalogue.entries.length} records stay\n`)
    return
  }
  process.stdout.write(`${doomed.map(entry => `${flags['dry-run'] ? 'would delete' : 'to delete'}: ${describe(entry)}`).join('\n')}\n`)
  if (flags['dry-run']) return
  const cluster = doomed.some(({copies}) => copies.some(({place}) => place.kind === 'ConfigMap')) ? await world.cluster?.() : undefined
  if (cluster) await requireDeletion(doomed, cluster)
  if (!await confirm(`Delete ${doomed.length === 1 ? 'this record' : `these ${doomed.length} records`} for good?`, flags.yes)) throw new CliError('nothing was deleted: the answer was not yes')
  const failures = await deleteRecords(doomed, cluster, ({name}) => process.stdout.write(`deleted: ${printable(name)}\n`))
  if (failures.length > 0) throw new CliError('not everything was deleted', {hints: failures})
}

const describe = ({name, record, copies}: Entry) =>
  printable(`${name} (${record.verdict}${record.restorePoint === undefined ? '' : ` ${record.restorePoint}`}): ${copies.map(({place}) => describePlace(place)).join(', ')}`)

function openedOnce({stateDir, cluster}: CatalogueWorld): CatalogueWorld {
  let opened: Promise<ClusterPlace> | undefined
  return {stateDir, cluster: cluster && (() => opened ??= cluster())}
}

const tell = (kind: string, text: string) => process.stderr.write(`${kind}: ${printable(text)}\n`)
