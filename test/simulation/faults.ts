import type {Operator} from './gate.ts'
import {Machine, BEGAN_MS} from './machine.ts'
import type {Server} from './network.ts'
import type {Fault} from './schedule.ts'
import type {World} from './world.ts'
import {planOf, podOf} from './world.ts'

const STATUS_LATE_MS = 20
const FOREIGN_WAIT_MS = 30_000
const UNSEEN_MS = 30_000
const UNREADABLE_MS = 1500

/** Lets one fault strike now. */
export function strike(world: World, fault: Fault): void {
  const {agenda, api, machine} = world
  switch (fault.type) {
    case 'crash':
      if (fault.lateMs !== undefined) {
        world.calm(fault.lateMs)
        world.tool.network.delay(fault.lateMs)
      }
      return fault.who === 'tool' ? world.tool.kill() : world.watchdog?.kill()
    case 'stop':
      world.calm(fault.ms)
      return fault.who === 'tool' ? world.tool.stop(fault.ms) : world.watchdog?.stop(fault.ms)
    case 'sleep': return sleep(world, fault.ms, fault.monoStands)
    case 'interrupt':
      world.tool.tell({type: 'interrupt', signal: fault.signal})
      if (fault.again) world.tool.tell({type: 'interrupt', signal: fault.signal})
      return
    case 'clock':
      world.calm(fault.overMs ?? 0)
      return machine.set(fault.byMs, fault.overMs ?? 0)
    case 'database clock': return setDatabaseClock(world, fault)
    case 'restart': return restart(world, fault)
    case 'delete': return remove(world, fault)
    case 'force delete': return forget(world, fault.server, fault.livesMs)
    case 'evict': {
      const server = world.server(fault.server)
      world.end(server)
      return api.change(server.uid, pod => ({...pod, ended: true}))
    }
    case 'scale': return scale(world, fault)
    case 'stranger': return world.begin(world.addServer(`stranger-${world.servers.length}`, -1, 10, {version: 'ScalarDL 3.14', drainMs: 0}))
    case 'lose tunnel':
      world.calm(fault.lateMs ?? 0)
      return lose(world, fault.server, fault.lateMs)
    case 'silence': return silence(world, fault)
    case 'next call': {
      const {fate} = fault
      if (typeof fate === 'object') world.calm('lateMs' in fate ? fate.lateMs : fate.delayMs)
      for (const {network, operator} of world.processes) if (operator === 'us') network.fate(fault.server, fate)
      return
    }
    case 'api': return apiBecomes(world, fault)
    case 'watch gap':
      world.calm(fault.ms)
      return api.gap(fault.ms)
    case 'foreign': return fault.does.forEach((does, i) => {
      world.calm(i * fault.everyMs)
      agenda.after(i * fault.everyMs, `another operator: ${does}`, () => operate(world, 'foreign', fault.server, does))
    })
    case 'rival': {
      if (world.processes.some(({name}) => name === 'rival')) return
      const other = new Machine(agenda, BEGAN_MS + (world.scenario.fractionMs ?? 0))
      const plan = {...planOf(world.scenario, other), command: undefined, byHand: undefined, repair: undefined}
      const pods = plan.servers.map((_, i) => api.pods.find(pod => pod.uid === `uid-${i}`))
      if (pods.some(pod => pod === undefined || pod.ended || pod.terminating)) return
      const measuredAt = other.now()
      const offsets = plan.offsets.map((offset, i) => ({...offset, loMs: world.databaseOffsetMs(i) - 50, hiMs: world.databaseOffsetMs(i) + 50, unmeasured: undefined}))
      world.calm(world.core.boundMs(plan) + 5000)
      world.startProcess('rival', other, world.core.initial({...plan, pods: pods.flatMap(pod => pod ?? []), offsets, measuredAt}, measuredAt)).begin()
      return
    }
    case 'overtaken':
      strike(world, {type: 'sleep', ms: fault.ms, monoStands: fault.monoStands})
      if (fault.killed) world.tool.kill()
      if (fault.unreadable) agenda.after(fault.ms - 1, 'API server fails', () => apiBecomes(world, {type: 'api', condition: 500, ms: UNREADABLE_MS}))
      return strike(world, {type: 'rival'})
    case 'lease': return api.leases.forEach(lease => {
      lease.version += 1
      if (fault.becomes === 'free') lease.holder = undefined
      else Object.assign(lease, {holder: 'somebody', transitions: lease.transitions + 1})
    })
    case 'end hold': return world.tool.tell({type: 'end hold'})
  }
}

