import {setTimeout as delay} from 'node:timers/promises'
import {CliError, EXIT, usageError} from '../support/errors.ts'
import {orphanedBy, placesOf} from './orphaned.ts'
import {askForEnd, endAskedMs, findEnds, findPauses, forgetEnd, pausePath, readEnd, removePause} from './pause-file.ts'
import {short} from './result.ts'
import type {RunsWorld} from '../runs/earlier.ts'
import type {Pause, PauseEnd, Unreadable} from './pause-file.ts'

/** What the user says of it. */
export interface WantedPause {
  readonly name?: string
  readonly namespace?: string
}

/** How it is waited for. */
export interface Finishing {
  readonly world: RunsWorld
  /** Told what is waited for. */
  readonly waiting: (text: string) => void
  readonly warn: (text: string) => void
  /** Calls when the user waits no longer, with the cause, until the returned function is called. */
  readonly onInterrupt: (handler: (interruption: {readonly cause: string}) => void) => () => void
  /** A keeper, or a watchdog, without a sign of life for so long is waited for no longer. */
  readonly patienceMs?: number
}

const PATIENCE_MS = 30_000
/** How often the keeper is looked at. */
const LOOK_EVERY_MS = 100
const OTHERWISE = ['everything that is paused, whoever paused it: --all-pods', 'see first what is: kubectl scalardl status']

/**
 * Ends a pause by hand and waits for what it came to; of one that has ended by itself, only that.
 * @param wanted which, where there are several
 * @throws CliError when there is none, or nothing tells which, or its keeper is dead, or does not answer: then with what may still
 *   be paused, and what to type
 */
export async function finishPause(wanted: WantedPause, finishing: Finishing): Promise<PauseEnd> {
  const {world: {stateDir}, warn} = finishing
  if (stateDir === undefined) throw nothingToEnd(wanted)
  const {pauses, unreadable} = await findPauses(stateDir)
  const ends = await endsOf(stateDir, wanted)
  const pause = choose(pauses, wanted)
  const named = pause?.name ?? ends.at(-1)
  if (named === undefined) throw hidden(wanted, unreadable) ?? nothingToEnd(wanted)
  for (const one of unreadable) warn(`another pause may be kept: ${wordsOf(one)}`)
  if (pause) await endPause(stateDir, pause, finishing)
  const end = await readEnd(stateDir, named)
  if (!end) throw unknownEnd(named)
  await forgetEnd(stateDir, named)
  // It may have ended by itself before it was asked.
  await removePause(stateDir, named)
  return end
}

const wordsOf = ({path, problem}: Unreadable) => `${path} ${problem}`

/** Where a file cannot be read, there may be a pause. */
function hidden({name}: WantedPause, unreadable: readonly Unreadable[]): CliError | undefined {
  const meant = unreadable.filter(one => name === undefined || one.name === undefined || one.name === name)
  if (meant.length === 0) return undefined
  return new CliError(`a pause by hand may be kept: ${meant.map(wordsOf).join('; ')}`, {
    exitCode: EXIT.stillPaused,
    hints: ['see what is paused: kubectl scalardl status', 'to unpause: kubectl scalardl unpause --all-pods, with the flags of the pause', 'then delete the file'],
  })
}

/** Pauses that have ended and were not told of yet, as far as they are meant. */
async function endsOf(stateDir: string, {name, namespace}: WantedPause): Promise<string[]> {
  const ends = (await findEnds(stateDir)).filter(one => name === undefined || one === name)
  const read = await Promise.all(ends.map(one => readEnd(stateDir, one)))
  return ends.filter((_, i) => namespace === undefined || read[i]?.record?.targets.some(target => target.namespace === namespace))
}

function choose(all: readonly Pause[], {name, namespace}: WantedPause): Pause | undefined {
  if (name !== undefined) return all.find(pause => pause.name === name)
  const pauses = all.filter(({servers}) => namespace === undefined || servers.some(server => server.startsWith(`${namespace}/`)))
  if (pauses.length <= 1) return pauses[0]
  throw usageError(`${pauses.length} pauses by hand, and nothing tells which is meant`, ...pauses.map(describe), 'choose one: kubectl scalardl unpause NAME')
}

