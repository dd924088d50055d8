import {createHash} from 'node:crypto'
import type {V1ConfigMap, V1Container, V1Deployment, V1Pod, V1PodSpec, V1Probe, V1ReplicaSet, V1Service, V1Volume} from '@kubernetes/client-node'
import type {Inventory, Product} from '../../src/discovery/types.ts'
import {LATEST_CHART, chartFacts, containerPorts, type ChartFacts} from './charts.ts'

/** TLS as the charts render it: the probes carry it, a volume brings the CA. */
export interface TlsValues {
  /** `tls.overrideAuthority`. */
  readonly serverName?: string
  /** `tls.caRootCertSecret`; unused with cert-manager. */
  readonly caSecret?: string
  readonly certManager?: boolean
  /** Secrets made by older instructions, with the key `ca-root-cert` mapped to a file. */
  readonly oldKeys?: boolean
}

/** Values of one Helm release; everything has the chart's default. */
export interface ChartValues {
  readonly release?: string
  readonly namespace?: string
  /** Chart version, e.g. '4.12.0'. */
  readonly chart?: string
  readonly replicas?: number
  /** Image tag; the chart's appVersion when not given. */
  readonly version?: string
  readonly image?: string
  /** Content of the properties file; for charts without a ConfigMap `env` says what there is to say. */
  readonly properties?: string
  readonly env?: ReadonlyArray<{readonly name: string; readonly value: string}>
  readonly envSecret?: string
  readonly tls?: TlsValues
  readonly servicePorts?: Readonly<Record<string, number>>
  /** Put into the pod template, so that no scheduler is needed; the pods of the builder have a node in any case. */
  readonly nodeName?: string
  readonly fullname?: string
  readonly sidecars?: readonly V1Container[]
  readonly terminationGracePeriodSeconds?: number
}

/** The objects of one release as the API server would list them; sent to one, it ignores uid and status. */
export interface ChartManifests {
  readonly deployment: V1Deployment
  readonly replicaSet: V1ReplicaSet
  readonly pods: V1Pod[]
  readonly services: V1Service[]
  readonly configMaps: V1ConfigMap[]
}

export const chartLedger = (values: ChartValues = {}) => chart('ledger', {release: 'my-ledger', namespace: 'ledger', ...values})
export const chartAuditor = (values: ChartValues = {}) => chart('auditor', {release: 'my-auditor', namespace: 'auditor', ...values})
export const chartCluster = (values: ChartValues = {}) =>
  chart('scalardb-cluster', {release: 'my-cluster', namespace: 'scalardb', ...values})
export const chartServer = (values: ChartValues = {}) => chart('scalardb', {release: 'my-scalardb', namespace: 'scalardb', ...values})

/** Envoy beside a release: the same name and instance labels, but another app, and never to be paused. */
export function chartEnvoy(values: ChartValues & {product?: Product} = {}): ChartManifests {
  const parent = chartFacts(values.product ?? 'ledger', values.chart ?? LATEST_CHART[values.product ?? 'ledger'])
  const facts: ChartFacts = {
    ...parent, suffix: '-envoy', container: 'envoy', image: 'ghcr.io/scalar-labs/scalar-envoy', appVersion: '1.6.1',
    servicePorts: {envoy: 50051, 'envoy-priv': 50052}, otherPorts: [9001], properties: undefined, tls: undefined, headless: '-envoy',
  }
  return render(facts, 'envoy', {release: 'my-ledger', namespace: 'ledger', ...values})
}

/** What one look at a cluster with these releases brings back. */
export const inventoryOf = (...charts: ChartManifests[]): Inventory => ({
  pods: charts.flatMap(each => each.pods),
  deployments: charts.map(each => each.deployment),
  replicaSets: charts.map(each => each.replicaSet),
  services: charts.flatMap(each => each.services),
  configMaps: charts.flatMap(each => each.configMaps),
  hpas: [],
})

