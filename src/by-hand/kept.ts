import {isRunning} from '../support/process-id.ts'
import {findPauses} from './pause-file.ts'
import type {FoundPauses} from './pause-file.ts'

/** The pauses by hand of this user on this machine whose keeper lives, and files that may hide one. */
export async function keptPauses(stateDir: string | undefined): Promise<FoundPauses> {
  const {pauses, unreadable} = stateDir === undefined ? {pauses: [], unreadable: []} : await findPauses(stateDir)
  const alive = await Promise.all(pauses.map(({keeper}) => isRunning(keeper)))
  return {pauses: pauses.filter((_, i) => alive[i]), unreadable}
}
