/** Chance that can be had again: the same seed, the same numbers (xorshift128 by George Marsaglia). */
export interface Random {
  /** A whole number from 0 to `below` - 1. */
  int(below: number): number
  /** True once in `times`. */
  oneIn(times: number): boolean
  pick<T>(items: readonly T[]): T
  bytes(length: number): Buffer
  /** Characters of every kind: letters, controls, what reorders text, halves of pairs. */
  text(length: number): string
}

export function randomFrom(seed: number): Random {
  let [x, y, z, w] = [seed | 0, 0x159a55e5, 0x1f123bb5, ~seed]
  const next = () => {
    const t = x ^ (x << 11)
    ;[x, y, z] = [y, z, w]
    w = (w ^ (w >>> 19)) ^ (t ^ (t >>> 8))
    return w >>> 0
  }
  // Seeds that are neighbours begin alike.
  for (let i = 0; i < 12; i++) next()
  const int = (below: number) => next() % below
  const random: Random = {
    int,
    oneIn: times => int(times) === 0,
    pick<T>(items: readonly T[]): T {
      return items[int(items.length)] as T
    },
    bytes: length => Buffer.from(Array.from({length}, () => int(256))),
    text: length => Array.from({length}, () => character(random)).join(''),
  }
  return random
}

const ODD = ['\u0000', '\u001B[31m', '\u0007', '\r', '\n', '\t', '\b', '\u007F', '\u009B', '\u0085', '\u200B', '\u202E', '\u2066', '\u2028', '\uFEFF', '\uD800', '\uDC00', '\u{1F98A}', '\u{E0041}', 'ä', '十', '"', '\'', '\\', '`', '$', '{', '}', '[', ']', '<', '>', '=', ':', ',', ' ', '/', '@', '%', '#', '-', '__proto__', 'constructor']

const character = (random: Random) => random.oneIn(3) ? random.pick(ODD) : String.fromCharCode(32 + random.int(95))
