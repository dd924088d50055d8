import assert from 'node:assert/strict'
import {rm} from 'node:fs/promises'
import {join} from 'node:path'
import {afterEach, describe, it} from 'mocha'
import {findRecord} from '../../src/catalogue/find.ts'
import {CliError} from '../../src/support/errors.ts'
import {clusterWith, configMap, recordAt, stateWith, voidRecordAt} from './builders.ts'
import type {RestorePoint} from '../../src/backup/restore-point.ts'
import type {CatalogueWorld} from '../../src/catalogue/types.ts'

const [first, second] = [recordAt(0), recordAt(1)]
const NAME = 'scalardl-20261123t124400z-my-ledger'
const SECOND = 'scalardl-20261124t124400z-my-ledger'
const LIST = 'all of them: kubectl scalardl restore-points -A'
const LEDGER = 'ledger ledger/my-ledger in prod'

describe('a record is found', () => {
  let stateDir = ''
  const state = async (files: Record<string, string | RestorePoint>) => (stateDir = await stateWith(files))
  afterEach(async () => {
    if (stateDir) await rm(stateDir, {recursive: true})
    stateDir = ''
  })
  const path = (name: string) => join(stateDir, 'restore-points', `${name}.json`)

  const failure = async (which: string, world: CatalogueWorld) => {
    try {
      await findRecord(which, world)
    } catch (error) {
      assert.ok(error instanceof CliError, String(error))
      return [error.exitCode, error.message, ...error.hints]
    }
    return assert.fail('a record was found')
  }

  it('by the path of its file, on a machine that has nothing else', async () => {
    await state({'copy.json': first})
    assert.deepEqual(await findRecord(path('copy'), {stateDir: undefined}), {record: first, source: path('copy'), notes: []})
  })

  it('on stdin', async () => {
    assert.deepEqual(await findRecord('-', {stateDir: undefined}, async () => JSON.stringify(first)), {record: first, source: 'stdin', notes: []})
  })

  for (const which of [NAME, NAME.replace('scalardl-', '')]) {
    it(`by the name ${which}, without asking the cluster`, async () => {
      const cluster = clusterWith([])
      await state({[`${NAME}.json`]: first, [`${SECOND}.json`]: second})
      assert.deepEqual(await findRecord(which, {stateDir, cluster: cluster.open}), {record: first, source: path(NAME), notes: []})
      assert.deepEqual(cluster.asked, [])
    })
  }

  it('in a ConfigMap, when this machine has no file of it', async () => {
    const cluster = clusterWith([configMap(NAME, first), configMap(SECOND, second)], {namespace: 'ledger'})
    assert.deepEqual(await findRecord(NAME, {stateDir: await state({}), cluster: cluster.open}), {record: first, source: `configmap/${NAME} in ledger of prod`, notes: []})
    assert.deepEqual(cluster.asked, ['GET /api/v1/namespaces/ledger/configmaps?app.kubernetes.io/managed-by=kubectl-scalardl,app.kubernetes.io/component=restore-point'])
  })

  it('in the ConfigMap, when its file is damaged', async () => {
    const cluster = clusterWith([configMap(NAME, first)])
    await state({[`${NAME}.json`]: JSON.stringify(first).slice(0, 500)})
    assert.deepEqual(await findRecord(NAME, {stateDir, cluster: cluster.open}), {
      record: first, source: `configmap/${NAME} in ledger of prod`, notes: [`skipped: ${path(NAME)} is damaged: its end is missing`],
    })
  })

  it('as the latest of files and ConfigMaps that has a restore point, and newer ones without one are named', async () => {
    const cluster = clusterWith([configMap(SECOND, second)])
    await state({[`${NAME}.json`]: first, 'v.json': voidRecordAt(2), 'broken.json': '{'})
    assert.deepEqual(await findRecord('latest', {stateDir, cluster: cluster.open}), {
      record: second,
      source: `configmap/${SECOND} in ledger of prod`,
      notes: [
        `latest is ${SECOND}: 2026-11-24T12:44:05Z, ${LEDGER}`,
        'v is newer and has no restore point: it is void',
        `skipped: ${path('broken')} is damaged: its end is missing`,
      ],
    })
  })

  it('as the latest of the files alone, when there is no cluster any more', async () => {
    await state({[`${NAME}.json`]: first})
    const cluster = async () => { throw new CliError('no kubeconfig found') }
    assert.deepEqual(await findRecord('latest', {stateDir, cluster}), {
      record: first, source: path(NAME), notes: [`latest is ${NAME}: 2026-11-23T12:44:05Z, ${LEDGER}`, 'the ConfigMaps of the cluster are left out: no kubeconfig found'],
    })
  })

  it('as the latest even where it is unverified, and the newest consistent one and other servers are named', async () => {
    const unverified = recordAt(2, {verdict: 'unverified', consistent: false, reasons: ['too old']})
    const other = recordAt(1, {targets: first.targets.map(target => ({...target, release: 'blue'}))})
    await state({'u.json': unverified, 'blue.json': other, [`${NAME}.json`]: first})
    assert.deepEqual((await findRecord('latest', {stateDir})).notes, [
      `latest is u: 2026-11-25T12:44:05Z, ${LEDGER}`,
      'it is unverified; the newest that is consistent: blue',
      'there are records of other servers too, e.g. blue: ledger ledger/blue in prod',
    ])
  })

  describe('never', () => {
    it('by a name that nothing has; what there is comes with the answer', async () => {
      await state({[`${NAME}.json`]: first})
      assert.deepEqual(await failure('yesterday', {stateDir, cluster: clusterWith([], {refuse: 403}).open}), [
        2, 'no record "yesterday" was found', 'the ConfigMaps of the cluster are left out: configmaps is forbidden: 403', `there is ${NAME}`, LIST,
      ])
    })

    it('by a name whose only copy is damaged', async () => {
      await state({[`${NAME}.json`]: '{"apiVersion": '})
      assert.deepEqual(await failure(NAME, {stateDir}), [2, `no copy of ${NAME} can be relied on`, `skipped: ${path(NAME)} is damaged: its end is missing`, LIST])
    })

    it('by a name whose copies differ', async () => {
      const cluster = clusterWith([configMap(NAME, first), configMap(NAME, {...first, warnings: ['changed']}, 'auditor')])
      await state({})
      assert.deepEqual(await failure(NAME, {stateDir, cluster: cluster.open}), [
        2, `"${NAME}" stands for 2 records that differ`,
        `configmap/${NAME} in ledger of prod: 2026-11-23T12:44:00.000Z, ${LEDGER}, consistent`,
        `configmap/${NAME} in auditor of prod: 2026-11-23T12:44:00.000Z, ${LEDGER}, consistent`,
        'give the path of the right one instead of its name',
      ])
    })

    it('as the latest where only void ones are', async () => {
      await state({'v.json': voidRecordAt(2)})
      assert.deepEqual(await failure('latest', {stateDir}), [1, 'no record with a restore point was found', 'v is void', LIST])
    })

    it('at a path where there is none', async () => {
      assert.deepEqual(await failure('./none.json', {stateDir: undefined}), [
        1, "the record ./none.json cannot be read: ENOENT: no such file or directory, open './none.json'", LIST,
      ])
    })
  })
})
