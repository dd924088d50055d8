import {Machine} from '../machine.ts'
import {programsOf} from './programs.ts'
import {SETTINGS} from './settings.ts'
import type {Command} from '../../plan/model.ts'
import type {Word} from '../../plan/shell.ts'
import type {Settings} from '../types.ts'

const QUESTIONS = `SHOW VARIABLES WHERE Variable_name IN ('log_bin', 'binlog_expire_logs_seconds', 'expire_logs_days', 'binlog_format');
SHOW BINARY LOGS;
SELECT UTC_TIMESTAMP(6) AS server_clock_utc;`

/** The client on the server of the properties. */
export const sourceClient = (machine: Machine, settings: Settings): Word[] =>
  [programsOf(settings).client, '-h', machine.word('host'), '-P', machine.word('port'), '-u', settings['user'] ?? 'root']

/** What its administrator has to look at. */
export function checkByHand(settings: Settings): Command[] {
  const machine = new Machine('mysql', {settings: SETTINGS}, settings)
  return [
    machine.feed(sourceClient(machine, settings), QUESTIONS, {note: 'log_bin must be ON, and the logs must be kept longer than from one full backup to the next'}),
    machine.run(['date', '-u'], {note: 'this machine\'s clock, to compare'}),
  ]
}
