import assert from 'node:assert/strict'
import type {V1ContainerState, V1Deployment, V1Pod} from '@kubernetes/client-node'
import {CliError} from '../../src/support/errors.ts'
import {findReleases} from '../../src/discovery/releases.ts'
import type {DiscoveryOverrides, Inventory, Release} from '../../src/discovery/types.ts'
import {chartAuditor, chartCluster, chartEnvoy, chartLedger, chartServer, inventoryOf, uidOf, type ChartManifests} from '../support/manifests.ts'

function only(inventory: Inventory, overrides?: DiscoveryOverrides): Release {
  const releases = findReleases(inventory, overrides)
  assert.equal(releases.length, 1)
  return releases[0] as Release
}

/** The first pod changed, all else as it was. */
const withPod = (chart: ChartManifests, change: (pod: V1Pod) => V1Pod): ChartManifests =>
  ({...chart, pods: chart.pods.map((pod, index) => index === 0 ? change(pod) : pod)})

const withDeployment = (chart: ChartManifests, change: (deployment: V1Deployment) => V1Deployment): ChartManifests =>
  ({...chart, deployment: change(chart.deployment)})

const withState = (state: V1ContainerState, more = {}) => (pod: V1Pod): V1Pod => ({...pod, status: {
  ...pod.status, containerStatuses: pod.status?.containerStatuses?.map(status => ({...status, state, ...more})),
}})

const withPhase = (phase: string, reason?: string) => (pod: V1Pod): V1Pod => ({...pod, status: {...pod.status, phase, reason}})

/** One more pod beside those that the Deployment asks for. */
function withExtra(chart: ChartManifests, change: (pod: V1Pod) => V1Pod): ChartManifests {
  const [pod] = chart.pods
  return {...chart, pods: [...chart.pods, change({...pod, metadata: {...pod?.metadata, name: 'extra', uid: uidOf('extra')}})]}
}

const POD = 'pod ledger/my-ledger-scalardl-ledger-7d9f8c6b5d-5fece'
const DEPLOYMENT = 'deployment ledger/my-ledger-scalardl-ledger'

describe('releases', () => {
  it('are told whole', () => {
    const chart = chartLedger({replicas: 1, version: '3.14.0', properties: 'scalar.db.storage=dynamo\nscalar.db.contact_points=eu-west-1'})
    const hpas = [{metadata: {name: 'h', namespace: 'ledger'}, spec: {scaleTargetRef: {kind: 'Deployment', name: 'my-ledger-scalardl-ledger'}, minReplicas: 1, maxReplicas: 5}}]
    assert.deepEqual(findReleases({...inventoryOf(chart, chartEnvoy()), hpas}), [{
      product: 'ledger',
      namespace: 'ledger',
      release: 'my-ledger',
      version: '3.14.0',
      image: 'ghcr.io/scalar-labs/scalardl-ledger:3.14.0',
      helm: {chart: 'scalardl', chartVersion: '4.12.0'},
      deployments: [{name: 'my-ledger-scalardl-ledger', uid: uidOf('Deployment', 'ledger', 'my-ledger-scalardl-ledger'), replicas: 1}],
      hpas: [{name: 'h', minReplicas: 1, maxReplicas: 5}],
      admin: {port: 50053},
      config: {
        readable: true,
        storages: [{storage: 'dynamo', contactPoints: 'eu-west-1'}],
        transactionManager: 'consensus-commit',
        coordinatorNamespace: 'coordinator',
        baseNamespace: 'scalar',
        auditorEnabled: 'no',
      },
      pods: [{
        name: 'my-ledger-scalardl-ledger-7d9f8c6b5d-5fece',
        namespace: 'ledger',
        uid: chart.pods[0]?.metadata?.uid,
        node: 'node-1',
        container: 'scalardl-ledger',
        containerID: chart.pods[0]?.status?.containerStatuses?.[0]?.containerID,
        restartCount: 0,
        ready: true,
        image: chart.pods[0]?.spec?.containers[0]?.image,
        unsettled: undefined,
      }],
      services: ['my-ledger-scalardl-headless', 'my-ledger-scalardl-envoy'],
      unsettled: [],
      assumptions: [],
      selector: 'app.kubernetes.io/app=ledger,app.kubernetes.io/instance=my-ledger',
    }])
  })

  it('are one per product, namespace and instance, and never Envoy', () => {
    const inventory = inventoryOf(chartLedger(), chartLedger({namespace: 'other'}), chartAuditor({release: 'my-ledger', namespace: 'ledger'}),
      chartCluster(), chartServer(), chartEnvoy())
    assert.deepEqual(findReleases(inventory).map(({namespace, release, product}) => `${namespace}/${release}/${product}`), [
      'ledger/my-ledger/auditor', 'ledger/my-ledger/ledger', 'other/my-ledger/ledger', 'scalardb/my-cluster/scalardb-cluster', 'scalardb/my-scalardb/scalardb',
    ])
  })

  it('of one product alone, when that is asked for', () => {
    assert.deepEqual(findReleases(inventoryOf(chartLedger(), chartAuditor()), {product: 'auditor'}).map(({product}) => product), ['auditor'])
  })

  it('without any server are none', () => {
    assert.deepEqual(findReleases(inventoryOf(withPod(chartLedger({replicas: 1}), withPhase('Succeeded')))), [])
  })

  it('say what was assumed where only pods may be listed', () => {
    const {pods} = inventoryOf(chartLedger({image: 'registry/ledger@sha256:0123'}))
    const release = only({pods})
    assert.deepEqual(release.assumptions, [
      'properties not readable (not permitted to list configmaps): database and namespaces unknown',
      'version unknown: registry/ledger@sha256:0123 names none',
      'not permitted to list deployments: a rollout shows only by its pods',
      'not permitted to list services: names of admin ports not looked up',
    ])
    assert.deepEqual([release.admin, release.unsettled, release.config.auditorEnabled, release.pods.length], [{port: 50053}, [], 'unknown', 3])
  })
})

