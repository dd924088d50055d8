import type {Setting, Settings} from '../types.ts'

const PREFIX = /^[\w.-]{1,100}$/

export const SETTINGS: readonly Setting[] = [
  {name: 'region', summary: 'AWS region', pattern: /^[a-z]{2}(-[a-z]+)+-\d$/},
  {name: 'profile', summary: 'profile of the AWS CLI that leads to the account', pattern: /^[\w.@+-]+$/},
  {name: 'endpoint', summary: 'address of DynamoDB, where it is not the region\'s own: scalar.db.dynamo.endpoint_override', pattern: /^https?:\/\/[\w.:[\]/-]+$/},
  {name: 'prefix', summary: 'scalar.db.dynamo.namespace.prefix', pattern: PREFIX},
  {name: 'metadata-namespace', summary: 'ScalarDB\'s own namespace without the prefix, scalardb where nothing is said', pattern: PREFIX},
  {name: 'account', summary: 'number of the AWS account', pattern: /^\d{12}$/},
  {name: 'indexes', summary: 'with --mode prefix: recreate makes global secondary indexes anew under the new names', pattern: /^recreate$/},
]

/** Namespace of ScalarDB's own tables, with the prefix (`DynamoAdmin`: the prefix stands before it too). */
export const metadataNamespace = (settings: Settings): string => `${settings['prefix'] ?? ''}${settings['metadata-namespace'] ?? 'scalardb'}`