const describe = ({name, since, servers}: Pause) => since === undefined ? `${name}: not paused yet` : `${name}: ${servers.length === 1 ? '1 server' : `${servers.length} servers`} since ${short(since)}`

function nothingToEnd({name, namespace}: WantedPause) {
  const which = [name === undefined ? '' : ` of the name ${name}`, namespace === undefined ? '' : ` in namespace ${namespace}`].join('')
  return usageError(`this user has begun no pause by hand${which} on this machine`, ...OTHERWISE)
}

/** Until its end is written. @throws CliError when the keeper is gone or silent, or the user waits no longer */
async function endPause(stateDir: string, pause: Pause, finishing: Finishing): Promise<void> {
  const {world, waiting, onInterrupt, patienceMs = PATIENCE_MS} = finishing
  const {pid} = pause.keeper
  let interrupted: string | undefined
  const stop = onInterrupt(({cause}) => { interrupted ??= cause })
  try {
    await askForEnd(stateDir, pause.name)
    waiting(`process ${pid} confirms the pause, unpauses and verifies`)
    let heard: number | undefined
    for (let sinceMs = performance.now(); ;) {
      const alive = await world.isRunning(pause.keeper)
      if (await readEnd(stateDir, pause.name)) return
      if (!alive) break
      const next = await endAskedMs(stateDir, pause.name)
      if (next !== heard) sinceMs = performance.now()
      heard = next
      if (interrupted !== undefined) throw await notEnded(pause, `${interrupted}: process ${pid} has been asked to end it and may still be at it`, world)
      if (performance.now() - sinceMs >= patienceMs) throw await notEnded(pause, `process ${pid}, which keeps it, gives no sign of life`, world)
      await delay(LOOK_EVERY_MS)
    }
    throw await afterDeath(stateDir, pause, finishing, () => interrupted)
  } finally {
    stop()
  }
}

/** What became of the servers; while its watchdog unpauses them, that is waited for. */
async function afterDeath(stateDir: string, pause: Pause, {world, waiting, patienceMs = PATIENCE_MS}: Finishing, interrupted: () => string | undefined): Promise<CliError> {
  const untilMs = performance.now() + patienceMs
  for (let told = false; ;) {
    const {kind, run} = await orphanedBy(pause, world)
    const died = `the process that kept the pause ${pause.name} died, and so there is no restore point`
    if (kind === 'unpaused') {
      await removePause(stateDir, pause.name)
      return new CliError(died, {exitCode: EXIT.notConsistent, hints: ['everything is unpaused, as was told of it', 'see for yourself: kubectl scalardl status']})
    }
    if (kind === 'open') {
      const again = run ? [] : [`this is said until ${pausePath(stateDir, pause.name)} is deleted`]
      const hints = [...await placesOf(pause, world), ...again]
      // From now on the run file says it.
      if (run) await removePause(stateDir, pause.name)
      return new CliError(`${died}; what it had paused may still be paused`, {exitCode: EXIT.stillPaused, hints})
    }
    if (interrupted() !== undefined || performance.now() >= untilMs) return new CliError(`${died}; its watchdog (pid ${run?.watchdog?.pid}) is still unpausing`, {exitCode: EXIT.stillPaused, hints: await placesOf(pause, world)})
    if (!told) waiting(`process ${pause.keeper.pid} died; its watchdog (pid ${run?.watchdog?.pid}) unpauses`)
    told = true
    await delay(LOOK_EVERY_MS)
  }
}

const notEnded = async (pause: Pause, why: string, world: RunsWorld) => new CliError(`the pause ${pause.name} has not ended: ${why}`, {
  exitCode: EXIT.stillPaused,
  hints: [`to end that process: kill -9 ${pause.keeper.pid}; then, where its watchdog does not unpause:`, ...await placesOf(pause, world)],
})

const unknownEnd = (name: string) => new CliError(`what the pause ${name} came to cannot be read`, {
  exitCode: EXIT.stillPaused,
  hints: ['see what is paused: kubectl scalardl status', `its record: kubectl scalardl restore-points show ${name}`, `then delete the file ${name}.end.json`],
})
