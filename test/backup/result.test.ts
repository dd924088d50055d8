import assert from 'node:assert/strict'
import {describe, it} from 'mocha'
import {Chalk} from 'chalk'
import {resultText, resultViews} from '../../src/backup/result.ts'
import {checked, contextOf, recordOf, releaseOf, targetOf} from './builders.ts'
import {validateRecord} from '../support/record-schema.ts'
import type {CheckedDatabase} from '../../src/preflight/types.ts'
import type {Stored} from '../../src/backup/store.ts'
import type {RestorePoint} from '../../src/backup/restore-point.ts'
import type {World} from '../support/virtual-world.ts'

const colors = new Chalk({level: 0})
const name = 'scalardl-20261123t124400z-my-ledger'
const file = `/home/me/.local/state/kubectl-scalardl/restore-points/${name}.json`
const stored: Stored = {file, configMaps: [{name, namespace: 'ledger'}], warnings: []}

function text(record: RestorePoint, where = stored): string[] {
  validateRecord(record)
  return resultText(record, where, colors).split('\n')
}

describe('the result of a backup, for people', () => {
  it('consistent', () => {
    assert.deepEqual(text(recordOf({servers: [{}], fractionMs: 550})), [
      'Restore point   2026-11-23T12:44:05Z   (4.3 s inside the pause on either side)',
      'Restorable      from about 12:49Z until 2026-12-28',
      `Recorded        configmap/${name}, ${file}`,
    ])
  })

  it('whose margin is never rounded up', () => {
    const record = recordOf({servers: [{}]})
    assert.match(text({...record, window: {...record.window, marginMs: 4199}}).join('\n'), /\(4\.1 s inside/)
    assert.match(text({...record, window: {...record.window, marginMs: 999}}).join('\n'), /\(999 ms inside/)
  })

  it('unverified', () => {
    assert.deepEqual(text(recordOf({servers: [{checkPaused: false}, {}], plan: {allowUnverified: true}})), [
      'Restore point   2026-11-23T12:44:05Z   (4 s inside the pause on either side)',
      '                unverified: nothing speaks against it, but not everything could be checked',
      'Restorable      from about 12:49Z until 2026-12-28',
      'Why             ledger/pod-0: the server is too old for CheckPaused, so its pause cannot be proven',
      `Recorded        configmap/${name}, ${file}`,
      'Next            everything is unpaused; restore to it only if nothing better is there, and upgrade the servers named above',
    ])
  })

  it('void', () => {
    const world: World = {servers: [{}, {}], script: [[{phase: 'holding'}, {type: 'delete', server: 1}], [{phase: 'holding'}, {type: 'restart', server: 0}]]}
    assert.deepEqual(text(recordOf(world), {file, configMaps: [], warnings: []}), [
      'Restore point   none: this backup is void, no moment of it is safe to restore to',
      'Why             pod ledger/pod-1 was deleted or lost its labels',
      '                the container of pod ledger/pod-0 restarted',
      `Recorded        ${file}`,
      'Next            everything is unpaused; run the backup again when the reason is gone',
    ])
  })

  it('something may still be paused', () => {
    const world: World = {servers: [{}, {}], script: [
      [{phase: 'held'}, {type: 'silence', server: 1}],
      [{phase: 'unpausing', afterMs: 3500}, {type: 'interrupt', signal: 'SIGINT'}],
      [{phase: 'unpausing', afterMs: 4000}, {type: 'interrupt', signal: 'SIGINT'}],
    ]}
    assert.deepEqual(text(recordOf(world)), [
      'Restore point   2026-11-23T12:44:05Z   (4 s inside the pause on either side)',
      'Restorable      from about 12:49Z until 2026-12-28',
      'Still paused    ledger/pod-1 in prod: could not be verified unpaused; no answer in time',
      '                kubectl --context prod -n ledger delete pod pod-1',
      `Recorded        configmap/${name}, ${file}`,
      "Next            run the command below each pod named above: a new pod starts unpaused. It costs that pod's requests under way,",
      '                and its share of the load until the new pod is ready',
    ])
  })

  it("another's pause was met", () => {
    assert.deepEqual(text(recordOf({servers: [{pausedByAnother: true}]}), {configMaps: [], warnings: []}), [
      'Restore point   none: nothing was paused by this backup',
      'Why             ledger/pod-0 is already paused, by another operator or a backup that died',
      "Still paused    ledger/pod-0 in prod: by another's pause, which was left alone",
      '                kubectl --context prod -n ledger delete pod pod-0',
      "Next            run the command below each pod named above: a new pod starts unpaused. It costs that pod's requests under way,",
      '                and its share of the load until the new pod is ready',
      "                where the pause is another's, ask first who else takes a backup: the command voids theirs",
    ])
  })

  it('a dry run', () => {
    assert.deepEqual(text(recordOf({servers: [{}], plan: {dryRun: true}}), {configMaps: [], warnings: []}), [
      'Restore point   none: a dry run pauses nothing',
      'Next            run it again without --dry-run',
    ])
  })

  it('says that the Auditor is bound too', () => {
    const world: World = {servers: [{}]}
    const release = releaseOf('ledger', world)
    const record = recordOf(world, contextOf([targetOf({...release, config: {...release.config, auditorEnabled: 'unknown'}})], {ledgerOnly: true}))
    assert.equal(text(record)[2], `Note            ${record.statements[0]}`)
  })

  it('holds the whole record where it could not be kept', () => {
    const record = recordOf({servers: [{}]})
    const [, , recorded, empty, ...rest] = text(record, {configMaps: [], warnings: []})
    assert.deepEqual([recorded, empty], ['Recorded        nowhere; keep the record that follows', ''])
    assert.deepEqual(JSON.parse(rest.join('\n')), record)
  })

  it('names the namespaces of several ConfigMaps', () => {
    const configMaps = [{name, namespace: 'ledger'}, {name, namespace: 'auditor'}]
    assert.equal(text(recordOf({servers: [{}]}), {file, configMaps, warnings: []})[2], `Recorded        configmap/${name} in ledger, configmap/${name} in auditor, ${file}`)
  })
})

describe('when it is restorable', () => {
  const world: World = {servers: [{}]}
  const restorable = (...databases: ReadonlyArray<Partial<CheckedDatabase>>) => {
    const lines = text(recordOf(world, contextOf([targetOf(releaseOf('ledger', world))], {databases: databases.map(checked)})))
    return lines.slice(1, lines.findIndex(line => line.startsWith('Recorded'))).map(line => line.slice(16))
  }

  it('is from the slowest lag to the shortest retention', () => {
    assert.deepEqual(restorable({}, {key: 'other', restorable: {lagSeconds: 900, retentionDays: 7}}), ['from about 12:59Z until 2026-11-30'])
  })

  it('has no end where none is known', () => {
    assert.deepEqual(restorable({restorable: {lagSeconds: 300}}), ['from about 12:49Z'])
  })

  it('says what was not verified and how to do it by hand', () => {
    assert.deepEqual(restorable({check: 'unverified', summary: 'no AWS credentials were found', byHand: ['aws dynamodb list-tables \\\n  --region eu-west-1']}), [
      'from about 12:49Z until 2026-12-28 where point-in-time recovery is on, which is not verified everywhere:',
      'not verified: Amazon DynamoDB in eu-west-1: no AWS credentials were found',
      'by hand:',
      '  aws dynamodb list-tables \\',
      '    --region eu-west-1',
    ])
  })

  it('says that the check was skipped', () => {
    assert.deepEqual(restorable({check: 'skipped', restorable: undefined}), ['not checked, as --skip-database-check says: Amazon DynamoDB in eu-west-1'])
  })

  it('says which target has a database that nothing is known of', () => {
    assert.deepEqual(restorable(), ['the database behind my-ledger is not known'])
  })

  it('is not said of a void backup', () => {
    const broken: World = {servers: [{}, {}], script: [[{phase: 'holding'}, {type: 'delete', server: 1}]]}
    const record = recordOf(broken, contextOf([targetOf(releaseOf('ledger', broken))], {databases: [checked({check: 'unverified'})]}))
    assert.doesNotMatch(text(record).join('\n'), /Restorable/)
    assert.deepEqual([record.databases?.[0]?.restorableFrom, record.databases?.[0]?.restorableUntil], [undefined, undefined])
  })
})

describe('-o name', () => {
  const record = recordOf({servers: [{}]})
  const shown = (where: Stored) => resultViews(where).name?.(record)
  it('is the ConfigMap', () => { assert.equal(shown(stored), `configmap/${name}`) })
  it('is the file that was asked for, where there is no other', () => { assert.equal(shown({copy: '/tmp/a.json', configMaps: [], warnings: []}), '/tmp/a.json') })
  it('is the file without one', () => { assert.equal(shown({file, configMaps: [], warnings: []}), file) })
})
