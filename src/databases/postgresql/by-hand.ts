import {Machine} from '../machine.ts'
import {psqlOf} from './psql.ts'
import {SETTINGS} from './settings.ts'
import type {Command} from '../../plan/model.ts'
import type {Settings} from '../types.ts'

const QUESTIONS = `SHOW archive_mode;
SHOW archive_command;
SHOW archive_timeout;
SELECT archived_count, last_archived_wal, last_archived_time, failed_count, last_failed_time FROM pg_stat_archiver;
SELECT clock_timestamp() AT TIME ZONE 'UTC' AS server_clock_utc;`

/** What its administrator has to look at; the key of the address is all that is known. */
export function checkByHand(settings: Settings): Command[] {
  const machine = new Machine('postgresql', {settings: SETTINGS}, settings)
  return [
    machine.feed([...psqlOf(machine, settings).source, '-x'], QUESTIONS, {note: 'archive_mode must be on, last_archived_time recent, and no failure newer than it'}),
    machine.run(['date', '-u'], {note: 'this machine\'s clock, to compare'}),
  ]
}
