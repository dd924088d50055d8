import {command, inDoubleQuotes, type Word} from '../../plan/shell.ts'
import {programsOf} from './programs.ts'
import type {Command} from '../../plan/model.ts'
import type {Settings} from '../types.ts'

const QUESTIONS = "SHOW VARIABLES WHERE Variable_name IN ('log_bin', 'binlog_expire_logs_seconds', 'expire_logs_days', 'binlog_format'); "
  + 'SHOW BINARY LOGS; SELECT UTC_TIMESTAMP(6) AS server_clock_utc'

/** What its administrator has to look at, and the server's clock beside this machine's. */
export function checkByHand(settings: Settings): Command[] {
  const {host, port = '3306', user = 'root'} = settings
  if (!host) return []
  const words: Word[] = [programsOf(settings).client, '-h', host, '-P', port, '-u', user, '-p', '-e', inDoubleQuotes(QUESTIONS)]
  return [
    command(words, {note: 'log_bin must be ON, and the logs must be kept longer than from one full backup to the next'}),
    command(['date', '-u'], {note: 'this machine\'s clock, to compare'}),
  ]
}
