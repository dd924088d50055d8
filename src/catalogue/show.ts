import {restorePointRows, row, rows} from '../backup/result.ts'
import {printable, printableIn, words} from '../support/printable.ts'
import {describeRestorable, restorableOf} from './restorable.ts'
import type {ChalkInstance} from 'chalk'
import type {Views} from '../cli/output.ts'
import type {RecordedDatabase, RecordedTarget, RestorePoint} from '../backup/restore-point.ts'
import type {FoundRecord} from './find.ts'

/** How one record is shown: a summary for people; JSON and YAML are the record itself. @param nowMs since the epoch */
export const showViews = ({source}: Pick<FoundRecord, 'source'>, nowMs: number): Views<RestorePoint> => ({
  text: (record, colors) => summary(printableIn(record, words), printable(source), colors, nowMs).join('\n'),
})

function summary(record: RestorePoint, source: string, colors: ChalkInstance, nowMs: number): string[] {
  const {metadata, startedAt, tool, targets, databases, snapshots = [], window, clock, stillPaused} = record
  return [
    row('Name', metadata.name),
    row('Begun', `${startedAt} by version ${tool.version}`),
    ...restorePointRows(record, colors),
    row('Restorable', describeRestorable(restorableOf(record, nowMs))),
    ...rows('Why', record.consistent ? [] : record.reasons),
    ...rows('Targets', targets.map(describeTarget)),
    ...rows('Databases', databases === undefined ? ['not looked for'] : databases.map(describeDatabase)),
    ...rows('Snapshots', snapshots.map(({name, identifier}) => `${name}: ${identifier}`)),
    ...rows('Pause', pauseOf(window)),
    ...rows('Clocks', clock.offsets.map(({database, loMs, hiMs}) => `${database}: ${loMs} to ${hiMs} ms ahead of the machine that ran the backup`)),
    ...rows('Assumed', record.assumptions),
    ...rows('Warnings', record.warnings),
    ...rows('Note', record.statements),
    ...rows('Left paused', stillPaused.map(({namespace, pod}) => `${namespace}/${pod}, when the record was made`)),
    row('Read from', source),
  ]
}

const describeTarget = ({product, namespace, release, context, cluster, version, replicas}: RecordedTarget) =>
  `${product} ${namespace}/${release} in ${context ?? cluster}: ${version ?? 'unknown version'}, ${replicas} ${replicas === 1 ? 'replica' : 'replicas'}`

function describeDatabase({name, check, tables, findings}: RecordedDatabase): string {
  const reach = {passed: 'point-in-time recovery verified', failed: 'point-in-time recovery missing', unverified: 'not verified', skipped: 'not checked'}[check]
  return [`${name}: ${reach}`, ...tables ? [`${tables.length} ${tables.length === 1 ? 'table' : 'tables'}`] : [], ...check === 'passed' ? [] : findings.slice(0, 1)].join(', ')
}

function pauseOf({pausedAt, unpausedAt}: RestorePoint['window']): string[] {
  return pausedAt === undefined ? [] : [`${pausedAt} to ${unpausedAt ?? 'unknown'}`]
}
