import {Flags} from '@oclif/core'
import type {Interfaces} from '@oclif/core'
import {durationFlag} from './flags.ts'
import {accessFlags, adminFlags, lockFlag, searchFlags, transportFlag, wantedOf} from './wanted.ts'
import type {BackupRequest} from '../backup/prepare.ts'
import type {KubeFlags} from './flags.ts'

/** Flags of every command that pauses. */
export const windowFlags = {
  ...searchFlags,
  ...adminFlags,
  'drain-timeout': durationFlag({default: 30_000, defaultHelp: async () => '30s', summary: 'Time for the outstanding requests of all servers together'}),
  'clock-guard': durationFlag({default: 1000, defaultHelp: async () => '1s', summary: 'Distance of the restore point from the edges of the pause'}),
  wait: durationFlag({default: 0, defaultHelp: async () => '0s', summary: 'How long to wait for rollouts and starting or stopping pods'}),
  'ledger-only': Flags.boolean({default: false, summary: 'Pause Ledger without its Auditor'}),
  'allow-unverified': Flags.boolean({default: false, summary: 'Go on with servers whose pause cannot be proven'}),
  'skip-database-check': Flags.boolean({default: false, summary: 'Go on without checking that the databases can be restored to a point in time'}),
  ...accessFlags,
  watchdog: Flags.boolean({allowNo: true, default: true, summary: 'Have a second process unpause should this one die'}),
  configmap: Flags.boolean({allowNo: true, default: true, summary: 'Keep the record in a ConfigMap beside the release, too'}),
  record: Flags.string({helpValue: '<path>', summary: 'Write the record to this file, too; - for stdout'}),
  transport: transportFlag(),
  lock: lockFlag(),
}

export type WindowFlags = Interfaces.InferredFlags<typeof windowFlags> & KubeFlags

/** What they ask for. @throws CliError (usage) for flags that contradict each other */
export const windowRequest = (flags: WindowFlags): Omit<BackupRequest, 'holdMs' | 'dryRun'> => ({
  wanted: wantedOf(flags),
  drainMs: flags['drain-timeout'],
  guardMs: flags['clock-guard'],
  waitMs: flags.wait,
  ledgerOnly: flags['ledger-only'],
  allowUnverified: flags['allow-unverified'],
  skipDatabaseCheck: flags['skip-database-check'],
  noConfigMap: !flags.configmap,
  noWatchdog: !flags.watchdog,
  ...flags.record !== undefined && flags.record !== '-' && {recordFile: flags.record},
  transport: flags.transport,
  lock: flags.lock,
})
