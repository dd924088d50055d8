import {DescribeDBClustersCommand, DescribeDBInstanceAutomatedBackupsCommand, DescribeDBInstancesCommand, RDSClient} from '@aws-sdk/client-rds'
import type {DBCluster, DBInstance} from '@aws-sdk/client-rds'

/** What the check asks RDS. Every call throws the SDK's errors. */
export interface RdsApi {
  instance(identifier: string): Promise<DBInstance | undefined>
  cluster(identifier: string): Promise<DBCluster | undefined>
  /** The first moment to which an instance can be restored. */
  earliest(identifier: string): Promise<Date | undefined>
  close(): void
}

export interface RdsAccess {
  readonly region: string
  readonly profile?: string
  readonly signal?: AbortSignal
}

/** An address that swallows everything, as behind a firewall, is given up after two attempts of this. */
const CONNECT_TIMEOUT_MS = 3000
const REQUEST_TIMEOUT_MS = 10_000

/** RDS with the user's ordinary credentials. */
export function openRds({region, profile, signal}: RdsAccess): RdsApi {
  const client = new RDSClient({region, profile, requestHandler: {connectionTimeout: CONNECT_TIMEOUT_MS, requestTimeout: REQUEST_TIMEOUT_MS, throwOnRequestTimeout: true}})
  const options = {abortSignal: signal}
  return {
    instance: async DBInstanceIdentifier => (await client.send(new DescribeDBInstancesCommand({DBInstanceIdentifier}), options)).DBInstances?.[0],
    cluster: async DBClusterIdentifier => (await client.send(new DescribeDBClustersCommand({DBClusterIdentifier}), options)).DBClusters?.[0],
    earliest: async DBInstanceIdentifier =>
      (await client.send(new DescribeDBInstanceAutomatedBackupsCommand({DBInstanceIdentifier}), options)).DBInstanceAutomatedBackups?.[0]?.RestoreWindow?.EarliestTime,
    close: () => { client.destroy() },
  }
}
