import {API_VERSION} from '../backup/restore-point.ts'
import {printable} from '../support/printable.ts'
import {describeRestorable, restorableOf} from './restorable.ts'
import type {ChalkInstance} from 'chalk'
import type {Views} from '../cli/output.ts'
import type {RecordedTarget, RestorePoint} from '../backup/restore-point.ts'
import type {Restorable} from './restorable.ts'
import type {Catalogue, Place} from './types.ts'

/** What `restore-points` lists: schema/restore-point-list.schema.json. */
export interface RestorePointList {
  readonly apiVersion: typeof API_VERSION
  readonly kind: 'RestorePointList'
  readonly items: readonly ListedRestorePoint[]
  /** What was skipped and why. */
  readonly warnings: readonly string[]
}

/** One record in few words. */
export interface ListedRestorePoint extends Pick<RestorePoint, 'startedAt' | 'verdict' | 'consistent' | 'restorePoint'> {
  /** By which the other commands take it. */
  readonly name: string
  readonly targets: ReadonlyArray<Pick<RecordedTarget, 'product' | 'release' | 'namespace' | 'context' | 'cluster'>>
  readonly restorable: Restorable
  readonly places: readonly Place[]
}

/** @param nowMs since the epoch: what is restorable depends on it */
export function listOf({entries, warnings}: Catalogue, nowMs: number): RestorePointList {
  return {
    apiVersion: API_VERSION,
    kind: 'RestorePointList',
    items: entries.map(({name, record, copies}) => ({
      name,
      startedAt: record.startedAt,
      verdict: record.verdict,
      consistent: record.consistent,
      ...record.restorePoint !== undefined && {restorePoint: record.restorePoint},
      targets: record.targets.map(({product, release, namespace, context, cluster}) => ({product, release, namespace, ...context !== undefined && {context}, cluster})),
      restorable: restorableOf(record, nowMs),
      places: copies.map(({place}) => place),
    })),
    warnings,
  }
}

/** A table for people; for `-o name` one name a line. */
export const listViews: Views<RestorePointList> = {
  text: ({items}, colors) => items.length === 0 ? 'no records found' : table([HEAD, ...items.map(cellsOf)], colors),
  name: ({items}) => items.map(({name}) => name).join('\n'),
}

const HEAD = ['NAME', 'RESTORE POINT', 'VERDICT', 'TARGETS', 'RESTORABLE', 'WHERE']
const VERDICT = 2

const cellsOf = ({name, restorePoint, verdict, targets, restorable, places}: ListedRestorePoint): string[] => [
  name, restorePoint ?? '-', verdict, targets.map(({namespace, release}) => `${namespace}/${release}`).join(', '), describeRestorable(restorable),
  places.map(place => place.kind === 'File' ? 'file' : `configmap in ${place.namespace}`).join(', '),
].map(printable)

function table(lines: readonly string[][], colors: ChalkInstance): string {
  const widths = HEAD.map((_, column) => Math.max(...lines.map(cells => cells[column]?.length ?? 0)))
  const colour = (cell: string, column: number) => column !== VERDICT ? cell
    : cell.startsWith('consistent') ? colors.green(cell) : cell.startsWith('unverified') ? colors.yellow(cell) : cell.startsWith('void') ? colors.red(cell) : cell
  return lines.map(cells => cells.map((cell, column) => colour(column === HEAD.length - 1 ? cell : cell.padEnd(widths[column] ?? 0), column)).join('   ')).join('\n')
}
