import {Flags} from '@oclif/core'
import type {Command, Interfaces} from '@oclif/core'
import {BaseCommand} from '../cli/base-command.ts'
import {outputFlag} from '../cli/flags.ts'
import {adminFlags, searchFlags, transportFlag, wantedOf} from '../cli/wanted.ts'
import {usageError} from '../support/errors.ts'
import type {KubeFlags} from '../cli/flags.ts'

export default class Status extends BaseCommand {
  static override summary = 'Show every server, and whether it is paused'
  static override description = [
    'Finds the servers as backup does, but all releases at once, and asks each whether it is paused. A server that gives no answer '
    + 'is unknown, with the reason. Nothing is changed; it takes the permissions to list pods and to forward ports, and says what '
    + 'it could not see without others.',
    'Exit codes: 0 all were looked at, whatever they said, 1 no server was found or the API server did not answer, 2 usage; with '
    + '--fail-if-paused 4 when a server is paused or may be, which is every one that is not known to be unpaused. --watch ends by '
    + 'Ctrl-C, with 130.',
  ].join('\n\n')
  static override examples: Command.Example[] = [
    '# All servers of a namespace\n<%= config.bin %> <%= command.id %> -n ledger',
    '# Tell somebody when a server was left paused\n<%= config.bin %> <%= command.id %> -A --fail-if-paused || echo "paused servers" | mail -s ledger oncall@example.com',
    '# Follow a backup from another terminal\n<%= config.bin %> <%= command.id %> -n ledger --watch',
  ]
  static override flags = {
    ...searchFlags,
    ...adminFlags,
    watch: Flags.boolean({char: 'w', default: false, summary: 'Go on looking: drawn anew on a terminal, else every change'}),
    'fail-if-paused': Flags.boolean({default: false, summary: 'Exit with 4 when a server is paused, or not known to be unpaused'}),
    transport: transportFlag(),
    output: outputFlag(),
  }

  async run(): Promise<void> {
    const {flags} = await this.parse(Status)
    if (flags.watch && flags['fail-if-paused']) throw usageError('--watch and --fail-if-paused contradict each other: a watch does not end by itself')
    if (flags.watch && flags.output === 'name') throw usageError('--watch and -o name contradict each other: names do not say what changed')
    const {runStatus} = await import('../cli/run-status.ts')
    process.exitCode = await runStatus(
      {wanted: wantedOf(flags as StatusFlags), transport: flags.transport, watch: flags.watch, failIfPaused: flags['fail-if-paused']}, flags.output,
    )
  }
}

type StatusFlags = Interfaces.InferredFlags<typeof Status.flags> & KubeFlags