describe('the set of servers', () => {
  const ready = {running: {}}
  const settled: Array<[what: string, chart: ChartManifests, pods: number]> = [
    ['as the chart has it', chartLedger(), 3],
    ['a pod that is not ready is a server', withPod(chartLedger(), withState(ready, {ready: false})), 3],
    ['an Evicted pod lies around', withExtra(chartLedger(), withPhase('Failed', 'Evicted')), 3],
    ['a pod has ended', withExtra(chartLedger(), withPhase('Succeeded')), 3],
    ['a replica that no node takes', withPod(chartLedger(), pod => ({...withPhase('Pending')(pod), spec: {...pod.spec, nodeName: undefined, containers: pod.spec?.containers ?? []}})), 2],
    ['nothing but a touched label', withPod(chartLedger(), pod => ({...pod, metadata: {...pod.metadata, labels: {...pod.metadata?.labels, touched: 'yes'}}})), 3],
  ]
  for (const [what, chart, pods] of settled) {
    it(`is settled: ${what}`, () => {
      const release = only(inventoryOf(chart))
      assert.deepEqual([release.unsettled, release.pods.length], [[], pods])
    })
  }

  const status = (change: V1Deployment['status']) => (deployment: V1Deployment): V1Deployment => ({...deployment, status: {...deployment.status, ...change}})
  const unsettled: Array<[what: string, chart: ChartManifests, reasons: string[]]> = [
    ['a pod is terminating', withExtra(chartLedger(), pod => ({...pod, metadata: {...pod.metadata, deletionTimestamp: new Date(0)}})),
      ['pod ledger/extra is terminating and still serves']],
    ['a pod is pending on a node', withPod(chartLedger(), withPhase('Pending')), [`${POD} is pending on node-1 and would start unpaused`]],
    ['a container crashes again and again', withPod(chartLedger(), withState({waiting: {reason: 'CrashLoopBackOff'}})),
      [`${POD}: container scalardl-ledger is waiting (CrashLoopBackOff) and would start unpaused`]],
    ['a container has ended', withPod(chartLedger(), withState({terminated: {exitCode: 1, reason: 'Error'}})),
      [`${POD}: container scalardl-ledger has ended (Error) and may start again`]],
    ['a container is starting', withPod(chartLedger(), withState(ready, {started: false})), [`${POD}: container scalardl-ledger is starting`]],
    ['a container has no ID', withPod(chartLedger(), withState(ready, {containerID: undefined})), [`${POD}: container scalardl-ledger has no container ID yet`]],
    ['the kubelet has said nothing', withPod(chartLedger(), pod => ({...pod, status: {phase: 'Running'}})), [`${POD}: container scalardl-ledger has no container ID yet`]],
    ['a change is not acted on', withDeployment(chartLedger(), each => ({...each, metadata: {...each.metadata, generation: 2}})), [`${DEPLOYMENT} has a change that is not yet acted on`]],
    ['a rollout is under way', withDeployment(chartLedger(), status({updatedReplicas: 1})), [`${DEPLOYMENT} is rolling out: 1 of 3 replicas updated`]],
    ['replicas are added', withDeployment(chartLedger(), status({replicas: 4})), [`${DEPLOYMENT} is scaling: 4 of 3 replicas exist`]],
    ['a pod is missing', {...chartLedger(), pods: chartLedger().pods.slice(1)}, [`${DEPLOYMENT} asks for 3 replicas, but 2 were found`]],
    ['pods run different images', withPod(chartLedger(), pod => ({...pod, spec: {...pod.spec, containers: (pod.spec?.containers ?? []).map(each => ({...each, image: 'x:3.14.0'}))}})),
      ['pods run different images: x:3.14.0, ghcr.io/scalar-labs/scalardl-ledger:3.13.0']],
    ['pods differ in their admin port', withPod(chartAuditor({replicas: 2, chart: '2.2.7'}), pod => ({...pod, metadata: {...pod.metadata, labels: {...pod.metadata?.labels, extra: 'yes'}},
      spec: {...pod.spec, containers: (pod.spec?.containers ?? []).map(each => ({...each, env: [{name: 'SCALAR_DB_STORAGE', value: 'cosmos'}]}))}})),
      ['pods of auditor/my-auditor differ in their admin port, TLS or properties']],
  ]
  for (const [what, chart, reasons] of unsettled) {
    it(`is unsettled: ${what}`, () => assert.deepEqual(only(inventoryOf(chart)).unsettled, reasons))
  }

  it('is unsettled while pods of two replica sets run, also where no Deployment can be seen', () => {
    const chart = withPod(chartLedger(), pod => ({...pod, metadata: {
      ...pod.metadata,
      labels: {...pod.metadata?.labels, 'pod-template-hash': 'old'},
      ownerReferences: [{apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'my-ledger-scalardl-ledger-old', uid: 'u', controller: true}],
    }}))
    const sets = 'my-ledger-scalardl-ledger-7d9f8c6b5d, my-ledger-scalardl-ledger-old'
    assert.deepEqual(only(inventoryOf(chart)).unsettled, [`${DEPLOYMENT} has pods of 2 replica sets: ${sets}`])
    assert.deepEqual(only({pods: chart.pods}).unsettled, [`pods of my-ledger-scalardl-ledger come from 2 revisions: ${sets}`])
  })
})

