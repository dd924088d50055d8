/**
 * Reads a Java `.properties` text, as java.util.Properties.load does: comments, `=`, `:` or blanks as separator,
 * continued lines, escapes. Of several lines with one key the last counts.
 */
export function parseProperties(text: string): Map<string, string> {
  const entries = new Map<string, string>()
  for (const line of logicalLines(text)) {
    const [key, value] = splitEntry(line)
    entries.set(unescape(key), unescape(value))
  }
  return entries
}

function logicalLines(text: string): string[] {
  const lines: string[] = []
  let parts: string[] = []
  for (const natural of text.split(/\r\n|\r|\n/)) {
    const line = natural.replace(/^[ \t\f]+/, '')
    if (parts.length === 0 && (line === '' || line.startsWith('#') || line.startsWith('!'))) continue
    const open = endsOpen(line)
    parts.push(open ? line.slice(0, -1) : line)
    if (open) continue
    lines.push(parts.join(''))
    parts = []
  }
  const last = parts.join('')
  return last === '' ? lines : [...lines, last]
}

/** An odd number of backslashes at the end continues the line; an even number is escaped backslashes. */
function endsOpen(line: string): boolean {
  let end = line.length
  while (line[end - 1] === '\\') end--
  return (line.length - end) % 2 === 1
}

function splitEntry(line: string): [string, string] {
  const key = /^(?:\\.|[^\\=: \t\f])*/.exec(line)?.[0] ?? ''
  return [key, line.slice(key.length).replace(/^[ \t\f]*[=:]?[ \t\f]*/, '')]
}

const CONTROL: Readonly<Record<string, string>> = {t: '\t', n: '\n', r: '\r', f: '\f'}

const unescape = (text: string) =>
  text.replace(/\\(?:u([0-9a-fA-F]{4})|(.))/g, (_, code?: string, char: string = '') =>
    code ? String.fromCharCode(parseInt(code, 16)) : CONTROL[char] ?? char)
