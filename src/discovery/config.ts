import {PRODUCTS} from './products.ts'
import type {PropertiesFile} from './properties-file.ts'
import {scrubAddress} from './scrub.ts'
import {storagesOf} from './storages.ts'
import type {Product, ProductConfig} from './types.ts'

/** What a backup and a later restore plan need of a product's properties; no secret of any kind. */
export function configOf(product: Product, file: PropertiesFile): ProductConfig {
  const value = (key: string) => file.readable ? file.properties.values.get(key) || undefined : undefined
  const {baseNamespace} = PRODUCTS[product]
  const ledgerHost = value('scalar.dl.auditor.ledger.host')
  return {
    readable: file.readable,
    storages: file.readable ? storagesOf(file.properties) : [],
    transactionManager: value('scalar.db.transaction_manager') ?? 'consensus-commit',
    coordinatorNamespace: value('scalar.db.consensus_commit.coordinator.namespace') ?? 'coordinator',
    ...(baseNamespace && {baseNamespace: value(baseNamespace.key) ?? baseNamespace.fallback}),
    ...(product === 'ledger' && {auditorEnabled: auditorEnabled(file)}),
    ...(product === 'auditor' && ledgerHost && {ledgerHost: scrubAddress(ledgerHost)}),
  }
}

function auditorEnabled(file: PropertiesFile): 'yes' | 'no' | 'unknown' {
  const key = 'scalar.dl.ledger.auditor.enabled'
  if (!file.readable || file.properties.hidden.has(key)) return 'unknown'
  const value = file.properties.values.get(key)
  if (value === undefined && file.partial) return 'unknown'
  return value?.toLowerCase() === 'true' ? 'yes' : 'no'
}

/** Defaults that stand for values which are set, but lie where nobody may look; in words for the user. */
export function configAssumptions(product: Product, file: PropertiesFile): string[] {
  if (!file.readable) return [`properties not readable (${file.why}): database and namespaces unknown`]
  const own = PRODUCTS[product].baseNamespace?.key ?? []
  return ['scalar.db.transaction_manager', 'scalar.db.consensus_commit.coordinator.namespace'].concat(own).flatMap(key => {
    const where = file.properties.hidden.get(key)
    return where ? [`${key} lies in ${where}: its default is taken`] : []
  })
}
