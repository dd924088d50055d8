import {usageError} from '../support/errors.ts'

// Both spellings of µ: the micro sign and the Greek letter.
const MS_PER_UNIT: ReadonlyMap<string, number> = new Map([
  ['ns', 1e-6], ['us', 1e-3], ['\u00b5s', 1e-3], ['\u03bcs', 1e-3], ['ms', 1], ['s', 1000], ['m', 60_000], ['h', 3_600_000],
])
const COMPONENT = /(\d+\.?\d*|\.\d+)([a-z\u00b5\u03bc]+)/gy
const SAMPLES = 'write it as 10s, 500ms or 1m30s'

/**
 * A duration in Go's syntax (`10s`, `1m30s`, `1.5h`, `500ms`, plain `0`), as kubectl's flags take it.
 * @returns milliseconds, zero or more
 * @throws CliError (usage) naming what is wrong with the text
 */
export function parseDuration(text: string): number {
  if (text === '0' || text === '+0') return 0
  if (text.startsWith('-')) throw usageError(`duration "${text}" is negative`)
  if (/^\+?[\d.]+$/.test(text)) throw usageError(`missing unit in duration "${text}", ${SAMPLES}`)
  return sumOfComponents(text, text.startsWith('+') ? 1 : 0)
}

const DAY_MS = 86_400_000

/**
 * An age: as `parseDuration` has it, with days (`30d`, `1d12h`) before it, which Go's syntax does not know.
 * @returns milliseconds, zero or more
 * @throws CliError (usage) naming what is wrong with the text
 */
export function parseAge(text: string): number {
  const [, days, rest = text] = /^(\d+(?:\.\d+)?)d(.*)$/.exec(text) ?? []
  return Number(days ?? 0) * DAY_MS + (days !== undefined && rest === '' ? 0 : parseDuration(rest))
}

function sumOfComponents(text: string, start: number): number {
  let sum = 0
  let end = start
  COMPONENT.lastIndex = start
  for (let match = COMPONENT.exec(text); match; match = COMPONENT.exec(text)) {
    const [, number, unit = ''] = match
    const msPerUnit = MS_PER_UNIT.get(unit)
    if (msPerUnit === undefined) throw usageError(`unknown unit "${unit}" in duration "${text}", ${SAMPLES}`)
    sum += Number(number) * msPerUnit
    end = COMPONENT.lastIndex
  }
  if (end === start || end !== text.length) throw usageError(`invalid duration "${text}", ${SAMPLES}`)
  return sum
}

/** Milliseconds as a person reads them: `84 ms`, `10 s`, `10.1 s`, `1m30s`. */
export function formatDuration(ms: number): string {
  if (ms < 999.5) return `${Math.round(ms)} ms`
  const tenths = Math.round(ms / 100)
  if (tenths < 600) return `${tenths / 10} s`
  const seconds = Math.round(ms / 1000)
  return `${Math.floor(seconds / 60)}m${seconds % 60}s`
}
