import {command, inline, type Word} from '../../plan/shell.ts'
import {NOT, type Machine} from '../machine.ts'
import {programOf} from './psql.ts'
import type {SectionInput} from '../types.ts'

/** What the steps of one restore have in common. */
export interface Places {
  readonly id: string
  readonly input: SectionInput
  readonly machine: Machine
  readonly program: (name: string) => string
  /** In the new data directory, with something behind it. */
  readonly data: (below?: string) => Word
  /** Where it is put together; it gets its name when it is complete. */
  readonly partial: (below?: string) => Word
  /** The restore's own folder in it: closed socket, log, and the source's postgresql.auto.conf until the server is opened. */
  readonly work: (below?: string) => Word
  /** The port that it ends up with. */
  readonly port: Word
  /** Its socket while only this machine's user can reach it. */
  readonly socket: Word
}

export function placesOf(machine: Machine, input: SectionInput): Places {
  const {id, settings, runId} = input
  const data = (below = '') => machine.word('data-directory', '', below)
  const port = settings['new-port'] ?? settings['port'] ?? '5432'
  return {
    id, input, machine, program: programOf(settings), data,
    partial: (below = '') => data(`.partial${below}`),
    work: (below = '') => data(`/${runId}${below}`),
    port,
    socket: data(`/${runId}/.s.PGSQL.${port}`),
  }
}

/** Shell conditions that tell a second run what the first has done. */
export const done = ({machine, program, data, work, socket}: Places) => {
  const runs = machine.condition(program('pg_ctl'), '-D', data(), 'status')
  return {
    /** The data directory is complete; what follows has begun, and the old server may be stopped. */
    copied: machine.condition('test', '-d', work()),
    /** The server has, or is about to get, the source's settings: it has been looked at. */
    opened: machine.condition('test', NOT, '-f', work('/postgresql.auto.conf')),
    runs,
    /** It runs, and no longer where only this user reaches it. */
    runsOpen: `${runs} && ${machine.condition('test', NOT, '-S', socket)}`,
  }
}

/** What PostgreSQL says when the archive ends too early, and what it means. */
export const RECOVERY_LOG = {
  ended: 'the log ends with "recovery ended before configured recovery target was reached": copy what is missing into the archive '
    + '(the old server\'s pg_wal has it), and go on',
} as const

/** Words as one line of shell text. */
export const line = (words: readonly Word[]): string => inline(command(words))