function sleep(world: World, ms: number, monoStands: boolean): void {
  const {machine, processes, watchdog} = world
  world.calm(ms)
  machine.sleep(ms, monoStands)
  for (const process of processes) if (process.machine === machine) process.thawAfter(ms)
  watchdog?.thawAfter(ms)
}

function setDatabaseClock(world: World, {database, byMs, backAfterMs}: Extract<Fault, {type: 'database clock'}>): void {
  const {agenda, databases} = world
  const offsets = databases[database]
  if (!offsets) return
  const set = (by: number) => offsets.push({fromMs: agenda.nowMs, offsetMs: world.databaseOffsetMs(database) + by})
  set(byMs)
  if (backAfterMs === undefined) return
  world.calm(backAfterMs)
  agenda.after(backAfterMs, 'database clock set back', () => set(-byMs))
}

function restart(world: World, {server, startMs, lateMs}: Extract<Fault, {type: 'restart'}>): void {
  const {agenda, api} = world
  const target = world.server(server)
  if (!target.up) return
  world.calm(startMs + lateMs)
  world.end(target)
  agenda.after(startMs, 'container starts', () => { if (api.pods.some(({uid, ended}) => uid === target.uid && !ended)) world.begin(target) })
  agenda.after(startMs + lateMs, 'status', () => api.change(target.uid, pod => ({...pod, containerID: `${pod.containerID}'`, restartCount: pod.restartCount + 1})))
}

function remove(world: World, {server, graceMs, replaced}: Extract<Fault, {type: 'delete'}>): void {
  const {agenda, api} = world
  const target = world.server(server)
  world.calm(graceMs)
  if (replaced) scale(world, {type: 'scale', target: target.target, scheduledMs: 5, startMs: 40})
  api.change(target.uid, pod => ({...pod, terminating: true}))
  agenda.after(graceMs, 'pod ends', () => {
    world.end(target)
    agenda.after(STATUS_LATE_MS, 'pod gone', () => api.change(target.uid, () => undefined))
  })
}

function forget(world: World, server: number, livesMs: number): void {
  const target = world.server(server)
  world.calm(livesMs)
  world.api.change(target.uid, () => undefined)
  world.agenda.after(livesMs, 'lost node ends', () => world.end(target))
}

function scale(world: World, {target, scheduledMs, startMs, leaves, unseen}: Extract<Fault, {type: 'scale'}>): void {
  const {agenda, api} = world
  const index = world.servers.length
  world.calm(scheduledMs + startMs)
  const server = world.addServer(`uid-${index}`, target, 10, {version: 'ScalarDL 3.14', drainMs: 0})
  if (unseen) {
    world.calm(UNSEEN_MS)
    api.gap(UNSEEN_MS)
  }
  api.add({...podOf(index, target), scheduled: false, containerID: undefined})
  agenda.after(scheduledMs, 'pod scheduled', () => api.change(server.uid, pod => ({...pod, scheduled: true})))
  agenda.after(scheduledMs + startMs, 'container starts', () => {
    world.begin(server)
    agenda.after(STATUS_LATE_MS, 'status', () => api.change(server.uid, pod => ({...pod, containerID: `c-${index}`})))
    if (leaves) remove(world, {type: 'delete', server: index, graceMs: UNSEEN_MS})
  })
}

function lose(world: World, server: number | 'all', lateMs: number | null): void {
  for (const {network, operator} of world.processes) if (operator === 'us') network.lose(server, lateMs)
}

function silence(world: World, {server, what, ms, lateMs}: Extract<Fault, {type: 'silence'}>): void {
  world.calm(Math.max(ms, lateMs ?? 0))
  if (what !== 'server') {
    for (const {network, operator} of world.processes) if (operator === 'us') network.silence(server, what, lateMs)
    return
  }
  const untilMs = world.agenda.nowMs + ms
  const muted: Server[] = server === 'all' ? world.servers : [world.server(server)]
  for (const each of muted) each.mute = {untilMs, lateMs}
}

/** An API server that goes down, or is replaced, takes all tunnels with it; one that says nothing makes them silent. */
function apiBecomes(world: World, {condition, ms}: Extract<Fault, {type: 'api'}>): void {
  world.calm(ms)
  world.api.become(condition, ms, () => undefined)
  if (condition === 'down' || condition === 'another cluster') for (const {network} of world.processes) network.lose('all', null)
  if (condition === 'silent') for (const {network} of world.processes) network.silence('all', 'tunnel', null)
}

function operate(world: World, operator: Operator, server: number, does: 'pause' | 'unpause'): void {
  const {gate, up} = world.server(server)
  if (!up) return
  if (does === 'pause') gate.pause(operator, FOREIGN_WAIT_MS, () => undefined)
  else gate.unpause(operator, world.agenda.nowMs)
}
