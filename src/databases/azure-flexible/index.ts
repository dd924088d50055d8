import {az} from '../azure/az.ts'
import {jdbcAddress} from '../jdbc.ts'
import type {Database} from '../types.ts'
import {checkServer} from './check.ts'
import {plan} from './plan.ts'
import {MYSQL, POSTGRESQL, SETTINGS} from './server.ts'
import type {Service} from './server.ts'

const LAG_SECONDS = 300

const flexibleServer = (service: Service): Database => ({
  kind: service.kind,
  title: service.title,
  settings: SETTINGS,
  recognise(storage) {
    const address = jdbcAddress(storage)
    const [, server] = service.host.exec(address?.hosts[0]?.host ?? '') ?? []
    return server ? {key: server.toLowerCase(), settings: {server: server.toLowerCase()}} : undefined
  },
  name: ({server}) => `${service.title} ${server ?? '(unknown)'}`,
  time: ({rfc3339}) => rfc3339,
  restorable: ({'retention-days': days}) => ({lagSeconds: LAG_SECONDS, ...days && {retentionDays: Number(days)}}),
  check: input => checkServer(service, input),
  checkByHand(settings) {
    const {server, 'resource-group': group} = settings
    const look = '{state:state, earliest:backup.earliestRestoreDate, days:backup.backupRetentionDays}'
    const servers = [service.group, 'flexible-server']
    if (!server) return [az(settings, [...servers, 'list', '-o', 'table'])]
    return [group
      ? az(settings, [...servers, 'show', '-g', group, '-n', server, '--query', look, '-o', 'json'])
      : az(settings, [...servers, 'list', '--query', {raw: `"[?name=='${server}'].${look}"`, word: `[?name=='${server}'].${look}`}, '-o', 'json'])]
  },
  plan: input => plan(service, input),
})

export const azureMysql = flexibleServer(MYSQL)
export const azurePostgresql = flexibleServer(POSTGRESQL)
