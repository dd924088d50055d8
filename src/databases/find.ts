import {DATABASES} from './index.ts'
import {checkSettings} from './settings.ts'
import type {RecordedConfig, RecordedStorage} from '../backup/restore-point.ts'
import type {Product} from '../discovery/types.ts'
import type {Database, FoundDatabase, OwnedStorage, Settings} from './types.ts'

/** What of a target says which databases are behind it; a record's target and a release found now both have it. */
export interface Owner {
  readonly product: Product
  readonly release: string
  readonly namespace: string
  readonly context?: string
  readonly version?: string
  readonly config: Pick<RecordedConfig, 'storages' | 'baseNamespace' | 'coordinatorNamespace' | 'transactionManager'>
}

/** A database, and who uses it. */
export interface DatabaseBehind extends FoundDatabase {
  /** Indexes of its owners, in what was searched. */
  readonly owners: readonly number[]
}

/** A storage that no database recognises: its kind cannot be read, or is none that we know. */
export interface UnknownStorage {
  readonly storage: OwnedStorage
}

/**
 * The databases behind products, each once: storages that are one database are put together, in the order of their first
 * appearance.
 * @param extra settings that are known beside the properties, per owner, e.g. the profile that leads to its account: those that
 * a database knows are part of what tells two of them apart
 * @throws CliError (usage) for names that cannot be legal
 */
export function findDatabases(
  owners: readonly Owner[], extra: (owner: Owner) => Settings = () => ({}), databases: readonly Database[] = DATABASES,
): {found: DatabaseBehind[]; unknown: UnknownStorage[]} {
  const found = new Map<string, DatabaseBehind>()
  const unknown: UnknownStorage[] = []
  for (const [index, owner] of owners.entries()) {
    for (const storage of storagesOf(owner)) {
      const match = recognise(storage, databases)
      if (!match) {
        unknown.push({storage})
        continue
      }
      const more = known(match.database, extra(owner))
      const key = [match.database.kind, match.key, ...Object.entries(more).map(pair => pair.join('='))].join(' ')
      const earlier = found.get(key)
      const settings = {...match.settings, ...more}
      checkSettings(match.database, settings)
      found.set(key, {
        database: match.database, key, settings: earlier?.settings ?? settings,
        storages: [...earlier?.storages ?? [], storage], owners: [...new Set([...earlier?.owners ?? [], index])],
      })
    }
  }
  return {found: [...found.values()], unknown}
}

const known = ({settings}: Database, values: Settings): Settings =>
  Object.fromEntries(Object.entries(values).filter(([name]) => settings.some(setting => setting.name === name)))

function recognise(storage: RecordedStorage, databases: readonly Database[]) {
  for (const database of databases) {
    const match = database.recognise(storage)
    if (match) return {database, ...match}
  }
  return undefined
}

/** Where the properties could not be read there is a database all the same: one of which nothing is known. */
function storagesOf(owner: Owner): OwnedStorage[] {
  const {product, release, namespace, context, version, config} = owner
  const whose = {product, release, namespace, ...context && {context}, ...version && {version}}
  const several = config.storages.length > 1
  const storages: readonly RecordedStorage[] = config.storages.length === 0 ? [{}] : config.storages
  return storages.map(storage => ({...storage, owner: whose, keeps: several ? keepsOf(storage, owner) : ownNamespaces(owner)}))
}

/** Of several storages each has what is mapped to it; the rest is the default storage's (ScalarDB, MultiStorageConfig). */
function keepsOf(storage: RecordedStorage, owner: Owner): string[] {
  const mapped = [...storage.namespaces ?? [], ...storage.tables ?? []]
  if (!storage.isDefault) return mapped
  const elsewhere = new Set(owner.config.storages.flatMap(({namespaces}) => namespaces ?? []))
  return [...mapped, ...ownNamespaces(owner).filter(namespace => !elsewhere.has(namespace))]
}

/**
 * ScalarDL's own namespaces: the base, its tenants' since 3.13 (`<base>_<name>`), and the coordinator's, which only Ledger and
 * ScalarDB keep (products.md §11). What functions and applications keep is not known here.
 */
function ownNamespaces({product, config}: Owner): string[] {
  const base = config.baseNamespace ? [config.baseNamespace, `${config.baseNamespace}_*`] : []
  const coordinator = product === 'auditor' || config.transactionManager !== 'consensus-commit' ? [] : [config.coordinatorNamespace]
  return [...base, ...coordinator]
}
