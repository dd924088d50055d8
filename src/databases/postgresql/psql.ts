import type {Machine} from '../machine.ts'
import type {Settings} from '../types.ts'
import type {Word} from '../../plan/shell.ts'

const QUIET = ['-X', '-At', '-q', '-v', 'ON_ERROR_STOP=1']

/** A program of PostgreSQL's. */
export const programOf = (settings: Settings) => (name: string): string => settings['pg-bin'] ? `${settings['pg-bin']}/${name}` : name

/** psql on the server of the properties, and on the restored one while it is closed, through the socket in this directory. */
export function psqlOf(machine: Machine, settings: Settings) {
  const words = (host: Word, port: Word, database: Word): Word[] =>
    [programOf(settings)('psql'), ...QUIET, '-h', host, '-p', port, '-U', settings['user'] ?? 'postgres', '-d', database]
  return {
    get source(): Word[] {
      return words(machine.word('host'), machine.word('port'), settings['database'] ?? 'postgres')
    },
    closed: (socket: Word, port: Word, database: Word): Word[] => words(socket, port, database),
  }
}
