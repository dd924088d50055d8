import type {V1Deployment, V1Pod} from '@kubernetes/client-node'
import {CliError, usageError} from '../support/errors.ts'
import {adminPortOf} from './admin-port.ts'
import {configAssumptions, configOf} from './config.ts'
import {APP_LABEL, INSTANCE_LABEL, isProduct} from './products.ts'
import {readPropertiesFile} from './properties-file.ts'
import {isServer, serverOf, serverPod, unsettledServer, type Server} from './servers.ts'
import {serviceNamesOf} from './services.ts'
import {adminTlsOf} from './tls.ts'
import type {AdminEndpoint, DiscoveryOverrides, Inventory, Product, ProductConfig, Release} from './types.ts'
import {versionOf} from './versions.ts'
import {helmOf, hpasOf, ownerOf, rolloutReasons, type Owner} from './workloads.ts'

/**
 * Finds the releases in what one look brought back. Pods are grouped by product, namespace and release; whatever had
 * to be assumed, and whatever is still moving, is said in words. `overrides.release` is left to `chooseTargets`, which
 * has to see what else is there.
 * @throws CliError (usage) for pods chosen by hand whose product nobody has named
 */
export function findReleases(inventory: Inventory, overrides: DiscoveryOverrides = {}): Release[] {
  const groups = new Map<string, Group>()
  for (const pod of inventory.pods) {
    const product = productOf(pod, overrides)
    if (!product) continue
    const owner = ownerOf(pod, inventory)
    const release = pod.metadata?.labels?.[INSTANCE_LABEL] ?? owner?.name ?? overrides.selector ?? pod.metadata?.name ?? ''
    const key = JSON.stringify([pod.metadata?.namespace, release, product])
    const group = groups.get(key) ?? {product, release, namespace: pod.metadata?.namespace ?? '', members: []}
    groups.set(key, {...group, members: [...group.members, {pod, owner}]})
  }
  return [...groups.entries()].sort(([a], [b]) => a < b ? -1 : 1).map(([, group]) => group)
    .filter(group => group.members.some(({pod}) => isServer(pod)))
    .map((group, _, all) => releaseOf(group, inventory, overrides, all.length))
}

interface Group {
  readonly product: Product
  readonly namespace: string
  readonly release: string
  readonly members: ReadonlyArray<{readonly pod: V1Pod; readonly owner?: Owner}>
}

/** The product by its label, or by hand for pods that a selector chose and that carry none. */
function productOf(pod: V1Pod, {selector, product}: DiscoveryOverrides): Product | undefined {
  const app = pod.metadata?.labels?.[APP_LABEL]
  if (isProduct(app)) return !product || product === app ? app : undefined
  if (app === 'envoy' || selector === undefined) return undefined
  if (product || !isServer(pod)) return product
  throw usageError(
    `pod ${pod.metadata?.namespace}/${pod.metadata?.name} has no label ${APP_LABEL}: cannot tell which product it is`,
    'say it with --product ledger|auditor|scalardb-cluster|scalardb, and --admin-port where it is not the default',
  )
}

function releaseOf(group: Group, inventory: Inventory, overrides: DiscoveryOverrides, groups: number): Release {
  const {product, namespace, release, members} = group
  const servers = members.filter(({pod}) => isServer(pod)).flatMap(({pod}) => serverOf(product, pod, overrides.adminPort) ?? [])
  const images = [...new Set(servers.map(({container}) => container.image ?? ''))]
  const version = versionOf(images[0])
  const deployments = deploymentsOf(group, inventory)
  const {admin, config, assumptions, differences} = describe(group, servers, inventory, overrides, version)
  const different = images.length > 1 ? [`pods run different images: ${images.join(', ')}`] : []
  return {
    product,
    namespace,
    release,
    version,
    image: images[0],
    helm: helmOf(deployments),
    deployments: deployments.map(({metadata, spec}) =>
      ({name: metadata?.name ?? '', uid: metadata?.uid, replicas: spec?.replicas ?? 1})),
    hpas: hpasOf(deployments, inventory.hpas),
    admin,
    config,
    pods: servers.map(serverPod).sort((a, b) => a.name < b.name ? -1 : 1),
    services: servers[0] && serviceNamesOf(servers[0].pod, inventory.services ?? []),
    unsettled: [
      ...servers.flatMap(server => unsettledServer(server) ?? []),
      ...rollouts(group, deployments),
      ...different,
      ...differences,
    ],
    assumptions: [...assumptions, ...version ? [] : [`version unknown: ${images[0] || 'the pod'} names none`], ...unseen(inventory)],
    selector: selectorOf(group, inventory, overrides, groups),
  }
}

