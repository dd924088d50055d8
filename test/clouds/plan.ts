import {DATABASES} from '../../src/databases/index.ts'
import {buildPlan} from '../../src/plan/build.ts'
import {renderScript} from '../../src/plan/script.ts'
import {restoreTime} from '../../src/plan/time.ts'
import {REGION} from './moto.ts'
import type {PlanMode} from '../../src/databases/types.ts'

interface Asked {
  /** Undefined: the script finds them out. */
  readonly tables?: readonly string[]
  readonly mode?: PlanMode
  readonly prefix?: string
  readonly settings?: Readonly<Record<string, string>>
}

/** The script that brings a Ledger's DynamoDB back to an instant, without the steps in Kubernetes. */
export function dynamoScript(at: number, {tables, mode = 'same-name', prefix, settings}: Asked): string {
  const database = DATABASES.find(({kind}) => kind === 'dynamodb')
  if (!database) throw new Error('no database dynamodb')
  const storage = {owner: {product: 'ledger', release: 'my-ledger', namespace: 'ledger'}, keeps: ['scalar', 'scalar_*', 'coordinator']} as const
  return renderScript(buildPlan({
    version: '0.1.0', time: restoreTime(at), consistent: true, warnings: [], mode, prefix, snapshots: [], scaleWith: 'kubectl',
    databases: [{database, key: REGION, settings: {region: REGION, ...settings}, storages: [storage], tables}],
  }, () => ({steps: [], after: [], tools: [], warnings: []})))
}
