import {jdbcAddress} from '../jdbc.ts'
import {checkByHand} from './by-hand.ts'
import {plan} from './plan.ts'
import {programsOf} from './programs.ts'
import {SETTINGS} from './settings.ts'
import {time} from './time.ts'
import type {Database, Settings} from '../types.ts'

/** Self-managed MySQL and MariaDB. Whether binary logs are kept only their administrator can see: nothing is checked here but by hand. */
export const mysql: Database = {
  kind: 'mysql',
  title: 'MySQL or MariaDB',
  settings: SETTINGS,
  recognise(storage): {key: string; settings: Settings} | undefined {
    const address = jdbcAddress(storage)
    if (address?.dialect !== 'mysql' && address?.dialect !== 'mariadb') return undefined
    const flavor = address.dialect
    const [{host, port = '3306'} = {}] = address.hosts
    return host
      ? {key: address.hosts.map(each => `${each.host}:${each.port ?? '3306'}`).join(','), settings: {flavor, host, port}}
      : {key: `of storage ${storage.name ?? 'without a name'}, address unknown`, settings: {flavor}}
  },
  name: settings => settings['host'] ? `${programsOf(settings).title} at ${settings['host']}:${settings['port'] ?? '3306'}` : programsOf(settings).title,
  time,
  // The binary log is written with each commit; how long it is kept only the server says.
  restorable: () => undefined,
  checkByHand,
  plan,
}
