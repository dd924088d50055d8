import {setTimeout as delay} from 'node:timers/promises'
import {CliError, EXIT, usageError} from '../support/errors.ts'
import {isRunning} from '../support/process-id.ts'
import {askForEnd, findEnds, findPauses, forgetEnd, readEnd, removePause} from './pause-file.ts'
import {short} from './result.ts'
import type {Pause, PauseEnd} from './pause-file.ts'

/** What the user says of it. */
export interface WantedPause {
  readonly name?: string
  readonly namespace?: string
}

/** How often the keeper is looked at. */
const LOOK_EVERY_MS = 100
const OTHERWISE = ['everything that is paused, whoever paused it: --all-pods', 'see first what is: kubectl scalardl status']

/**
 * Ends a pause by hand and waits for what it came to; of one that has ended by itself, only that.
 * @param wanted which, where there are several
 * @param waiting told what is waited for
 * @throws CliError when there is none, or nothing tells which, or its keeper is dead
 */
export async function finishPause(stateDir: string | undefined, wanted: WantedPause, waiting: (text: string) => void): Promise<PauseEnd> {
  const pauses = stateDir === undefined ? [] : await findPauses(stateDir)
  const ends = stateDir === undefined ? [] : await endsOf(stateDir, wanted)
  const pause = choose(pauses, wanted)
  const named = pause?.name ?? ends.at(-1)
  if (stateDir === undefined || named === undefined) throw nothingToEnd(wanted)
  if (pause) await endPause(stateDir, pause, waiting)
  const end = await readEnd(stateDir, named)
  if (!end) throw lost(named)
  await forgetEnd(stateDir, named)
  // It may have ended by itself before it was asked.
  await removePause(stateDir, named)
  return end
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

/** Until its end is written, or the keeper is gone. */
async function endPause(stateDir: string, pause: Pause, waiting: (text: string) => void): Promise<void> {
  await askForEnd(stateDir, pause.name)
  waiting(`process ${pause.keeper.pid} confirms the pause, unpauses and verifies`)
  for (;;) {
    const alive = await isRunning(pause.keeper)
    if (await readEnd(stateDir, pause.name)) return
    if (!alive) return removePause(stateDir, pause.name)
    await delay(LOOK_EVERY_MS)
  }
}

const lost = (name: string) => new CliError(`the process that kept the pause ${name} died, and so there is no restore point`, {
  exitCode: EXIT.notConsistent,
  hints: ['its watchdog unpauses what it had paused: what is said above, or by the next command, tells', 'see for yourself: kubectl scalardl status'],
})
