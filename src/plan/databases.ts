import {DATABASES} from '../databases/index.ts'
import {findDatabases} from '../databases/find.ts'
import {checkSettings} from '../databases/settings.ts'
import {usageError} from '../support/errors.ts'
import type {RecordedDatabase, RecordedTarget} from '../backup/restore-point.ts'
import type {DatabaseGiven} from '../cli/database-flag.ts'
import type {DatabaseBehind, Owner} from '../databases/find.ts'
import type {Database, OwnedStorage, Settings} from '../databases/types.ts'
import type {DatabaseToRestore} from './build.ts'

/** A database of a plan, and what the record says of it. */
export interface KnownDatabase extends DatabaseToRestore {
  readonly recorded?: RecordedDatabase
}

/**
 * The databases of a plan: those of the record, then those that its properties name beside, with what was found at backup time
 * and, above all, what is given now.
 * @throws CliError (usage) for a storage of which nobody says what it is, and for what is given and meant by nothing
 */
export function databasesOf(
  targets: readonly RecordedTarget[], recorded: readonly RecordedDatabase[], given: readonly DatabaseGiven[], known: readonly Database[] = DATABASES,
): KnownDatabase[] {
  const accountOf = accountsOf(targets, given)
  // What no backup has seen to be one is not one when it is now said to be in several accounts.
  const isOne = ({check, targets: indexes}: RecordedDatabase) => check === 'passed' || new Set(indexes.flatMap(index => textOf(targets[index]))).size < 2
  const textOf = (target: RecordedTarget | undefined) => target ? [JSON.stringify(accountOf(target))] : []
  const behind = recorded.filter(isOne).map(each => ofRecord(each, targets, known))
  const covered = new Set(behind.flatMap(({storages}) => storages.map(idOf)))
  const {found, unknown} = findDatabases(targets, accountOf, known)
  const beside = found
    .map(each => ({...each, storages: each.storages.filter(storage => !covered.has(idOf(storage)))}))
    .filter(({storages}) => storages.length > 0)
  const nameless = unknown.map(({storage}) => storage).filter(storage => !covered.has(idOf(storage)))
  return withGiven([...behind, ...beside], nameless, given, known)
}

/** The databases that are given alone, when only a time is known. @throws CliError (usage) */
export function databasesGiven(given: readonly DatabaseGiven[], known: readonly Database[] = DATABASES): KnownDatabase[] {
  const databases = given.map(each => {
    if (each.release !== undefined) throw usageError(`for=${each.release} names a release of a record, and none is given`, 'leave it out')
    return defined(each, [], known)
  })
  const twice = databases.find(({key}, i) => databases.findIndex(each => each.key === key) < i)
  if (twice) throw usageError(`${twice.database.name(twice.settings)} is given twice`, 'leave one out')
  return databases
}

/** Settings that lead to an account: they tell databases apart whose properties read the same. */
const ACCOUNT = ['profile', 'subscription']

/** What is given of the accounts of each release, where they are several. */
function accountsOf(targets: readonly RecordedTarget[], given: readonly DatabaseGiven[]): (owner: Owner) => Settings {
  const accountOf = ({release}: Owner) => Object.fromEntries(given.filter(each => each.release === release)
    .flatMap(({settings}) => Object.entries(settings).filter(([name]) => ACCOUNT.includes(name))))
  const accounts = new Set(targets.map(target => JSON.stringify(accountOf(target))).filter(text => text !== '{}'))
  return accounts.size > 1 ? accountOf : () => ({})
}

/** Which storage of which release. */
const idOf = ({owner: {product, release, namespace, context}, name}: OwnedStorage): string => JSON.stringify([product, release, namespace, context, name])

function ofRecord(recorded: RecordedDatabase, targets: readonly RecordedTarget[], known: readonly Database[]): KnownDatabase {
  const {kind, key, settings, tables} = recorded
  const database = kindOf(kind, known)
  const {found} = findDatabases(recorded.targets.flatMap(index => targets[index] ?? []), undefined, known)
  const same = found.find(each => each.database === database && isSame(each, recorded))
  checkSettings(database, settings)
  return {database, key, settings: {...same?.settings, ...settings}, storages: same?.storages ?? [], tables, recorded}
}

