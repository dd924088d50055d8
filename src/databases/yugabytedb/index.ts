import {jdbcAddress} from '../jdbc.ts'
import {command} from '../../plan/shell.ts'
import {plan} from './plan.ts'
import {SETTINGS} from './settings.ts'
import type {Database} from '../types.ts'

/** YugabyteDB on machines of one's own, reached by yb-admin. Managed clusters have no yb-admin: `yugabytedbManaged`. */
export const yugabytedb: Database = {
  kind: 'yugabytedb',
  title: 'YugabyteDB',
  settings: SETTINGS,
  recognise(storage) {
    const address = jdbcAddress(storage)
    if (address?.dialect !== 'yugabytedb') return undefined
    const [first] = address.hosts
    const database = address.database ?? 'yugabyte'
    return {key: `${first?.host ?? ''}/${database}`, settings: {database, ...first && {host: first.host}, ...first?.port && {port: first.port}}}
  },
  name: ({database, host}) => `YugabyteDB database ${database ?? ''}${host ? ` at ${host}` : ''}`,
  time: ({epochSeconds}) => String(epochSeconds),
  restorable: () => undefined,
  checkByHand: ({masters}) => [command(['yb-admin', `--master_addresses=${masters ?? 'HOST:7100,HOST:7100,HOST:7100'}`, 'list_snapshot_schedules'])],
  plan,
}
