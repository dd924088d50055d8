import {HOST, NAME, PATH, PORT, VIA} from '../machine.ts'
import type {Setting} from '../types.ts'

/** Longer ones leave no room for the name of a socket (107 bytes). */
const DATA_DIRECTORY = /^(?=.{2,70}$)\/[\w@%+=:./-]+$/

export const SETTINGS: readonly Setting[] = [
  {name: 'flavor', summary: 'mysql or mariadb: whose programs are there', pattern: /^(?:mysql|mariadb)$/},
  {name: 'host', summary: 'the server of the properties', pattern: HOST},
  {name: 'port', summary: 'its port', pattern: PORT},
  {name: 'user', summary: 'its administrator, whose password is in ~/.my.cnf; without it: root', pattern: NAME},
  VIA,
  {name: 'dump', summary: 'a dump of all databases that ended before the restore point, made with --single-transaction and --source-data (MariaDB: --master-data), plain or gzipped', pattern: PATH},
  {name: 'base-backup', summary: 'instead of dump: the directory of a backup by mariadb-backup or xtrabackup that ended before the restore point, prepared', pattern: PATH},
  {name: 'binlogs', summary: 'the directory with the binary logs from that backup to the restore point: the server\'s own, or a copy', pattern: PATH},
  {name: 'data-directory', summary: 'the directory to restore into, which must not exist yet: /var/lib/mysql-restored', pattern: DATA_DIRECTORY},
  {name: 'config-file', summary: 'an option file for the restored server, where the source has settings that belong to its data: lower_case_table_names, innodb_page_size', pattern: PATH},
  {name: 'source', summary: 'gone: the server of the properties cannot be asked any more', pattern: /^(?:there|gone)$/},
  {name: 'new-host', summary: 'the restored server\'s host, where it is another', pattern: HOST},
  {name: 'new-port', summary: 'the restored server\'s port, where it is to be another', pattern: PORT},
]
