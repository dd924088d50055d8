import type {Settings} from '../types.ts'

/** The programs of MySQL, or of MariaDB, which has given up the old names in its newer releases. */
export interface Programs {
  readonly title: string
  readonly server: string
  readonly client: string
  readonly binlog: string
  /** As Debian, Ubuntu and others call the service. */
  readonly service: string
  /** Makes an empty data directory; the directory's option comes behind. */
  readonly initialize: string
  /** Options of `binlog` of its own. */
  readonly binlogOptions: string
}

const MYSQL: Programs = {
  title: 'MySQL', server: 'mysqld', client: 'mysql', binlog: 'mysqlbinlog', service: 'mysql',
  initialize: 'mysqld --no-defaults --initialize-insecure',
  // The restored server may have no use for the source's transaction ids, and refuses them then.
  binlogOptions: ' --skip-gtids',
}

const MARIADB: Programs = {
  title: 'MariaDB', server: 'mariadbd', client: 'mariadb', binlog: 'mariadb-binlog', service: 'mariadb',
  initialize: 'mariadb-install-db --no-defaults --auth-root-authentication-method=normal --skip-test-db',
  binlogOptions: '',
}

export const programsOf = ({flavor}: Settings): Programs => flavor === 'mariadb' ? MARIADB : MYSQL
