import {Flags} from '@oclif/core'
import type {Command, Interfaces} from '@oclif/core'
import {BaseCommand} from '../cli/base-command.ts'
import {durationFlag, outputFlag} from '../cli/flags.ts'
import {accessFlags, adminFlags, searchFlags, transportFlag, wantedOf} from '../cli/wanted.ts'
import {usageError} from '../support/errors.ts'
import type {BackupRequest} from '../backup/prepare.ts'
import type {KubeFlags} from '../cli/flags.ts'
import type {ResultFormat} from '../cli/run-backup.ts'

export default class Backup extends BaseCommand {
  static override summary = 'Pause all servers together, and find the restore point of their databases'
  static override description = [
    'Finds the ScalarDL and ScalarDB servers, pauses them, proves the pause, holds it, computes the restore point for the '
    + 'point-in-time recovery of every database behind them, unpauses, and records what it did.',
    'Exit codes: 0 consistent, 1 failed before anything was paused, 2 usage, 3 everything unpaused but the restore point is '
    + 'void or unverified, 4 something may still be paused or another operator\'s pause was met, 130/143/129 interrupted and '
    + 'everything unpaused.',
  ].join('\n\n')
  static override examples: Command.Example[] = [
    '# The Ledger of a namespace\n<%= config.bin %> <%= command.id %> -n ledger',
    '# Ledger and Auditor in two clusters, one restore point\n<%= config.bin %> <%= command.id %> --target context=ledger-cluster,namespace=ledger --target context=auditor-cluster,namespace=auditor',
    '# Everything up to the pause\n<%= config.bin %> <%= command.id %> -n ledger --dry-run',
  ]
  static override flags = {
    ...searchFlags,
    ...adminFlags,
    hold: durationFlag({default: 10_000, defaultHelp: async () => '10s', summary: 'How long everything stays paused'}),
    'drain-timeout': durationFlag({default: 30_000, defaultHelp: async () => '30s', summary: 'Time for the outstanding requests of all servers together'}),
    'clock-guard': durationFlag({default: 1000, defaultHelp: async () => '1s', summary: 'Distance of the restore point from the edges of the pause'}),
    wait: durationFlag({default: 0, defaultHelp: async () => '0s', summary: 'How long to wait for rollouts and starting or stopping pods'}),
    'dry-run': Flags.boolean({default: false, summary: 'Do everything up to the pause, change nothing'}),
    'ledger-only': Flags.boolean({default: false, summary: 'Pause Ledger without its Auditor'}),
    'allow-unverified': Flags.boolean({default: false, summary: 'Go on with servers whose pause cannot be proven'}),
    'skip-database-check': Flags.boolean({default: false, summary: 'Go on without checking that the databases can be restored to a point in time'}),
    ...accessFlags,
    configmap: Flags.boolean({allowNo: true, default: true, summary: 'Keep the record in a ConfigMap beside the release, too'}),
    record: Flags.string({helpValue: '<path>', summary: 'Write the record to this file, too; - for stdout'}),
    transport: transportFlag(),
    output: outputFlag(),
  }

  async run(): Promise<void> {
    const {flags} = await this.parse(Backup)
    const {runBackup} = await import('../cli/run-backup.ts')
    process.exitCode = await runBackup(requestOf(flags as BackupFlags), formatOf(flags), this.config.version)
  }
}

type BackupFlags = Interfaces.InferredFlags<typeof Backup.flags> & KubeFlags

/** @throws CliError (usage) for two things that would both go to stdout */
function formatOf({record, output}: Pick<BackupFlags, 'record' | 'output'>): ResultFormat {
  if (record !== '-') return output
  if (output !== undefined) throw usageError('--record - and -o contradict each other: both would write to stdout', '-o json prints the record, too')
  return 'record'
}

/** The request that the flags make. @throws CliError (usage) for flags that contradict each other */
export function requestOf(flags: BackupFlags): BackupRequest {
  return {
    wanted: wantedOf(flags),
    holdMs: flags.hold,
    drainMs: flags['drain-timeout'],
    guardMs: flags['clock-guard'],
    waitMs: flags.wait,
    dryRun: flags['dry-run'],
    ledgerOnly: flags['ledger-only'],
    allowUnverified: flags['allow-unverified'],
    skipDatabaseCheck: flags['skip-database-check'],
    noConfigMap: !flags.configmap,
    ...flags.record !== undefined && flags.record !== '-' && {recordFile: flags.record},
    transport: flags.transport,
  }
}
