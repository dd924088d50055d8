import {AWS_SETTINGS} from '../aws/cli.ts'
import type {Setting} from '../types.ts'

const IDENTIFIER = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/
const NAME = /^[A-Za-z][\w.-]{0,254}$/
const SWITCH = /^(?:true|false)$/

const COMMON: readonly Setting[] = [
  ...AWS_SETTINGS,
  {name: 'deleted', summary: 'true: the source is gone, and everything about it comes from the record', pattern: SWITCH},
  {name: 'resource-id', summary: 'resource ID of the source, which outlives it: db-… or cluster-…', pattern: /^(?:db|cluster)-[A-Za-z0-9]+$/},
  {name: 'engine', summary: 'postgres, mysql, aurora-postgresql, …', pattern: /^[a-z][a-z0-9-]*$/},
  {name: 'class', summary: 'class of the instances: db.r6g.large', pattern: /^db\.[a-z0-9-]+\.[a-z0-9]+$/},
  {name: 'subnet-group', summary: 'DB subnet group', pattern: NAME},
  {name: 'security-groups', summary: 'VPC security groups, with commas between', pattern: /^sg-[0-9a-f]+(?:,sg-[0-9a-f]+)*$/},
  {name: 'parameter-group', summary: 'DB (cluster) parameter group', pattern: NAME},
  {name: 'account', summary: 'AWS account', pattern: /^\d{12}$/},
]

/** What is recorded of an instance, or given for one that is gone. */
export const INSTANCE_SETTINGS: readonly Setting[] = [
  {name: 'instance', summary: 'identifier of the DB instance', pattern: IDENTIFIER},
  ...COMMON,
  {name: 'option-group', summary: 'option group', pattern: NAME},
  {name: 'multi-az', summary: 'true: a standby in another availability zone', pattern: SWITCH},
]

export const CLUSTER_SETTINGS: readonly Setting[] = [
  {name: 'cluster', summary: 'identifier of the DB cluster', pattern: IDENTIFIER},
  ...COMMON,
  {name: 'instances', summary: 'how many instances the cluster has', pattern: /^[1-9]\d?$/},
]

/** RDS (identifiers of instances and clusters): 1 to 63 letters, digits and hyphens. */
export const LONGEST_NAME = 63
