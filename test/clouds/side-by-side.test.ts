import assert from 'node:assert/strict'
import {DATABASES} from '../../src/databases/index.ts'
import {buildPlan} from '../../src/plan/build.ts'
import {renderScript} from '../../src/plan/script.ts'
import {restoreTime} from '../../src/plan/time.ts'
import {provideAws, type Aws} from './aws.ts'
import {REGION, startMoto, type Moto} from './moto.ts'
import {assertRestored} from './outcome.ts'
import {Place} from './place.ts'
import {makeWorld} from './world.ts'

const LEDGER = ['scalar.asset', 'coordinator.state']
const AUDITOR = ['auditor.asset', 'auditor.asset_lock']
const STEP_MS = 3000

/** Ledger's and Auditor's tables as two databases of one plan. */
function script(at: number): string {
  const database = DATABASES.find(({kind}) => kind === 'dynamodb') ?? assert.fail('no database dynamodb')
  const of = (product: 'ledger' | 'auditor', tables: readonly string[]) => ({
    database, key: product, settings: {region: REGION}, tables, storages: [{owner: {product, release: `my-${product}`, namespace: product}, keeps: [product]}],
  })
  return renderScript(buildPlan({
    version: '0.1.0', time: restoreTime(at), consistent: false, warnings: ['a test'], mode: 'same-name', snapshots: [], scaleWith: 'kubectl',
    databases: [of('ledger', LEDGER), of('auditor', AUDITOR)],
  }, () => ({steps: [], after: [], tools: [], warnings: []})))
}

describe('the printed script for two databases in DynamoDB', () => {
  let moto: Moto
  let aws: Aws
  before(async () => {
    moto = await startMoto()
    aws = await provideAws('warm', moto.url)
  })
  after(async () => {
    await aws.stop()
    await moto.stop()
  })

  it('restores both at once', async function () {
    this.timeout(180_000)
    const names = [...LEDGER, ...AUDITOR]
    const at = await makeWorld(moto, names.map(name => ({name, recoveryDays: 35})))
    await moto.watch(names, at)
    await moto.settings({durationsMs: {copy: STEP_MS, backup: STEP_MS, restore: STEP_MS, delete: STEP_MS}})
    const earlier = await moto.truth()
    const place = await Place.make(script(at), moto, aws, {POLL: '0.3'})
    const {code, output} = await place.run('--yes')
    assert.equal(code, 0, output)
    assertRestored(await moto.truth(), earlier, names)
    for (const id of ['dynamodb', 'dynamodb-2']) {
      const begun = output.indexOf(` ${id}: replacing: 2 tables`)
      assert.ok(begun > 0 && begun < output.indexOf(': restored, with its settings'), output)
    }
    await place.remove()
  })
})
