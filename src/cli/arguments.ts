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

/** `-n ledger backup` → `backup -n ledger`: kubectl's users put flags anywhere, oclif wants the command first. */
export function commandFirst(argv: readonly string[], flags: Interfaces.FlagInput): string[] {
  const takesValue = new Set(Object.entries(flags)
    .filter(([, flag]) => flag.type === 'option')
    .flatMap(([name, {char}]) => [`--${name}`, `-${char ?? '-'}`]))
  const isValue = (index: number) => takesValue.has(argv[index - 1] ?? '')
  const command = argv.findIndex((argument, index) => argument === '--' || (!argument.startsWith('-') && !isValue(index)))
  if (command <= 0 || argv[command] === '--') return [...argv]
  return [...argv.slice(command, command + 1), ...argv.slice(0, command), ...argv.slice(command + 1)]
}
