import {usageError} from '../support/errors.ts'
import {PRODUCTS} from './products.ts'
import type {Release, Storage} from './types.ts'

/** What the targets say about an Auditor; it goes into the record. */
export type AuditorStatement =
  /** No Ledger among the targets, or one that has no Auditor. */
  | 'none'
  | 'paused'
  /** There is one, or may be: the restore point binds its database too, though it was not paused. */
  | 'not-paused'

/**
 * Ledger with an Auditor is paused together with it, unless `--ledger-only` (ScalarDL docs: pausing Ledger suffices).
 * @throws CliError (usage) for a Ledger without the Auditor that it has or may have, and for Auditor alone
 */
export function auditorRule(targets: readonly Release[], {ledgerOnly = false} = {}): AuditorStatement {
  const ledgers = targets.filter(({product}) => product === 'ledger')
  const auditor = targets.find(({product}) => product === 'auditor')
  if (auditor && ledgers.length === 0) {
    throw usageError(
      `auditor ${auditor.namespace}/${auditor.release} without its Ledger: pausing Auditor alone proves nothing`,
      'name both with --target context=…,namespace=…,release=…, once for each',
    )
  }
  if (auditor) return 'paused'
  const bound = ledgers.find(({config}) => config.auditorEnabled !== 'no')
  if (bound && !ledgerOnly) throw missingAuditor(bound)
  return bound ? 'not-paused' : 'none'
}

function missingAuditor({namespace, release, config}: Release) {
  const why = config.auditorEnabled === 'yes' ? 'uses an Auditor' : 'may use an Auditor (its configuration does not tell)'
  return usageError(
    `ledger ${namespace}/${release} ${why}, and none is among the targets`,
    'name both with --target context=…,namespace=…,release=…, once for each',
    'or pause Ledger alone with --ledger-only: the restore point then binds the Auditor\'s database too',
  )
}

/** Whether a restore point needs a pause at all, and why (or why not), in words for the user. */
export interface PauseNeed {
  readonly needed: boolean
  readonly why: string
}

/**
 * One transactional database behind one product can be restored to any time by itself (ScalarDB and ScalarDL docs,
 * backup); everything else, and everything that can't be told, needs a pause.
 */
export function needsPause(targets: readonly Release[]): PauseNeed {
  const bound = targets.some(({product, config}) => product === 'auditor' || (config.auditorEnabled ?? 'no') !== 'no')
  if (bound) return {needed: true, why: 'Ledger with Auditor is always paused'}
  const unreadable = targets.find(({config}) => config.storages.length === 0)
  if (unreadable) return {needed: true, why: `the database behind ${unreadable.release} is not known`}
  const storages = targets.flatMap(({config}) => config.storages)
  const [only] = storages
  const [target] = targets
  if (!target || !only || storages.length > 1) {
    return {needed: true, why: `${storages.length} databases have to be restored to one point`}
  }
  if (!isTransactional(only)) return {needed: true, why: `${nameOf(only)} has no restore point of its own that is consistent`}
  return {needed: false, why: `one transactional database (${nameOf(only)}) behind one ${PRODUCTS[target.product].title}`}
}

/** YugabyteDB has point-in-time recovery by itself only where it is managed. */
function isTransactional({storage, contactPoints = ''}: Storage): boolean {
  if (storage !== 'jdbc') return false
  const [, dialect = ''] = /^jdbc:([a-z0-9]+):/i.exec(contactPoints) ?? []
  if (dialect.toLowerCase() === 'yugabytedb') return /\.ybdb\.io\b/.test(contactPoints)
  return TRANSACTIONAL.includes(dialect.toLowerCase())
}

const TRANSACTIONAL = ['mysql', 'mariadb', 'postgresql', 'oracle', 'sqlserver', 'sqlite', 'db2', 'cloudspanner', 'spanner']

const nameOf = ({storage = 'an unknown storage', contactPoints = ''}: Storage): string =>
  storage === 'jdbc' ? /^jdbc:[^:]+/.exec(contactPoints)?.[0] ?? storage : storage