/** A UID that is the same in every run, as are all names here. */
export function uidOf(...parts: string[]): string {
  const hex = createHash('sha256').update(parts.join('/')).digest('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join('-')
}

type Named = ChartValues & {release: string; namespace: string}

const chart = (product: Product, values: Named) => render(chartFacts(product, values.chart ?? LATEST_CHART[product]), product, values)

function render(facts: ChartFacts, app: string, values: Named): ChartManifests {
  const fullname = values.fullname ?? (values.release.includes(facts.chart) ? values.release : `${values.release}-${facts.chart}`)
  const name = `${fullname}${facts.suffix}`
  const labels = {
    'app.kubernetes.io/name': facts.chart,
    'app.kubernetes.io/instance': values.release,
    'app.kubernetes.io/app': app,
  }
  const helmLabels = {
    ...labels,
    'helm.sh/chart': app === 'envoy' ? 'envoy-2.6.0' : `${facts.chart}-${values.chart ?? LATEST_CHART[app as Product]}`,
    'app.kubernetes.io/version': facts.appVersion,
    'app.kubernetes.io/managed-by': 'Helm',
  }
  const parts: Parts = {facts, values, fullname, name, labels, helmLabels, spec: podSpec(facts, fullname, values)}
  const deployment = deploymentOf(parts)
  const replicaSet = replicaSetOf(parts, deployment)
  return {
    deployment,
    replicaSet,
    pods: Array.from({length: replicasOf(values)}, (_, index) => podOf(parts, replicaSet, index)),
    services: [serviceOf(parts)],
    configMaps: configMapsOf(parts),
  }
}

interface Parts {
  readonly facts: ChartFacts
  readonly values: Named
  readonly fullname: string
  readonly name: string
  readonly labels: Record<string, string>
  readonly helmLabels: Record<string, string>
  readonly spec: V1PodSpec
}

const replicasOf = (values: ChartValues) => values.replicas ?? 3

function deploymentOf({values, name, labels, helmLabels, spec}: Parts): V1Deployment {
  const replicas = replicasOf(values)
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {name, namespace: values.namespace, labels: helmLabels, uid: uidOf('Deployment', values.namespace, name), generation: 1},
    spec: {replicas, selector: {matchLabels: labels}, template: {metadata: {labels}, spec}},
    status: {observedGeneration: 1, replicas, updatedReplicas: replicas, readyReplicas: replicas, availableReplicas: replicas},
  }
}

const TEMPLATE_HASH = '7d9f8c6b5d'

function replicaSetOf({values, name, labels, spec}: Parts, deployment: V1Deployment): V1ReplicaSet {
  const replicas = replicasOf(values)
  const own = {...labels, 'pod-template-hash': TEMPLATE_HASH}
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: `${name}-${TEMPLATE_HASH}`,
      namespace: values.namespace,
      labels: own,
      uid: uidOf('ReplicaSet', values.namespace, name),
      ownerReferences: [ownerOf('Deployment', deployment.metadata)],
    },
    spec: {replicas, selector: {matchLabels: own}, template: {metadata: {labels: own}, spec}},
    status: {replicas, readyReplicas: replicas, availableReplicas: replicas, observedGeneration: 1},
  }
}

function podOf({values, labels, spec}: Parts, replicaSet: V1ReplicaSet, index: number): V1Pod {
  const name = `${replicaSet.metadata?.name}-${createHash('sha256').update(String(index)).digest('hex').slice(0, 5)}`
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: values.namespace,
      labels: {...labels, 'pod-template-hash': TEMPLATE_HASH},
      uid: uidOf('Pod', values.namespace, name),
      ownerReferences: [ownerOf('ReplicaSet', replicaSet.metadata)],
    },
    spec: {...spec, nodeName: values.nodeName ?? 'node-1'},
    status: {
      phase: 'Running',
      conditions: [{type: 'Ready', status: 'True'}],
      containerStatuses: spec.containers.map(container => ({
        name: container.name,
        containerID: `containerd://${createHash('sha256').update(`${values.namespace}/${name}/${container.name}`).digest('hex')}`,
        image: container.image ?? '',
        imageID: '',
        ready: true,
        started: true,
        restartCount: 0,
        state: {running: {}},
      })),
    },
  }
}

