import {DescribeContinuousBackupsCommand, DescribeTableCommand, DynamoDBClient, paginateListTables, paginateScan} from '@aws-sdk/client-dynamodb'

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

export interface DynamoAccess {
  readonly region: string
  readonly profile?: string
  readonly endpoint?: string
  readonly signal?: AbortSignal
}

/** An address that swallows everything, as behind a firewall, is given up after two attempts of this. */
const CONNECT_TIMEOUT_MS = 3000
const REQUEST_TIMEOUT_MS = 10_000

/** DynamoDB as the user has it: the SDK's own chain of environment, profiles, SSO, processes and roles, and its retries (AWS_MAX_ATTEMPTS). */
export function openDynamo({region, profile, endpoint, signal}: DynamoAccess): DynamoApi {
  const client = new DynamoDBClient({
    region, profile, endpoint,
    requestHandler: {connectionTimeout: CONNECT_TIMEOUT_MS, requestTimeout: REQUEST_TIMEOUT_MS, throwOnRequestTimeout: true},
  })
  const options = {abortSignal: signal}
  return {
    async listedIn(metadataTable) {
      const names: string[] = []
      const query = {TableName: metadataTable, ProjectionExpression: '#t', ExpressionAttributeNames: {'#t': 'table'}, ConsistentRead: true}
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
