import type {V1ContainerPort} from '@kubernetes/client-node'
import type {Product} from '../../src/discovery/types.ts'

/** What the Helm charts render, written down apart from `src/discovery/products.ts`, so that neither can hide the other's error. */
export interface ChartFacts {
  readonly chart: string
  /** Appended to the full name to get the Deployment's. */
  readonly suffix: string
  readonly container: string
  readonly image: string
  readonly servicePorts: Record<string, number>
  readonly otherPorts: readonly number[]
  readonly properties?: {readonly map: string; readonly key: string; readonly folder: string; readonly volume: string}
  readonly tls?: {readonly folder: string; readonly volume: string}
  readonly headless: string
  readonly appVersion: string
}

const [LEDGER, AUDITOR, CLUSTER, SERVER] = ['4.12.0', '2.12.0', '1.11.0', '2.10.6']

/** The newest released chart of each product. */
export const LATEST_CHART: Record<Product, string> = {ledger: LEDGER, auditor: AUDITOR, 'scalardb-cluster': CLUSTER, scalardb: SERVER}

/** The chart `product` was rendered from, in any released version and the unreleased next one (`…-SNAPSHOT`). */
export function chartFacts(product: Product, chartVersion: string): ChartFacts {
  return {ledger: ledgerFacts, auditor: auditorFacts, 'scalardb-cluster': clusterFacts, scalardb: serverFacts}[product](chartVersion)
}

function ledgerFacts(version: string): ChartFacts {
  return {
    chart: 'scalardl',
    suffix: '-ledger',
    container: 'scalardl-ledger',
    image: 'ghcr.io/scalar-labs/scalardl-ledger',
    servicePorts: {scalardl: 50051, 'scalardl-priv': 50052, 'scalardl-admin': 50053},
    otherPorts: [8080],
    properties: olderThan(version, 4, 3) ? undefined : propertiesOf('ledger', version, '/scalar/ledger/', 'scalardl-ledger-properties-volume'),
    tls: {folder: '/tls/scalardl-ledger/certs', volume: 'scalardl-ledger-tls-volume'},
    headless: olderThan(version, 3, 0) ? '-ledger-headless' : '-headless',
    appVersion: appVersion(version, LEDGER_MINORS),
  }
}

function auditorFacts(version: string): ChartFacts {
  const base = olderThan(version, 2, 3) ? 50050 : 40050
  return {
    chart: 'scalardl-audit',
    suffix: '-auditor',
    container: 'scalardl-audit-auditor',
    image: 'ghcr.io/scalar-labs/scalardl-auditor-byol',
    servicePorts: {'scalardl-auditor': base + 1, 'scalardl-auditor-priv': base + 2, 'scalardl-auditor-admin': base + 3},
    otherPorts: [8080],
    properties: olderThan(version, 2, 3) ? undefined : propertiesOf('auditor', version, '/scalar/auditor/', 'scalardl-auditor-properties-volume'),
    tls: {folder: '/tls/scalardl-auditor/certs', volume: 'scalardl-auditor-tls-volume'},
    headless: '-headless',
    appVersion: appVersion(version, AUDITOR_MINORS),
  }
}

function clusterFacts(version: string): ChartFacts {
  return {
    chart: 'scalardb-cluster',
    suffix: '-node',
    container: 'scalardb-cluster-node',
    image: 'ghcr.io/scalar-labs/scalardb-cluster-node-byol-premium',
    servicePorts: {'scalardb-cluster': 60053},
    otherPorts: [8080, 9080],
    properties: {map: '-node-properties', key: 'scalardb-cluster-node.properties', folder: '/scalardb-cluster/node/', volume: 'scalardb-cluster-database-properties-volume'},
    tls: {folder: '/tls/scalardb-cluster/certs', volume: 'scalardb-cluster-tls-volume'},
    headless: '-headless',
    appVersion: appVersion(version, CLUSTER_MINORS),
  }
}

function serverFacts(version: string): ChartFacts {
  return {
    chart: 'scalardb',
    suffix: '',
    container: 'scalardb',
    image: 'ghcr.io/scalar-labs/scalardb-server',
    servicePorts: {scalardb: olderThan(version, 1, 1) ? 50051 : 60051},
    otherPorts: [8080],
    properties: propertiesOf('database', version, '/scalardb/server/', 'scalardb-database-properties-volume'),
    headless: '-headless',
    appVersion: appVersion(version, SERVER_MINORS),
  }
}

function propertiesOf(stem: string, version: string, folder: string, volume: string) {
  const key = version.endsWith('-SNAPSHOT') ? `${stem}.properties` : `${stem}.properties.tmpl`
  return {map: `-${stem}-properties`, key, folder, volume}
}

/** Minor version of the product (3.x) by minor version of the chart, newest major version first. */
const LEDGER_MINORS = {4: [3, 3, 4, 5, 6, 7, 8, 9, 9, 10, 11, 12, 13], 3: [0, 1, 2, 3], 2: [0]}
const AUDITOR_MINORS = {2: LEDGER_MINORS[4], 1: LEDGER_MINORS[3]}
const CLUSTER_MINORS = {1: [9, 10, 11, 12, 12, 13, 14, 15, 16, 16, 17, 18]}
const SERVER_MINORS = {2: [4, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13], 1: [1, 2, 3, 4]}

function appVersion(version: string, minors: Record<number, number[]>): string {
  const [major = 0, minor = 0] = numbers(version)
  const known = minors[major]
  if (!known) return major === 1 ? '2.1.0' : '3.14.0'
  return `3.${known[minor] ?? known.at(-1)}.0`
}

function olderThan(version: string, major: number, minor: number): boolean {
  const [chartMajor = 0, chartMinor = 0] = numbers(version)
  return chartMajor < major || (chartMajor === major && chartMinor < minor)
}

const numbers = (version: string) => version.split(/[.-]/).map(Number)

export const containerPorts = (facts: ChartFacts): V1ContainerPort[] =>
  [...Object.values(facts.servicePorts), ...facts.otherPorts].map(containerPort => ({containerPort}))
