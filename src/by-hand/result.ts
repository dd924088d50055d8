import {API_VERSION} from '../backup/restore-point.ts'
import {row, rows} from '../backup/result.ts'
import type {Views} from '../cli/output.ts'
import type {Pause} from './pause-file.ts'

/** What `pause` prints: `-o json|yaml` as it is (schema/pause.schema.json). */
export interface PauseResult extends Pick<Pause, 'name' | 'since' | 'until' | 'servers'> {
  readonly apiVersion: typeof API_VERSION
  readonly kind: 'Pause'
  /** Of the process that keeps it. */
  readonly pid: number
}

export const pauseResult = ({name, since, until, servers, keeper}: Pause): PauseResult =>
  ({apiVersion: API_VERSION, kind: 'Pause', name, since, until, servers, pid: keeper.pid})

/** Since when, until when at the latest, and what to type next. */
export const pauseViews: Views<PauseResult> = {
  text: ({name, since = '', until = '', servers, pid}) => [
    row('Paused', `${servers.length} ${servers.length === 1 ? 'server' : 'servers'} since ${short(since)}, proven; process ${pid} keeps it so`),
    row('Until', `${short(until)} at the latest, then everything is unpaused by itself`),
    ...rows('Next', ['do what the pause is for, then: kubectl scalardl unpause', `it prints the restore point and writes the record ${name}`]),
  ].join('\n'),
  name: ({name}) => name,
}

export const short = (stamp: string) => stamp.replace(/\.\d+Z$/, 'Z')