/**
 * What came with the credentials, such as a profile, stands behind the key that the properties alone give. Another version of
 * this plugin may make keys otherwise: then all that the properties say has to be in the record. Restoring a database twice in
 * one plan would be worse than either.
 */
const isSame = ({key, settings}: DatabaseBehind, recorded: RecordedDatabase): boolean =>
  recorded.key === key || recorded.key.startsWith(`${key} `) || Object.entries(settings).every(([name, value]) => recorded.settings[name] === value)

function kindOf(kind: string, known: readonly Database[]): Database {
  const database = known.find(each => each.kind === kind)
  if (!database) throw usageError(`there is no plan for databases of the kind "${kind}", one of: ${known.map(each => each.kind).join(', ')}`)
  return database
}

function withGiven(found: readonly KnownDatabase[], nameless: readonly OwnedStorage[], given: readonly DatabaseGiven[], known: readonly Database[]): KnownDatabase[] {
  let databases = [...found]
  let open = [...nameless]
  for (const [nth, each] of given.entries()) {
    checkGiven(each, known)
    const means = (storages: readonly OwnedStorage[]) => each.release === undefined || storages.some(({owner}) => owner.release === each.release)
    const meant = databases.filter(({database, storages}) => database.kind === each.kind && means(storages))
    const named = meant.length > 0 ? [] : open.filter(storage => means([storage]))
    if (meant.length === 0 && named.length === 0) throw meantByNothing(each, databases)
    for (const database of meant) refuseTwoValues(database, each, given.slice(0, nth))
    databases = databases.map(database => meant.includes(database) ? {...database, settings: {...database.settings, ...each.settings}} : database)
    if (named.length > 0) databases.push(defined(each, named, known))
    open = open.filter(storage => !named.includes(storage))
  }
  if (open[0]) throw unknownStorage(open[0], known)
  return databases
}

/** @throws CliError (usage) when one setting of a database is given twice; two profiles may lead to the same account */
function refuseTwoValues({database, settings, storages}: KnownDatabase, given: DatabaseGiven, earlier: readonly DatabaseGiven[]): void {
  for (const {kind, release, settings: others} of earlier) {
    if (kind !== given.kind || (release !== undefined && !storages.some(({owner}) => owner.release === release))) continue
    const name = Object.keys(others).find(each => !ACCOUNT.includes(each) && given.settings[each] !== undefined && given.settings[each] !== others[each])
    if (name !== undefined) throw usageError(`--database gives two values for ${name} of ${database.name(settings)}: "${others[name] ?? ''}" and "${given.settings[name] ?? ''}"`, 'leave one out')
  }
}

function defined(given: DatabaseGiven, storages: readonly OwnedStorage[], known: readonly Database[]): KnownDatabase {
  const database = checkGiven(given, known)
  return {database, key: JSON.stringify([given.kind, ...Object.entries(given.settings).toSorted()]), settings: given.settings, storages}
}

function checkGiven({kind, settings}: DatabaseGiven, known: readonly Database[]): Database {
  const database = kindOf(kind, known)
  const stray = Object.keys(settings).find(name => !database.settings.some(setting => setting.name === name))
  if (stray !== undefined) {
    throw usageError(`a ${kind} database has no "${stray}"`, ...database.settings.map(({name, summary}) => `${name}: ${summary}`))
  }
  checkSettings(database, settings)
  return database
}

function meantByNothing({kind, release}: DatabaseGiven, databases: readonly KnownDatabase[]) {
  const there = databases.map(({database, storages}) => [database.kind, ...new Set(storages.map(({owner}) => `for=${owner.release}`))].join(' '))
  return usageError(`the record has no ${kind} database${release === undefined ? '' : ` for "${release}"`}`, `it has: ${there.join('; ') || 'none'}`)
}

function unknownStorage({owner: {release, namespace}, name, unresolved = [], storage}: OwnedStorage, known: readonly Database[]) {
  const which = `${release} in namespace ${namespace}${name === undefined ? '' : `, storage ${name}`}`
  const why = unresolved.length > 0 ? `${unresolved.join(', ')} could not be read` : storage === undefined ? 'its properties could not be read' : `scalar.db.storage=${storage} says too little`
  return usageError(`which database ${which} uses is not in the record: ${why}`,
    `say it: --database kind=KIND,for=${release},NAME=VALUE`, `KIND is one of: ${known.map(({kind}) => kind).join(', ')}`)
}
