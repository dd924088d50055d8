import assert from 'node:assert/strict'
import {CliError} from '../../src/support/errors.ts'
import {findReleases} from '../../src/discovery/releases.ts'
import {discoveryRequests} from '../../src/discovery/requests.ts'
import {auditorRule, needsPause} from '../../src/discovery/rules.ts'
import {chartAuditor, chartCluster, chartLedger, chartServer, inventoryOf, type ChartManifests} from '../support/manifests.ts'

const releases = (...charts: ChartManifests[]) => findReleases(inventoryOf(...charts))
const WITH_AUDITOR = 'scalar.dl.ledger.auditor.enabled=true'
const UNREADABLE = '{{ if .Env.A }}\n{{ end }}'

describe('the rule of Ledger and Auditor', () => {
  const statements: Array<[what: string, charts: ChartManifests[], ledgerOnly: boolean, statement: string]> = [
    ['ScalarDB', [chartCluster()], false, 'none'],
    ['Ledger without Auditor', [chartLedger()], false, 'none'],
    ['Ledger with Auditor', [chartLedger({properties: WITH_AUDITOR}), chartAuditor()], false, 'paused'],
    ['Ledger of an Auditor, --ledger-only', [chartLedger({properties: WITH_AUDITOR})], true, 'not-paused'],
    ['Ledger that can\'t be read, --ledger-only', [chartLedger({properties: UNREADABLE})], true, 'not-paused'],
  ]
  for (const [what, charts, ledgerOnly, statement] of statements) {
    it(`${what}: ${statement}`, () => assert.equal(auditorRule(releases(...charts), {ledgerOnly}), statement))
  }

  const refused: Array<[what: string, chart: ChartManifests, ledgerOnly: boolean, message: string]> = [
    ['Ledger without the Auditor it uses', chartLedger({properties: WITH_AUDITOR}), false, 'ledger ledger/my-ledger uses an Auditor, and none is among the targets'],
    ['Ledger that can\'t be read', chartLedger({properties: UNREADABLE}), false,
      'ledger ledger/my-ledger may use an Auditor (its configuration does not tell), and none is among the targets'],
    ['Auditor alone', chartAuditor(), false, 'auditor auditor/my-auditor without its Ledger: pausing Auditor alone proves nothing'],
    ['Auditor alone, --ledger-only', chartAuditor(), true, 'auditor auditor/my-auditor without its Ledger: pausing Auditor alone proves nothing'],
  ]
  for (const [what, chart, ledgerOnly, message] of refused) {
    it(`refuses ${what}`, () => assert.throws(() => auditorRule(releases(chart), {ledgerOnly}), (error: unknown) => {
      assert.ok(error instanceof CliError)
      assert.deepEqual([error.exitCode, error.message], [2, message])
      return true
    }))
  }
})

describe('whether a pause is needed', () => {
  const jdbc = (url: string) => `scalar.db.storage=jdbc\nscalar.db.contact_points=${url}`
  const cases: Array<[what: string, charts: ChartManifests[], needed: boolean, why: string]> = [
    ['DynamoDB', [chartServer()], true, 'dynamo has no restore point of its own that is consistent'],
    ['Cassandra', [chartServer({properties: ''})], true, 'cassandra has no restore point of its own that is consistent'],
    ['PostgreSQL', [chartServer({properties: jdbc('jdbc:postgresql://db/')})], false, 'one transactional database (jdbc:postgresql) behind one ScalarDB Server'],
    ['Ledger on MySQL', [chartLedger({properties: jdbc('jdbc:mysql://db/')})], false, 'one transactional database (jdbc:mysql) behind one ScalarDL Ledger'],
    ['Ledger with Auditor on MySQL', [chartLedger({properties: `${WITH_AUDITOR}\n${jdbc('jdbc:mysql://db/')}`})], true, 'Ledger with Auditor is always paused'],
    ['Auditor', [chartAuditor({properties: jdbc('jdbc:mysql://db/')})], true, 'Ledger with Auditor is always paused'],
    ['managed YugabyteDB', [chartServer({properties: jdbc('jdbc:yugabytedb://x.aws.ybdb.io:5433/')})], false, 'one transactional database (jdbc:yugabytedb) behind one ScalarDB Server'],
    ['YugabyteDB of one\'s own', [chartServer({properties: jdbc('jdbc:yugabytedb://db:5433/')})], true, 'jdbc:yugabytedb has no restore point of its own that is consistent'],
    ['a dialect nobody knows', [chartServer({properties: jdbc('jdbc:other://db/')})], true, 'jdbc:other has no restore point of its own that is consistent'],
    ['a URL in a Secret', [chartServer({properties: jdbc('${env:URL}'), envSecret: 's'})], true, 'jdbc has no restore point of its own that is consistent'],
    ['a storage in a Secret', [chartServer({properties: 'scalar.db.storage=${env:S}', envSecret: 's'})], true, 'an unknown storage has no restore point of its own that is consistent'],
    ['unreadable properties', [chartServer({properties: UNREADABLE})], true, 'the database behind my-scalardb is not known'],
    ['two servers on one database each', [chartServer({properties: jdbc('jdbc:mysql://a/')}), chartCluster({properties: jdbc('jdbc:mysql://b/')})], true,
      '2 databases have to be restored to one point'],
    ['multi-storage', [chartCluster({properties: ['scalar.db.storage=multi-storage', 'scalar.db.multi_storage.storages=a,b',
      'scalar.db.multi_storage.storages.a.storage=jdbc', 'scalar.db.multi_storage.storages.b.storage=jdbc'].join('\n')})], true, '2 databases have to be restored to one point'],
  ]
  for (const [what, charts, needed, why] of cases) {
    it(`${what}: ${needed ? 'yes' : 'no'}`, () => assert.deepEqual(needsPause(releases(...charts)), {needed, why}))
  }
})

describe('the lists discovery asks for', () => {
  const lines = (namespace?: string, selector?: string) =>
    discoveryRequests(namespace, selector).map(({path, query, required}) => [path, query['labelSelector'] ?? '', required ? 'required' : 'optional'].join(' '))

  it('are those of one namespace', () => assert.deepEqual(lines('ledger'), [
    '/api/v1/namespaces/ledger/pods app.kubernetes.io/app in (ledger,auditor,scalardb-cluster,scalardb) required',
    '/apis/apps/v1/namespaces/ledger/deployments  optional',
    '/apis/apps/v1/namespaces/ledger/replicasets  optional',
    '/api/v1/namespaces/ledger/services  optional',
    '/api/v1/namespaces/ledger/configmaps  optional',
    '/apis/autoscaling/v2/namespaces/ledger/horizontalpodautoscalers  optional',
  ]))

  it('or of all, with the pods that were chosen by hand', () => assert.deepEqual(lines(undefined, 'app=led').slice(0, 2), [
    '/api/v1/pods app=led required',
    '/apis/apps/v1/deployments  optional',
  ]))
})