interface Description {
  readonly admin: AdminEndpoint
  readonly config: ProductConfig
  readonly assumptions: readonly string[]
  readonly differences: readonly string[]
}

/** Endpoint and configuration, taken from one pod of each revision; they have to agree. */
function describe(
  group: Group, servers: readonly Server[], inventory: Inventory, overrides: DiscoveryOverrides, version?: string,
): Description {
  const configMaps = inventory.configMaps?.filter(map => map.metadata?.namespace === group.namespace)
  const distinct = [...new Map(servers.map(server => [shapeOf(server), server])).values()]
  const [first, ...others] = distinct.map(server => {
    const file = readPropertiesFile(group.product, server.pod, server.container, configMaps)
    const port = overrides.adminPort === undefined
      ? adminPortOf(group.product, server, file, inventory.services, version)
      : {value: overrides.adminPort}
    const tls = adminTlsOf(group.product, server, file, overrides)
    const assumed = [server.assumption, port.assumption, tls.assumption, ...configAssumptions(group.product, file)]
    return {
      admin: {port: port.value, ...(tls.value && {tls: tls.value})},
      config: configOf(group.product, file),
      assumptions: assumed.filter(text => text !== undefined),
    }
  })
  if (!first) throw new CliError(`release ${group.namespace}/${group.release} has pods, and none of them has a container`)
  const differ = others.some(other => JSON.stringify([other.admin, other.config]) !== JSON.stringify([first.admin, first.config]))
  const difference = `pods of ${group.namespace}/${group.release} differ in their admin port, TLS or properties`
  return {...first, differences: differ ? [difference] : []}
}

/** Pods of one template have one shape, so that a thousand of them are read once. */
const shapeOf = ({pod, container}: Server): string => JSON.stringify([container, pod.spec?.volumes, pod.metadata?.labels])

function deploymentsOf({namespace, members}: Group, {deployments = []}: Inventory): V1Deployment[] {
  const names = new Set(members.flatMap(({owner}) => owner?.kind === 'Deployment' ? owner.name : []))
  return deployments.filter(({metadata}) => metadata?.namespace === namespace && names.has(metadata.name ?? ''))
}

function rollouts({members}: Group, deployments: readonly V1Deployment[]): string[] {
  const owners = [...new Set(members.map(({owner}) => owner?.name ?? ''))]
  return owners.flatMap(name => {
    const own = members.filter(({owner}) => (owner?.name ?? '') === name)
    const revisions = [...new Set(own.filter(({pod}) => isServer(pod)).flatMap(({owner}) => owner?.revision ?? []))].sort()
    const deployment = deployments.find(({metadata}) => metadata?.name === name)
    if (deployment) return rolloutReasons(deployment, own.map(({pod}) => pod), revisions)
    return revisions.length > 1 ? [`pods of ${name} come from ${revisions.length} revisions: ${revisions.join(', ')}`] : []
  })
}

/** What could not be looked at, and what that leaves open. */
function unseen({deployments, services}: Inventory): string[] {
  return [
    ...deployments ? [] : ['not permitted to list deployments: a rollout shows only by its pods'],
    ...services ? [] : ['not permitted to list services: names of admin ports not looked up'],
  ]
}

/** Finds the same pods again: by Scalar's labels, by the selector given by hand, or by the workload's own labels. */
function selectorOf({product, release, members}: Group, inventory: Inventory, {selector}: DiscoveryOverrides, groups: number): string {
  const [first] = members
  const labels = first?.pod.metadata?.labels ?? {}
  const byHand = selector === undefined ? [] : [selector]
  if (labels[APP_LABEL] === product && labels[INSTANCE_LABEL] === release) {
    return [...byHand, `${APP_LABEL}=${product}`, `${INSTANCE_LABEL}=${release}`].join(',')
  }
  if (selector !== undefined && groups === 1) return selector
  const deployment = inventory.deployments?.find(({metadata}) =>
    metadata?.name === first?.owner?.name && metadata?.namespace === first?.pod.metadata?.namespace)
  const own = Object.entries(deployment?.spec?.selector.matchLabels ?? labels).filter(([key]) => !REVISION_LABELS.includes(key))
  return [...byHand, ...own.map(([key, value]) => `${key}=${value}`)].join(',')
}

/** Labels with which the next revision's pods would not be found. */
const REVISION_LABELS =
  ['pod-template-hash', 'controller-revision-hash', 'statefulset.kubernetes.io/pod-name', 'apps.kubernetes.io/pod-index']
