import type {V1ConfigMap, V1Container, V1Pod} from '@kubernetes/client-node'
import {environmentOf, type Environment} from './environment.ts'
import {keyOfFile, mountsOf, type Mount} from './mounts.ts'
import {resolveProperties, type Properties} from './placeholders.ts'
import {PRODUCTS} from './products.ts'
import {parseProperties} from './properties.ts'
import type {Product} from './types.ts'

/** The properties a server was started with, or why they can't be read. */
export type PropertiesFile =
  | {
    readonly readable: true
    readonly properties: Properties
    /** True when the image's own file adds what nobody outside can see: a key that is missing here may be set there. */
    readonly partial: boolean
  }
  | {readonly readable: false; readonly why: string}

/**
 * Finds the properties of a server: the file that its container mounts from a ConfigMap; on charts that have none
 * (scalardl up to 4.2, scalardl-audit up to 2.2) the variables that fill the image's own file.
 * @param configMaps of the pod's namespace, or undefined when they could not be listed
 */
export function readPropertiesFile(
  product: Product, pod: V1Pod, container: V1Container, configMaps?: readonly V1ConfigMap[],
): PropertiesFile {
  const environment = environmentOf(container, configMaps ?? [])
  const file = findFile(product, mountsOf(pod, container), configMaps)
  if (file.text === undefined) return readVariables(product, environment) ?? {readable: false, why: file.why}
  const entries = parseProperties(file.text)
  if ([...entries.keys()].some(key => key.startsWith('{{'))) return {readable: false, why: 'they are a template with conditions'}
  return {readable: true, partial: false, properties: resolveProperties(entries, environment)}
}

function readVariables(product: Product, environment: Environment): PropertiesFile | undefined {
  const set = Object.entries(PRODUCTS[product].environment).filter(([, name]) => environment(name).kind === 'value')
  if (set.length === 0) return undefined
  const entries = new Map(set.map(([key, name]) => [key, `\${env:${name}}`]))
  return {readable: true, partial: true, properties: resolveProperties(entries, environment)}
}

type Found = {readonly text: string} | {readonly text?: undefined; readonly why: string}

function findFile(product: Product, mounts: readonly Mount[], configMaps?: readonly V1ConfigMap[]): Found {
  const wanted = PRODUCTS[product].propertiesFiles
  const files = mounts.flatMap(mount => filesOf(mount, configMaps ?? []))
  const file = wanted.map(name => files.find(each => each.name === name)).find(Boolean) ?? onlyPropertiesFile(files)
  if (file) return {text: file.text}
  if (!configMaps) return {why: 'not permitted to list configmaps'}
  const secret = mounts.flatMap(mount => mount.sources.map(source => ({mount, source})))
    .find(({mount, source}) => source.kind === 'secret' && looksLikeProperties(mount.subPath ?? mount.path))
  return {why: secret ? `they lie in secret/${secret.source.name}` : 'no configmap that it mounts holds them'}
}

interface File {
  /** Name inside the container, else the key. */
  readonly name: string
  readonly text: string
}

function filesOf(mount: Mount, configMaps: readonly V1ConfigMap[]): File[] {
  return mount.sources.filter(source => source.kind === 'configMap').flatMap(source => {
    const data = configMaps.find(map => map.metadata?.name === source.name)?.data ?? {}
    const paths = mount.subPath ? [mount.subPath] : source.items?.map(item => item.path) ?? Object.keys(data)
    return paths.flatMap(path => {
      const text = data[keyOfFile(source, path) ?? '']
      return text === undefined ? [] : [{name: path.split('/').at(-1) ?? path, text}]
    })
  })
}

const looksLikeProperties = (path: string) => /\.properties(\.tmpl)?$/.test(path)

/** Pods deployed without Helm name the file as they like; a logging configuration is not it. */
function onlyPropertiesFile(files: readonly File[]): File | undefined {
  const candidates = files.filter(file => looksLikeProperties(file.name) && !/log/i.test(file.name))
  return candidates.length === 1 ? candidates[0] : undefined
}
