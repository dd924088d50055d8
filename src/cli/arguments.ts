import type {Interfaces} from '@oclif/core'

/** `--flag=true` and `--flag=false` as kubectl users write them; oclif knows only `--flag`. */
export function plainBooleans(argv: readonly string[], booleans: ReadonlySet<string>): string[] {
  const end = argv.includes('--') ? argv.indexOf('--') : argv.length
  const flags = argv.slice(0, end).flatMap((argument) => {
    const [, name = '', value] = /^(--[^=]+)=(true|false)$/.exec(argument) ?? []
    if (!booleans.has(name)) return [argument]
    return value === 'true' ? [name] : []
  })
  return [...flags, ...argv.slice(end)]
}

/** The arguments before `--`, and those behind it, where there is one: they are another program's. */
export function splitCommand(argv: readonly string[]): [own: string[], behind: string[] | undefined] {
  const end = argv.indexOf('--')
  return end < 0 ? [[...argv], undefined] : [argv.slice(0, end), argv.slice(end + 1)]
}

/** Commands that have commands below them. */
const BELOW: ReadonlyMap<string | undefined, readonly string[]> = new Map([['restore-points', ['prune', 'show']]])

/**
 * `-n ledger backup` → `backup -n ledger`: kubectl's users put flags anywhere, oclif wants the command first, in two words where
 * it has two.
 */
export function commandFirst(argv: readonly string[], flags: Interfaces.FlagInput): string[] {
  const takesValue = new Set(Object.entries(flags)
    .filter(([, flag]) => flag.type === 'option')
    .flatMap(([name, {char}]) => [`--${name}`, `-${char ?? '-'}`]))
  const isValue = (index: number) => takesValue.has(argv[index - 1] ?? '')
  const first = argv.findIndex((argument, index) => argument === '--' || (!argument.startsWith('-') && !isValue(index)))
  if (first < 0 || argv[first] === '--') return [...argv]
  const second = argv.findIndex((argument, index) => index > first && !isValue(index) && BELOW.get(argv[first])?.includes(argument))
  const end = argv.indexOf('--')
  const words = second < 0 || (end >= 0 && second > end) ? [first] : [first, second]
  return [...words.map(index => argv[index] ?? ''), ...argv.filter((_, index) => !words.includes(index))]
}
