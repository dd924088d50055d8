import type {Command} from '@oclif/core'
import {BaseCommand} from '../cli/base-command.ts'
import {durationFlag, outputFlag} from '../cli/flags.ts'
import {windowFlags, windowRequest} from '../cli/window-flags.ts'
import {usageError} from '../support/errors.ts'
import type {WindowFlags} from '../cli/window-flags.ts'

export default class Pause extends BaseCommand {
  static override summary = 'Pause all servers together for work by hand, until unpause'
  static override description = [
    'Does all that backup does up to the proof of the pause, then returns: a process of its own keeps the pause, watches over it, '
    + 'and has a watchdog. kubectl scalardl unpause ends it, prints the restore point and completes the record, as backup would. '
    + 'After --max-duration it ends by itself.',
    'Exit codes: 0 everything is paused, 1 failed before anything was paused, 2 usage, 3 everything unpaused again, 4 something may '
    + 'still be paused or another operator\'s pause was met, 130/143/129 interrupted and everything unpaused.',
  ].join('\n\n')
  static override examples: Command.Example[] = [
    '# A snapshot by hand\n<%= config.bin %> <%= command.id %> -n ledger\n# … take it, then:\n<%= config.bin %> unpause',
  ]
  static override flags = {
    'max-duration': durationFlag({default: 600_000, defaultHelp: async () => '10m', summary: 'How long it lasts at most; then it is unpaused by itself'}),
    ...windowFlags,
    output: outputFlag(),
  }

  async run(): Promise<void> {
    const {flags} = await this.parse(Pause)
    if (flags.record === '-') throw usageError('--record - is not for pause: the record is written at unpause', 'kubectl scalardl unpause -o json prints it')
    const {runPause} = await import('../cli/run-pause.ts')
    process.exitCode = await runPause({...windowRequest(flags as unknown as WindowFlags), holdMs: flags['max-duration'], dryRun: false, byHand: true}, flags.output, this.config.version)
  }
}
