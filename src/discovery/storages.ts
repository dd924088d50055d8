import type {Properties} from './placeholders.ts'
import {dialectOf, scrubAddress} from './scrub.ts'
import type {Storage} from './types.ts'

/** Where each storage keeps ScalarDB's own metadata tables (ScalarDB's configuration classes). */
const METADATA_KEY: Readonly<Record<string, string>> = {
  cosmos: 'cosmos.table_metadata.database',
  dynamo: 'dynamo.table_metadata.namespace',
  jdbc: 'jdbc.table_metadata.schema',
  s3: 's3.table_metadata.namespace',
  'blob-storage': 'blob_storage.table_metadata.namespace',
  'cloud-storage': 'cloud_storage.table_metadata.namespace',
}

const MULTI = 'scalar.db.multi_storage.'

/** The databases behind a product: one, or those of `scalar.db.multi_storage.storages`, each with what it inherits. */
export function storagesOf(properties: Properties): Storage[] {
  const plain = storageOf(key => look(properties, `scalar.db.${key}`))
  if (plain.storage !== 'multi-storage') return [plain]
  const names = list(look(properties, `${MULTI}storages`).value)
  if (names.length === 0) return [{storage: 'multi-storage', unresolved: [`${MULTI}storages`]}]
  return names.map(name => namedStorage(properties, name))
}

/** A property as it is, and the key under which a missing one is to be asked for. */
interface Look {
  readonly key: string
  readonly value?: string
  readonly hidden: boolean
}

/** ScalarDB takes an empty value for none. */
const look = ({values, hidden}: Properties, key: string): Look => ({key, value: values.get(key) || undefined, hidden: hidden.has(key)})

function namedStorage(properties: Properties, name: string): Storage {
  const own = `${MULTI}storages.${name}.`
  const storage = storageOf(key => {
    const specific = look(properties, own + key)
    const inherited = key === 'storage' ? specific : look(properties, `scalar.db.${key}`)
    return specific.value !== undefined || specific.hidden || !(inherited.value ?? inherited.hidden) ? specific : inherited
  })
  const [namespaces, tables, fallback] =
    [look(properties, `${MULTI}namespace_mapping`), look(properties, `${MULTI}table_mapping`), look(properties, `${MULTI}default_storage`)]
  const unresolved = [...storage.unresolved ?? [], ...[namespaces, tables, fallback].filter(({hidden}) => hidden).map(({key}) => key)]
  return {
    name,
    ...storage,
    ...nonEmpty('namespaces', mappedTo(name, namespaces.value)),
    ...nonEmpty('tables', mappedTo(name, tables.value)),
    ...(fallback.value === name && {isDefault: true}),
    ...nonEmpty('unresolved', unresolved),
  }
}

function storageOf(find: (key: string) => Look): Storage {
  const kind = find('storage')
  const storage = kind.value ?? (kind.hidden ? undefined : 'cassandra')
  if (storage === 'multi-storage') return {storage}
  const [points, port, prefix, endpoint] =
    [find('contact_points'), find('contact_port'), find('dynamo.namespace.prefix'), find('dynamo.endpoint_override')]
  const metadataKey = storage && METADATA_KEY[storage]
  const metadata = metadataKey ? find(metadataKey) : undefined
  const contactPoints = points.value && scrubAddress(points.value)
  const endpointOverride = endpoint.value && scrubAddress(endpoint.value)
  const open = [kind, points, port, prefix, endpoint, metadata].filter(each => each?.hidden)
  if (!points.hidden && !contactPoints) open.push(points)
  if (endpoint.value && !endpointOverride) open.push(endpoint)
  return withoutEmpty({
    storage,
    contactPoints: contactPoints ?? dialectOf(points.value ?? ''),
    contactPort: /^\d{1,5}$/.exec(port.value ?? '')?.[0],
    namespacePrefix: prefix.value,
    endpointOverride,
    metadataNamespace: metadata?.value,
    unresolved: open.flatMap(each => each ? [each.key] : []),
  })
}

const list = (text = ''): string[] => text.split(',').map(item => item.trim()).filter(Boolean)

/** `ns:storage,…` or `ns.table:storage,…`: what is mapped to this storage. */
const mappedTo = (name: string, mapping: string | undefined): string[] =>
  list(mapping).map(entry => entry.split(':').map(part => part.trim())).filter(([, to]) => to === name).map(([from = '']) => from)

const nonEmpty = <K extends string>(key: K, items: readonly string[]) =>
  (items.length > 0 ? {[key]: items} : {}) as {readonly [P in K]?: readonly string[]}

/** Without the fields that say nothing, so that records stay short. */
const withoutEmpty = (storage: Storage): Storage =>
  Object.fromEntries(Object.entries(storage).filter(([, value]) => value && (!Array.isArray(value) || value.length > 0)))
