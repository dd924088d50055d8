import assert from 'node:assert/strict'
import {readdir, rm, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {afterEach, describe, it} from 'mocha'
import {readCatalogue} from '../../src/catalogue/catalogue.ts'
import {choosePruning} from '../../src/catalogue/choose.ts'
import {deleteRecords, requireDeletion} from '../../src/catalogue/prune.ts'
import {CliError} from '../../src/support/errors.ts'
import {clusterWith, configMap, recordAt, stateWith, voidRecordAt} from './builders.ts'
import type {RestorePoint} from '../../src/backup/restore-point.ts'
import type {PruneRequest} from '../../src/catalogue/choose.ts'
import type {ClusterPlace, Entry} from '../../src/catalogue/types.ts'

const DAY_MS = 86_400_000
const NOW = Date.parse('2026-12-01T00:00:00Z')
const NAME = 'scalardl-20261123t124400z-my-ledger'

const entriesOf = (records: Readonly<Record<string, RestorePoint>>): Entry[] =>
  Object.entries(records).map(([name, record]) => ({name, record, copies: []})).toSorted((a, b) => b.record.startedAt.localeCompare(a.record.startedAt))

const unverifiedAt = (days: number) => recordAt(days, {verdict: 'unverified', consistent: false, reasons: ['too old']})
const auditorAt = (days: number) => recordAt(days, {targets: recordAt(days).targets.map(target => ({...target, product: 'auditor' as const, release: 'my-auditor'}))})

describe('pruning takes', () => {
  const entries = entriesOf({v0: voidRecordAt(0), a1: recordAt(1), v2: voidRecordAt(2), a3: recordAt(3), v4: voidRecordAt(4), a5: recordAt(5), v6: voidRecordAt(6)})
  const chosen = (request: PruneRequest, of: readonly Entry[] = entries) => {
    const {doomed, spared} = choosePruning(of, request, NOW)
    return [doomed.map(({name}) => name).join(' '), spared.map(({name}) => name).join(' ')]
  }

  const cases: ReadonlyArray<readonly [string, PruneRequest, readonly string[]]> = [
    ['what is older than the restore points to keep', {keep: 2}, ['v2 a1 v0', '']],
    ['nothing, where there are no more than those', {keep: 3}, ['v0', '']],
    ['nothing, where there are fewer', {keep: 4}, ['', '']],
    ['what is too old, but for the newest consistent one', {olderThanMs: DAY_MS}, ['v6 v4 a3 v2 a1 v0', 'a5']],
    ['what is too old', {olderThanMs: 5 * DAY_MS}, ['v2 a1 v0', '']],
    ['nothing, where the age is beyond every calendar', {olderThanMs: 1e17}, ['', '']],
    ['only what both leave over', {keep: 1, olderThanMs: 6 * DAY_MS}, ['a1 v0', '']],
    ['the newest consistent one only when nothing is to be kept', {keep: 0}, ['v6 a5 v4 a3 v2 a1 v0', '']],
    ['nothing that is young, even then', {keep: 0, olderThanMs: 6 * DAY_MS}, ['a1 v0', '']],
  ]
  for (const [what, request, expected] of cases) {
    it(what, () => { assert.deepEqual(chosen(request), expected) })
  }

  it('not the newest consistent one for newer ones that are not', () => {
    assert.deepEqual(chosen({keep: 1}, entriesOf({a0: recordAt(0), u1: unverifiedAt(1), u2: unverifiedAt(2)})), ['u1', 'a0'])
  })

  it('not the ones of other servers, which are counted apart', () => {
    assert.deepEqual(chosen({keep: 1}, entriesOf({b0: auditorAt(0), a1: recordAt(1), a2: recordAt(2)})), ['a1', ''])
  })
})

describe('deleting records', () => {
  let stateDir = ''
  afterEach(() => rm(stateDir, {recursive: true, force: true}))
  const left = () => readdir(join(stateDir, 'restore-points'))
  const entries = async (cluster?: () => Promise<ClusterPlace>) => (await readCatalogue({stateDir, cluster})).entries

  it('removes every copy, and the ConfigMap only as it was seen', async () => {
    stateDir = await stateWith({[`${NAME}.json`]: recordAt(0), 'other.json': '{}'})
    const cluster = clusterWith([configMap(NAME, recordAt(0))])
    const deleted: string[] = []
    const found = await entries(cluster.open)
    assert.deepEqual(await deleteRecords(found, await cluster.open(), ({name}) => { deleted.push(name) }), [])
    assert.deepEqual([await left(), deleted], [['other.json'], [NAME]])
    assert.deepEqual(cluster.asked.slice(1), [
      `DELETE /api/v1/namespaces/ledger/configmaps/${NAME} {"apiVersion":"v1","kind":"DeleteOptions","preconditions":{"uid":"uid-of-ledger-${NAME}","resourceVersion":"7"}}`,
    ])
  })

  it('keeps the file of a record whose ConfigMap could not be deleted', async () => {
    stateDir = await stateWith({[`${NAME}.json`]: recordAt(0)})
    const found = await entries(clusterWith([configMap(NAME, recordAt(0))]).open)
    assert.deepEqual(await deleteRecords(found, await clusterWith([], {refuse: 409}).open(), () => assert.fail('deleted')), [
      `configmap/${NAME} in ledger of prod was not deleted: configmaps is forbidden: 409`,
    ])
    assert.deepEqual(await left(), [`${NAME}.json`])
  })

  it('takes what is gone already for deleted', async () => {
    stateDir = await stateWith({[`${NAME}.json`]: recordAt(0)})
    const found = await entries(clusterWith([configMap(NAME, recordAt(0))]).open)
    await rm(join(stateDir, 'restore-points', `${NAME}.json`))
    const deleted: string[] = []
    assert.deepEqual(await deleteRecords(found, await clusterWith([], {refuse: 404}).open(), ({name}) => { deleted.push(name) }), [])
    assert.deepEqual(deleted, [NAME])
  })

  it('leaves a file that was changed meanwhile, and goes on', async () => {
    stateDir = await stateWith({'a.json': recordAt(0), 'b.json': recordAt(1)})
    const found = await entries()
    const path = join(stateDir, 'restore-points', 'b.json')
    await writeFile(path, 'something else')
    const deleted: string[] = []
    assert.deepEqual(await deleteRecords(found, undefined, ({name}) => { deleted.push(name) }), [`${path} was not deleted: it was changed meanwhile`])
    assert.deepEqual([await left(), deleted], [['b.json'], ['a']])
  })

  it('names the permission that is missing, and the Role that grants it, before anything is deleted', async () => {
    stateDir = await stateWith({})
    const cluster = clusterWith([configMap(NAME, recordAt(0))])
    const found = await entries(cluster.open)
    await assert.rejects(requireDeletion(found, await cluster.open()), (error: unknown) => {
      assert.ok(error instanceof CliError)
      assert.deepEqual([error.exitCode, error.message, ...error.hints.map(hint => hint.replaceAll(/-[0-9a-f]{8}\b/g, '-HASH'))], [
        1, 'permissions are missing, and nothing was deleted',
        'cannot delete configmaps in namespace ledger, needed to delete old records',
        'this would grant them:',
        'apiVersion: rbac.authorization.k8s.io/v1',
        'kind: Role',
        'metadata: {name: kubectl-scalardl-HASH, namespace: ledger}',
        'rules:',
        "- {apiGroups: [''], resources: [configmaps], verbs: [delete]}",
        '# then: kubectl create rolebinding kubectl-scalardl-HASH -n ledger --role=kubectl-scalardl-HASH --user=<user>',
        'or delete the files of this machine alone: --local',
      ])
      return true
    })
  })
})
