import type {BackupRequest} from '../backup/prepare.ts'
import type {ProgressLine} from '../cli/progress-lines.ts'
import type {Pause, PauseEnd} from './pause-file.ts'

/** What `pause` says to the keeper that it has started, one JSON object a line. It may hold a token: it goes over a pipe alone. */
export type ToKeeper =
  /** The first: what to pause, and whether a terminal shows the progress. */
  | {readonly type: 'begin'; readonly request: BackupRequest; readonly version: string; readonly isTTY: boolean}
  | {readonly type: 'interrupt'; readonly cause: 'SIGINT' | 'SIGTERM' | 'SIGHUP'}
  /** The user has been told that everything is paused: from now on the keeper is on its own. */
  | {readonly type: 'release'}

/** What the keeper says until it is released. */
export type FromKeeper =
  | {readonly type: 'lines'; readonly lines: readonly ProgressLine[]}
  | {readonly type: 'notice'; readonly text: string}
  | {readonly type: 'paused'; readonly pause: Pause}
  | {readonly type: 'ended'; readonly end: PauseEnd}

/** On a pipe with room it leaves at once. */
export const sayLine = (stream: NodeJS.WritableStream, message: ToKeeper | FromKeeper, said?: () => void): void =>
  void stream.write(`${JSON.stringify(message)}\n`, said)
