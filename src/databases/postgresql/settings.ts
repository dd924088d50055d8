import {HOST, NAME, PATH, PORT, VIA} from '../machine.ts'
import type {Setting} from '../types.ts'

/** Longer ones leave no room for the name of a socket (107 bytes). */
const DATA_DIRECTORY = /^(?=.{2,70}$)\/[\w@%+=:./-]+$/

export const SETTINGS: readonly Setting[] = [
  {name: 'host', summary: 'the server of the properties, or the directory of its socket', pattern: /^[\w.:/-]+$/},
  {name: 'port', summary: 'its port', pattern: PORT},
  {name: 'database', summary: 'a database in it, to look at its rows; those that the properties name are known', pattern: NAME},
  {name: 'user', summary: 'a superuser; without it: postgres', pattern: NAME},
  VIA,
  {name: 'pg-bin', summary: 'the directory of pg_ctl and psql: /usr/lib/postgresql/15/bin; without it they are looked for on the PATH', pattern: PATH},
  {name: 'base-backup', summary: 'a base backup that ended before the restore point: a directory (pg_basebackup, plain format) or a tar file of one', pattern: PATH},
  {name: 'archive', summary: 'the directory with the archived WAL', pattern: PATH},
  {name: 'restore-command', summary: 'instead of archive: PostgreSQL\'s restore_command, such as pgbackrest --stanza=main archive-get %f "%p"', pattern: /^[^\n]*%f[^\n]*$/},
  {name: 'data-directory', summary: 'the directory to restore into, which must not exist yet: /var/lib/postgresql/15/restored', pattern: DATA_DIRECTORY},
  {name: 'config-file', summary: 'the server\'s postgresql.conf, where it is not in its data directory, as on Debian', pattern: PATH},
  {name: 'timeline', summary: 'which history of the WAL archive to follow: latest (without it), current, or a number', pattern: /^(?:latest|current|\d+)$/},
  {name: 'source', summary: 'gone: the server of the properties cannot be asked any more', pattern: /^(?:there|gone)$/},
  {name: 'new-host', summary: 'the restored server\'s host, where it is another', pattern: HOST},
  {name: 'new-port', summary: 'the restored server\'s port, where it is to be another', pattern: PORT},
]
