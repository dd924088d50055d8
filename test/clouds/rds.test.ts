import assert from 'node:assert/strict'
import {execFile} from 'node:child_process'
import {mkdtemp, readdir, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {promisify} from 'node:util'
import {openRds} from '../../src/databases/rds/api.ts'
import {checkRds} from '../../src/databases/rds/check.ts'
import {aurora, rds} from '../../src/databases/rds/index.ts'
import {renderScript} from '../../src/plan/script.ts'
import {planOf} from '../support/plan-of.ts'
import {provideAws, type Aws, type AwsKind} from './aws.ts'
import {REGION, startMoto, type Moto} from './moto.ts'
import type {RestorePlan} from '../../src/plan/model.ts'

const run = promisify(execFile)
const RUN = 'r20261123t124407z'

/** Everything before its own way to see half-done rows, which needs a server that answers SQL. */
const withoutSql = (plan: RestorePlan): RestorePlan => ({...plan, tools: plan.tools.filter(({name}) => name === 'aws' || name === 'jq'), steps: plan.steps.filter(({id}) => !id.endsWith('.in-flight'))})

describe('the script that restores RDS, run against moto', () => {
  let moto: Moto
  before(async () => (moto = await startMoto()))
  after(() => moto.stop())

  for (const kind of ['v1', 'v2'] as const) describe(`by the AWS CLI ${kind}`, () => {
    let cli: Aws
    before(async () => (cli = await provideAws(kind satisfies AwsKind, moto.url)))
    beforeEach(() => moto.reset())
    after(() => cli.stop())

    const env = () => ({...process.env, ...moto.env, ...cli.env, PATH: `${cli.folder}:${process.env['PATH']}`, AWS_PAGER: ''})
    const aws = async (...words: string[]): Promise<unknown> =>
      JSON.parse((await run('aws', [...words, '--region', REGION, '--output', 'json'], {env: env()})).stdout || 'null')

    /** Twice: the second run finds everything done. */
    async function carryOut(plan: RestorePlan, byHand: string): Promise<void> {
      const folder = await mkdtemp(join(tmpdir(), 'rds-'))
      try {
        await writeFile(join(folder, 'plan.sh'), renderScript(withoutSql(plan)))
        for (const time of [1, 2]) {
          await run('bash', [join(folder, 'plan.sh'), '--yes', '--done', byHand], {cwd: folder, env: {...env(), HOME: folder, XDG_STATE_HOME: folder, POLL: '0.1'}})
          const [plans = ''] = await readdir(join(folder, 'kubectl-scalardl/plans'))
          if (time === 1) await rm(join(folder, 'kubectl-scalardl/plans', plans, 'finished'))
        }
      } finally {
        await rm(folder, {recursive: true})
      }
    }

    it('makes a new instance, set up as the old one; a second run changes nothing', async () => {
      await aws('rds', 'create-db-subnet-group', '--db-subnet-group-name', 'private', '--db-subnet-group-description', 'x', '--subnet-ids', ...await subnets())
      await aws('rds', 'create-db-parameter-group', '--db-parameter-group-name', 'mine', '--db-parameter-group-family', 'mysql5.6', '--description', 'x')
      await aws('rds', 'create-option-group', '--option-group-name', 'mine', '--engine-name', 'mysql', '--major-engine-version', '5.6', '--option-group-description', 'x')
      await aws('rds', 'create-db-instance', '--db-instance-identifier', 'my-db', '--engine', 'mysql', '--db-instance-class', 'db.r6g.large', '--allocated-storage', '20', '--option-group-name', 'mine',
        '--master-username', 'u', '--master-user-password', 'password', '--db-subnet-group-name', 'private', '--db-parameter-group-name', 'mine', '--multi-az', '--no-publicly-accessible')
      await carryOut(planOf(rds, {settings: {instance: 'my-db', region: REGION}}), 'rds.differences')
      const {DBInstances} = await aws('rds', 'describe-db-instances', '--db-instance-identifier', `my-db-${RUN}`) as {DBInstances: Array<Record<string, unknown>>}
      const [{DBInstanceClass, MultiAZ, PubliclyAccessible, DBSubnetGroup, DBParameterGroups, DeletionProtection} = {}] = DBInstances
      assert.deepEqual([DBInstanceClass, MultiAZ, PubliclyAccessible, DeletionProtection], ['db.r6g.large', true, false, true])
      assert.equal((DBSubnetGroup as {DBSubnetGroupName: string}).DBSubnetGroupName, 'private')
      assert.equal((DBParameterGroups as Array<{DBParameterGroupName: string}>)[0]?.DBParameterGroupName, 'mine')
    })

    it('makes a new Aurora cluster and its instances', async () => {
      await aws('rds', 'create-db-cluster', '--db-cluster-identifier', 'my-cluster', '--engine', 'aurora-mysql', '--master-username', 'u', '--master-user-password', 'password')
      await aws('rds', 'create-db-instance', '--db-instance-identifier', 'writer', '--db-cluster-identifier', 'my-cluster', '--engine', 'aurora-mysql', '--db-instance-class', 'db.r6g.xlarge')
      await carryOut(planOf(aurora, {settings: {cluster: 'my-cluster', region: REGION, instances: '2'}}), 'aurora.differences')
      const {DBInstances} = await aws('rds', 'describe-db-instances', '--filters', `Name=db-cluster-id,Values=my-cluster-${RUN}`) as {DBInstances: Array<Record<string, unknown>>}
      assert.deepEqual(DBInstances.map(({DBInstanceIdentifier, DBInstanceClass}) => [DBInstanceIdentifier, DBInstanceClass]), [
        [`my-cluster-${RUN}-1`, 'db.r6g.xlarge'], [`my-cluster-${RUN}-2`, 'db.r6g.xlarge'],
      ])
    })

    async function subnets(): Promise<string[]> {
      const {Subnets} = await aws('ec2', 'describe-subnets') as {Subnets: Array<{SubnetId: string}>}
      return Subnets.map(({SubnetId}) => SubnetId)
    }
  })

  it('is checked before the pause: its instance is found by the SDK, with what a restore has to be told', async () => {
    await moto.reset()
    const cli = await provideAws('v1', moto.url)
    const env = {...process.env, ...moto.env, PATH: `${cli.folder}:${process.env['PATH']}`}
    await run('aws', ['rds', 'create-db-instance', '--db-instance-identifier', 'my-db', '--engine', 'postgres', '--db-instance-class', 'db.r6g.large', '--allocated-storage', '20', '--master-username', 'u', '--master-user-password', 'password', '--backup-retention-period', '9', '--region', REGION], {env})
    await cli.stop()
    const before = {...process.env}
    Object.assign(process.env, moto.env)
    try {
      const found = await checkRds('rds', {settings: {instance: 'my-db', region: REGION}, storages: [], access: {}}, openRds)
      assert.deepEqual([found.status, found.summary, found.settings['class'], found.settings['account']], ['passed', 'automated backups reach 9 days back', 'db.r6g.large', '123456789012'])
      const missing = await checkRds('rds', {settings: {instance: 'other', region: REGION}, storages: [], access: {}}, openRds)
      assert.deepEqual([missing.status, missing.summary], ['unverified', `there is no other in ${REGION} for these credentials (another account?)`])
    } finally {
      process.env = before
    }
  })
})