describe('the container of the product', () => {
  const sidecar = {name: 'proxy', image: 'envoyproxy/envoy:v1.30', ports: [{containerPort: 15001}]}
  const rename = (chart: ChartManifests, change: {name?: string; image?: string; ports?: []}): ChartManifests => ({
    ...chart,
    pods: chart.pods.map(pod => ({
      ...pod,
      spec: {...pod.spec, containers: [sidecar, ...(pod.spec?.containers ?? []).map(each => ({...each, ...change}))]},
      status: {...pod.status, containerStatuses: [
        {name: 'proxy', containerID: 'containerd://proxy', image: '', imageID: '', ready: true, restartCount: 7},
        ...(pod.status?.containerStatuses ?? []).map(each => ({...each, name: change.name ?? each.name, containerID: 'containerd://server'})),
      ]},
    })),
  })
  const charts: Array<[what: string, change: {name?: string; image?: string; ports?: []}, container: string, id: string]> = [
    ['by its name', {}, 'scalardl-ledger', 'containerd://server'],
    ['by its name alone', {image: 'mirror/own:1', ports: []}, 'scalardl-ledger', 'containerd://server'],
    ['by its image', {name: 'app', image: 'mirror/scalardl-ledger-byol:3.14.0', ports: []}, 'app', 'containerd://server'],
    ['by its admin port', {name: 'app', image: 'mirror/own:1'}, 'app', 'containerd://server'],
    ['else the first', {name: 'app', image: 'mirror/own:1', ports: []}, 'proxy', 'containerd://proxy'],
  ]
  for (const [what, change, container, containerID] of charts) {
    it(`is found ${what}`, () => {
      const release = only(inventoryOf(rename(chartLedger({replicas: 1}), change)))
      assert.deepEqual(release.pods.map(pod => [pod.container, pod.containerID]), [[container, containerID]])
      assert.equal(release.assumptions.includes('container proxy is the server'), container === 'proxy')
    })
  }
})

