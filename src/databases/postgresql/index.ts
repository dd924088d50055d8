import {databasesOf, jdbcAddress} from '../jdbc.ts'
import {checkByHand} from './by-hand.ts'
import {plan} from './plan.ts'
import {SETTINGS} from './settings.ts'
import {time} from './time.ts'
import type {Database} from '../types.ts'

/** Self-managed PostgreSQL. Whether its WAL is archived only its administrator can see, so that nothing is checked here but by hand. */
export const postgresql: Database = {
  kind: 'postgresql',
  title: 'PostgreSQL',
  settings: SETTINGS,
  recognise(storage) {
    const address = jdbcAddress(storage)
    if (address?.dialect !== 'postgresql') return undefined
    if (storage.contactPoints === 'jdbc:postgresql:') return {key: `of storage ${storage.name ?? 'without a name'}, address unknown`, settings: {}}
    const [{host, port = '5432'} = {host: 'localhost'}] = address.hosts
    const [database] = databasesOf([storage])
    return {key: address.hosts.map(each => `${each.host}:${each.port ?? '5432'}`).join(',') || `${host}:${port}`, settings: {host, port, ...database && {database}}}
  },
  name: ({host, port}) => host ? `PostgreSQL at ${host}:${port ?? '5432'}` : 'PostgreSQL',
  time,
  // How far the archive lags behind only the server's archive_timeout and load say.
  restorable: () => undefined,
  checkByHand,
  plan,
}
