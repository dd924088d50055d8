import {gcloud} from '../gcloud.ts'
import {plan} from './plan.ts'
import {SETTINGS} from './settings.ts'
import type {Database} from '../types.ts'

/** Its address is a bare IP address, so that only `--database kind=cloud-sql` says so. */
export const cloudSql: Database = {
  kind: 'cloud-sql',
  title: 'Google Cloud SQL',
  settings: SETTINGS,
  recognise: () => undefined,
  name: ({instance, project}) => `Google Cloud SQL instance ${instance ?? '(unknown)'}${project ? ` in ${project}` : ''}`,
  time: ({rfc3339}) => rfc3339,
  restorable: () => undefined,
  checkByHand: settings => settings['instance'] ? [
    gcloud(settings, ['sql', 'instances', 'describe', settings['instance'],
      '--format=yaml(settings.backupConfiguration.pointInTimeRecoveryEnabled,settings.backupConfiguration.binaryLogEnabled,settings.backupConfiguration.transactionLogRetentionDays)']),
    gcloud(settings, ['sql', 'instances', 'get-latest-recovery-time', settings['instance']]),
  ] : [],
  plan,
}
