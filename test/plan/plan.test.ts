import assert from 'node:assert/strict'
import {describe, it} from 'mocha'
import {planOfRecord, planOfTime} from '../../src/plan/plan.ts'
import {CliError} from '../../src/support/errors.ts'
import {goldenPlan} from '../support/plan-of.ts'
import {fakeDatabase} from './fakes.ts'
import {ledgerRecord, pairRecord} from './records.ts'
import type {RestorePoint} from '../../src/backup/restore-point.ts'
import type {Section, SectionInput} from '../../src/databases/types.ts'
import type {PlanRequest} from '../../src/plan/plan.ts'

const request = (differing: Partial<PlanRequest> = {}, section: Partial<Section> = {}): PlanRequest => ({
  version: '0.1.0', nowMs: Date.parse('2026-11-24T00:00:00Z'), databases: [], mode: 'same-name', snapshots: [], insist: false, scaleWith: 'kubectl', values: {},
  known: [fakeDatabase(section)], ...differing,
})

const refused = (make: () => unknown, message: RegExp | string, ...hints: string[]) => {
  assert.throws(make, (error: unknown) => {
    assert.ok(error instanceof CliError)
    assert.equal(error.exitCode, 2)
    if (typeof message === 'string') assert.equal(error.message, message)
    else assert.match(error.message, message)
    for (const hint of hints) assert.ok(error.hints.includes(hint), error.hints.join('\n'))
    return true
  })
}

