import assert from 'node:assert/strict'
import {chooseTargets, type Searched} from '../../src/discovery/choose.ts'
import {findReleases} from '../../src/discovery/releases.ts'
import {CliError} from '../../src/support/errors.ts'
import {chartAuditor, chartCluster, chartEnvoy, chartLedger, chartServer, inventoryOf, type ChartManifests} from '../support/manifests.ts'

const place = (charts: ChartManifests[], more: Partial<Searched> = {}): Searched =>
  ({context: 'prod', clusterUID: 'c1', namespace: 'ledger', releases: findReleases(inventoryOf(...charts)), ...more})

const chosen = (...places: Searched[]) => chooseTargets(places).map(({release: {namespace, release, product}}) => `${namespace}/${release}/${product}`)

const ledger = (properties = '') => chartLedger({properties})
const auditorOf = (host: string, namespace = 'auditor') => chartAuditor({namespace, properties: `scalar.dl.auditor.ledger.host=${host}`})

/** Message, hints and exit code, as the user meets them. */
function refusal(run: () => unknown): {exitCode: number; lines: string[]} {
  try {
    run()
  } catch (error) {
    if (error instanceof CliError) return {exitCode: error.exitCode, lines: [error.message, ...error.hints]}
    throw error
  }
  assert.fail('was not refused')
}

describe('choosing targets', () => {
  const LEDGER = 'ledger/my-ledger/ledger'
  const cases: Array<[what: string, places: Searched[], targets: string[]]> = [
    ['one release', [place([chartServer()])], ['scalardb/my-scalardb/scalardb']],
    ['one release beside an Envoy', [place([ledger(), chartEnvoy()])], [LEDGER]],
    ['Auditor alone, for the rule to refuse', [place([chartAuditor()])], ['auditor/my-auditor/auditor']],
    ['Ledger with the Auditor that names its service', [place([ledger(), auditorOf('my-ledger-scalardl-headless', 'ledger')])], [LEDGER, 'ledger/my-auditor/auditor']],
    ['Ledger with the Auditor that names its Envoy in full', [place([ledger(), chartEnvoy(), auditorOf('my-ledger-scalardl-envoy.ledger.svc.cluster.local')])], [LEDGER, 'auditor/my-auditor/auditor']],
    ['Ledger that has an Auditor with the only one', [place([ledger('scalar.dl.ledger.auditor.enabled=true'), auditorOf('ledger.example.com')])], [LEDGER, 'auditor/my-auditor/auditor']],
    ['Ledger by name, with its Auditor', [place([ledger(), chartServer(), auditorOf('my-ledger-scalardl-headless.ledger')], {wanted: {release: 'my-ledger'}})], [LEDGER, 'auditor/my-auditor/auditor']],
    ['two contexts', [place([ledger()]), place([chartAuditor()], {context: 'audit', clusterUID: 'c2'})], [LEDGER, 'auditor/my-auditor/auditor']],
    ['one cluster by two contexts counts once', [place([ledger()]), place([ledger()], {context: 'again'})], [LEDGER]],
    ['two clusters with the same names', [place([chartServer()]), place([chartServer()], {clusterUID: 'c2'})], ['scalardb/my-scalardb/scalardb', 'scalardb/my-scalardb/scalardb']],
  ]
  for (const [what, places, targets] of cases) {
    it(`takes ${what}`, () => assert.deepEqual(chosen(...places), targets))
  }

  it('leaves the Auditor alone with --ledger-only', () => {
    const places = [place([ledger(), auditorOf('my-ledger-scalardl-headless', 'ledger')])]
    assert.deepEqual(chooseTargets(places, {ledgerOnly: true}).map(({release}) => release.product), ['ledger'])
  })

  it('lists what is there when nothing tells which is meant', () => {
    const found = place([ledger(), chartServer(), chartCluster({replicas: 1, image: 'x'})], {namespace: undefined})
    assert.deepEqual(refusal(() => chooseTargets([found])), {exitCode: 2, lines: [
      '3 releases in any namespace of context prod, and nothing tells which is meant',
      'ledger/my-ledger: ledger, 3 pods, 3.13.0',
      'scalardb/my-cluster: scalardb-cluster, 1 pod, version unknown',
      'scalardb/my-scalardb: scalardb, 3 pods, 3.13.0',
      'choose with -n NAMESPACE, --release NAME or --product PRODUCT',
      'for several at once repeat --target namespace=NAMESPACE,release=NAME',
    ]})
  })

  const ambiguous: Array<[what: string, charts: ChartManifests[], more?: Partial<Searched>]> = [
    ['two Ledgers', [ledger(), chartLedger({release: 'second'})]],
    ['a Ledger and an Auditor that do not name each other', [ledger(), auditorOf('ledger.example.com')]],
    ['the service\'s name in another namespace', [ledger(), auditorOf('my-ledger-scalardl-headless')]],
    ['a Ledger with two Auditors', [ledger(), auditorOf('my-ledger-scalardl-headless', 'ledger'), chartAuditor({release: 'b', properties: 'scalar.dl.auditor.ledger.host=my-ledger-scalardl-headless.ledger'})]],
    ['a Ledger that has an Auditor, and two in reach', [ledger('scalar.dl.ledger.auditor.enabled=true'), chartAuditor(), chartAuditor({release: 'b'})]],
    ['one name in two namespaces', [ledger(), chartLedger({namespace: 'b'}), chartServer()], {wanted: {release: 'my-ledger'}}],
  ]
  for (const [what, charts, more] of ambiguous) {
    it(`asks: ${what}`, () => assert.equal(refusal(() => chosen(place(charts, more))).exitCode, 2))
  }

  it('says where it looked when there is nothing', () => {
    assert.deepEqual(refusal(() => chosen(place([chartEnvoy()]))), {exitCode: 1, lines: [
      'no ScalarDL or ScalarDB server found in namespace ledger of context prod (looked for pods labelled app.kubernetes.io/app)',
      'look elsewhere with -n NAMESPACE, -A or --context CONTEXT',
      'for pods deployed without Helm: -l SELECTOR --product PRODUCT --admin-port PORT',
    ]})
  })

  it('refuses pods that nothing would find again', () => {
    const found = place([ledger()])
    const bare = {...found, releases: found.releases.map(release => ({...release, selector: ''}))}
    assert.deepEqual(refusal(() => chosen(bare)), {exitCode: 2, lines: [
      'the pods of ledger/my-ledger have no labels by which they could be found again, and a pod that joined would not be seen',
      'give them a label of their own, then name it with --selector KEY=VALUE',
    ]})
  })

  it('says what else is there when the name is wrong', () => {
    assert.deepEqual(refusal(() => chosen(place([ledger()], {wanted: {release: 'ledger'}}))), {exitCode: 2, lines: [
      'no release ledger in namespace ledger of context prod',
      'ledger/my-ledger: ledger, 3 pods, 3.13.0',
    ]})
  })
})
