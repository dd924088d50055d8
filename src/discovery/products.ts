import type {Product} from './types.ts'

/** What is the same in every installation of a product (helm-charts, chart by chart; ScalarDL and ScalarDB docs). */
export interface ProductFacts {
  /** As the documents write it, e.g. 'ScalarDB Cluster'. */
  readonly title: string
  /** Names of the container that is the server. */
  readonly containers: readonly string[]
  /** Last path segment of the image, or its beginning (marketplaces append to it). */
  readonly images: readonly string[]
  /** Admin ports, newest chart first; older charts declare one of the later ones on the container. */
  readonly adminPorts: readonly [number, ...number[]]
  /** Names of the Service port that leads to the admin port. */
  readonly servicePorts: readonly string[]
  /** Properties that set the admin port; the first that is set counts. */
  readonly portProperties: ReadonlyArray<{readonly key: string; readonly since?: string}>
  /** Names of the properties file, as a key of its ConfigMap; up to ScalarDL 3.13's charts with `.tmpl`. */
  readonly propertiesFiles: readonly string[]
  /** Variables from which charts without a ConfigMap fill the properties, by property key. */
  readonly environment: Readonly<Record<string, string>>
  /** ScalarDB Server has no TLS. */
  readonly tls?: {readonly enabledKey: string; readonly volume: string; readonly caPathKey?: string}
  /** Property and default of the product's own namespace. */
  readonly baseNamespace?: {readonly key: string; readonly fallback: string}
}

const withTemplate = (file: string) => [`${file}.tmpl`, file]

const DATABASE_ENVIRONMENT = {
  'scalar.db.storage': 'SCALAR_DB_STORAGE',
  'scalar.db.contact_points': 'SCALAR_DB_CONTACT_POINTS',
  'scalar.db.contact_port': 'SCALAR_DB_CONTACT_PORT',
}

export const PRODUCTS: Readonly<Record<Product, ProductFacts>> = {
  ledger: {
    title: 'ScalarDL Ledger',
    containers: ['scalardl-ledger'],
    images: ['scalardl-ledger', 'scalar-ledger'],
    adminPorts: [50053],
    servicePorts: ['scalardl-admin'],
    portProperties: [{key: 'scalar.dl.ledger.server.admin_port'}],
    propertiesFiles: withTemplate('ledger.properties'),
    environment: {...DATABASE_ENVIRONMENT, 'scalar.dl.ledger.auditor.enabled': 'SCALAR_DL_LEDGER_AUDITOR_ENABLED'},
    tls: {enabledKey: 'scalar.dl.ledger.server.tls.enabled', volume: 'scalardl-ledger-tls-volume'},
    baseNamespace: {key: 'scalar.dl.ledger.namespace', fallback: 'scalar'},
  },
  auditor: {
    title: 'ScalarDL Auditor',
    containers: ['scalardl-audit-auditor'],
    images: ['scalardl-auditor', 'scalar-auditor'],
    // Up to chart scalardl-audit 2.2.7 Auditor had Ledger's ports.
    adminPorts: [40053, 50053],
    servicePorts: ['scalardl-auditor-admin'],
    portProperties: [{key: 'scalar.dl.auditor.server.admin_port'}],
    propertiesFiles: withTemplate('auditor.properties'),
    environment: {...DATABASE_ENVIRONMENT, 'scalar.dl.auditor.ledger.host': 'SCALAR_DL_AUDITOR_LEDGER_HOST'},
    tls: {enabledKey: 'scalar.dl.auditor.server.tls.enabled', volume: 'scalardl-auditor-tls-volume'},
    baseNamespace: {key: 'scalar.dl.auditor.namespace', fallback: 'auditor'},
  },
  'scalardb-cluster': {
    title: 'ScalarDB Cluster',
    containers: ['scalardb-cluster-node'],
    images: ['scalardb-cluster-node'],
    // 60054 is node to node and has no Admin.
    adminPorts: [60053],
    servicePorts: ['scalardb-cluster'],
    portProperties: [{key: 'scalar.db.cluster.node.admin.port', since: '3.18.0'}, {key: 'scalar.db.cluster.node.port'}],
    propertiesFiles: withTemplate('scalardb-cluster-node.properties'),
    environment: DATABASE_ENVIRONMENT,
    tls: {
      enabledKey: 'scalar.db.cluster.tls.enabled',
      volume: 'scalardb-cluster-tls-volume',
      caPathKey: 'scalar.db.cluster.tls.ca_root_cert_path',
    },
  },
  scalardb: {
    title: 'ScalarDB Server',
    containers: ['scalardb', 'scalardb-server'],
    images: ['scalardb-server'],
    // Chart scalardb 1.0.0 used 50051.
    adminPorts: [60051, 50051],
    servicePorts: ['scalardb'],
    portProperties: [{key: 'scalar.db.server.port'}],
    propertiesFiles: withTemplate('database.properties'),
    environment: DATABASE_ENVIRONMENT,
  },
}

const PRODUCT_NAMES = Object.keys(PRODUCTS) as Product[]

/** The only label that tells the products, and Envoy, apart (helm-charts `_helpers.tpl`). */
export const APP_LABEL = 'app.kubernetes.io/app'
export const INSTANCE_LABEL = 'app.kubernetes.io/instance'

/** Finds every product's pods and never Envoy's. */
export const PRODUCT_SELECTOR = `${APP_LABEL} in (${PRODUCT_NAMES.join(',')})`

export const isProduct = (label: string | undefined): label is Product => PRODUCT_NAMES.some(name => name === label)

/** Whether an image is the server of this product, whatever its registry. */
export function isImageOf(product: Product, image: string | undefined): boolean {
  const name = image?.split('@')[0]?.split('/').at(-1)?.split(':')[0] ?? ''
  return PRODUCTS[product].images.some(known => name === known || name.startsWith(`${known}-`))
}