describe('the plan of a record', () => {
  it('of Ledger and Auditor in two clusters reads as it is written down', () => { goldenPlan('pair', planOfRecord(pairRecord(), request())) })

  it('with helm and a values file, new properties and a secret reads as it is written down', () => {
    const section: Partial<Section> = {properties: [
      {key: 'scalar.db.contact_points', from: 'fakectl endpoint r20261123t124405z --output text'},
      {key: 'scalar.db.contact_port', value: '6543'},
      {key: 'scalar.db.password', from: 'fakectl key r20261123t124405z', secret: true},
    ]}
    goldenPlan('helm', planOfRecord(ledgerRecord(), request({scaleWith: 'helm', values: {'my-ledger': '/home/me/my ledger.yaml'}}, section)))
  })

  it('takes a restore point that is ahead of this machine by as much as the database\'s clock, and no more', () => {
    const record = ledgerRecord()
    const ahead = {...record, clock: {...record.clock, offsets: [{database: 'Fake DB on db.example.com', loMs: 29_990, hiMs: 30_010}]}}
    const secondsBefore = (seconds: number) => request({nowMs: Date.parse(record.restorePoint ?? '') - seconds * 1000})
    assert.equal(planOfRecord(ahead, secondsBefore(25)).restorePoint.rfc3339, record.restorePoint)
    refused(() => planOfRecord(ahead, secondsBefore(45)), /is in the future/)
    refused(() => planOfRecord(record, secondsBefore(25)), /is in the future/)
  })

  it('takes the snapshots that a command took in the pause', () => {
    const given: unknown[] = []
    const known = [{...fakeDatabase({}), plan: (input: SectionInput) => {
      given.push(input.snapshots)
      return fakeDatabase({}).plan(input)
    }}]
    planOfRecord({...ledgerRecord(), snapshots: [{name: 'fake', identifier: 'tag-1'}]}, request({known, snapshots: [{name: 'vendor', identifier: 'tag-2'}]}))
    assert.deepEqual(given, [[{name: 'fake', identifier: 'tag-1'}, {name: 'vendor', identifier: 'tag-2'}]])
  })

  it('as a rehearsal stops no server and changes nothing', () => {
    const plan = planOfRecord(pairRecord(), request({mode: 'copy-only'}))
    assert.deepEqual(plan.steps.map(({id}) => id), ['fake.check', 'fake-2.check', 'fake.copy', 'fake-2.copy', 'fake.clean', 'fake-2.clean'])
  })

  it('keeps a database from changing anything in a rehearsal, and says that there is nothing to rehearse', () => {
    const inPlace: Partial<Section> = {steps: [
      {id: 'fake.check', phase: 'check', title: 'Look', why: 'So.', commands: []},
      {id: 'fake.replace', phase: 'replace', title: 'Restore in place', why: 'So.', commands: [], destructive: true},
    ]}
    const plan = planOfRecord(ledgerRecord(), request({mode: 'copy-only'}, inPlace))
    assert.deepEqual(plan.steps.map(({id}) => id), ['fake.check'])
    assert.deepEqual(plan.warnings, ['Fake DB on db.example.com: it is restored in place, so there is no copy to rehearse with'])
  })

  it('stops Auditor before Ledger, and starts it after', () => {
    const {steps} = planOfRecord(pairRecord(), request())
    const order = (id: string) => steps.find(step => step.id === id)?.commands.flatMap(({argv = []}) => argv.includes('scale') ? argv[argv.indexOf('-n') + 1] : [])
    assert.deepEqual([order('scale-in'), order('scale-out')], [['auditor', 'ledger'], ['ledger', 'auditor']])
  })

  it('leaves servers whose deployments nobody could list to a person, and says how many pods they had', () => {
    const record = ledgerRecord()
    const {steps} = planOfRecord({...record, targets: record.targets.map(target => ({...target, deployments: [], replicas: 0, helm: undefined}))}, request())
    const commands = (id: string) => steps.find(step => step.id === id)?.commands.map(({shell, byHand}) => [byHand, shell])
    const which = 'kubectl --context prod -n ledger get deployments,statefulsets'
    assert.deepEqual(commands('scale-in'), [
      [true, `${which}\nkubectl --context prod -n ledger scale deployment/NAME --replicas=0`],
      [undefined, 'PODS=$(kubectl --context prod -n ledger get pods --selector app.kubernetes.io/app=ledger,app.kubernetes.io/instance=my-ledger -o name) && test -z "$PODS"'],
    ])
    assert.deepEqual(commands('scale-out'), [[true, 'kubectl --context prod -n ledger scale deployment/NAME --replicas=2']])
    assert.match(steps.find(({id}) => id === 'scale-in')?.commands[0]?.note ?? '', /^The deployments of ledger my-ledger in namespace ledger are not in the record/)
  })

  it('takes an empty list of tables for one that is not known', () => {
    const record = ledgerRecord()
    const fake = fakeDatabase()
    const known = [{...fake, plan: (input: SectionInput) => ({...fake.plan(input), covers: [input.tables ? 'a list' : 'not known']})}]
    const plan = planOfRecord({...record, databases: record.databases?.map(database => ({...database, tables: []}))}, request({known}))
    assert.deepEqual(plan.databases.map(({covers}) => covers), [['not known']])
  })

  it('puts the steps in the order of the phases, and the last look behind the databases\'', () => {
    assert.deepEqual(planOfRecord(ledgerRecord(), request()).steps.map(({id}) => id), [
      'cluster', 'fake.check', 'stop-others', 'scale-in', 'fake.copy', 'fake.replace', 'scale-out', 'verify', 'start-others', 'backup', 'fake.clean',
    ])
  })

  it('restores a database once that two releases share', () => {
    const record = pairRecord()
    const [ledger, auditor] = record.targets
    assert.ok(ledger && auditor && record.databases?.[0])
    const shared: RestorePoint = {...record, targets: [ledger, {...auditor, config: {...auditor.config, storages: ledger.config.storages}}], databases: [{...record.databases[0], targets: [0, 1]}]}
    const plan = planOfRecord(shared, request())
    assert.deepEqual(plan.databases.map(({id, owners}) => [id, owners.map(({release}) => release)]), [['fake', ['my-ledger', 'my-auditor']]])
  })

  it('finds the databases of a record that has none in its properties, and says that no backup looked at them', () => {
    const plan = planOfRecord({...ledgerRecord(), databases: undefined}, request())
    assert.deepEqual(plan.databases.map(({id}) => id), ['fake'])
    assert.deepEqual(plan.warnings, ['Fake DB on db.example.com: found in the properties alone; the backup has not looked at it'])
  })

  it('knows a database again whose key another version has made otherwise, instead of restoring it twice', () => {
    const record = ledgerRecord()
    const plan = planOfRecord({...record, databases: record.databases?.map(database => ({...database, key: 'fake/db.example.com'}))}, request())
    assert.deepEqual(plan.databases.map(({id, owners, covers}) => [id, owners.length, covers]), [['fake', 1, ['scalar.asset', 'coordinator.state']]])
  })

  it('has the settings that are given in place of the recorded ones', () => {
    const plan = planOfRecord(ledgerRecord(), request({databases: [{kind: 'fake', release: 'my-ledger', settings: {host: 'new.example.com'}}]}))
    assert.equal(plan.databases[0]?.title, 'Fake DB on new.example.com')
  })

  it('keeps its name whatever version makes it, and has another for another mode', () => {
    const nameOf = (differing: Partial<PlanRequest>) => planOfRecord(ledgerRecord(), request(differing)).metadata.name
    assert.equal(nameOf({version: '9.9.9'}), nameOf({}))
    assert.notEqual(nameOf({mode: 'copy-only'}), nameOf({}))
  })

  it('says at its top when the record is not known to be consistent, and is made only on request', () => {
    const doubtful: RestorePoint = {...ledgerRecord(), verdict: 'unverified', consistent: false, reasons: ['ledger/pod-0 is too old for CheckPaused']}
    refused(() => planOfRecord(doubtful, request()), 'the restore point of scalardl-20261123t124400z-my-ledger is not known to be consistent: it is unverified',
      'ledger/pod-0 is too old for CheckPaused', 'or, when nothing better is there: --insist')
    const plan = planOfRecord(doubtful, request({insist: true}))
    assert.equal(plan.consistent, false)
    assert.equal(plan.warnings[0], 'this restore point is not known to be consistent (unverified): ledger/pod-0 is too old for CheckPaused')
  })

  it('does not exist for a void record, however much one insists', () => {
    const void_: RestorePoint = {...ledgerRecord(), verdict: 'void', consistent: false, restorePoint: undefined, reasons: ['a pod restarted']}
    refused(() => planOfRecord(void_, request({insist: true})), 'the record scalardl-20261123t124400z-my-ledger has no restore point: it is void', 'a pod restarted')
  })

  for (const [name, now, warning] of [
    ['too early', '2026-11-23T12:45:00Z', 'Fake DB on db.example.com: restorable from about 2026-11-23T12:49:05.000Z on, it is 2026-11-23T12:45:00Z now'],
    ['too late', '2026-12-30T00:00:00Z', 'Fake DB on db.example.com: the restore point left its retention on 2026-12-28T12:44:05.000Z, it is 2026-12-30T00:00:00Z now; '
      + 'only copies and backups that were made before can bring it back'],
  ] as const) {
    it(`says when it is ${name} for it`, () => {
      assert.deepEqual(planOfRecord(ledgerRecord(), request({nowMs: Date.parse(now), insist: true})).warnings, [warning])
    })
  }

  it('is refused when it is too late for it, unless one insists', () => {
    refused(() => planOfRecord(ledgerRecord(), request({nowMs: Date.parse('2026-12-30T00:00:00Z')})),
      'Fake DB on db.example.com: the restore point left its retention on 2026-12-28T12:44:05.000Z, it is 2026-12-30T00:00:00Z now; only copies and backups that were made before can bring it back',
      'choose a newer one: kubectl scalardl restore-points', 'or, when a copy was made in time, or it is kept for longer: --insist')
  })

  describe('of a region that two releases name, in two accounts as one says now', () => {
    const known = [{...fakeDatabase(), settings: [...fakeDatabase().settings, {name: 'profile', summary: 'profile of the account'}]}]
    const databases = ['ledger', 'auditor'].map(who => ({kind: 'fake', release: `my-${who}`, settings: {profile: who}}))
    const pair = pairRecord()
    const targets = pair.targets.map(target => ({...target, config: {...target.config, storages: pair.targets[0]?.config.storages ?? []}}))
    const recorded = (check: 'passed' | 'unverified') => ({...pair, targets, databases: pair.databases?.slice(0, 1).map(database => ({...database, targets: [0, 1], check}))})
    const owners = (record: RestorePoint) => planOfRecord(record, request({known, databases})).databases.map(database => database.owners.map(({release}) => release))

    it('restores each', () => {
      assert.deepEqual(owners({...recorded('unverified'), databases: undefined}), [['my-ledger'], ['my-auditor']])
      assert.deepEqual(owners(recorded('unverified')), [['my-ledger'], ['my-auditor']])
    })

    it('restores it once, where the backup has seen that it is one', () => { assert.deepEqual(owners(recorded('passed')), [['my-ledger', 'my-auditor']]) })
  })

  it('refuses two values for one setting of one database', () => {
    const databases = ['one', 'two'].map(host => ({kind: 'fake', settings: {host}}))
    refused(() => planOfRecord(ledgerRecord(), request({databases})), '--database gives two values for host of Fake DB on one: "one" and "two"')
  })

  it('says what the check before the pause could not find out', () => {
    const record = ledgerRecord()
    const databases = record.databases?.map(database => ({...database, check: 'unverified' as const, findings: ['no credentials\u001B[2J', 'by hand: aws x']}))
    assert.deepEqual(planOfRecord({...record, databases}, request()).warnings,
      ['Fake DB on db.example.com: whether its recovery reaches the restore point was not verified by the backup: no credentials [2J'])
  })

  it('says that an Auditor which the record does not name is bound too', () => {
    const record = ledgerRecord()
    const targets = record.targets.map(target => ({...target, config: {...target.config, auditorEnabled: 'yes' as const}}))
    assert.match(planOfRecord({...record, targets}, request()).warnings.join('\n'), /^ledger my-ledger in namespace ledger has an Auditor that this record does not name: .* --at 2026-11-23T12:44:05Z /m)
  })

  it('takes a prefix only where a database knows what to do with it', () => {
    const prefix = {mode: 'prefix', prefix: 'r1_'} as const
    refused(() => planOfRecord(ledgerRecord(), request(prefix)), '--mode prefix: no database of this plan has tables under a prefix (fake)')
    assert.equal(planOfRecord(ledgerRecord(), request({...prefix, known: [{...fakeDatabase(), takesPrefix: true}]})).mode, 'prefix')
  })

  it('asks which database it is where the record cannot tell', () => {
    const record = ledgerRecord({config: {readable: true, storages: [{storage: 'jdbc', unresolved: ['scalar.db.contact_points']}], transactionManager: 'consensus-commit', coordinatorNamespace: 'coordinator'}})
    refused(() => planOfRecord({...record, databases: []}, request()),
      'which database my-ledger in namespace ledger uses is not in the record: scalar.db.contact_points could not be read',
      'say it: --database kind=KIND,for=my-ledger,NAME=VALUE', 'KIND is one of: fake')
    const plan = planOfRecord({...record, databases: []}, request({databases: [{kind: 'fake', release: 'my-ledger', settings: {host: 'x'}}]}))
    assert.deepEqual(plan.databases.map(({id, owners}) => [id, owners.length]), [['fake', 1]])
  })

  const given = (kind: string, settings: Record<string, string>, release?: string) => [{kind, settings, release}]
  const bad: ReadonlyArray<readonly [string, Partial<PlanRequest>, RegExp]> = [
    ['a kind that is none', {databases: given('oracle', {})}, /^there is no plan for databases of the kind "oracle", one of: fake$/],
    ['a setting that the kind has not', {databases: given('fake', {region: 'x'})}, /^a fake database has no "region"$/],
    ['a setting that cannot be legal', {databases: given('fake', {host: 'x;reboot'})}, /^fake: "x;reboot" is no legal host/],
    ['a release that has no such database', {databases: given('fake', {host: 'x'}, 'other')}, /^the record has no fake database for "other"$/],
    ['tables with shell characters', {tables: ['scalar.asset', '$(reboot)']}, /^"\$\(reboot\)" is no legal name of a table$/],
    ['values of a release that is not there', {values: {other: 'x.yaml'}}, /^--values: no release is called "other"$/],
  ]
  for (const [name, differing, message] of bad) {
    it(`refuses ${name}`, () => refused(() => planOfRecord(ledgerRecord(), request(differing)), message))
  }

  it('refuses tables without a word on whose they are', () => {
    refused(() => planOfRecord(pairRecord(), request({tables: ['scalar.asset']})), '--tables is for one database, and there are 2')
  })
})

