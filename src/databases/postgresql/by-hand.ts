import {command, inDoubleQuotes} from '../../plan/shell.ts'
import type {Command} from '../../plan/model.ts'
import type {Settings} from '../types.ts'

const QUESTION = "SELECT current_setting('archive_mode') AS archive_mode, current_setting('archive_command') AS archive_command, a.*, "
  + "clock_timestamp() AT TIME ZONE 'UTC' AS server_clock_utc FROM pg_stat_archiver AS a"

/** What its administrator has to look at, and the server's clock beside this machine's. */
export function checkByHand({host, port = '5432', database = 'postgres', user = 'postgres'}: Settings): Command[] {
  if (!host) return []
  return [
    command(['psql', '-X', '-x', '-h', host, '-p', port, '-U', user, '-d', database, '-c', inDoubleQuotes(QUESTION)], {
      note: 'archive_mode must be on, last_archived_time recent, and no failure newer than it',
    }),
    command(['date', '-u'], {note: 'this machine\'s clock, to compare'}),
  ]
}
