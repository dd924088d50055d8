import {liveBoard} from './progress-live.ts'
import {plainBoard, titled} from './progress-plain.ts'
import {noticeOf, progressLines} from './progress-lines.ts'
import {systemClock} from '../support/clock.ts'
import {cut, printable} from '../support/printable.ts'
import type {Observer} from '../backup/run.ts'
import type {Event, State} from '../protocol/types.ts'
import type {Clock} from '../support/clock.ts'
import type {Mark, ProgressLine} from './progress-lines.ts'

/** Where lines are drawn. `show` is given all of them, in their order; those that are not busy any more change no more. */
export interface Board {
  show(lines: readonly ProgressLine[]): void
  /** Something to be said at once, beside the lines. */
  notice(text: string): void
  /** What another program prints, above the lines. */
  output(line: string): void
  /** Resolves when the stream is free for others again. */
  close(): Promise<void>
}

/** Progress for people, on stderr. Nothing here ever throws: a backup must not fail for its picture. */
export interface Progress {
  /** Draws the steps of the core. */
  readonly observe: Observer
  /** A step of the preparation begins. */
  busy(title: string, text: string): void
  /** A step is done; it replaces the busy line of its title. */
  line(title: string, text: string): void
  warn(title: string, text: string): void
  fail(title: string, text: string): void
  notice(text: string): void
  /** A line that the command in the pause prints. */
  readonly output: (line: string) => void
  /** Draws the last state; after it the stream is free, e.g. for an error or the picture. */
  done(): Promise<void>
}

export interface ProgressOptions {
  /** Usually process.stderr. */
  readonly stream: NodeJS.WriteStream
  /** Live lines on a terminal, else one plain line per state change. */
  readonly isTTY?: boolean
  readonly env?: NodeJS.ProcessEnv
  readonly clock?: Clock
  /** Where the lines go; default: to the stream. */
  readonly board?: Board
}

/** How often lines are drawn anew between changes of phase; a thousand pods' answers are not drawn one by one. */
const REDRAW_MS = 250

/** What servers said is part of many lines, and a terminal must not obey it. */
export const printableBoard = (board: Board): Board => ({
  show: lines => { board.show(lines.map(({text, note, ...rest}) => ({...rest, text: seen(text), note: note && seen(note)}))) },
  notice: text => { board.notice(seen(text)) },
  output: line => { board.output(printable(line)) },
  close: () => board.close(),
})
const seen = (text: string) => printable(cut(text))

/** Terminals without a width (some editors' and CI's) would break every line after its first letter. */
export const isLive = (stream: NodeJS.WriteStream) => stream.isTTY && stream.columns > 0

/** Live lines on a terminal, else plain ones. */
export const boardOn = (stream: NodeJS.WriteStream, isTTY = isLive(stream), env: NodeJS.ProcessEnv = process.env): Board => isTTY ? liveBoard(stream, env) : plainBoard(stream, env)

/** Begins to draw at once; `done` must be awaited whatever happens. */
export function createProgress({stream, isTTY = isLive(stream), env = process.env, clock = systemClock, board: given}: ProgressOptions): Progress {
  const board = printableBoard(given ?? boardOn(stream, isTTY, env))
  const prepared: ProgressLine[] = []
  let state: State | undefined
  let drawnMs = -Infinity
  let warned = 0
  let broken = false
  const pulse = isTTY ? setInterval(() => guard(draw), REDRAW_MS).unref() : undefined

  function guard(action: () => void): void {
    if (broken) return
    try {
      action()
    } catch {
      broken = true
    }
  }

  function draw(): void {
    board.show([...prepared, ...state ? progressLines(state, isTTY ? clock() : state.now) : []])
  }

  /** Lines keep their places: once the core's have begun, none comes before them any more. */
  function prepare(title: string, mark: Mark, text: string): void {
    if (state) return board.notice(titled({title, text}))
    const under = prepared.findIndex(line => line.title === title && line.mark === 'busy')
    prepared[under < 0 ? prepared.length : under] = {title, mark, text, note: mark === 'busy' ? text : undefined}
    draw()
  }

  function see(next: State, event: Event, before: State): void {
    state = next
    const notice = noticeOf(next, event, before)
    if (notice) board.notice(notice)
    for (; warned < next.warnings.length; warned++) board.notice(next.warnings[warned] ?? '')
    if (next.phase === before.phase && event.type !== 'interrupt' && event.at.monoMs - drawnMs < REDRAW_MS) return
    drawnMs = event.at.monoMs
    draw()
  }

  return {
    observe: (next, event, before) => guard(() => see(next, event, before)),
    busy: (title, text) => guard(() => prepare(title, 'busy', text)),
    line: (title, text) => guard(() => prepare(title, 'done', text)),
    warn: (title, text) => guard(() => prepare(title, 'warning', text)),
    fail: (title, text) => guard(() => prepare(title, 'failed', text)),
    notice: text => guard(() => board.notice(text)),
    output: line => guard(() => board.output(line)),
    async done() {
      clearInterval(pulse)
      guard(draw)
      await board.close().catch(() => undefined)
    },
  }
}
