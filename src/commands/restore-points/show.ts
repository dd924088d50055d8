import {Flags} from '@oclif/core'
import type {Command, Interfaces} from '@oclif/core'
import {BaseCommand} from '../../cli/base-command.ts'
import {clusterFlags, localFlag, recordArgument} from '../../cli/flags.ts'
import type {ClusterFlags} from '../../cli/flags.ts'

export default class ShowRestorePoint extends BaseCommand {
  static override summary = 'Show one restore point, or print its record'
  static override examples: Command.Example[] = [
    '# The newest that there is\n<%= config.bin %> <%= command.id %> latest',
    '# Its record, for another machine\n<%= config.bin %> <%= command.id %> latest -o json > record.json',
  ]
  static override args = {name: recordArgument}
  static override baseFlags: Interfaces.FlagInput = clusterFlags
  static override flags = {local: localFlag, output: Flags.option({char: 'o', options: ['json', 'yaml'] as const, summary: 'Output format'})()}

  async run(): Promise<void> {
    const {args, flags} = await this.parse(ShowRestorePoint)
    const {showRestorePoint} = await import('../../cli/run-restore-points.ts')
    await showRestorePoint(args.name, flags as typeof flags & ClusterFlags)
  }
}
