import assert from 'node:assert/strict'
import {randomUUID} from 'node:crypto'
import {readFileSync} from 'node:fs'
import {describe, it} from 'mocha'
import {buildRecord} from '../../src/backup/record.ts'
import {restorePointName} from '../../src/backup/name.ts'
import {validateRecord} from '../support/record-schema.ts'
import {runWorld, WORLD_BEGAN_MS} from '../support/virtual-world.ts'
import {contextOf, recordOf, releaseOf, targetOf} from './builders.ts'
import type {RecordContext} from '../../src/backup/record.ts'
import type {RestorePoint} from '../../src/backup/restore-point.ts'
import type {Storage} from '../../src/discovery/types.ts'
import type {World} from '../support/virtual-world.ts'

const calm: World = {servers: [{drainMs: 40}, {}]}
const deleted: World = {servers: [{}, {}], script: [[{phase: 'holding', afterMs: 1000}, {type: 'delete', server: 1}]]}
const interrupted: World = {servers: [{}], script: [[{phase: 'holding', afterMs: 1000}, {type: 'interrupt', signal: 'SIGINT'}]]}
const stuck: World = {servers: [{}, {}], script: [
  [{phase: 'held'}, {type: 'silence', server: 1}],
  [{phase: 'unpausing', afterMs: 3500}, {type: 'interrupt', signal: 'SIGTERM'}],
  [{phase: 'unpausing', afterMs: 4000}, {type: 'interrupt', signal: 'SIGTERM'}],
]}

const valid = (record: RestorePoint): RestorePoint => {
  validateRecord(record)
  return record
}

