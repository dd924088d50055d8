import type {Setting} from '../types.ts'

export const SETTINGS: readonly Setting[] = [
  {name: 'masters', summary: 'addresses of the masters: HOST:7100,HOST:7100,…', pattern: /^[\w.-]+(?::\d+)?(?:,[\w.-]+(?::\d+)?)*$/},
  {name: 'database', summary: 'name of the YSQL database', pattern: /^[A-Za-z_]\w*$/},
  {name: 'host', summary: 'a node that answers SQL', pattern: /^[\w.-]+$/},
  {name: 'port', summary: 'its YSQL port', pattern: /^\d{1,5}$/},
]

export const KIND = {kind: 'yugabytedb', settings: SETTINGS}
