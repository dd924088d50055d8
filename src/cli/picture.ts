import {stripVTControlCharacters} from 'node:util'
import {hull} from '../clock/interval.ts'
import {isProven, offsetsOf} from '../protocol/verdict.ts'
import type {ChalkInstance} from 'chalk'
import type {ClockOffset, State} from '../protocol/types.ts'

export interface PictureOptions {
  /** Columns of the terminal. */
  readonly width: number
  readonly colors: ChalkInstance
}

/** Of more servers than this a whole release is one bar. */
const MOST_BARS = 20
const MOST_NAME = 32
const LEAST_BAR = 20

/** What a moment of a bar shows. */
type Cell = 'open' | 'closing' | 'paused' | 'gone'
const CELLS: Readonly<Record<Cell, string>> = {open: '·', closing: '░', paused: '█', gone: ' '}

/** One server's pause, ms since the epoch; `goneMs`: from here on nothing is known of it. */
interface Pause {
  readonly askedMs: number
  readonly closedMs?: number
  readonly openMs?: number
  readonly goneMs?: number
}

/** One bar: servers that are drawn together. */
interface Row {
  readonly name: string
  readonly pauses: readonly Pause[]
}

/** The time that is drawn, ms since the epoch, over so many columns. */
interface Scale {
  readonly fromMs: number
  readonly toMs: number
  readonly columns: number
}

/**
 * The pause as a picture: one bar per pod over time, the restore point as a line through all of them, an axis in UTC.
 * Empty when nothing was paused, or the terminal is too narrow.
 */
export function picture(state: State, {width, colors}: PictureOptions): string[] {
  const {pauseSent} = state
  if (pauseSent === undefined) return []
  const rows = rowsOf(state)
  const margin = Math.min(MOST_NAME, Math.max(...rows.map(row => row.name.length))) + 2
  const columns = width - margin - 1
  if (columns < LEAST_BAR) return []
  const endMs = Math.max(...[pauseSent, state.unpauseSent, state.unpausedAt].map(instant => instant?.wallMs ?? 0))
  const padMs = Math.max(50, (endMs - pauseSent.wallMs) / 20)
  const scale = {fromMs: pauseSent.wallMs - padMs, toMs: endMs + padMs, columns}
  const point = isProven(state) ? state.restorePointMs : undefined
  const aheadMs = middleMs(offsetsOf(state))
  const at = point === undefined ? undefined : columnOf(point - aheadMs, scale)
  const bars = rows.map(row => `${shortened(row.name).padEnd(margin)}${bar(row.pauses, scale, at, colors)}`)
  const legend = legendOf(point, Math.abs(aheadMs) >= NOTICEABLE_MS, colors)
  const indent = Math.min(margin, Math.max(0, width - stripVTControlCharacters(legend).length))
  return [...bars, `${' '.repeat(margin)}${axis(scale)}`, `${' '.repeat(indent)}${legend}`]
}

function rowsOf(state: State): Row[] {
  const named = state.plan.servers.map(({name, wave, target}, i) => ({name, wave, target, pause: pauseOf(state, i)}))
  if (named.length <= MOST_BARS) return named.map(({name, pause}) => ({name, pauses: [pause]}))
  return [...Map.groupBy(named, ({target}) => target).values()].map(group => ({
    name: `${group.length} ${group[0]?.wave === 'auditor' ? 'auditors' : 'servers'} in ${group[0]?.name.split('/')[0] ?? ''}`,
    pauses: group.map(({pause}) => pause),
  }))
}

/** Ledgers are asked when the last Auditor is closed; a server that was never asked, or undid its closure, stays open. */
function pauseOf({plan, servers, pauseSent, unpauseSent}: State, i: number): Pause {
  const server = servers[i]
  if (!server || !pauseSent || server.gate === 'untouched' || server.gate === 'reopened') return {askedMs: Infinity}
  const auditors = servers.filter((_, other) => plan.servers[other]?.wave === 'auditor').map(({pausedAt}) => pausedAt?.wallMs ?? Infinity)
  return {
    askedMs: plan.servers[i]?.wave === 'auditor' ? pauseSent.wallMs : Math.max(pauseSent.wallMs, ...auditors),
    closedMs: server.pausedAt?.wallMs,
    openMs: server.unpausedAt?.wallMs,
    goneMs: server.release === 'gone' ? unpauseSent?.wallMs : undefined,
  }
}

const shortened = (name: string) => name.length <= MOST_NAME ? name : `…${name.slice(1 - MOST_NAME)}`

function bar(pauses: readonly Pause[], scale: Scale, at: number | undefined, colors: ChalkInstance): string {
  const paint: Readonly<Record<Cell, (text: string) => string>> = {open: colors.dim, closing: colors.yellow, paused: colors.cyan, gone: colors.dim}
  return Array.from({length: scale.columns}, (_, column) => {
    if (column === at) return colors.green('│')
    const cell = together(pauses.map(pause => cellOf(pause, middleOf(column, scale))))
    return paint[cell](CELLS[cell])
  }).join('')
}

/** Servers drawn together are paused where all of them are, and open where all are. */
function together(cells: readonly Cell[]): Cell {
  const [first = 'open'] = cells
  return cells.every(cell => cell === first) ? first : 'closing'
}

function cellOf({askedMs, closedMs = Infinity, openMs = Infinity, goneMs = Infinity}: Pause, ms: number): Cell {
  if (ms >= goneMs) return 'gone'
  if (ms < askedMs || ms >= openMs) return 'open'
  return ms < closedMs ? 'closing' : 'paused'
}

const middleOf = (column: number, {fromMs, toMs, columns}: Scale) => fromMs + (column + 0.5) * (toMs - fromMs) / columns
const columnOf = (ms: number, {fromMs, toMs, columns}: Scale) => Math.min(columns - 1, Math.max(0, Math.floor((ms - fromMs) * columns / (toMs - fromMs))))

const STEPS_S = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600]
const LABEL = '12:44:07'.length

/** Whole UTC seconds, as many as there is room for. */
function axis(scale: Scale): string {
  const {fromMs, toMs, columns} = scale
  const stepMs = (STEPS_S.find(s => s * 1000 * columns / (toMs - fromMs) >= LABEL + 2) ?? 3600) * 1000
  let line = ''
  for (let ms = Math.ceil(fromMs / stepMs) * stepMs; ms <= toMs; ms += stepMs) {
    const column = columnOf(ms, scale)
    if (column < line.length || column + LABEL > columns) continue
    line = `${line.padEnd(column)}${clockTime(ms)}`
  }
  return line
}

const clockTime = (ms: number) => new Date(ms).toISOString().slice(11, 19)

/** The bars are in our time, the restore point in that of the databases: the middle of where it lies for us. */
function middleMs(offsets: readonly ClockOffset[]): number {
  if (offsets.length === 0) return 0
  const {loMs, hiMs} = hull(offsets)
  return (loMs + hiMs) / 2
}

/** From here on the axis and the name of the restore point seem to contradict each other. */
const NOTICEABLE_MS = 500

function legendOf(point: number | undefined, elsewhere: boolean, colors: ChalkInstance): string {
  const marks = [`${colors.cyan(CELLS.paused)} paused`, `${colors.yellow(CELLS.closing)} closing`, `${colors.dim(CELLS.open)} open`]
  const named = point === undefined ? 'no restore point' : `${colors.green('│')} restore point ${clockTime(point)} UTC${elsewhere ? " by the databases' clocks" : ''}`
  return [...marks, named].join('   ')
}