describe('the record of a backup', () => {
  it('says all that a restore needs', () => {
    assert.deepEqual(valid(recordOf(calm)), JSON.parse(readFileSync(new URL('consistent.json', import.meta.url), 'utf8')))
  })

  it('offers the point of an unverified backup, and does not call it consistent', () => {
    const {verdict, consistent, restorePoint, reasons} = valid(recordOf({servers: [{}, {checkPaused: false}], plan: {allowUnverified: true}}))
    assert.deepEqual({verdict, consistent, restorePoint, reasons}, {
      verdict: 'unverified', consistent: false, restorePoint: '2026-11-23T12:44:05Z',
      reasons: ['ledger/pod-1: the server is too old for CheckPaused, so its pause cannot be proven'],
    })
  })

  for (const [name, world, reason] of [
    ['deleted pod', deleted, 'pod ledger/pod-1 was deleted or lost its labels'],
    ['interruption before the confirmation', interrupted, 'interrupted (SIGINT)'],
    ['drain that takes too long', {servers: [{drainMs: 60_000}]}, 'ledger/pod-0 could not finish its outstanding requests in time and opened again'],
  ] as ReadonlyArray<readonly [string, World, string]>) {
    it(`never offers a restore point after: ${name}`, () => {
      const record = valid(recordOf(world))
      assert.equal(record.verdict, 'void')
      assert.equal(record.consistent, false)
      assert.deepEqual(record.reasons, [reason])
      assert.ok(!('restorePoint' in record) && !('marginMs' in record.window))
      assert.doesNotMatch(JSON.stringify(record), /"2026-11-23T12:44:0\dZ"/)
    })
  }

  it('has the snapshots of a command only where they were taken in a proven pause', () => {
    const snapshots = [{name: 'cassandra', identifier: 'tag-1'}]
    const of = (world: World) => valid(recordOf(world, {...contextOf([targetOf(releaseOf('ledger', world))]), snapshots}))
    assert.deepEqual(of(calm).snapshots, snapshots)
    const {snapshots: offered, statements} = of(deleted)
    assert.equal(offered, undefined)
    assert.equal(statements.at(-1), 'the command took what is not safe to restore to, and may be removed: cassandra=tag-1')
  })

  it('says what may still be paused, and the command that ends it', () => {
    assert.deepEqual(valid(recordOf(stuck)).stillPaused, [{
      pod: 'pod-1', namespace: 'ledger', context: 'prod', whose: 'ours', message: 'no answer in time',
      command: 'kubectl --context prod -n ledger delete pod pod-1',
    }])
  })

  it('quotes what a shell would take apart, and leaves tokens out of the command', () => {
    const kubectlFlags = ['--kubeconfig', "/home/o'neill/my config", '--token', 'abc', '--token=abc']
    const {stillPaused} = valid(recordOf(stuck, contextOf([targetOf(releaseOf('ledger', stuck), {kubectlFlags})])))
    assert.equal(stillPaused[0]?.command, `kubectl --kubeconfig '/home/o'\\''neill/my config' -n ledger delete pod pod-1`)
  })

  it('names a pause of somebody else that was met', () => {
    const record = valid(recordOf({servers: [{pausedByAnother: true}]}))
    assert.equal(record.verdict, 'failed')
    assert.deepEqual(record.stillPaused.map(({pod, whose}) => ({pod, whose})), [{pod: 'pod-0', whose: "another's"}])
  })

  it('is there for a dry run too', () => {
    assert.equal(valid(recordOf({servers: [{}], plan: {dryRun: true}})).verdict, 'dry run')
  })

  it('keeps measured clocks instead of an assumption', () => {
    const offsets = [{database: 'dynamodb.eu-west-1', loMs: -20, hiMs: 35}]
    const {clock, assumptions} = valid(recordOf({servers: [{}], plan: {offsets}}))
    assert.deepEqual({clock, assumptions}, {clock: {guardMs: 1000, offsets, offsetsAfter: offsets}, assumptions: []})
  })

  it('says of each clock that was not measured what is assumed instead', () => {
    const dynamo = {database: 'Amazon DynamoDB in eu-west-1', loMs: -20, hiMs: 35}
    const cosmos = {database: 'Azure Cosmos DB ledger', loMs: 0, hiMs: 0}
    const offsets = [dynamo, {...cosmos, unmeasured: 'ledger.documents.azure.com: no answer within 3 s'}]
    const both = valid(recordOf({servers: [{}], plan: {offsets}, measured: [{...dynamo, unmeasured: 'connect ECONNREFUSED'}, offsets[1] ?? cosmos]}))
    assert.deepEqual({clock: both.clock, assumptions: both.assumptions}, {
      clock: {guardMs: 1000, offsets: [dynamo], offsetsAfter: []},
      assumptions: [
        'the clock of Amazon DynamoDB in eu-west-1 was not measured again after the pause (connect ECONNREFUSED): it is assumed not to have moved',
        "the clock of Azure Cosmos DB ledger was not measured (ledger.documents.azure.com: no answer within 3 s): it is assumed to be within 1000 ms of this machine's",
      ],
    })
    const found = valid(recordOf({servers: [{}], plan: {offsets}, measured: [dynamo, {...cosmos, loMs: 5, hiMs: 25}]}))
    assert.deepEqual(found.assumptions, [
      'the clock of Azure Cosmos DB ledger was not measured before the pause (ledger.documents.azure.com: no answer within 3 s): it is assumed to have been as it was after it',
    ])
    const never = valid(recordOf({servers: [{}], plan: {offsets: [dynamo]}, measured: 'never'}))
    assert.deepEqual([never.clock.offsetsAfter, never.assumptions],
      [undefined, ['the clock of Amazon DynamoDB in eu-west-1 was not measured again after the pause: it is assumed not to have moved']])
  })

  it('offers no restore point that a clock moved away from', () => {
    const record = valid(recordOf({servers: [{}], plan: {offsets: [{database: 'd', loMs: -20, hiMs: 35}]}, measured: [{database: 'd', loMs: -30_020, hiMs: -29_965}]}))
    assert.deepEqual([record.verdict, record.restorePoint, record.window.marginMs, record.reasons.length], ['void', undefined, undefined, 1])
  })

  it('says whose assumption it is where there are several releases', () => {
    const world: World = {servers: [{}, {wave: 'auditor', target: 1}], plan: {targets: 2, offsets: [{database: 'd', loMs: 0, hiMs: 0}]}}
    const targets = [targetOf(releaseOf('ledger', world, 0, {assumptions: ['admin port 50053']})), targetOf(releaseOf('auditor', world, 1))]
    const record = valid(recordOf(world, contextOf(targets)))
    assert.deepEqual(record.assumptions, ['my-ledger: admin port 50053'])
    assert.deepEqual(record.targets.map(({pods}) => pods.map(({name}) => name)), [['pod-0'], ['pod-1']])
  })
})

describe('pods of one name in two clusters', () => {
  it('keep their own times', () => {
    const world: World = {servers: [{}, {drainMs: 500, target: 1}], plan: {targets: 2}}
    const {state, outcome} = runWorld(world)
    const twins = {...state, plan: {...state.plan, servers: state.plan.servers.map(server => ({...server, name: 'ledger/pod-0'}))}}
    const release = releaseOf('ledger', {servers: [{}]})
    const {targets} = valid(buildRecord(twins, outcome, contextOf([targetOf(release), targetOf(release)])))
    assert.deepEqual(targets.map(({pods}) => pods[0]?.pausedAt), ['2026-11-23T12:44:00.070Z', '2026-11-23T12:44:00.570Z'])
  })
})

