import {existsSync} from 'node:fs'
import {readFile} from 'node:fs/promises'
import {join} from 'node:path'
import type {V1ConfigMap, V1Deployment, V1Service} from '@kubernetes/client-node'
import {parseAllDocuments} from 'yaml'
import type {KubeObject} from './cluster.ts'
import type {ChartManifests} from './manifests.ts'

// Renderings of the real Helm charts are no part of this repository: tests that need them are skipped where there are none.
const FOLDER = process.env['KUBECTL_SCALARDL_FIXTURES'] || join(import.meta.dirname, '../../../shared/fixtures/helm')
const PRODUCTS = ['ledger', 'auditor', 'scalardb-cluster', 'scalardb']

/** One `helm template`, parted into the product's own objects, which a test cluster deploys, and all that comes with them. */
export interface Rendering {
  /** Without ReplicaSet and pods: these come from the controllers. The Service with the admin port is the first. */
  readonly chart: ChartManifests
  readonly others: readonly KubeObject[]
}

/** Are there renderings on this machine? */
export const hasRenderings = () => existsSync(FOLDER)

/** Reads e.g. `auditor-dynamo-tls`; objects without a namespace get the release's, as `helm install -n` does it. */
export async function readRendering(name: string): Promise<Rendering> {
  const documents = parseAllDocuments(await readFile(join(FOLDER, `${name}.yaml`), 'utf8'))
  const read = documents.map(document => document.toJSON() as KubeObject | null).filter(object => object !== null)
  const deployment: V1Deployment | undefined = read.find(isProduct)
  if (!deployment) throw new Error(`rendering ${name} has no Deployment of a product`)
  const objects = read.map(object => ({...object, metadata: {namespace: deployment.metadata?.namespace, ...object.metadata}}))
  const of = <T>(kind: string) => objects.filter(object => object.kind === kind) as T[]
  return {
    chart: {
      deployment,
      replicaSet: {},
      pods: [],
      services: of<V1Service>('Service').sort((a, b) => Number(isHeadless(b)) - Number(isHeadless(a))),
      configMaps: of<V1ConfigMap>('ConfigMap'),
    },
    others: objects.filter(object => !isProduct(object) && object.kind !== 'Service' && object.kind !== 'ConfigMap'),
  }
}

const isProduct = ({kind, metadata}: KubeObject) =>
  kind === 'Deployment' && PRODUCTS.includes(metadata?.labels?.['app.kubernetes.io/app'] ?? '')

const isHeadless = ({spec}: V1Service) => spec?.clusterIP === 'None'
