import {isRunning} from '../support/process-id.ts'
import {findPauses} from './pause-file.ts'
import type {Pause} from './pause-file.ts'

/** The pauses by hand of this user on this machine whose keeper lives. */
export async function keptPauses(stateDir: string | undefined): Promise<Pause[]> {
  const pauses = stateDir === undefined ? [] : await findPauses(stateDir)
  const alive = await Promise.all(pauses.map(({keeper}) => isRunning(keeper)))
  return pauses.filter((_, i) => alive[i])
}
