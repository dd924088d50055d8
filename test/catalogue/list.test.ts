import assert from 'node:assert/strict'
import {rm} from 'node:fs/promises'
import {join} from 'node:path'
import {Chalk} from 'chalk'
import {afterEach, describe, it} from 'mocha'
import {render} from '../../src/cli/output.ts'
import {readCatalogue} from '../../src/catalogue/catalogue.ts'
import {listOf, listViews} from '../../src/catalogue/list.ts'
import {describeRestorable, restorableOf} from '../../src/catalogue/restorable.ts'
import {showViews} from '../../src/catalogue/show.ts'
import {validateBy} from '../support/record-schema.ts'
import {clusterWith, configMap, recordAt, stateWith, voidRecordAt} from './builders.ts'
import type {RecordedDatabase, RestorePoint} from '../../src/backup/restore-point.ts'
import type {CatalogueWorld} from '../../src/catalogue/types.ts'

const PLAIN = new Chalk({level: 0})
const NOW = Date.parse('2026-12-01T00:00:00Z')
const NAME = 'scalardl-20261123t124400z-my-ledger'
const SECOND = 'scalardl-20261124t124400z-my-ledger'
const database: RecordedDatabase = {
  kind: 'dynamodb', name: 'Amazon DynamoDB in eu-west-1', key: 'dynamodb eu-west-1', targets: [0], check: 'passed', findings: [], settings: {region: 'eu-west-1'},
  tables: ['a.b', 'c.d'], restorableFrom: '2026-11-23T12:49:05.000Z', restorableUntil: '2026-12-28T12:44:05.000Z',
}

describe('the list of restore points', () => {
  let stateDir = ''
  afterEach(async () => {
    if (stateDir) await rm(stateDir, {recursive: true})
    stateDir = ''
  })
  const list = async (files: Record<string, string | RestorePoint>, cluster?: CatalogueWorld['cluster']) => {
    stateDir = await stateWith(files)
    return listOf(await readCatalogue({stateDir, cluster}), NOW)
  }

  it('has every record once, the newest first, wherever its copies are', async () => {
    const unread = recordAt(0).targets.map(target => ({...target, config: {...target.config, storages: [{unresolved: ['scalar.db.storage']}]}}))
    const [first, second] = [recordAt(0, {databases: [database]}), recordAt(1, {targets: unread})]
    const cluster = clusterWith([configMap(NAME, first), configMap(NAME, first, 'auditor'), configMap(SECOND, second)])
    const found = await list({[`${NAME}.json`]: first, 'void.json': voidRecordAt(2)}, cluster.open)
    validateBy('restore-point-list', found)
    assert.deepEqual(found.warnings, [])
    assert.equal(await render(found, undefined, listViews, PLAIN), [
      'NAME                                  RESTORE POINT          VERDICT      TARGETS            RESTORABLE         WHERE',
      'void                                  -                      void         ledger/my-ledger   no                 file',
      `${SECOND}   2026-11-24T12:44:05Z   consistent   ledger/my-ledger   unknown            configmap in ledger`,
      `${NAME}   2026-11-23T12:44:05Z   consistent   ledger/my-ledger   until 2026-12-28   file, configmap in ledger, configmap in auditor`,
      '',
    ].join('\n'))
    assert.equal(await render(found, 'name', listViews, PLAIN), `void\n${SECOND}\n${NAME}\n`)
    assert.deepEqual(found.items[1], {
      name: SECOND, startedAt: '2026-11-24T12:44:00.000Z', verdict: 'consistent', consistent: true, restorePoint: '2026-11-24T12:44:05Z',
      targets: [{product: 'ledger', release: 'my-ledger', namespace: 'ledger', context: 'prod', cluster: 'prod-cluster'}],
      restorable: {state: 'unknown'},
      places: [{kind: 'ConfigMap', name: SECOND, namespace: 'ledger', context: 'prod'}],
    })
    assert.deepEqual(cluster.asked, ['GET /api/v1/configmaps?app.kubernetes.io/managed-by=kubectl-scalardl,app.kubernetes.io/component=restore-point'])
  })

  it('names what is damaged or foreign, and leaves it out', async () => {
    const [first] = [recordAt(0)]
    const cluster = clusterWith([configMap('scalardl-x', 'kind: Other'), {metadata: {name: 'bare', namespace: 'ledger'}}])
    const {items, warnings} = await list({[`${NAME}.json`]: first, 'half.json': JSON.stringify(first).slice(0, 900), '.draft.json': '', 'notes.txt': ''}, cluster.open)
    assert.deepEqual(items.map(({name}) => name), [NAME])
    assert.deepEqual(warnings, [
      'skipped: configmap/bare in ledger has our labels, and no record.json',
      `skipped: ${join(stateDir, 'restore-points', 'half.json')} is damaged: its end is missing`,
      'skipped: configmap/scalardl-x in ledger of prod is no record: it is not JSON',
    ])
  })

  it('says when a file and a ConfigMap of one backup differ, and shows both', async () => {
    const first = recordAt(0)
    const changed = {...first, targets: first.targets.map(target => ({...target, replicas: 9}))}
    const {items, warnings} = await list({[`${NAME}.json`]: first}, clusterWith([configMap(NAME, changed)]).open)
    assert.deepEqual(items.map(({places}) => places.map(({kind}) => kind)), [['File'], ['ConfigMap']])
    assert.deepEqual(warnings, [
      `the copies of ${NAME} differ, so one of them was changed after the backup: ${join(stateDir, 'restore-points', `${NAME}.json`)}, configmap/${NAME} in ledger of prod`,
    ])
  })

  it('has the files alone where ConfigMaps are not permitted, and says so', async () => {
    const {items, warnings} = await list({[`${NAME}.json`]: recordAt(0)}, clusterWith([], {refuse: 403}).open)
    assert.deepEqual([items.length, warnings], [1, ['the ConfigMaps of the cluster are left out: configmaps is forbidden: 403']])
  })

  it('is empty, in words, on a machine with no records', async () => {
    const found = listOf(await readCatalogue({stateDir: '/nonexistent'}), NOW)
    assert.deepEqual([await render(found, undefined, listViews, PLAIN), found.warnings], ['no records found\n', []])
  })
})

