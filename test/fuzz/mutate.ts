import type {Random} from './random.ts'

/** Numbers at which counters, lengths and times break. */
const NUMBERS = [0, -0, 1, -1, 0.5, 255, 256, 65_535, 65_536, 2 ** 31 - 1, 2 ** 31, -(2 ** 31), 2 ** 32, 2 ** 53, -(2 ** 53), 8.64e15, 8.64e15 + 1, 1e308, -1e308]

/** Some parts of the bytes cut out, doubled, moved, flipped or replaced. */
export function mutateBytes(bytes: Buffer, random: Random): Buffer {
  let mutated = Buffer.from(bytes)
  for (let times = 1 + random.int(4); times > 0; times--) {
    const [from, to] = span(mutated.length, random)
    const part = mutated.subarray(from, to)
    switch (random.int(5)) {
      case 0: { mutated = Buffer.concat([mutated.subarray(0, from), mutated.subarray(to)]); break; }
      case 1: { mutated = Buffer.concat([mutated.subarray(0, to), part, mutated.subarray(to)]); break; }
      case 2: { mutated = Buffer.concat([mutated.subarray(0, from), random.bytes(random.int(9)), mutated.subarray(to)]); break; }
      case 3: { mutated = mutated.subarray(0, from); break; }
      default: if (from < mutated.length) mutated[from] = (mutated[from] ?? 0) ^ (1 << random.int(8))
    }
  }
  return mutated
}

/** The same with characters; now and then nothing of the text is left. */
export function mutateText(text: string, random: Random): string {
  if (random.oneIn(20)) return random.text(random.int(60))
  let mutated = text
  for (let times = 1 + random.int(4); times > 0; times--) {
    const [from, to] = span(mutated.length, random)
    const [before, part, after] = [mutated.slice(0, from), mutated.slice(from, to), mutated.slice(to)]
    switch (random.int(6)) {
      case 0: { mutated = before + after; break; }
      case 1: { mutated = before + part + part + after; break; }
      case 2: { mutated = before + random.text(1 + random.int(8)) + part + after; break; }
      case 3: { mutated = before; break; }
      case 4: { mutated = before + after.slice(0, random.int(after.length + 1)) + part + after; break; }
      default: mutated = `${before}${part.slice(1)}${random.text(1)}${after}`
    }
  }
  return mutated
}

function span(length: number, random: Random): [number, number] {
  const from = random.int(length + 1)
  return [from, Math.min(length, from + random.int(random.oneIn(4) ? length + 1 : 9))]
}

/** A JSON value in which some places have something else, or are missing. */
export function mutateValue(value: unknown, random: Random): unknown {
  let mutated = value
  for (let times = 1 + random.int(3); times > 0; times--) mutated = mutatedOnce(mutated, random)
  return mutated
}

function mutatedOnce(value: unknown, random: Random): unknown {
  if (typeof value !== 'object' || value === null || random.oneIn(12)) return oddValue(value, random)
  if (Array.isArray(value)) return mutatedList(value, random)
  const entries: Array<[string, unknown]> = Object.entries(value)
  if (entries.length === 0 || random.oneIn(12)) return {...value, [random.text(1 + random.int(5))]: oddValue(undefined, random)}
  const [key, item] = random.pick(entries)
  if (random.oneIn(6)) return Object.fromEntries(entries.filter(([name]) => name !== key))
  return {...value, [key]: mutatedOnce(item, random)}
}

function mutatedList(list: readonly unknown[], random: Random): unknown[] {
  if (list.length === 0 || random.oneIn(6)) return [...list, list.length > 0 ? random.pick(list) : oddValue(undefined, random)]
  const at = random.int(list.length)
  return random.oneIn(5) ? list.toSpliced(at, 1) : list.with(at, mutatedOnce(list[at], random))
}

function oddValue(value: unknown, random: Random): unknown {
  if (typeof value === 'string' && !random.oneIn(4)) return mutateText(value, random)
  if (typeof value === 'number' && !random.oneIn(4)) return random.pick(NUMBERS)
  return random.pick<() => unknown>([
    () => null, () => true, () => false, () => '', () => [], () => ({}), () => random.pick(NUMBERS), () => random.text(1 + random.int(12)), () => [value], () => ({value}),
  ])()
}

/**
 * An object of the Kubernetes API in which texts and numbers are others, and what may be missing is. For types, and for fields
 * that must be there, every API server vouches.
 */
export function mutateObject<T>(object: T, random: Random): T {
  return typed(object, random, 40) as T
}

const PORTS = [1, 50_051, 50_053, 65_535]
const REQUIRED = new Set(['metadata', 'spec', 'name', 'namespace', 'uid', 'kind', 'apiVersion', 'containers', 'containerPort', 'mountPath', 'port', 'selector', 'template', 'pods'])

function typed(value: unknown, random: Random, rarely: number, key = ''): unknown {
  if (typeof value === 'string') return random.oneIn(rarely) ? mutateText(value, random) : value
  if (typeof value === 'number') return random.oneIn(rarely) ? random.pick(/port$/i.test(key) ? PORTS : NUMBERS) : value
  if (typeof value === 'boolean') return random.oneIn(rarely) ? !value : value
  if (Array.isArray(value)) {
    const items = value.flatMap((item: unknown) => value.length > 1 && random.oneIn(rarely) ? [] : random.oneIn(rarely) ? [item, item] : [item])
    return items.map(item => typed(item, random, rarely))
  }
  if (typeof value !== 'object' || value === null || value instanceof Date) return value
  return Object.fromEntries(Object.entries(value).flatMap(([key, item]) => !REQUIRED.has(key) && random.oneIn(rarely) ? [] : [[key, typed(item, random, rarely, key)]]))
}

/** A text in pieces, as a network may deliver it. */
export function inChunks(text: string, random: Random): string[] {
  const chunks: string[] = []
  for (let from = 0; from < text.length;) {
    const to = from + 1 + random.int(random.oneIn(3) ? 3 : 200)
    chunks.push(text.slice(from, to))
    from = to
  }
  return chunks
}
