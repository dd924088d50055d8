import {addressesOf} from '../backup/addresses.ts'
import {edgeOf} from '../backup/edge.ts'
import {run} from '../backup/run.ts'
import {plannedServer, seatsOf} from '../backup/seats.ts'
import {withoutCommand, withoutWatchdog} from '../backup/without.ts'
import {initial} from '../protocol/machine.ts'
import {systemClock} from '../support/clock.ts'
import type {Beside, Site} from '../backup/edge.ts'
import type {Observer, Run} from '../backup/run.ts'
import type {Cluster} from '../backup/cluster.ts'
import type {Ways} from '../backup/line.ts'
import type {Found} from '../backup/search.ts'
import type {Plan} from '../protocol/types.ts'

/** The longest that a repair waits for outstanding calls; its leases last a little longer. */
const PATIENCE_MS = 30_000

/** A repair that can begin. */
export interface Repair {
  readonly found: readonly Found[]
  readonly sites: readonly Site[]
  readonly plan: Plan
  /** Left out of the plan. */
  readonly unreachable: readonly Unreachable[]
  /** Begins it: every server is looked at, and what is paused is unpaused and verified. */
  readonly begin: (lock: Beside['lock'], observe: Observer) => Run & {readonly close: () => void}
}

/** Servers that cannot be asked at all, and why. */
export interface Unreachable {
  readonly found: Found
  readonly message: string
}

/** Makes a plan for all servers that can be reached; one release's missing CA must not keep the others paused. */
export async function prepareRepair(found: readonly Found[], waysOf: (cluster: Cluster) => Ways): Promise<Repair> {
  const tried = await Promise.all(found.map(async one => ({one, message: await addressesOf(one).then(() => undefined, messageOf)})))
  const reachable = tried.flatMap(({one, message}) => message === undefined ? [one] : [])
  const {sites, seats, members} = await seatsOf(reachable, waysOf)
  const plan: Plan = {
    servers: members.map(plannedServer), pods: [], targets: reachable.length, repair: true,
    holdMs: 0, drainMs: PATIENCE_MS, guardMs: Infinity, offsets: [], dryRun: false, allowUnverified: true,
  }
  return {
    found: reachable,
    sites,
    plan,
    unreachable: tried.flatMap(({one, message}) => message === undefined ? [] : [{found: one, message}]),
    begin(lock, observe) {
      const {edge, close} = edgeOf(sites, seats, {record: async () => undefined, measure: async () => [], lock, watchdog: withoutWatchdog, command: withoutCommand})
      return {...run(at => initial(plan, at), edge, systemClock, observe), close}
    },
  }
}

const messageOf = (error: unknown) => error instanceof Error ? error.message : String(error)
