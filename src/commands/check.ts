import {Flags} from '@oclif/core'
import type {Command, Interfaces} from '@oclif/core'
import {BaseCommand} from '../cli/base-command.ts'
import {accessFlags, searchFlags, wantedOf} from '../cli/wanted.ts'
import type {KubeFlags} from '../cli/flags.ts'

export default class Check extends BaseCommand {
  static override summary = 'Check that the databases behind the servers can be restored to a point in time'
  static override description = [
    'Finds the servers as backup does, pauses nothing, and asks the databases behind them, with your own credentials for the '
    + 'cloud, whether a restore point would be restorable: point-in-time recovery on for everything that belongs, how far back '
    + 'it reaches, and how far their clocks are from this machine\'s.',
    'Exit codes: 0 all of it verified, 1 a restore point would not be restorable (backup would stop), 2 usage, 3 something '
    + 'could not be verified (backup would go on and say so).',
  ].join('\n\n')
  static override examples: Command.Example[] = [
    '# The databases of a namespace\n<%= config.bin %> <%= command.id %> -n ledger',
    '# Two AWS accounts\n<%= config.bin %> <%= command.id %> --target namespace=ledger,aws-profile=ledger --target namespace=auditor,aws-profile=auditor',
  ]
  static override flags = {
    ...searchFlags,
    ...accessFlags,
    output: Flags.option({char: 'o', options: ['json', 'yaml'] as const, summary: 'Output format'})(),
  }

  async run(): Promise<void> {
    const {flags} = await this.parse(Check)
    const {runCheck} = await import('../cli/run-check.ts')
    process.exitCode = await runCheck(wantedOf(flags as CheckFlags), flags.output, this.config.version)
  }
}

type CheckFlags = Interfaces.InferredFlags<typeof Check.flags> & KubeFlags
