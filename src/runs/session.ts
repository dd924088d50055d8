import {hostname} from 'node:os'
import {ownId, processSpace} from '../support/process-id.ts'
import {redact} from '../support/redact.ts'
import {removeRun, runPath, writeRun} from './run-file.ts'
import type {Outcome} from '../protocol/verdict.ts'
import type {Run} from './types.ts'

/** The run file of a command that is at work. */
export interface Session {
  readonly path: string
  readonly content: Run
}

/**
 * Begins the run file, before anything is paused.
 * @throws Error where it cannot be written: then nobody will tell what became of the command, should it die
 */
export async function beginSession(stateDir: string | undefined, run: Pick<Run, 'command' | 'holder' | 'boundMs' | 'targets' | 'servers'>): Promise<Session> {
  if (stateDir === undefined) throw new Error('this user has no home directory; set XDG_STATE_HOME')
  const content: Run = {version: 1, host: hostname(), space: await processSpace(), process: await ownId(), since: new Date().toISOString(), ...run}
  const path = runPath(stateDir, content)
  await writeRun(path, content)
  return {path, content}
}

/** Ends it: without anything left paused the file goes, else it keeps what is left for the next command. Never throws. */
export async function endSession({path, content}: Session, {leftovers}: Pick<Outcome, 'leftovers'>): Promise<void> {
  const left = leftovers.map(({server, whose, message}) => ({server, whose, ...message !== undefined && {message: redact(message)}}))
  const report = {by: 'itself', cause: 'ended', phase: 'ended', at: new Date().toISOString(), paused: content.servers.length, unpaused: content.servers.length - left.length, left} as const
  await (left.length === 0 ? removeRun(path) : writeRun(path, {...content, report})).catch(() => undefined)
}
