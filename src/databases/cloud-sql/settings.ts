import {PROJECT} from '../gcloud.ts'
import type {Setting} from '../types.ts'

export const SETTINGS: readonly Setting[] = [
  {name: 'instance', summary: 'name of the instance', pattern: /^[a-z][a-z0-9-]{0,96}[a-z0-9]$/},
  PROJECT,
]

export const KIND = {kind: 'cloud-sql', settings: SETTINGS}
