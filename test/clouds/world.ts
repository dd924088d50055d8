import type {Item, Moto} from './moto.ts'

/** A table of ScalarDB's as people set it up, with settings that a restore does not bring back. */
export interface WorldTable {
  readonly name: string
  readonly onDemand?: true
  /** Has a global secondary index on the column `owner`, named as ScalarDB names it. */
  readonly indexed?: true
  readonly ttl?: string
  readonly tags?: Readonly<Record<string, string>>
  readonly stream?: 'NEW_AND_OLD_IMAGES' | 'KEYS_ONLY'
  /** Absent: point-in-time recovery is off. */
  readonly recoveryDays?: number
  readonly protected?: true | undefined
  readonly infrequent?: true
  readonly policy?: true | undefined
  readonly kinesis?: true
  readonly insights?: true
  readonly scaled?: true
  /** Made after the restore point. */
  readonly young?: true
  /** Had a row at the restore point that no transaction had finished with. */
  readonly halfDone?: true
}

const HOUR = 3600

/** Rows of every table: as they were at the restore point, and as they are now. */
export const ROWS_THEN: readonly Item[] = [row('kept', 'before'), row('removed later', 'before'), row('overwritten', 'before')]
export const ROWS_NOW: readonly Item[] = [row('added later', 'after'), row('kept', 'before'), row('overwritten', 'after')]

function row(key: string, value: string): Item {
  return {k: {S: key}, owner: {S: 'someone'}, value: {S: value}, tx_state: {N: '3'}, tx_version: {N: '1'}}
}

/**
 * Makes the tables as of two days ago, gives them rows, and lets the rows change within the last half hour.
 * @returns the restore point between the two, in seconds since 1970
 */
export async function makeWorld(moto: Moto, tables: readonly WorldTable[]): Promise<number> {
  const restorePoint = Math.floor(Date.now() / 1000) - HOUR
  await moto.settings({clockOffsetSeconds: -48 * HOUR})
  for (const table of tables) if (!table.young) await makeTable(moto, table)
  await moto.settings({clockOffsetSeconds: -2 * HOUR})
  for (const {name, young, halfDone} of tables) {
    if (young) continue
    if (halfDone) await moto.api('PutItem', {TableName: name, Item: {...row('half done', 'before'), tx_state: {N: '1'}}})
    const then = isSystem(name) ? systemRows(name, tables.filter(table => !table.young)) : ROWS_THEN
    for (const Item of then) await moto.api('PutItem', {TableName: name, Item})
  }
  await moto.settings({clockOffsetSeconds: -HOUR / 2})
  for (const table of tables) if (table.young) await makeTable(moto, table)
  for (const {name} of tables) {
    if (isSystem(name)) {
      for (const Item of systemRows(name, tables)) await moto.api('PutItem', {TableName: name, Item})
      continue
    }
    for (const Item of ROWS_NOW) await moto.api('PutItem', {TableName: name, Item})
    await moto.api('DeleteItem', {TableName: name, Key: {k: {S: 'removed later'}}})
  }
  await moto.settings({clockOffsetSeconds: 0})
  return restorePoint
}

const isSystem = (name: string) => /\.(metadata|namespaces)$/.test(name)

/** ScalarDB's rows: a table's full name is the hash key `table` of metadata, a namespace's name `namespace_name` of namespaces. */
function systemRows(name: string, tables: readonly WorldTable[]): Item[] {
  const users = tables.filter(table => !isSystem(table.name)).map(table => table.name)
  if (name.endsWith('.metadata')) return users.map(user => ({table: {S: user}, partitionKey: {L: [{S: 'k'}]}}))
  const namespaces = new Set([...users, name].map(user => user.slice(0, user.lastIndexOf('.'))))
  return [...namespaces].map(namespace => ({namespace_name: {S: namespace}}))
}

const keyOf = (name: string): string => name.endsWith('.metadata') ? 'table' : name.endsWith('.namespaces') ? 'namespace_name' : 'k'

