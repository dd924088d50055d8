import {Args, Flags} from '@oclif/core'
import type {Command, Interfaces} from '@oclif/core'
import {BaseCommand} from '../cli/base-command.ts'
import {outputFlag} from '../cli/flags.ts'
import {adminFlags, lockFlag, searchFlags, transportFlag, wantedOf} from '../cli/wanted.ts'
import {usageError} from '../support/errors.ts'
import type {KubeFlags} from '../cli/flags.ts'

export default class Unpause extends BaseCommand {
  static override summary = 'End a pause by hand, or unpause whatever was left paused'
  static override description = [
    'Ends the pause that kubectl scalardl pause has begun on this machine: confirms it, unpauses, verifies, prints the restore point '
    + 'and writes the record, as backup does. Of one that has ended by itself it prints what it came to.',
    'With --all-pods: finds the servers as status does, shows which are paused, asks, unpauses those, whoever paused them, and '
    + 'verifies all. It tries again over fresh connections, fresh credentials and kubectl until a paused server is unpaused, its '
    + 'pod is gone, or Ctrl-C is pressed twice. A server that does not say that it is paused is given half a minute.',
    'Servers whose lease is held by somebody who is alive are not touched, unless --lock off says so. That of a dead holder is taken over.',
    'Exit codes of the first are those of backup. With --all-pods: 0 everything is unpaused, 1 nothing was changed, 2 usage, 4 a server may still be paused: it is named, with the '
    + 'command to type, 130/143/129 interrupted, and everything is unpaused or nothing was changed.',
  ].join('\n\n')
  static override examples: Command.Example[] = [
    '# End the pause by hand of this machine\n<%= config.bin %> <%= command.id %>',
    '# After anything: what is paused, and the question whether to unpause it\n<%= config.bin %> <%= command.id %> --all-pods -n ledger',
    '# Without a terminal\n<%= config.bin %> <%= command.id %> --all-pods -n ledger --yes',
    '# See first\n<%= config.bin %> <%= command.id %> --all-pods -A --dry-run',
  ]
  static override args = {name: Args.string({name: 'name', description: 'Which pause by hand, where there are several'})}
  static override flags = {
    ...searchFlags,
    ...adminFlags,
    'all-pods': Flags.boolean({default: false, summary: 'Every server that is paused, whoever paused it'}),
    yes: Flags.boolean({char: 'y', default: false, summary: 'Unpause without asking'}),
    'dry-run': Flags.boolean({default: false, summary: 'Show what would be unpaused, change nothing'}),
    lock: lockFlag(),
    transport: transportFlag(),
    output: outputFlag(),
  }

  async run(): Promise<void> {
    const {flags, args} = await this.parse(Unpause)
    const {runUnpause, runUnpauseAll} = await import('../cli/run-unpause.ts')
    if (flags['all-pods'] && args.name !== undefined) throw usageError('a NAME and --all-pods contradict each other')
    process.exitCode = !flags['all-pods'] ? await runUnpause({name: args.name, namespace: (flags as UnpauseFlags).namespace}, flags.output) : await runUnpauseAll(
      {wanted: wantedOf(flags as UnpauseFlags), transport: flags.transport, lock: flags.lock, dryRun: flags['dry-run']}, {yes: flags.yes, output: flags.output},
    )
  }
}

type UnpauseFlags = Interfaces.InferredFlags<typeof Unpause.flags> & KubeFlags
