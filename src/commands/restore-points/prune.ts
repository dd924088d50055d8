import {Flags} from '@oclif/core'
import type {Command, Interfaces} from '@oclif/core'
import {BaseCommand} from '../../cli/base-command.ts'
import {clusterFlags, localFlag} from '../../cli/flags.ts'
import {parseAge} from '../../support/duration.ts'
import type {ClusterFlags} from '../../cli/flags.ts'

export default class PruneRestorePoints extends BaseCommand {
  static override summary = 'Delete records of old restore points; no database is touched'
  static override description = [
    'Deletes the records that both --keep and --older-than leave over, in files and in ConfigMaps, after having shown them and asked. Records of different servers are counted apart.',
    'The newest consistent one of each stays, however old it is; only --keep 0 takes that, too. What is damaged or no record of ours stays.',
  ].join('\n\n')
  static override examples: Command.Example[] = [
    '# All but the ten newest, where they are older than a month\n<%= config.bin %> <%= command.id %> --keep 10 --older-than 30d',
    '# See first\n<%= config.bin %> <%= command.id %> --older-than 90d -A --dry-run',
  ]
  static override baseFlags: Interfaces.FlagInput = clusterFlags
  static override flags = {
    keep: Flags.integer({min: 0, helpValue: '<n>', summary: 'Restore points to keep of the same servers'}),
    'older-than': Flags.custom<number>({parse: async text => parseAge(text)})({helpValue: '<duration>', summary: 'Only those that are older, e.g. 30d or 12h'}),
    'dry-run': Flags.boolean({default: false, summary: 'Show what would be deleted, delete nothing'}),
    yes: Flags.boolean({char: 'y', default: false, summary: 'Delete without asking'}),
    local: localFlag,
  }

  async run(): Promise<void> {
    const {flags} = await this.parse(PruneRestorePoints)
    const {pruneRestorePoints} = await import('../../cli/run-restore-points.ts')
    await pruneRestorePoints({keep: flags.keep, olderThanMs: flags['older-than']}, flags as typeof flags & ClusterFlags)
  }
}