const ownerOf = (kind: string, metadata: {name?: string; uid?: string} = {}) =>
  ({apiVersion: 'apps/v1', kind, name: metadata.name ?? '', uid: metadata.uid ?? '', controller: true, blockOwnerDeletion: true})

function serviceOf({facts, values, fullname, labels, helmLabels}: Parts): V1Service {
  const name = `${fullname}${facts.headless}`
  const ports = Object.entries(values.servicePorts ?? facts.servicePorts)
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {name, namespace: values.namespace, labels: helmLabels, uid: uidOf('Service', values.namespace, name)},
    spec: {
      clusterIP: facts.container === 'envoy' ? undefined : 'None',
      selector: labels,
      ports: ports.map(([portName, port]) => ({name: portName, port, targetPort: port, protocol: 'TCP'})),
    },
  }
}

function configMapsOf({facts, values, fullname}: Parts): V1ConfigMap[] {
  if (!facts.properties) return []
  const {map, key} = facts.properties
  return [{
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {name: `${fullname}${map}`, namespace: values.namespace, uid: uidOf('ConfigMap', values.namespace, `${fullname}${map}`)},
    data: {[key]: values.properties ?? 'scalar.db.storage=dynamo\nscalar.db.contact_points=ap-northeast-1\n'},
  }]
}

function podSpec(facts: ChartFacts, fullname: string, values: Named): V1PodSpec {
  const {properties, tls} = facts
  const volumes: V1Volume[] = []
  if (properties) volumes.push({name: properties.volume, configMap: {name: `${fullname}${properties.map}`}})
  if (tls && values.tls) volumes.push(tlsVolume(tls.volume, fullname, values.tls))
  return {
    automountServiceAccountToken: false,
    terminationGracePeriodSeconds: values.terminationGracePeriodSeconds ?? 1,
    ...(values.nodeName && {nodeName: values.nodeName}),
    volumes,
    containers: [productContainer(facts, values), ...(values.sidecars ?? [])],
  }
}

function productContainer(facts: ChartFacts, values: Named): V1Container {
  const {properties, tls} = facts
  const probe = probeOf(facts, values.tls)
  return {
    name: facts.container,
    image: values.image ?? `${facts.image}:${values.version ?? facts.appVersion}`,
    ports: containerPorts(facts),
    env: [...(values.env ?? [])],
    ...(values.envSecret && {envFrom: [{secretRef: {name: values.envSecret}}]}),
    volumeMounts: [
      ...(properties ? [{name: properties.volume, mountPath: `${properties.folder}${properties.key}`, subPath: properties.key}] : []),
      ...(tls && values.tls ? [{name: tls.volume, mountPath: tls.folder}] : []),
    ],
    startupProbe: {...probe, failureThreshold: 60, periodSeconds: 5},
    livenessProbe: {...probe, failureThreshold: 3, periodSeconds: 10},
  }
}

function probeOf(facts: ChartFacts, tls?: TlsValues): V1Probe {
  const command = ['/usr/local/bin/grpc_health_probe', `-addr=localhost:${Object.values(facts.servicePorts)[0]}`]
  if (tls && facts.tls) command.push('-tls', `-tls-ca-cert=${facts.tls.folder}/${tls.oldKeys ? 'ca-root-cert.pem' : 'ca.crt'}`)
  if (tls?.serverName) command.push(`-tls-server-name=${tls.serverName}`)
  return {exec: {command}}
}

function tlsVolume(name: string, fullname: string, tls: TlsValues): V1Volume {
  if (tls.certManager) return {name, secret: {secretName: `${fullname}-tls-cert`}}
  const items = tls.oldKeys ? [{key: 'ca-root-cert', path: 'ca-root-cert.pem'}] : undefined
  return {name, projected: {sources: [
    {secret: {name: tls.caSecret ?? 'tls-ca', items}},
    {secret: {name: 'tls-cert'}},
    {secret: {name: 'tls-key'}},
  ]}}
}
