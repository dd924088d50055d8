import {DescribeContinuousBackupsCommand, DescribeTableCommand, DynamoDBClient, paginateListTables, paginateScan} from '@aws-sdk/client-dynamodb'
import {sdkOptions} from '../aws/sdk.ts'
import type {AwsPlace} from '../aws/sdk.ts'

/** Point-in-time recovery of one table, as DescribeContinuousBackups tells it. */
export interface PointInTimeRecovery {
  readonly enabled: boolean
  readonly recoveryPeriodDays?: number
  readonly earliestMs?: number
  readonly latestMs?: number
}

/** What the check asks DynamoDB. Every call throws the SDK's errors. */
export interface DynamoApi {
  /** Full names of all tables that a metadata table of ScalarDB lists (`DynamoAdmin`: string hash key `table`). */
  listedIn(metadataTable: string): Promise<string[]>
  tableNames(): Promise<string[]>
  /** AWS account that the table is in. */
  accountOf(table: string): Promise<string | undefined>
  pointInTimeRecovery(table: string): Promise<PointInTimeRecovery>
  close(): void
}

export interface DynamoAccess extends AwsPlace {
  readonly endpoint?: string
  readonly signal?: AbortSignal
}

/** DynamoDB with the user's ordinary credentials. */
export function openDynamo({region, profile, endpoint, signal}: DynamoAccess): DynamoApi {
  const client = new DynamoDBClient({...sdkOptions({region, profile}), endpoint})
  const options = {abortSignal: signal}
  return {
    async listedIn(metadataTable) {
      const names: string[] = []
      // Not a consistent read: it takes twice the capacity, of which the servers' own metadata tables have little (1 unit).
      const query = {TableName: metadataTable, ProjectionExpression: '#t', ExpressionAttributeNames: {'#t': 'table'}}
      for await (const {Items} of paginateScan({client}, query, options)) names.push(...Items?.flatMap(({table}) => table?.S ?? []) ?? [])
      return names
    },
    async tableNames() {
      const names: string[] = []
      for await (const {TableNames} of paginateListTables({client}, {}, options)) names.push(...TableNames ?? [])
      return names
    },
    async accountOf(table) {
      const {Table} = await client.send(new DescribeTableCommand({TableName: table}), options)
      return /^arn:[^:]*:dynamodb:[^:]*:(\d{12}):/.exec(Table?.TableArn ?? '')?.[1]
    },
    async pointInTimeRecovery(table) {
      const {ContinuousBackupsDescription} = await client.send(new DescribeContinuousBackupsCommand({TableName: table}), options)
      const found = ContinuousBackupsDescription?.PointInTimeRecoveryDescription
      return {
        enabled: found?.PointInTimeRecoveryStatus === 'ENABLED',
        recoveryPeriodDays: found?.RecoveryPeriodInDays,
        earliestMs: found?.EarliestRestorableDateTime?.getTime(),
        latestMs: found?.LatestRestorableDateTime?.getTime(),
      }
    },
    close: () => { client.destroy() },
  }
}
