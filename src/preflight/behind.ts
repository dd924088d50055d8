import {findDatabases} from '../databases/find.ts'
import type {Owner} from '../databases/find.ts'
import type {CloudAccess, Database, OwnedStorage, Settings} from '../databases/types.ts'
import type {Behind} from './types.ts'

/** A target as it says which databases are behind it, and whose credentials look at them. */
export interface Client {
  readonly owner: Owner
  readonly access: CloudAccess
}

/**
 * The databases behind the targets, each once. Two targets with different profiles or subscriptions have different databases,
 * even where their properties read the same. Never throws: properties that make no sense are no reason not to pause.
 */
export function databasesBehind(clients: readonly Client[], databases?: readonly Database[]): Behind {
  const access = new Map(clients.map(client => [client.owner, client.access]))
  try {
    const {found, unknown} = findDatabases(clients.map(({owner}) => owner), owner => settingsOf(access.get(owner) ?? {}), databases)
    return {
      databases: found.map(each => ({...each, name: each.database.name(each.settings), access: clients[each.owners[0] ?? -1]?.access ?? {}})),
      unknown: [...new Set(unknown.map(({storage}) => unknownText(storage)))],
    }
  } catch (error) {
    return {databases: [], unknown: [`the databases are not known: ${error instanceof Error ? error.message : String(error)}`]}
  }
}

const settingsOf = ({awsProfile, azureSubscription}: CloudAccess): Settings => ({
  ...awsProfile !== undefined && {profile: awsProfile},
  ...azureSubscription !== undefined && {subscription: azureSubscription},
})

function unknownText({owner: {release, namespace}, storage, name, unresolved}: OwnedStorage): string {
  const which = `${namespace}/${release}${name === undefined ? '' : `, storage ${name}`}`
  if (unresolved && unresolved.length > 0) return `the database behind ${which} is not known: ${unresolved.join(', ')} could not be read`
  return `the database behind ${which} is not known${storage === undefined ? ': its properties could not be read' : `: no restore plan for scalar.db.storage=${storage} with these properties`}`
}
