import {DescribeDBClustersCommand, DescribeDBInstanceAutomatedBackupsCommand, DescribeDBInstancesCommand, RDSClient} from '@aws-sdk/client-rds'
import {sdkOptions} from '../aws/sdk.ts'
import type {AwsPlace} from '../aws/sdk.ts'
import type {DBCluster, DBInstance} from '@aws-sdk/client-rds'

/** What the check asks RDS. Every call throws the SDK's errors. */
export interface RdsApi {
  instance(identifier: string): Promise<DBInstance | undefined>
  cluster(identifier: string): Promise<DBCluster | undefined>
  /** The first moment to which an instance can be restored. */
  earliest(identifier: string): Promise<Date | undefined>
  close(): void
}

export interface RdsAccess extends AwsPlace {
  readonly signal?: AbortSignal
}

/** RDS with the user's ordinary credentials. */
export function openRds({region, profile, signal}: RdsAccess): RdsApi {
  const client = new RDSClient(sdkOptions({region, profile}))
  const options = {abortSignal: signal}
  return {
    instance: async DBInstanceIdentifier => (await client.send(new DescribeDBInstancesCommand({DBInstanceIdentifier}), options)).DBInstances?.[0],
    cluster: async DBClusterIdentifier => (await client.send(new DescribeDBClustersCommand({DBClusterIdentifier}), options)).DBClusters?.[0],
    earliest: async DBInstanceIdentifier =>
      (await client.send(new DescribeDBInstanceAutomatedBackupsCommand({DBInstanceIdentifier}), options)).DBInstanceAutomatedBackups?.[0]?.RestoreWindow?.EarliestTime,
    close: () => { client.destroy() },
  }
}
