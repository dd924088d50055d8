import {setTimeout as sleep} from 'node:timers/promises'
import {boundMs} from '../../src/protocol/limits.ts'
import {Random} from '../simulation/random.ts'
import type {GateStep} from '../support/admin-gate.ts'
import type {AdminServer} from '../support/admin-server.ts'
import type {TestCluster} from '../support/cluster.ts'
import {doomed, isAlive, type Doomed} from './dying.ts'

/** What is done to the plugin's process at a random moment; never to its watchdog. */
export type Blow = 'SIGKILL' | 'SIGSTOP'

/** What one blow led to. */
export interface Pass {
  readonly blow: Blow
  /** After the start of the backup. */
  readonly atMs: number
  /** Of the servers at that moment, as only they know it. */
  readonly paused: number
  /** The longest that one of them was closed, over the whole pass. */
  readonly outageMs: number
  /** What the next command says of it first. */
  readonly told: string
  /** What went against a promise. */
  readonly problems: readonly string[]
}

const [HOLD_S, DRAIN_S] = [4, 5]
/** The longest outage that is promised, while the API server answers and the watchdog gets to run. */
export const STATED_MS = boundMs({holdMs: HOLD_S * 1000, drainMs: DRAIN_S * 1000})
const SHORT = ['--hold', `${HOLD_S}s`, '--drain-timeout', `${DRAIN_S}s`]
/** No pass takes longer than what is promised, and some time to see that nothing moves any more. */
const SETTLED_MS = STATED_MS + 30_000
const QUIET_MS = 1000

/** How long a backup takes here that nobody disturbs. */
export async function undisturbedMs(cluster: TestCluster): Promise<number> {
  const {run} = await doomed(cluster, ...SHORT)
  const beganMs = performance.now()
  const {code, stderr} = await run.ended
  if (code !== 0) throw new Error(`an undisturbed backup ended with ${code}:\n${stderr}`)
  return performance.now() - beganMs
}

/** So many blows, each at a moment of its own within `withinMs` of a backup of its own, some at the same time. */
export async function blows(cluster: TestCluster, blow: Blow, {times, withinMs, seed, atOnce = 3}: {
  readonly times: number
  readonly withinMs: number
  readonly seed: number
  readonly atOnce?: number
}, seen: (pass: Pass) => void = () => undefined): Promise<Pass[]> {
  const random = new Random(seed)
  const moments = Array.from({length: times}, () => random.whole(0, Math.ceil(withinMs)))
  const passes: Pass[] = []
  const work = async () => {
    for (let atMs = moments.shift(); atMs !== undefined; atMs = moments.shift()) {
      const pass = await strike(cluster, blow, atMs)
      passes.push(pass)
      seen(pass)
    }
  }
  await Promise.all(Array.from({length: atOnce}, work))
  return passes
}

/** `100 times SIGKILL: 61 while something was paused; longest outage 5012 ms, stated 24000 ms` */
export const summaryOf = (blow: Blow, passes: readonly Pass[]): string =>
  `${passes.length} times ${blow}: ${passes.filter(({paused}) => paused > 0).length} while something was paused; `
  + `longest outage ${Math.max(0, ...passes.map(({outageMs}) => Math.round(outageMs)))} ms, stated ${STATED_MS} ms`

async function strike(cluster: TestCluster, blow: Blow, atMs: number): Promise<Pass> {
  const backup = await doomed(cluster, ...SHORT)
  const servers = [...cluster.servers(backup.on.namespace).values()]
  await Promise.race([sleep(atMs), backup.run.ended])
  const paused = servers.filter(server => server.paused).length
  backup.run.kill(blow)
  await settled(backup, servers)
  const outageMs = outageOf(servers.map(({steps}) => steps))
  const [told = ''] = (await backup.next()).stderr.split('\n')
  await cleanUp(backup)
  return {blow, atMs, paused, outageMs, told, problems: [
    ...servers.some(server => server.paused) ? ['a server is still paused'] : [],
    ...outageMs > STATED_MS ? ['the outage was longer than stated'] : [],
    ...paused > 0 && !TELLS[blow].test(told) ? ['the next command does not tell what happened'] : [],
  ]}
}

const TELLS = {
  SIGKILL: /was killed(; its watchdog unpaused| when everything was unpaused again)/,
  SIGSTOP: /stopped answering(; its watchdog unpaused| when everything was unpaused again)/,
} as const

/** Until nothing is paused for a while and no watchdog is at work, so that a Pause that was on its way has come; or it takes too long. */
async function settled({file}: Doomed, servers: readonly AdminServer[]): Promise<void> {
  const limitMs = performance.now() + SETTLED_MS
  let quietMs = performance.now()
  while (performance.now() - quietMs < QUIET_MS && performance.now() < limitMs) {
    const {watchdog, report} = file() ?? {}
    const atWork = watchdog !== undefined && (report === undefined || report.phase === 'unpausing') && isAlive(watchdog.pid)
    if (atWork || servers.some(server => server.paused)) quietMs = performance.now()
    await sleep(50)
  }
}

/** From the first gate closed to the last one open. */
function outageOf(steps: ReadonlyArray<readonly GateStep[]>): number {
  const closed = steps.flatMap(each => each.filter(({step}) => step === 'closed').map(({at}) => at.monoMs))
  if (closed.length === 0) return 0
  const open = steps.flatMap(each => each.at(-1)?.step === 'open' ? each.at(-1)?.at.monoMs ?? [] : each.length === 0 ? [] : Infinity)
  return Math.max(...open) - Math.min(...closed)
}

/** What a watchdog does in the minutes of its second looks is not waited for. */
async function cleanUp({on, run, file}: Doomed): Promise<void> {
  run.kill('SIGKILL')
  const pid = file()?.watchdog?.pid
  if (pid !== undefined && isAlive(pid)) process.kill(pid, 'SIGKILL')
  await on.cluster.scale(on.namespace, on.deployment, 0)
}
