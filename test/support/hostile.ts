/** What must reach no terminal, and how it could fool who reads. */
export const HOSTILE: ReadonlyArray<readonly [name: string, text: string]> = [
  ['a colour', '\u001B[31mred\u001B[0m'],
  ['a window title', '\u001B]0;title\u0007'],
  ['a screen wiped clean', '\u001B[2J\u001B[H'],
  ['a C1 control sequence', '\u009B31mred'],
  ['a carriage return', 'void\rfine'],
  ['backspaces', 'void\b\b\b\bfine'],
  ['a bidirectional override', 'ledger\u202E0-reg'],
  ['an isolate', '\u2066ledger\u2069'],
  ['a zero-width space', 'led\u200Bger'],
  ['a mark in the middle', 'led\uFEFFger'],
  ['tag characters', 'ledger\u{E0041}\u{E0042}'],
  ['a line separator', 'fine\u2028error: forged'],
  ['a delete', 'x\u007F'],
  ['half a pair', 'x\uD800'],
]

/** Whatever a terminal obeys or does not show, but for line breaks. */
export const UNSEEN = /[^\P{Cc}\n]|[\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u
