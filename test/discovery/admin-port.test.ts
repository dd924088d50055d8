import assert from 'node:assert/strict'
import type {V1Container} from '@kubernetes/client-node'
import {findReleases} from '../../src/discovery/releases.ts'
import type {DiscoveryOverrides, Inventory, Release} from '../../src/discovery/types.ts'
import {chartAuditor, chartCluster, chartLedger, chartServer, inventoryOf, type ChartManifests} from '../support/manifests.ts'

function found(chart: ChartManifests, overrides?: DiscoveryOverrides, without: Partial<Inventory> = {}): Release {
  const [release] = findReleases({...inventoryOf(chart), ...without}, overrides)
  assert.ok(release)
  return release
}

const withContainer = (chart: ChartManifests, change: (container: V1Container) => V1Container): ChartManifests => ({
  ...chart,
  pods: chart.pods.map(pod => ({...pod, spec: {...pod.spec, containers: (pod.spec?.containers ?? []).map(change)}})),
})

describe('admin port', () => {
  const charts: Array<[what: string, chart: ChartManifests, port: number]> = [
    ['Ledger today', chartLedger(), 50053],
    ['Ledger, chart 2.0.0 (headless service under its old name)', chartLedger({chart: '2.0.0'}), 50053],
    ['Auditor today', chartAuditor(), 40053],
    ['Auditor, chart 2.3.0', chartAuditor({chart: '2.3.0'}), 40053],
    ['Auditor, chart 2.2.7', chartAuditor({chart: '2.2.7'}), 50053],
    ['ScalarDB Cluster', chartCluster(), 60053],
    ['ScalarDB Server today', chartServer(), 60051],
    ['ScalarDB Server, chart 1.0.0', chartServer({chart: '1.0.0'}), 50051],
    ['a property of Ledger', chartLedger({properties: 'scalar.dl.ledger.server.admin_port=50063'}), 50063],
    ['a property of Auditor, by a variable', chartAuditor({
      properties: 'scalar.dl.auditor.server.admin_port={{ default .Env.HELM_SCALAR_DL_AUDITOR_SERVER_ADMIN_PORT "" }}',
      env: [{name: 'HELM_SCALAR_DL_AUDITOR_SERVER_ADMIN_PORT', value: '40063'}],
    }), 40063],
    ['ScalarDB Cluster with a port of its own for Admin', chartCluster({properties: 'scalar.db.cluster.node.admin.port=60063'}), 60063],
    ['the same where it is empty', chartCluster({properties: 'scalar.db.cluster.node.admin.port=\nscalar.db.cluster.node.port=60153'}), 60153],
    ['the same before 3.18.0, which does not know it', chartCluster({version: '3.17.4', properties: 'scalar.db.cluster.node.admin.port=60063'}), 60053],
    ['node-to-node port of ScalarDB Cluster', chartCluster({properties: 'scalar.db.cluster.internal.node.port=60054'}), 60053],
    ['a property of ScalarDB Server', chartServer({properties: 'scalar.db.server.port=60151'}), 60151],
    ['a renamed service port', chartLedger({servicePorts: {ledger: 1, 'my-admin': 50073}}), 50073],
  ]
  for (const [what, chart, port] of charts) {
    it(`${what}: ${port}`, () => {
      assert.deepEqual(found(chart).admin, {port})
      assert.deepEqual(found(chart).assumptions.filter(text => text.startsWith('admin port')), [])
    })
  }

  it('follows a service port to the name of a container port', () => {
    const chart = withContainer(chartLedger(), container => ({...container, ports: [{name: 'adm', containerPort: 50099}]}))
    const services = chart.services.map(service => ({...service, spec: {...service.spec, ports: [{name: 'scalardl-admin', port: 1, targetPort: 'adm'}]}}))
    assert.equal(found({...chart, services}).admin.port, 50099)
  })

  it('takes what the container of an old chart declares where services may not be listed', () => {
    assert.deepEqual(found(chartAuditor({chart: '2.2.7'}), {}, {services: undefined}).admin, {port: 50053})
  })

  it('the same for ScalarDB Server', () => {
    assert.deepEqual(found(chartServer({chart: '1.0.0'}), {}, {services: undefined}).admin, {port: 50051})
  })

  it('pays no attention to a service without a selector, which leads elsewhere', () => {
    const chart = chartLedger({servicePorts: {other: 1}})
    const elsewhere = {metadata: {name: 'x', namespace: 'ledger'}, spec: {ports: [{name: 'scalardl-admin', port: 1}]}}
    assert.equal(found({...chart, services: [...chart.services, elsewhere]}).admin.port, 50053)
  })

  it('says that it is assumed where nothing names it', () => {
    const bare = withContainer(chartLedger(), container => ({...container, ports: undefined}))
    const release = found(bare, {}, {services: undefined})
    assert.equal(release.admin.port, 50053)
    assert.deepEqual(release.assumptions, [
      'admin port 50053: ScalarDL Ledger\'s default',
      'not permitted to list services: names of admin ports not looked up',
    ])
  })

  it('says that it is assumed where a Secret sets it', () => {
    const chart = chartCluster({properties: 'scalar.db.cluster.node.admin.port=${env:PORT}', envSecret: 'creds'})
    assert.deepEqual(found(chart).assumptions, ['admin port 60053: the one that is set lies in secret/creds, key PORT'])
  })

  it('is the one given by hand', () => {
    assert.deepEqual(found(chartLedger({properties: 'scalar.dl.ledger.server.admin_port=50063'}), {adminPort: 1234}).admin, {port: 1234})
  })
})
