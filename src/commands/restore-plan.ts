import {Args, Flags} from '@oclif/core'
import type {Command, Interfaces} from '@oclif/core'
import {BaseCommand} from '../cli/base-command.ts'
import {databaseFlag} from '../cli/database-flag.ts'
import {clusterFlags, localFlag} from '../cli/flags.ts'
import {pairFlag} from '../cli/pair-flag.ts'
import type {ClusterFlags} from '../cli/flags.ts'

const FORMATS = ['text', 'script', 'markdown', 'json', 'yaml'] as const
export type PlanFormat = (typeof FORMATS)[number]

export default class RestorePlan extends BaseCommand {
  static override summary = 'Print the commands that restore every database to a restore point'
  static override description = [
    'Computes from a record alone what brings every database behind its servers back to the restore point, and prints it; nothing is run. '
    + 'It needs neither cluster nor credentials: a cluster is only asked for a record that this machine does not have.',
    'The plan is text to go through by hand, a bash script that asks before its point of no return and goes on where it stopped, a runbook, or data.',
  ].join('\n\n')
  static override examples: Command.Example[] = [
    '# The newest restore point, to be read\n<%= config.bin %> <%= command.id %> latest',
    '# As a script\n<%= config.bin %> <%= command.id %> latest -o script > restore.sh',
    '# A rehearsal, which changes nothing that exists\n<%= config.bin %> <%= command.id %> latest --mode copy-only',
    '# When only a time is known\n<%= config.bin %> <%= command.id %> --at 2026-11-23T12:44:07Z --database kind=dynamodb,region=eu-west-1',
  ]
  static override args = {
    record: Args.string({description: 'Name of a restore point, path of its record, - for stdin, or latest (the default without --at)'}),
  }
  static override baseFlags: Interfaces.FlagInput = clusterFlags
  static override flags = {
    at: Flags.string({helpValue: '<time>', summary: 'The restore point without a record, with its zone: 2026-11-23T12:44:07Z'}),
    database: databaseFlag({summary: 'What a database is, or what the record does not say of it: kind=,for=RELEASE and its own settings; repeatable'}),
    mode: Flags.option({options: ['same-name', 'copy-only', 'prefix'] as const, default: 'same-name' as const, summary: 'Back under the old names, a rehearsal of copies alone, or beside the old ones under a prefix'})(),
    prefix: Flags.string({summary: 'The prefix of --mode prefix'}),
    tables: Flags.string({helpValue: '<table,...>', summary: 'Full names of the tables to restore, instead of those of the record', exclusive: ['tables-file']}),
    'tables-file': Flags.string({helpValue: '<path>', summary: 'The same from a file, one a line'}),
    snapshot: pairFlag({helpValue: '<name=identifier>', summary: 'A snapshot that was taken in the pause, for databases without point-in-time recovery; repeatable'}),
    insist: Flags.boolean({default: false, summary: 'Plan also for a restore point that is not known to be consistent, or that has left its retention'}),
    'scale-with': Flags.option({options: ['kubectl', 'helm'] as const, default: 'kubectl' as const, summary: 'What the script stops and starts the servers with'})(),
    values: pairFlag({helpValue: '<release=path>', summary: 'Values file of a release for helm (default: the values that helm knows); repeatable'}),
    local: localFlag,
    output: Flags.option({char: 'o', options: FORMATS, default: 'text' as const, summary: 'Output format'})(),
  }

  async run(): Promise<void> {
    const {args, flags} = await this.parse(RestorePlan)
    const {printRestorePlan} = await import('../cli/run-restore-plan.ts')
    await printRestorePlan(args.record, flags as PlanFlags, this.config.version)
  }
}

export type PlanFlags = Interfaces.InferredFlags<typeof RestorePlan.flags> & ClusterFlags
