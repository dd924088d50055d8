import {RESOURCE_GROUP, SUBSCRIPTION} from '../azure/az.ts'
import type {Setting} from '../types.ts'

export const SETTINGS: readonly Setting[] = [
  {name: 'account', summary: 'name of the storage account', pattern: /^[a-z0-9]{3,24}$/},
  {name: 'container', summary: 'name of the container', pattern: /^(?:[a-z0-9](?:[a-z0-9-]{1,61}[a-z0-9])|\$root)$/},
  SUBSCRIPTION,
  RESOURCE_GROUP,
]
