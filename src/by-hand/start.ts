import {spawn} from 'node:child_process'
import {fileURLToPath} from 'node:url'
import {CliError, EXIT} from '../support/errors.ts'
import {readLines} from '../watchdog/messages.ts'
import {sayLine} from './messages.ts'
import type {BackupRequest} from '../backup/prepare.ts'
import type {Board} from '../cli/progress.ts'
import type {Interruption} from '../cli/signals.ts'
import type {FromKeeper} from './messages.ts'
import type {Pause, PauseEnd} from './pause-file.ts'

/** What became of the wish to pause. */
export type Begun =
  /** Everything is proven paused; `release` leaves the keeper on its own. */
  | {readonly kind: 'paused'; readonly pause: Pause; readonly release: () => Promise<void>}
  | {readonly kind: 'ended'; readonly end: PauseEnd}

/** What a person sees of it, and how it is interrupted. */
export interface Front {
  readonly version: string
  readonly isTTY: boolean
  readonly board: Board
  readonly onInterrupt: (handler: (interruption: Interruption) => void) => () => void
}

/** In a bundle every entry lies beside the code that it is started from. */
const ENTRY = import.meta.url.endsWith('.ts') ? '../../bin/keeper.ts' : './keeper.js'

/**
 * Starts a process of its own session that pauses and keeps the pause, with nothing but two pipes to us, and waits until everything
 * is paused or nothing is. Interruptions are handed on; should we die before that, it unpauses.
 * @throws CliError when the process ended without a word: its watchdog then unpauses
 */
export async function startKeeper(request: BackupRequest, {version, isTTY, board, onInterrupt}: Front): Promise<Begun> {
  const child = spawn(process.execPath, [fileURLToPath(new URL(ENTRY, import.meta.url))], {detached: true, windowsHide: true, stdio: ['pipe', 'pipe', 'ignore']})
  const {promise, resolve, reject} = Promise.withResolvers<Begun>()
  const stop = onInterrupt(({cause}) => {
    sayLine(child.stdin, {type: 'interrupt', cause: cause === 'SIGINT' || cause === 'SIGTERM' ? cause : 'SIGHUP'})
  })
  const release = () => new Promise<void>(released => {
    sayLine(child.stdin, {type: 'release'}, released)
  })
  child.stdin.on('error', () => undefined)
  child.on('error', error => { reject(gone(error.message)) })
  child.on('close', (code, signal) => { reject(gone(signal ? `was ended by ${signal}` : `ended with exit code ${code}`)) })
  readLines(child.stdout, line => {
    const message = JSON.parse(line) as FromKeeper
    switch (message.type) {
      case 'lines': return board.show(message.lines)
      case 'notice': return board.notice(message.text)
      case 'paused': return resolve({kind: 'paused', pause: message.pause, release})
      case 'ended': return resolve({kind: 'ended', end: message.end})
    }
  }, () => undefined)
  sayLine(child.stdin, {type: 'begin', request, version, isTTY})
  try {
    return await promise
  } finally {
    stop()
  }
}

const gone = (how: string) => new CliError(`the process that was to keep the pause ${how}`, {
  exitCode: EXIT.stillPaused, hints: ['what it had paused is unpaused by its watchdog; see: kubectl scalardl status'],
})
