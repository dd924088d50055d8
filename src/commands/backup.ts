import {Flags} from '@oclif/core'
import type {Command, Interfaces} from '@oclif/core'
import {BaseCommand} from '../cli/base-command.ts'
import {durationFlag, outputFlag} from '../cli/flags.ts'
import {splitCommand} from '../cli/arguments.ts'
import {windowFlags, windowRequest} from '../cli/window-flags.ts'
import {usageError} from '../support/errors.ts'
import type {BackupRequest} from '../backup/prepare.ts'
import type {ExecRequest} from '../exec/program.ts'
import type {KubeFlags} from '../cli/flags.ts'
import type {ResultFormat} from '../cli/run-backup.ts'

export default class Backup extends BaseCommand {
  static override summary = 'Pause all servers together, and find the restore point of their databases'
  static override description = [
    'Finds the ScalarDL and ScalarDB servers, pauses them, proves the pause, holds it, computes the restore point for the '
    + 'point-in-time recovery of every database behind them, unpauses, and records what it did.',
    'Exit codes: 0 consistent, 1 failed before anything was paused, 2 usage, 3 everything unpaused but the restore point is '
    + 'void or unverified, 4 something may still be paused or another operator\'s pause was met, 130/143/129/131 interrupted and '
    + 'everything unpaused.',
    '--exec COMMAND, or -- COMMAND ARGS... behind all flags, runs while everything is paused, for snapshots and dumps. It finds the '
    + 'window and the targets in its environment (SCALARDL_*); lines KEY=VALUE that it appends to the file $SCALARDL_OUTPUT become '
    + 'the snapshots of the record. When it fails or takes too long, the restore point is void.',
  ].join('\n\n')
  static override examples: Command.Example[] = [
    '# The Ledger of a namespace\n<%= config.bin %> <%= command.id %> -n ledger',
    '# Ledger and Auditor in two clusters, one restore point\n<%= config.bin %> <%= command.id %> --target context=ledger-cluster,namespace=ledger --target context=auditor-cluster,namespace=auditor',
    '# Everything up to the pause\n<%= config.bin %> <%= command.id %> -n ledger --dry-run',
    '# A snapshot or dump while everything is paused\n<%= config.bin %> <%= command.id %> -n ledger --exec \'nodetool snapshot -t "$SCALARDL_NAME"\'',
  ]
  static override flags = {
    hold: durationFlag({default: 10_000, defaultHelp: async () => '10s', summary: 'How long everything stays paused'}),
    exec: Flags.string({helpValue: '<command>', summary: 'Run this line of shell while everything is paused, and hold until it ends'}),
    'exec-timeout': durationFlag({summary: 'How long the command may take (default 20s)'}),
    'dry-run': Flags.boolean({default: false, summary: 'Do everything up to the pause, change nothing'}),
    ...windowFlags,
    output: outputFlag(),
  }

  async run(): Promise<void> {
    const [argv, command] = splitCommand(this.argv)
    const {flags} = await this.parse(Backup, argv)
    const {runBackup} = await import('../cli/run-backup.ts')
    process.exitCode = await runBackup(requestOf(flags as BackupFlags, command), formatOf(flags), this.config.version)
  }
}

type BackupFlags = Interfaces.InferredFlags<typeof Backup.flags> & KubeFlags

/** @throws CliError (usage) for two things that would both go to stdout */
function formatOf({record, output}: Pick<BackupFlags, 'record' | 'output'>): ResultFormat {
  if (record !== '-') return output
  if (output !== undefined) throw usageError('--record - and -o contradict each other: both would write to stdout', '-o json prints the record, too')
  return 'record'
}

/** Short, so that with the drain it stays below the 60 s after which clients give up: who needs more has to say so. */
const EXEC_TIMEOUT_MS = 20_000

/** What is to run in the pause, if anything. @throws CliError (usage) */
function execOf({exec, 'exec-timeout': timeoutMs}: Pick<BackupFlags, 'exec' | 'exec-timeout'>, command: readonly string[] | undefined): ExecRequest | undefined {
  const limit = {timeoutMs: timeoutMs ?? EXEC_TIMEOUT_MS}
  if (command !== undefined) {
    const [program, ...args] = command
    if (exec !== undefined) throw usageError('--exec and -- contradict each other: one command runs in the pause', "give several as one line: --exec 'FIRST && SECOND'")
    if (!program) throw usageError('no command after --', "e.g.: -- ./snapshot.sh, or --exec './snapshot.sh'")
    return {command: program, args, ...limit}
  }
  if (exec?.trim() === '') throw usageError('--exec has no command')
  if (exec === undefined && timeoutMs !== undefined) throw usageError('--exec-timeout without a command: give --exec or --, too')
  return exec === undefined ? undefined : {command: exec, ...limit}
}

/** The request that the flags make, and what stands behind `--`. @throws CliError (usage) for flags that contradict each other */
export function requestOf(flags: BackupFlags, command?: readonly string[]): BackupRequest {
  const exec = execOf(flags, command)
  return {...windowRequest(flags), holdMs: flags.hold, dryRun: flags['dry-run'], ...exec && {exec}}
}
