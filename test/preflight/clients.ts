import type {RecordedStorage} from '../../src/backup/restore-point.ts'
import type {CloudAccess} from '../../src/databases/types.ts'
import type {Client} from '../../src/preflight/behind.ts'

export const DYNAMO: RecordedStorage = {storage: 'dynamo', contactPoints: 'eu-west-1'}

/** A Ledger as it says what is behind it. */
export const client = (release: string, storages: readonly RecordedStorage[] = [DYNAMO], access: CloudAccess = {}): Client => ({
  owner: {
    product: 'ledger', release, namespace: 'ledger',
    config: {storages, baseNamespace: 'scalar', coordinatorNamespace: 'coordinator', transactionManager: 'consensus-commit'},
  },
  access,
})
