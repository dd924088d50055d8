import {measureClocks} from '../clock/clocks.ts'
import {measureApiServer} from '../clock/measure.ts'
import type {ClockReading, ClockToMeasure} from '../clock/clocks.ts'
import type {ApiServer} from '../kube/types.ts'
import type {Behind} from './types.ts'

/** Clocks compared with this machine's. */
export interface Clocks {
  /** What was asked for the databases', to be asked again: in the order of the readings. */
  readonly asked: readonly ClockToMeasure[]
  /** Those that decide about the restore point. */
  readonly databases: readonly ClockReading[]
  /** For information: what Kubernetes stamps. */
  readonly apiServers: readonly ClockReading[]
}

/** What an API server's first answer may take beyond the databases' measurement: its clock decides nothing. */
const API_SERVER_MS = 300

/**
 * Measures the clocks of all databases, and of the API servers as well as it goes meanwhile; in about 3 s. Needs no credentials of a
 * cloud and never throws.
 */
export async function readClocks(behind: Behind, apis: readonly ApiServer[], env: NodeJS.ProcessEnv): Promise<Clocks> {
  const servers = [...new Map(apis.map(api => [api.access.server, api])).values()]
  const asked = clocksOf(behind, env)
  const ending = new AbortController()
  const measuring = Promise.all(servers.map(async api => ({database: `the API server of ${api.access.context ?? api.access.cluster}`, measurement: await measureApiServer(api, {env, signal: ending.signal})})))
  const databases = await measureClocks(asked, {env})
  setTimeout(() => { ending.abort(new Error('no answer in time')) }, API_SERVER_MS).unref()
  const apiServers = await measuring
  return {asked, databases, apiServers}
}

/** One per name and address; a database of which nothing is known has a clock too. */
function clocksOf({databases, unknown}: Behind, env: NodeJS.ProcessEnv): ClockToMeasure[] {
  const clocks = [
    ...databases.map(({name, database, settings}) => ({database: name, endpoint: database.clock?.(settings, env)})),
    ...unknown.length > 0 ? [{database: 'a database that is not known'}] : [],
  ]
  return [...new Map(clocks.map(clock => [JSON.stringify(clock), clock])).values()]
}
