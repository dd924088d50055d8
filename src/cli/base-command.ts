import {Command} from '@oclif/core'
import type {Interfaces} from '@oclif/core'
import {kubeFlags} from './flags.ts'
import {parseError} from './report.ts'

/** The base of every command: kubectl's connection flags, and usage errors in kubectl's manner (exit code 2). */
export abstract class BaseCommand extends Command {
  static override baseFlags: Interfaces.FlagInput = kubeFlags

  protected override async parse<
    F extends Interfaces.OutputFlags<Interfaces.FlagInput>,
    B extends Interfaces.OutputFlags<Interfaces.FlagInput>,
    A extends Interfaces.OutputArgs<Interfaces.ArgInput>,
  >(options?: Interfaces.Input<F, B, A>, argv = this.argv): Promise<Interfaces.ParserOutput<F, B, A>> {
    const booleans = Object.entries({...options?.baseFlags, ...options?.flags}).filter(([, flag]) => flag.type === 'boolean')
    try {
      return await super.parse(options, plainBooleans(argv, new Set(booleans.map(([name]) => `--${name}`))))
    } catch (error) {
      throw parseError(error, this.id ?? '')
    }
  }
}

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
