import assert from 'node:assert/strict'
import type {V1Deployment, V1Pod} from '@kubernetes/client-node'
import {findReleases} from '../../src/discovery/releases.ts'
import type {Inventory, Release} from '../../src/discovery/types.ts'
import {hasRenderings, readRendering} from '../support/renderings.ts'

/** What the controllers would make of a rendered Deployment, as far as discovery looks at it. */
function podsOf({metadata, spec}: V1Deployment): V1Pod[] {
  const name = `${metadata?.name}-7d9f8c6b5d`
  return Array.from({length: spec?.replicas ?? 1}, (_, index) => ({
    metadata: {
      name: `${name}-${index}`,
      namespace: metadata?.namespace,
      uid: `${index}`,
      labels: {...spec?.template.metadata?.labels, 'pod-template-hash': '7d9f8c6b5d'},
      ownerReferences: [{apiVersion: 'apps/v1', kind: 'ReplicaSet', name, uid: 'rs', controller: true}],
    },
    spec: {containers: [], ...spec?.template.spec, nodeName: 'node-1'},
    status: {phase: 'Running', containerStatuses: (spec?.template.spec?.containers ?? []).map(container => (
      {name: container.name, containerID: `containerd://${index}`, image: '', imageID: '', ready: true, restartCount: 0}))},
  }))
}

async function found(rendering: string): Promise<Release> {
  const {chart, others} = await readRendering(rendering)
  const envoys = others.filter(({kind}) => kind === 'Deployment') as V1Deployment[]
  const replicas = chart.deployment.spec?.replicas
  const inventory: Inventory = {
    pods: [chart.deployment, ...envoys].flatMap(podsOf),
    deployments: [{...chart.deployment, status: {replicas, updatedReplicas: replicas}}],
    replicaSets: [],
    services: chart.services,
    configMaps: chart.configMaps,
  }
  const releases = findReleases(inventory)
  assert.equal(releases.length, 1)
  return releases[0] as Release
}

describe('real renderings of the charts', () => {
  before(function () {
    if (!hasRenderings()) this.skip()
  })

  const secret = (name: string) => ({kind: 'secret', namespace: 'auditor', name, key: 'ca.crt'})
  const expected: Array<[rendering: string, release: Partial<Release>]> = [
    ['ledger-chart-defaults', {
      product: 'ledger', namespace: 'default', release: 'scalardl', version: '3.13.0', admin: {port: 50053},
      helm: {chart: 'scalardl', chartVersion: '4.12.0'}, services: ['scalardl-envoy', 'scalardl-envoy-metrics', 'scalardl-headless', 'scalardl-metrics'],
    }],
    ['ledger-cosmos', {product: 'ledger', admin: {port: 50053}}],
    ['ledger-dynamo', {product: 'ledger', admin: {port: 50053}}],
    ['auditor-cosmos', {product: 'auditor', admin: {port: 40053}}],
    ['auditor-dynamo-tls', {
      product: 'auditor', namespace: 'auditor', release: 'my-auditor', version: '3.14.0', helm: {chart: 'scalardl-audit', chartVersion: '2.12.0'},
      admin: {port: 40053, tls: {
        ca: [secret('auditor-tls-ca'), secret('auditor-tls-cert'), secret('auditor-tls-key')] as never,
        serverName: 'auditor.scalardl.example.com',
      }},
    }],
    ['cluster-multi-storage', {product: 'scalardb-cluster', namespace: 'scalardb', release: 'my-cluster', version: '3.18.0', admin: {port: 60053}}],
  ]
  for (const [rendering, release] of expected) {
    it(`${rendering}: everything is found, nothing assumed`, async () => {
      const whole = await found(rendering)
      const seen = Object.fromEntries(Object.keys(release).map(key => [key, key === 'services' ? [...whole.services ?? []].sort() : whole[key as keyof Release]]))
      assert.deepEqual(seen, release)
      assert.deepEqual([whole.pods.length, whole.unsettled, whole.assumptions], [3, [], []])
    })
  }

  it('the chart\'s default properties lead through templates to the container\'s variables', async () => {
    assert.deepEqual((await found('ledger-chart-defaults')).config, {
      readable: true,
      storages: [{storage: 'cassandra', contactPoints: 'cassandra', contactPort: '9042'}],
      transactionManager: 'consensus-commit',
      coordinatorNamespace: 'coordinator',
      baseNamespace: 'scalar',
      auditorEnabled: 'no',
    })
  })

  it('multi-storage is unfolded', async () => {
    assert.deepEqual((await found('cluster-multi-storage')).config.storages, [
      {name: 'orders', storage: 'dynamo', contactPoints: 'ap-northeast-1', namespacePrefix: 'prod_', namespaces: ['order', 'coordinator'], isDefault: true},
      {
        name: 'customers', storage: 'jdbc', namespaces: ['customer'],
        contactPoints: 'jdbc:mysql://customers.cluster-abc123.ap-northeast-1.rds.amazonaws.com:3306/',
      },
    ])
  })
})
