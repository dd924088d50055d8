import {inline, shell} from '../../plan/shell.ts'
import {aws} from './cli.ts'
import {plan} from './plan.ts'
import {metadataNamespace, SETTINGS} from './settings.ts'
import type {Database, Settings} from '../types.ts'

/** LatestRestorableDateTime is typically five minutes before now; point-in-time recovery reaches back 35 days at most (AWS). */
const LAG_SECONDS = 300
const RETENTION_DAYS = 35

/** Amazon DynamoDB, one region of one account. */
export const dynamodb: Database = {
  kind: 'dynamodb',
  title: 'Amazon DynamoDB',
  settings: SETTINGS,
  recognise({storage, contactPoints: region, endpointOverride: endpoint, namespacePrefix: prefix, metadataNamespace: metadata}) {
    if (storage !== 'dynamo' || !region) return undefined
    return {
      key: [region, endpoint ?? '', prefix ?? ''].join(' ').trimEnd(),
      settings: {region, ...endpoint && {endpoint}, ...prefix && {prefix}, ...metadata && {'metadata-namespace': metadata}},
    }
  },
  name: ({region, prefix}) => `Amazon DynamoDB${region ? ` in ${region}` : ''}${prefix ? `, prefix ${prefix}` : ''}`,
  time: ({rfc3339}) => rfc3339,
  restorable: () => ({lagSeconds: LAG_SECONDS, retentionDays: RETENTION_DAYS}),
  takesPrefix: true,
  clock: (settings, env) => settings['endpoint'] ?? env['AWS_ENDPOINT_URL_DYNAMODB'] ?? env['AWS_ENDPOINT_URL'] ?? endpointOf(settings),
  async check(input) {
    const [{checkDynamo}, {openDynamo}] = await Promise.all([import('./check.ts'), import('./api.ts')])
    return checkDynamo(input, openDynamo)
  },
  checkByHand(settings) {
    const {scan, recovery} = lookups(settings)
    return [
      scan,
      shell(`${inline(scan)} --output text |\n  tr '\\t' '\\n' | while read -r TABLE; do\n  echo "$TABLE $(${inline(recovery('"$TABLE"'))})"\ndone`, {
        note: `ENABLED for every table, and for ${metadataNamespace(settings)}.metadata`,
      }),
    ]
  },
  plan,
}

const endpointOf = ({region}: Settings): string | undefined => region && `https://dynamodb.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`

function lookups(settings: Settings) {
  const scan = aws(settings, 'dynamodb', ['scan', '--table-name', `${metadataNamespace(settings)}.metadata`, '--projection-expression', '#t',
    '--expression-attribute-names', '{"#t":"table"}', '--query', 'Items[].table.S'])
  return {
    scan,
    recovery: (table: string) => aws(settings, 'dynamodb', ['describe-continuous-backups', '--table-name', {raw: table}, '--query',
      'ContinuousBackupsDescription.PointInTimeRecoveryDescription.PointInTimeRecoveryStatus', '--output', 'text']),
  }
}
