/** Chance that can be had again: the same seed, the same numbers (xorshift128 by George Marsaglia, its state mixed as in MurmurHash3). */
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
  let [x, y, z, w] = [mixed(seed, 1), mixed(seed, 2), mixed(seed, 3), mixed(seed, 4)]
  const next = () => {
    const t = x ^ (x << 11)
    ;[x, y, z] = [y, z, w]
    w = (w ^ (w >>> 19)) ^ (t ^ (t >>> 8))
    return w >>> 0
  }
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

/** Seeds that are neighbours have nothing else in common. */
function mixed(seed: number, part: number): number {
  const first = seed + Math.imul(part, 0x9e3779b9)
  const second = Math.imul(first ^ (first >>> 16), 0x85ebca6b)
  const third = Math.imul(second ^ (second >>> 13), 0xc2b2ae35)
  return third ^ (third >>> 16)
}

const ODD = ['\u0000', '\u001B[31m', '\u0007', '\r', '\n', '\t', '\b', '\u007F', '\u009B', '\u0085', '\u200B', '\u202E', '\u2066', '\u2028', '\uFEFF', '\uD800', '\uDC00', '\u{1F98A}', '\u{E0041}', 'ä', '十', '"', '\'', '\\', '`', '$', '{', '}', '[', ']', '<', '>', '=', ':', ',', ' ', '/', '@', '%', '#', '-', '__proto__', 'constructor']

const character = (random: Random) => random.oneIn(3) ? random.pick(ODD) : String.fromCharCode(32 + random.int(95))
