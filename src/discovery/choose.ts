import {CliError, usageError} from '../support/errors.ts'
import {PRODUCTS} from './products.ts'
import type {Product, Release} from './types.ts'

/** Where was looked, and what was found there. One for `-n` or `-A`, one per `--target`. */
export interface Searched {
  /** Name of the kubeconfig's context, where there is one. */
  readonly context?: string
  /** The one searched, or undefined for all of the cluster's (`-A`). */
  readonly namespace?: string
  /** kube-system's UID, so that two contexts of one cluster are seen to be one. */
  readonly clusterUID?: string
  readonly releases: readonly Release[]
  /** What was asked for by name. */
  readonly wanted?: {readonly release?: string; readonly product?: Product; readonly selector?: string}
}

/** A release to be paused, and the place where it was found. */
export interface Target {
  readonly from: Searched
  readonly release: Release
}

/** What of it is wanted. */
export interface Choice {
  readonly ledgerOnly?: boolean
  /** Every release that was asked for, however many there are: for who only looks. */
  readonly all?: boolean
}

/**
 * Chooses what is to be paused: in every place the one release there is, or the one Ledger with its Auditor.
 * @throws CliError (usage) when a place has several and nothing tells which; (failed) when it has none
 */
export function chooseTargets(places: readonly Searched[], choice: Choice = {}): Target[] {
  const targets = places.flatMap(from => chooseIn(from, choice).map(release => ({from, release})))
  const unlabelled = targets.find(({release}) => release.selector === '')
  if (unlabelled) throw withoutLabels(unlabelled.release)
  return [...new Map(targets.map(target => [identityOf(target), target])).values()]
}

/** An empty selector would find every pod of the namespace. */
const withoutLabels = ({namespace, release}: Release) => usageError(
  `the pods of ${namespace}/${release} have no labels by which they could be found again, and a pod that joined would not be seen`,
  'give them a label of their own, then name it with --selector KEY=VALUE',
)

/** Two targets may lead to one release over two contexts. */
const identityOf = ({from, release}: Target) =>
  JSON.stringify([from.clusterUID ?? from.context, release.namespace, release.release, release.product])

function chooseIn(place: Searched, {ledgerOnly = false, all = false}: Choice): Release[] {
  const named = place.releases.filter(({release}) => place.wanted?.release === undefined || release === place.wanted.release)
  if (named.length === 0) throw nothingFound(place)
  if (all) return named
  const ledger = named.find(({product}) => product === 'ledger')
  if (ledger) {
    const auditors = auditorsOf(ledger, place, named)
    const unrelated = named.filter(release => release !== ledger && !auditors.includes(release))
    if (unrelated.length === 0 && ledgerOnly) return [ledger]
    if (unrelated.length === 0 && auditors.length <= 1) return [ledger, ...auditors]
  }
  if (named.length === 1) return [...named]
  throw ambiguous(place, named)
}

/**
 * The Auditors of a Ledger: those whose `scalar.dl.auditor.ledger.host` names a Service of it; else the only one in
 * reach, if the Ledger says that it has one.
 */
function auditorsOf(ledger: Release, {releases}: Searched, named: readonly Release[]): Release[] {
  const auditors = releases.filter(({product}) => product === 'auditor')
  const linked = auditors.filter(auditor => isLinked(auditor, ledger))
  if (linked.length > 0) return linked
  return ledger.config.auditorEnabled === 'yes' ? named.filter(({product}) => product === 'auditor') : []
}

/** `service`, `service.namespace`, `service.namespace.svc.…`; without a namespace the Auditor's own. */
function isLinked(auditor: Release, ledger: Release): boolean {
  const [service = '', namespace = auditor.namespace] = auditor.config.ledgerHost?.split('.') ?? []
  return namespace === ledger.namespace && (ledger.services ?? []).includes(service)
}

function nothingFound(place: Searched) {
  const {wanted} = place
  const what = wanted?.release ?? (wanted?.product && PRODUCTS[wanted.product].title) ?? 'ScalarDL or ScalarDB server'
  const how = wanted?.selector === undefined ? 'pods labelled app.kubernetes.io/app' : `pods of selector ${wanted.selector}`
  if (place.releases.length > 0) return usageError(`no release ${what} in ${placeName(place)}`, ...listOf(place.releases))
  return new CliError(`no ${what} found in ${placeName(place)} (looked for ${how})`, {hints: [
    'look elsewhere with -n NAMESPACE, -A or --context CONTEXT',
    'for pods deployed without Helm: -l SELECTOR --product PRODUCT --admin-port PORT',
  ]})
}

const placeName = ({context, namespace}: Searched) =>
  `${namespace === undefined ? 'any namespace' : `namespace ${namespace}`}${context === undefined ? '' : ` of context ${context}`}`

function ambiguous(place: Searched, releases: readonly Release[]) {
  const namespaces = new Set(releases.map(({namespace}) => namespace))
  const choice = namespaces.size > 1 ? '-n NAMESPACE, --release NAME or --product PRODUCT' : '--release NAME or --product PRODUCT'
  return usageError(
    `${releases.length} releases in ${placeName(place)}, and nothing tells which is meant`,
    ...listOf(releases),
    `choose with ${choice}`,
    'for several at once repeat --target namespace=NAMESPACE,release=NAME',
  )
}

const listOf = (releases: readonly Release[]) => releases.map(describeRelease)

/** One line: `ledger/my-ledger: ledger, 3 pods, ScalarDL 3.14.0`. */
function describeRelease({namespace, release, product, pods, version}: Release): string {
  return `${namespace}/${release}: ${product}, ${pods.length} ${pods.length === 1 ? 'pod' : 'pods'}, ${version ?? 'version unknown'}`
}