describe('an Auditor that was not paused', () => {
  const statements = (auditorEnabled: 'yes' | 'no' | 'unknown') => {
    const release = releaseOf('ledger', calm)
    const targets = [targetOf({...release, config: {...release.config, auditorEnabled}})]
    return valid(recordOf(calm, contextOf(targets, {ledgerOnly: true}))).statements
  }
  it('is bound by the restore point all the same', () => {
    assert.deepEqual(statements('yes'), ["the Auditor was not paused, which ScalarDL allows; the restore point binds it all the same: restore the Auditor's database to this very restore point too"])
  })
  it('may exist where the configuration cannot be read', () => {
    assert.deepEqual(statements('unknown'), ["whether an Auditor is used could not be read, and none was paused; if there is one, restore the Auditor's database to this very restore point too"])
  })
  it('is not spoken of where there is none', () => {
    assert.deepEqual(statements('no'), [])
  })
})

describe('the name of a record', () => {
  const cases: ReadonlyArray<readonly [string, string]> = [
    ['my-ledger', 'scalardl-20261123t124402z-my-ledger'],
    ['', 'scalardl-20261123t124402z'],
    ['app=ledger', 'scalardl-20261123t124402z-app-ledger-7efb7b5f'],
    ['App.Ledger', 'scalardl-20261123t124402z-app-ledger-3ebf51c6'],
    ['../../etc/passwd', 'scalardl-20261123t124402z-etc-passwd-3754d6cb'],
    ['x'.repeat(300), `scalardl-20261123t124402z-${'x'.repeat(210)}-`],
  ]
  for (const [release, name] of cases) {
    it(`of release "${release.slice(0, 20)}"`, () => {
      const made = restorePointName(WORLD_BEGAN_MS + 2345, release)
      assert.ok(release.length > 100 ? made.startsWith(name) && made.length <= 245 : made === name, made)
    })
  }
})

describe('secrets', () => {
  it('planted everywhere do not get into the record', () => {
    const secrets: string[] = []
    const secret = () => {
      const made = `s3cr3t${randomUUID()}`
      secrets.push(made)
      return made
    }
    const record = valid(recordWithSecrets(secret))
    const text = JSON.stringify(record)
    assert.ok(secrets.length > 20)
    assert.deepEqual(secrets.filter(planted => text.includes(planted)), [])
    assert.match(text, /db\.example/)
  })
})

/** A record whose every input holds a secret: in fields that nobody asked for, in addresses, in the words of servers. */
function recordWithSecrets(secret: () => string): RestorePoint {
  const world = stuck
  const {state, outcome} = runWorld(world)
  const storages: Storage[] = [
    {storage: 'jdbc', contactPoints: `jdbc:mysql://root:${secret()}@db.example:3306/ledger?user=root&password=${secret()}`},
    {storage: 'jdbc', contactPoints: `jdbc:oracle:thin:scott/${secret()}@//db.example:1521/ORCL`},
    {storage: 'jdbc', contactPoints: `jdbc:sqlserver://db.example:1433;user=sa;password=${secret()}`},
    {storage: 'cosmos', contactPoints: `https://u:${secret()}@db.example/`, endpointOverride: `https://${secret()}@db.example/`},
  ].map(storage => ({...storage, password: secret(), username: secret()}))
  const release = releaseOf('ledger', world, 0, {assumptions: [`the API server said: Bearer ${secret()}`]})
  const planted = {
    ...release,
    env: secret(),
    admin: {...release.admin, tls: {ca: [{kind: 'file' as const, path: secret()}], serverName: 'ledger', key: secret()}},
    helm: {chart: 'scalardl', chartVersion: '4.12.0', values: secret()},
    deployments: release.deployments.map(deployment => ({...deployment, env: secret()})),
    hpas: [{name: 'hpa', minReplicas: 1, maxReplicas: 3, annotations: secret()}],
    pods: release.pods.map(pod => ({...pod, env: secret()})),
    config: {...release.config, storages, credentials: secret()},
  }
  const access = {context: 'prod', cluster: 'prod', server: `https://admin:${secret()}@db.example:6443/k8s?token=${secret()}`, token: secret(), headers: {Authorization: secret()}}
  const context = {
    ...contextOf([targetOf(planted, {access, kubectlFlags: ['--context', 'prod', '--token', secret(), `--token=${secret()}`]})]),
    assumptions: [`password: ${secret()}`], token: secret(),
  } satisfies RecordContext & {token: string}
  const said = `dial https://u:p@${secret()}@db.example: 401, Authorization: Bearer ${secret()}, client_secret="${secret()}", api-key=${secret()}`
  return buildRecord(
    {...state, warnings: [said], plan: {...state.plan, offsets: [{database: `https://u:${secret()}@db.example`, loMs: 0, hiMs: 0}]}},
    {...outcome, reasons: [...outcome.reasons, said], leftovers: outcome.leftovers.map(leftover => ({...leftover, message: said}))},
    context,
  )
}
