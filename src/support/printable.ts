/**
 * What a terminal obeys, reorders or does not show: control characters with the escape sequences that they begin, line and
 * paragraph separators, Unicode's format characters (bidirectional controls, zero-width and tag characters), halves of pairs.
 */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu
const UNSEEN_RUN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]+/gu
/** The same but for the line breaks and tabs that a text of several lines has. */
const UNSEEN_IN_LINES = /[^\P{Cc}\n\t]+|[\p{Cf}\p{Cs}\p{Zl}\p{Zp}]+/gu

/** No sentence of a server that a person reads is longer. */
const MOST_WORDS = 2000

/** Text from elsewhere for one line of a terminal: whatever is not seen becomes a space. */
export const printable = (text: string): string => text.replace(UNSEEN_RUN, ' ')

/** Text from elsewhere that may have several lines. */
export const printableLines = (text: string): string => text.replaceAll('\r\n', '\n').replace(UNSEEN_IN_LINES, ' ')

/** A text that may be endless, cut with a mark that says how much is missing. */
export const cut = (text: string, most = MOST_WORDS): string =>
  text.length <= most ? text : `${text.slice(0, most)}… (${text.length - most} characters more)`

/** The words of a server, a kubelet or a program, where they come in: one line of bounded length. */
export const words = (text: string): string => printable(cut(text))

/** Every text in a result, at any depth, made printable for people; keys are our own. */
export function printableIn<T>(value: T, each: (text: string) => string = printableLines): T {
  return mapped(value, each) as T
}

function mapped(value: unknown, each: (text: string) => string): unknown {
  if (typeof value === 'string') return each(value)
  if (Array.isArray(value)) return value.map(item => mapped(item, each))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapped(item, each)]))
}

/** Whether there is anything in a text that a terminal would not show as it is. */
export const isPrintable = (text: string): boolean => text.search(UNSEEN_IN_LINES) < 0

/** As JSON, in which all that a terminal would not show is escaped: JSON itself escapes only the first 32 characters. */
export const printableJson = (value: unknown, indent = 2): string => JSON.stringify(value, undefined, indent)
  .replace(UNSEEN, char => char === '\n' ? char : char.split('').map(unit => `\\u${hex(unit.charCodeAt(0), 4)}`).join(''))

/** The same for YAML, where such texts stand in double quotes. */
export const escapedInYaml = (text: string): string =>
  text.replace(UNSEEN_IN_LINES, run => [...run].map(char => `\\U${hex(char.codePointAt(0) ?? 0, 8)}`).join(''))

const hex = (code: number, digits: number) => code.toString(16).padStart(digits, '0')
