import {az, query} from '../azure/az.ts'
import type {Database} from '../types.ts'
import {plan} from './plan.ts'
import {SETTINGS} from './settings.ts'

/** Changes reach the newest restorable moment after some minutes (Microsoft: the change feed). */
const LAG_SECONDS = 600

export const blobStorage: Database = {
  kind: 'blob-storage',
  title: 'Azure Blob Storage',
  settings: SETTINGS,
  recognise({storage, contactPoints}) {
    if (storage !== 'blob-storage') return undefined
    const [, account, container] = ADDRESS.exec(contactPoints ?? '') ?? []
    return {key: account && container ? `${account}/${container}` : contactPoints ?? '', settings: {...account && {account}, ...container && {container}}}
  },
  name: ({account, container}) => `Azure Blob Storage container ${account ?? '(unknown)'}/${container ?? '(unknown)'}`,
  time: ({rfc3339}) => rfc3339,
  restorable: () => ({lagSeconds: LAG_SECONDS}),
  clock: ({account}) => account && `https://${account}.blob.core.windows.net`,
  checkByHand: settings => settings['account'] ? [
    az(settings, ['storage', 'account', 'list', '--query', query(`[?name=='${settings['account']}'].{group:resourceGroup, kind:kind, replication:sku.name}`), '-o', 'json']),
    az(settings, ['storage', 'account', 'blob-service-properties', 'show', '--account-name', settings['account'], ...settings['resource-group'] ? ['-g', settings['resource-group']] : [], '-o', 'json'],
      {note: 'Point-in-time restore needs restorePolicy, isVersioningEnabled, changeFeed and a deleteRetentionPolicy that is longer than restorePolicy'}),
  ] : [],
  plan,
}

const ADDRESS = /^https:\/\/([a-z0-9]{3,24})\.blob\.core\.(?:windows\.net|chinacloudapi\.cn|usgovcloudapi\.net)\/([a-z0-9-]+|\$root)\/?$/i
