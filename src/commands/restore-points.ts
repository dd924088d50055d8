import type {Command, Interfaces} from '@oclif/core'
import {BaseCommand} from '../cli/base-command.ts'
import {clusterFlags, localFlag, outputFlag} from '../cli/flags.ts'
import type {ClusterFlags} from '../cli/flags.ts'

export default class RestorePoints extends BaseCommand {
  static override summary = 'List the restore points that were recorded'
  static override description = [
    'Lists the records of all backups, the newest first: those in this user\'s files and those in the ConfigMaps of the namespace (-A: of all namespaces).',
    'RESTORABLE says until when the databases can be restored to it, as far as their lag and retention tell.',
    'What is damaged or no record of ours is named and left out. A cluster that cannot be asked is a warning: the files are listed all the same.',
  ].join('\n\n')
  static override examples: Command.Example[] = [
    '# Those of this machine and of all namespaces\n<%= config.bin %> <%= command.id %> -A',
    '# One in full\n<%= config.bin %> <%= command.id %> show latest',
    '# Delete old ones\n<%= config.bin %> <%= command.id %> prune --keep 10 --older-than 30d',
  ]
  static override baseFlags: Interfaces.FlagInput = clusterFlags
  static override flags = {local: localFlag, output: outputFlag()}

  async run(): Promise<void> {
    const {flags} = await this.parse(RestorePoints)
    const {listRestorePoints} = await import('../cli/run-restore-points.ts')
    await listRestorePoints(flags as typeof flags & ClusterFlags)
  }
}
