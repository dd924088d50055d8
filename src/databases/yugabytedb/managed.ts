import {jdbcAddress} from '../jdbc.ts'
import {snapshotOf} from '../snapshot.ts'
import {shell} from '../../plan/shell.ts'
import type {Database, Section, SectionInput} from '../types.ts'

/** YugabyteDB Aeon (Managed): backups on demand, taken while everything is paused; restored in its console (ScalarDB docs, backup-restore). */
export const yugabytedbManaged: Database = {
  kind: 'yugabytedb-managed',
  title: 'YugabyteDB Managed',
  settings: [{name: 'cluster', summary: 'host name of the cluster', pattern: /^[\w.-]+$/}],
  recognise(storage) {
    const host = jdbcAddress(storage)?.hosts[0]?.host
    return host?.endsWith('.ybdb.io') ? {key: host, settings: {cluster: host}} : undefined
  },
  name: ({cluster}) => `YugabyteDB Managed ${cluster ?? ''}`.trimEnd(),
  time: ({rfc3339}) => `the backup taken while everything was paused, about ${rfc3339}`,
  restorable: () => undefined,
  checkByHand: () => [shell('In the console of YugabyteDB: the cluster, Backups. Is there a backup from while everything was paused?', {byHand: true})],
  plan,
}

function plan(input: SectionInput): Section {
  const backup = snapshotOf(yugabytedbManaged, input, 'a backup on demand')
  const {id, time} = input
  return {
    tools: [], covers: ['what the backup holds'], leftOut: [], properties: [],
    warnings: [`YugabyteDB Managed is restored from the backup ${backup} in its console: see there that it was completed while everything was paused, about ${time.rfc3339}`],
    steps: [{
      id: `${id}.restore`, database: id, phase: 'replace', title: `Restore the backup ${backup}`,
      why: 'There is no point-in-time recovery that a command could ask for; the backup was taken while everything was paused.',
      commands: [shell(`In the console of YugabyteDB: Backups, ${backup}, Restore; all databases of ScalarDB, coordinator and scalardb among them.`, {byHand: true, changes: true})],
      expect: 'The restore is listed as successful.', undo: 'Take another backup on demand before you begin: it is the way back.',
      destructive: true, pointOfNoReturn: true,
    }],
  }
}
