import assert from 'node:assert/strict'
import {execFile} from 'node:child_process'
import {promisify} from 'node:util'
import {provideAws, type Aws, type AwsKind} from './aws.ts'
import {startMoto, type Moto} from './moto.ts'
import {makeWorld, TWO_TABLES} from './world.ts'

const run = promisify(execFile)
const NEWER = new Set(['DeletionProtectionEnabled', 'WarmThroughput', 'RecoveryPeriodInDays', 'ScalableTargetARN'])

const T = (epochSeconds: number) => new Date(epochSeconds * 1000).toISOString().replace('.000', '')

describe('the AWS CLIs that plans are run with', () => {
  let moto: Moto
  const aws = new Map<AwsKind, Aws>()
  before(async () => {
    moto = await startMoto()
    for (const kind of ['v1', 'v2', 'warm'] as const) aws.set(kind, await provideAws(kind, moto.url))
  })
  after(async () => {
    for (const each of aws.values()) await each.stop()
    await moto.stop()
  })

  /** Exit code and output of one command line against a fresh world. */
  async function answer(kind: AwsKind, commands: (at: number) => readonly string[]) {
    await moto.reset()
    const at = await makeWorld(moto, TWO_TABLES)
    const results = []
    const {folder, env} = aws.get(kind) ?? assert.fail(kind)
    for (const line of commands(at)) {
      const began = Date.now()
      const options = {env: {...process.env, ...moto.env, ...env, PATH: `${folder}:${process.env['PATH']}`, AWS_PAGER: '', AWS_MAX_ATTEMPTS: '1', TZ: 'Asia/Tokyo'}}
      const {stdout, stderr, code} = await run('bash', ['-c', line], options)
        .then(done => ({...done, code: 0}), (error: unknown) => error as {stdout: string; stderr: string; code: number})
      results.push({line: steady(line, began), code, stdout: steady(stdout, began), stderr: steady(stderr, began).trim()})
    }
    return results
  }

  // Ids and the moments of this run differ from run to run, and so do the two versions' ways to write an instant.
  const steady = (text: string, began: number) => text
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+(\+\d\d:\d\d|Z)/g, instant => whole(Date.parse(instant), began))
    .replaceAll(/\b1[6-9]\d{8}(\.\d+)?\b(?=[,\s])/g, seconds => whole(Number(seconds) * 1000, began))
    .replaceAll(/backup\/[\w-]+/g, 'backup/ID').replaceAll(/"TableId": "\w+"/g, '"TableId": "ID"').replaceAll(/"RevisionId": "\d+"/g, '"RevisionId": "ID"')
    .replaceAll(/\/stream\/[\d:T.-]+/g, '/stream/LABEL').replaceAll(/"LatestStreamLabel": "[^"]+"/g, '"LatestStreamLabel": "LABEL"')

  const whole = (instantMs: number, beganMs: number) => {
    assert.ok(Number.isFinite(instantMs))
    return `(about ${Math.round((instantMs - beganMs) / 600_000) * 10} minutes from now)`
  }

  const READS = (at: number) => [
    'aws dynamodb list-tables --output json',
    'aws dynamodb list-tables --query "TableNames[]" --output text',
    'aws dynamodb describe-table --table-name scalar.asset --output json',
    'aws dynamodb describe-table --table-name coordinator.state --output json',
    'aws dynamodb describe-table --table-name coordinator.state --query Table.TableStatus --output text',
    'aws dynamodb describe-table --table-name no.such --output json',
    'aws dynamodb describe-continuous-backups --table-name scalar.asset --output json',
    'aws dynamodb describe-continuous-backups --table-name no.such --output json',
    'aws dynamodb describe-time-to-live --table-name scalar.asset --output json',
    'aws dynamodb list-tags-of-resource --resource-arn arn:aws:dynamodb:eu-west-1:123456789012:table/scalar.asset --output json',
    'aws dynamodb list-backups --backup-type ALL --output json',
    'aws application-autoscaling describe-scalable-targets --service-namespace dynamodb --resource-ids table/scalar.asset --output json',
    'aws application-autoscaling describe-scaling-policies --service-namespace dynamodb --resource-id table/scalar.asset --output json',
    'aws application-autoscaling describe-scheduled-actions --service-namespace dynamodb --output json',
    'aws sts get-caller-identity --output json',
    'aws dynamodb describe-kinesis-streaming-destination --table-name scalar.asset',
    'aws dynamodb list-contributor-insights --table-name scalar.asset',
    'aws dynamodb list-imports',
    `aws dynamodb scan --table-name scalar.asset --filter-expression 'tx_state <> :c' --expression-attribute-values '{":c":{"N":"3"}}' --select COUNT --output json`,
    `aws dynamodb restore-table-to-point-in-time --source-table-name no.such --target-table-name copy --restore-date-time ${T(at)}`,
    'aws dynamodb no-such-command',
  ]

  const CHANGES = (at: number) => [
    `aws dynamodb restore-table-to-point-in-time --source-table-name coordinator.state --target-table-name r1-coordinator.state --restore-date-time ${T(at)} --no-use-latest-restorable-time --billing-mode-override PAY_PER_REQUEST --output json`,
    'aws dynamodb describe-table --table-name r1-coordinator.state --output json',
    'aws dynamodb create-backup --table-name r1-coordinator.state --backup-name r1-coordinator.state --output json',
    'aws dynamodb list-backups --table-name r1-coordinator.state --output json',
    `aws dynamodb describe-backup --backup-arn "$(aws dynamodb list-backups --table-name r1-coordinator.state --query 'BackupSummaries[0].BackupArn' --output text)" --output json`,
    'aws dynamodb delete-table --table-name coordinator.state --output json',
    `aws dynamodb restore-table-from-backup --target-table-name coordinator.state --backup-arn "$(aws dynamodb list-backups --table-name r1-coordinator.state --query 'BackupSummaries[0].BackupArn' --output text)" --billing-mode-override PAY_PER_REQUEST --output json`,
    'aws dynamodb update-continuous-backups --table-name coordinator.state --point-in-time-recovery-specification PointInTimeRecoveryEnabled=true --output json',
    'aws dynamodb update-time-to-live --table-name coordinator.state --time-to-live-specification Enabled=true,AttributeName=expires --output json',
    'aws dynamodb tag-resource --resource-arn arn:aws:dynamodb:eu-west-1:123456789012:table/coordinator.state --tags Key=a,Value="b c"',
    'aws dynamodb update-table --table-name coordinator.state --stream-specification StreamEnabled=true,StreamViewType=NEW_IMAGE --output json',
    'aws application-autoscaling register-scalable-target --service-namespace dynamodb --resource-id table/coordinator.state --scalable-dimension dynamodb:table:ReadCapacityUnits --min-capacity 1 --max-capacity 10',
  ]

  for (const [what, commands] of [['reads and refusals', READS], ['changes', CHANGES]] as const) {
    it(`are alike: v2, and v1 loaded once, say and do what v1 does: ${what}`, async () => {
      const [v1, afterV1] = [await answer('v1', commands), world(await moto.truth())]
      assert.deepEqual(await answer('warm', commands), v1)
      assert.deepEqual(world(await moto.truth()), afterV1)
      assert.deepEqual((await answer('v2', commands)).map(common), v1.map(common))
      assert.deepEqual(world(await moto.truth()), afterV1)
    })
  }

  /** What is the same in both versions: v2 of 2022 leaves out what its model does not know, and words its errors in its own way. */
  const common = ({line, code, stdout}: {line: string; code: number; stdout: string}) => ({line, failed: code !== 0, stdout: known(stdout)})

  const known = (text: string) => {
    if (!text.startsWith('{')) return text
    const answer = JSON.stringify(JSON.parse(text.replaceAll(/"?(\(about -?\d+ minutes from now\))"?/g, '"$1"')), (key, value: unknown) => NEWER.has(key) ? undefined : value)
    return answer === '{}' ? '' : answer
  }

  const world = ({tables, backups, scaling}: Awaited<ReturnType<Moto['truth']>>) => ({
    scaling, backups: backups.map(({name, status, type}) => ({name, status, type})),
    tables: Object.entries(tables).map(([name, {status, items, billing, ttl, tags, stream}]) => ({name, status, items, billing, ttl, tags, stream})),
  })
})
