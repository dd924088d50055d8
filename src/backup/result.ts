import {formatDuration} from '../support/duration.ts'
import {printableJson} from '../support/printable.ts'
import {restorableLines} from './result-restorable.ts'
import type {ChalkInstance} from 'chalk'
import type {Views} from '../cli/output.ts'
import type {RestorePoint} from './restore-point.ts'
import type {Stored} from './store.ts'

const COLUMN = 16
/** One line of a result: its title in a column of its own. */
export const row = (title: string, text: string) => `${title.padEnd(COLUMN)}${text}`
/** Further lines of a row stand below its text. */
export const rows = (title: string, texts: readonly string[]) => texts.map((text, i) => row(i === 0 ? title : '', text))

/** How the result of `backup` is printed: text for people, `configmap/…` or the file for `-o name`; JSON and YAML are the record itself. */
export const resultViews = (stored: Stored): Views<RestorePoint> => ({
  text: (record, colors) => resultText(record, stored, colors),
  name: () => nameOf(stored),
})

/**
 * The result for people: the restore point, why it is none, what is still paused, where the record is, what to do next.
 * A record that could be kept nowhere follows whole.
 */
export function resultText(record: RestorePoint, stored: Stored, colors: ChalkInstance): string {
  return [
    ...restorePointRows(record, colors),
    ...rows('Restorable', restorableLines(record, colors)),
    ...rows('Snapshots', (record.snapshots ?? []).map(({name, identifier}) => `${name}=${identifier}`)),
    ...rows('Why', record.consistent ? [] : record.reasons),
    ...rows('Note', record.statements),
    ...stillPausedRows(record, colors),
    ...rows('Recorded', placesOf(record, stored)),
    ...rows('Next', nextOf(record)),
    ...isLost(record, stored) ? ['', printableJson(record)] : [],
  ].join('\n')
}

/** What paused something belongs on record. */
const isLost = ({verdict}: RestorePoint, stored: Stored) => verdict !== 'failed' && verdict !== 'dry run' && isNowhere(stored)

/** It could be kept in no place. */
export const isNowhere = ({file, copy, configMaps}: Stored): boolean => file === undefined && copy === undefined && configMaps.length === 0

/** The restore point, or that there is none. */
export function restorePointRows({verdict, restorePoint, window}: RestorePoint, colors: ChalkInstance): string[] {
  const inside = window.marginMs === undefined ? '' : `   (${formatDuration(tenths(window.marginMs))} inside the pause on either side)`
  switch (verdict) {
    case 'consistent': return [row('Restore point', `${colors.green(restorePoint ?? '')}${inside}`)]
    case 'unverified': return [row('Restore point', `${colors.yellow(restorePoint ?? '')}${inside}`), row('', colors.yellow('unverified: nothing speaks against it, but not everything could be checked'))]
    case 'void': return [row('Restore point', colors.red('none: this backup is void, no moment of it is safe to restore to'))]
    case 'failed': return [row('Restore point', colors.red('none: nothing was paused by this backup'))]
    case 'dry run': return [row('Restore point', 'none: a dry run pauses nothing')]
  }
}

/** Rounded down: a margin is never claimed that is not there. */
const tenths = (ms: number) => ms < 1000 ? ms : Math.floor(ms / 100) * 100

/** The servers that may still be paused, and what to type for each. */
export function stillPausedRows({stillPaused}: Pick<RestorePoint, 'stillPaused'>, colors: ChalkInstance): string[] {
  return stillPaused.flatMap(({pod, namespace, context, whose, message, command}) => [
    row('Still paused', `${colors.red(`${namespace}/${pod}`)}${context === undefined ? '' : ` in ${context}`}: ${whose === 'ours'
      ? 'could not be verified unpaused'
      : "by another's pause, which was left alone"}${message ? `; ${message}` : ''}`),
    row('', command),
  ])
}

function placesOf(record: RestorePoint, stored: Stored): string[] {
  if (isLost(record, stored)) return ['nowhere; keep the record that follows']
  const {file, copy, configMaps} = stored
  const several = configMaps.length > 1
  const maps = configMaps.map(({name, namespace}) => `configmap/${name}${several ? ` in ${namespace}` : ''}`)
  const places = [...maps, file ?? [], copy ?? []].flat()
  return places.length === 0 ? [] : [places.join(', ')]
}

const AGAIN: Readonly<Record<RestorePoint['verdict'], readonly string[]>> = {
  consistent: [],
  unverified: ['everything is unpaused; restore to it only if nothing better is there, and upgrade the servers named above'],
  void: ['everything is unpaused; run the backup again when the reason is gone'],
  failed: ['run the backup again when the reason is gone'],
  'dry run': ['run it again without --dry-run'],
}

/** What a deleted pod costs is said beside the command that deletes it. */
function nextOf({verdict, stillPaused}: RestorePoint): readonly string[] {
  return stillPaused.length === 0 ? AGAIN[verdict] : afterStillPaused(stillPaused)
}

/** What to do where a server may still be paused. */
export function afterStillPaused(stillPaused: RestorePoint['stillPaused']): readonly string[] {
  const foreign = stillPaused.some(({whose}) => whose === "another's")
  return [
    'run the command below each pod named above: a new pod starts unpaused. It costs that pod\'s requests under way,',
    'and its share of the load until the new pod is ready',
    ...foreign ? ["where the pause is another's, ask first who else takes a backup: the command voids theirs"] : [],
  ]
}

function nameOf({file, copy, configMaps}: Stored): string {
  const [first] = configMaps
  return first ? `configmap/${first.name}` : file ?? copy ?? ''
}
