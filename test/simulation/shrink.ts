import {violationsOf} from './runner.ts'
import type {Schedule, Strike} from './schedule.ts'

/** A schedule as small as can be that breaks the same promise: faults, servers and options are left out one by one. */
export function shrink(schedule: Schedule): Schedule {
  const broken = violationsOf(schedule)[0]?.promise
  const breaks = (candidate: Schedule) => violationsOf(candidate).some(({promise}) => promise === broken)
  let smallest = schedule
  for (;;) {
    const smaller = smallerThan(smallest).find(breaks)
    if (!smaller) return smallest
    smallest = smaller
  }
}

function smallerThan({scenario, strikes, seed}: Schedule): Schedule[] {
  const withoutStrike = strikes.map((_, i) => ({scenario, seed, strikes: strikes.toSpliced(i, 1)}))
  const withoutServer = scenario.servers.length > 1 ? scenario.servers.flatMap((_, i) => {
    const left = strikes.flatMap(strike => renumbered(strike, i))
    return left.length < strikes.length ? [] : [{scenario: {...scenario, servers: scenario.servers.toSpliced(i, 1)}, seed, strikes: left}]
  }) : []
  const {databases, command, byHand} = scenario
  const simpler = [
    ...databases.length > 0 && !strikes.some(({fault}) => fault.type === 'database clock') ? [{...scenario, databases: []}] : [],
    ...command ? [{...scenario, command: undefined}] : [],
    ...byHand ? [{...scenario, byHand: undefined}] : [],
    ...scenario.servers.flatMap((server, i) => server.version === 'ScalarDL 3.14' ? [] : [{...scenario, servers: scenario.servers.with(i, {...server, version: 'ScalarDL 3.14'})}]),
    ...scenario.lock ? [{...scenario, lock: false}] : [],
    ...scenario.watchdog ? [{...scenario, watchdog: false}] : [],
  ]
  return [...withoutStrike, ...withoutServer, ...simpler.map(scenario => ({scenario, strikes, seed}))]
}

/** The same fault once a server is left out; none where it was that server's. */
function renumbered({when, fault}: Strike, without: number): Strike[] {
  if (!('server' in fault) || fault.server === 'all' || fault.server < without) return [{when, fault}]
  return fault.server === without ? [] : [{when, fault: {...fault, server: fault.server - 1}}]
}
