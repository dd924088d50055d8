import {Command} from '@oclif/core'
import type {Interfaces} from '@oclif/core'
import {plainBooleans} from './arguments.ts'
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
      throw parseError(error, this.id?.replaceAll(':', ' ') ?? '')
    }
  }
}