async function makeTable(moto: Moto, table: WorldTable): Promise<void> {
  const {name} = table
  const key = keyOf(name)
  const capacity = (units: number) => ({ReadCapacityUnits: units, WriteCapacityUnits: units + 10})
  const {TableDescription} = await moto.api('CreateTable', {
    TableName: name,
    KeySchema: [{AttributeName: key, KeyType: 'HASH'}],
    AttributeDefinitions: [{AttributeName: key, AttributeType: 'S'}, ...table.indexed ? [{AttributeName: 'owner', AttributeType: 'S'}] : []],
    ...table.indexed && {GlobalSecondaryIndexes: [{
      IndexName: `${name}.global_index.owner`, KeySchema: [{AttributeName: 'owner', KeyType: 'HASH'}], Projection: {ProjectionType: 'ALL'},
      ...!table.onDemand && {ProvisionedThroughput: capacity(30)},
    }]},
    ...table.onDemand ? {BillingMode: 'PAY_PER_REQUEST'} : {BillingMode: 'PROVISIONED', ProvisionedThroughput: capacity(20)},
    ...table.stream && {StreamSpecification: {StreamEnabled: true, StreamViewType: table.stream}},
    ...table.infrequent && {TableClass: 'STANDARD_INFREQUENT_ACCESS'},
    DeletionProtectionEnabled: Boolean(table.protected),
    Tags: Object.entries(table.tags ?? {}).map(([Key, Value]) => ({Key, Value})),
  })
  const arn = (TableDescription as {TableArn: string}).TableArn
  if (table.ttl) await moto.api('UpdateTimeToLive', {TableName: name, TimeToLiveSpecification: {Enabled: true, AttributeName: table.ttl}})
  if (table.recoveryDays) {
    const PointInTimeRecoverySpecification = {PointInTimeRecoveryEnabled: true, RecoveryPeriodInDays: table.recoveryDays}
    await moto.api('UpdateContinuousBackups', {TableName: name, PointInTimeRecoverySpecification})
  }
  if (table.kinesis) await moto.api('EnableKinesisStreamingDestination', {TableName: name, StreamArn: 'arn:aws:kinesis:eu-west-1:123456789012:stream/changes'})
  if (table.insights) await moto.api('UpdateContributorInsights', {TableName: name, ContributorInsightsAction: 'ENABLE'})
  if (table.policy) await moto.api('PutResourcePolicy', {ResourceArn: arn, Policy: POLICY(arn)})
  if (table.scaled) {
    await scale(moto, `table/${name}`, 'table')
    if (table.indexed) await scale(moto, `table/${name}/index/${name}.global_index.owner`, 'index')
  }
}

const POLICY = (arn: string) => JSON.stringify({
  Version: '2012-10-17',
  Statement: [{Effect: 'Allow', Principal: {AWS: 'arn:aws:iam::123456789012:root'}, Action: 'dynamodb:GetItem', Resource: arn}],
})

async function scale(moto: Moto, ResourceId: string, what: 'table' | 'index'): Promise<void> {
  for (const kind of ['Read', 'Write']) {
    const of = {ServiceNamespace: 'dynamodb', ResourceId, ScalableDimension: `dynamodb:${what}:${kind}CapacityUnits`}
    await moto.api('RegisterScalableTarget', {...of, MinCapacity: 5, MaxCapacity: 50})
    await moto.api('PutScalingPolicy', {
      ...of, PolicyName: `${ResourceId}-${kind.toLowerCase()}`, PolicyType: 'TargetTrackingScaling',
      TargetTrackingScalingPolicyConfiguration: {
        TargetValue: 70, ScaleInCooldown: 60, ScaleOutCooldown: 60, PredefinedMetricSpecification: {PredefinedMetricType: `DynamoDB${kind}CapacityUtilization`},
      },
    })
  }
}

/** Two tables with every setting between them that a restore loses. */
export const TWO_TABLES: readonly WorldTable[] = [
  {
    name: 'scalar.asset', indexed: true, ttl: 'expires', tags: {team: 'ledger', cost: 'a b'}, stream: 'NEW_AND_OLD_IMAGES', recoveryDays: 14,
    protected: true, policy: true, scaled: true, kinesis: true,
  },
  {name: 'coordinator.state', onDemand: true, recoveryDays: 35, infrequent: true, insights: true, tags: {team: 'ledger'}},
]