describe('the plan of a time', () => {
  const databases = [{kind: 'fake', settings: {host: 'db.example.com'}}]

  it('reads as it is written down', () => { goldenPlan('time', planOfTime('2026-11-23T21:44:07+09:00', request({databases}))) })

  it('is never called consistent', () => {
    const plan = planOfTime('2026-11-23T12:44:07Z', request({databases}))
    assert.equal(plan.consistent, false)
    assert.match(plan.warnings[0] ?? '', /^no record says that 2026-11-23T12:44:07Z lies within a pause/)
  })

  it('says when the time is beyond the retention', () => {
    assert.match(planOfTime('2026-10-01T00:00:00Z', request({databases, insist: true})).warnings[1] ?? '', /the restore point left its retention on 2026-11-05T00:00:00\.000Z, it is 2026-11-24T00:00:00Z now/)
    assert.throws(() => planOfTime('2026-10-01T00:00:00Z', request({databases})), {message: /the restore point left its retention on 2026-11-05T00:00:00\.000Z/, exitCode: 2})
  })

  const bad: ReadonlyArray<readonly [string, string, RegExp]> = [
    ['without a zone', '2026-11-23T12:44:07', /^the time "2026-11-23T12:44:07" has no zone$/],
    ['in the future', '2026-11-25T00:00:00Z', /^the time "2026-11-25T00:00:00Z" is in the future: it is 2026-11-24T00:00:00Z now$/],
    ['between two seconds', '2026-11-23T12:44:07.5Z', /between two seconds/],
    ['that no calendar has', '2026-02-30T12:44:07Z', /^"2026-02-30T12:44:07Z" is in no calendar$/],
    ['that no clock shows', '2026-02-20T25:44:07Z', /^"2026-02-20T25:44:07Z" is in no calendar$/],
    ['before there were databases', '1969-12-31T23:59:59Z', /^the time "1969-12-31T23:59:59Z" is before 1970$/],
    ['in words', 'yesterday', /^"yesterday" is no time$/],
  ]
  for (const [name, time, message] of bad) it(`refuses a time ${name}`, () => refused(() => planOfTime(time, request({databases})), message))

  it('wants to know which databases', () => refused(() => planOfTime('2026-11-23T12:44:07Z', request()), '--at says when, and nothing says which database'))

  it('refuses a database that is given twice: it would be restored over itself', () =>
    refused(() => planOfTime('2026-11-23T12:44:07Z', request({databases: [...databases, ...databases]})), 'Fake DB on db.example.com is given twice'))

  it('refuses for=, which names a release of a record', () =>
    refused(() => planOfTime('2026-11-23T12:44:07Z', request({databases: [{kind: 'fake', release: 'x', settings: {host: 'x'}}]})), /^for=x names a release of a record/))
})