describe('pods chosen by hand', () => {
  const unlabelled = (chart: ChartManifests): ChartManifests => ({
    ...chart,
    deployment: {...chart.deployment, spec: {...chart.deployment.spec, selector: {matchLabels: {app: 'led'}}, template: {}}},
    pods: chart.pods.map(pod => ({...pod, metadata: {...pod.metadata, labels: {app: 'led', 'pod-template-hash': '7d9f8c6b5d'}}})),
  })

  it('need no label of Scalar\'s', () => {
    const {release, product, admin, selector, unsettled, deployments} = only(inventoryOf(unlabelled(chartLedger())), {selector: 'app=led', product: 'ledger', adminPort: 50153})
    assert.deepEqual({release, product, admin, selector, unsettled, deployments: deployments.map(({name}) => name)}, {
      release: 'my-ledger-scalardl-ledger', product: 'ledger', admin: {port: 50153}, selector: 'app=led', unsettled: [], deployments: ['my-ledger-scalardl-ledger'],
    })
  })

  it('may also be bare', () => {
    const bare = unlabelled(chartLedger({replicas: 1})).pods.map(pod => ({...pod, metadata: {...pod.metadata, ownerReferences: undefined}}))
    const {release, selector, pods} = only({...inventoryOf(), pods: bare}, {selector: 'app=led', product: 'ledger'})
    assert.deepEqual([release, selector, pods.length], ['app=led', 'app=led', 1])
  })

  it('of several workloads are found again each by its own labels', () => {
    const second = unlabelled(chartLedger({release: 'second'}))
    const inventory = inventoryOf(unlabelled(chartLedger()), second)
    assert.deepEqual(findReleases(inventory, {selector: 'team=a', product: 'ledger'}).map(({release, selector}) => [release, selector]), [
      ['my-ledger-scalardl-ledger', 'team=a,app=led'], ['second-scalardl-ledger', 'team=a,app=led'],
    ])
  })

  it('of several workloads are found again by labels that every revision has, where Deployments may not be listed', () => {
    const {pods} = inventoryOf(unlabelled(chartLedger()), unlabelled(chartLedger({release: 'second'})))
    assert.deepEqual(findReleases({pods}, {selector: 'team=a', product: 'ledger'}).map(({selector}) => selector), ['team=a,app=led', 'team=a,app=led'])
  })

  it('keep the product of their label, and Envoy stays out', () => {
    const inventory = inventoryOf(chartLedger(), chartEnvoy())
    const release = only(inventory, {selector: 'app.kubernetes.io/instance=my-ledger'})
    assert.equal(release.selector, 'app.kubernetes.io/instance=my-ledger,app.kubernetes.io/app=ledger,app.kubernetes.io/instance=my-ledger')
  })

  it('need a product', () => {
    assert.throws(() => findReleases(inventoryOf(unlabelled(chartLedger())), {selector: 'app=led'}), (error: unknown) => {
      assert.ok(error instanceof CliError)
      assert.deepEqual([error.exitCode, error.message, error.hints], [
        2,
        `${POD} has no label app.kubernetes.io/app: cannot tell which product it is`,
        ['say it with --product ledger|auditor|scalardb-cluster|scalardb, and --admin-port where it is not the default'],
      ])
      return true
    })
  })
})
