import {gcloud} from '../gcloud.ts'
import {plan} from './plan.ts'
import {SETTINGS} from './settings.ts'
import type {Database} from '../types.ts'

/** Its address is a bare IP address, so that only `--database kind=alloydb` says so. */
export const alloydb: Database = {
  kind: 'alloydb',
  title: 'Google AlloyDB',
  settings: SETTINGS,
  recognise: () => undefined,
  name: ({cluster, region}) => `Google AlloyDB cluster ${cluster ?? '(unknown)'}${region ? ` in ${region}` : ''}`,
  time: ({rfc3339}) => rfc3339,
  // Google AlloyDB, backup overview: continuous backup keeps 14 days unless told otherwise, and reaches to the present.
  restorable: () => ({lagSeconds: 0, retentionDays: 14}),
  checkByHand: settings => settings['cluster'] && settings['region'] ? [
    gcloud(settings, ['alloydb', 'clusters', 'describe', settings['cluster'], `--region=${settings['region']}`, '--format=yaml(continuousBackupConfig,continuousBackupInfo)']),
  ] : [],
  plan,
}
