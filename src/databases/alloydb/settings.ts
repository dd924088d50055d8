import {PROJECT} from '../gcloud.ts'
import type {Setting} from '../types.ts'

export const SETTINGS: readonly Setting[] = [
  {name: 'cluster', summary: 'name of the cluster', pattern: /^[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/},
  {name: 'region', summary: 'region of the cluster', pattern: /^[a-z]+-[a-z]+\d+$/},
  PROJECT,
]

export const KIND = {kind: 'alloydb', settings: SETTINGS}