describe('a restore point is restorable', () => {
  const record = recordAt(0, {databases: [database]})
  const at = (time: string, change: Partial<RecordedDatabase> = {}) => {
    const {state, ...rest} = restorableOf({...record, databases: [{...database, ...change}]}, Date.parse(time))
    return [state, describeRestorable({state, ...rest})]
  }
  const cases: ReadonlyArray<readonly [string, readonly string[], readonly string[]]> = [
    ['not yet within the lag', at('2026-11-23T12:45:00Z'), ['not yet', 'not yet, from about 2026-11-23T12:49Z']],
    ['within the retention', at('2026-12-01T00:00:00Z'), ['yes', 'until 2026-12-28']],
    ['no more afterwards', at('2026-12-29T00:00:00Z'), ['expired', 'expired 2026-12-28']],
    ['perhaps, where it was not checked', at('2026-12-01T00:00:00Z', {check: 'skipped'}), ['unverified', 'unverified, until 2026-12-28']],
    ['for a time that nobody knows', at('2026-12-01T00:00:00Z', {restorableUntil: undefined}), ['yes', 'yes']],
    ['as nobody knows', at('2026-12-01T00:00:00Z', {restorableFrom: undefined, restorableUntil: undefined}), ['unknown', 'unknown']],
  ]
  for (const [what, found, expected] of cases) {
    it(what, () => { assert.deepEqual(found, expected) })
  }

  it('as nobody knows, where the database of one target is not known', () => {
    const [target] = record.targets
    assert.ok(target)
    assert.equal(restorableOf({...record, targets: [target, {...target, release: 'other'}]}, NOW).state, 'unknown')
  })

  it('as long as the shortest retention, once the slowest database has it', () => {
    const other = {...database, restorableFrom: '2026-11-23T12:59:05.000Z', restorableUntil: '2026-11-30T12:44:05.000Z'}
    assert.deepEqual(restorableOf({...record, databases: [database, other]}, Date.parse('2026-11-23T12:55:00Z')), {
      state: 'not yet', from: other.restorableFrom, until: other.restorableUntil,
    })
  })

  it('by the usual figures of its databases, where the record is of version 0.1.0', () => {
    const targets = recordAt(0).targets.map(target => ({...target, config: {...target.config, storages: [{storage: 'cosmos', contactPoints: 'https://ledger.documents.azure.com:443/'}]}}))
    assert.deepEqual(restorableOf(recordAt(0, {targets}), NOW).state, 'unverified')
  })

  it('never, where there is none', () => { assert.deepEqual(restorableOf(voidRecordAt(0), NOW), {state: 'no'}) })
})

describe('one restore point', () => {
  const shown = (record: RestorePoint) => render(record, undefined, showViews({source: '/records/a.json'}, NOW), PLAIN)

  it('is shown with all that a restore begins with', async () => {
    const record = recordAt(0, {databases: [database, {...database, name: 'Amazon DynamoDB in eu-west-2', check: 'unverified', findings: ['no credentials', 'by hand: aws'], tables: undefined}]})
    assert.equal(await shown(record), [
      'Name            scalardl-20261123t124400z-my-ledger',
      'Begun           2026-11-23T12:44:00.000Z by version 0.1.0',
      'Restore point   2026-11-23T12:44:05Z   (4.1 s inside the pause on either side)',
      'Restorable      unverified, until 2026-12-28',
      'Targets         ledger ledger/my-ledger in prod: 3.14.0, 3 replicas',
      'Databases       Amazon DynamoDB in eu-west-1: point-in-time recovery verified, 2 tables',
      '                Amazon DynamoDB in eu-west-2: not verified, no credentials',
      'Pause           2026-11-23T12:44:00.110Z to 2026-11-23T12:44:10.110Z',
      "Assumed         the databases' clocks were not measured: they are assumed to be within 1000 ms of this machine's",
      'Read from       /records/a.json',
      '',
    ].join('\n'))
  })

  it('that is none says why, and what was left paused', async () => {
    const text = await shown({...voidRecordAt(0), stillPaused: [{pod: 'pod-0', namespace: 'ledger', whose: 'ours', command: 'kubectl delete pod pod-0'}]})
    assert.match(text, /\nRestore point {3}none: this backup is void, no moment of it is safe to restore to\nRestorable {6}no\nWhy {13}ledger\/pod-0 restarted during the pause\n/)
    assert.match(text, /\nLeft paused {5}ledger\/pod-0, when the record was made\n/)
  })

  it('does not steer the terminal', async () => {
    assert.match(await shown({...recordAt(0), warnings: ['a\u001B[2Jb\nc']}), /\nWarnings {8}a \[2Jb c\n/)
  })
})
