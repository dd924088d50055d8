import {alloydb} from './alloydb/index.ts'
import {cassandra} from './cassandra/index.ts'
import {cloudSql} from './cloud-sql/index.ts'
import {cloudStorage} from './cloud-storage/index.ts'
import {azureMysql, azurePostgresql} from './azure-flexible/index.ts'
import {blobStorage} from './blob-storage/index.ts'
import {cosmosdb} from './cosmosdb/index.ts'
import {dynamodb} from './dynamodb/index.ts'
import {mysql} from './mysql/index.ts'
import {postgresql} from './postgresql/index.ts'
import {aurora, multiAzCluster, rds} from './rds/index.ts'
import {s3} from './s3/index.ts'
import {vendor} from './vendor/index.ts'
import {yugabytedb} from './yugabytedb/index.ts'
import {yugabytedbManaged} from './yugabytedb/managed.ts'
import type {Database} from './types.ts'

/** Every kind of database, in the order in which they are asked whether a storage is theirs: the special before the general. */
export const DATABASES: readonly Database[] = [
  cosmosdb,
  dynamodb,
  azureMysql,
  azurePostgresql,
  blobStorage,
  rds,
  aurora,
  multiAzCluster,
  s3,
  yugabytedbManaged,
  yugabytedb,
  cassandra,
  cloudStorage,
  cloudSql,
  alloydb,
  postgresql,
  mysql,
  vendor,
]
