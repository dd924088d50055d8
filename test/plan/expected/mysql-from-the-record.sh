#!/usr/bin/env bash
# Restores databases of ScalarDL or ScalarDB to one restore point.
#
# Restore point: 2026-11-23T12:44:07Z (1795437847 seconds since 1970)
# Record: scalardl-20261123t124400z-my-ledger, consistent
# Mode: back under the old names; a new account or server where a database allows nothing else
# Plan: r20261123t124407z-aff1b1e3, computed by kubectl-scalardl 0.1.0; nothing was run
# Database: mysql, MySQL at db.example.com:3306, used by ledger my-ledger in namespace ledger
# WARNING: MySQL: run this on the machine that has the backup and the binary logs, as the operating system user of MySQL, or say what leads there: --database kind=mysql,via='sudo -u mysql'
#
# It stops at the first failure, and goes on where the databases stand when it is run again.
# See what it would do: --dry-run. All arguments: --help. Start it within tmux or screen: restores last for hours.
#
# Functions and variables may have their only user in a step that this plan does not have; commands are shown as they are.
# shellcheck disable=SC1003,SC2016,SC2034,SC2317,SC2329

case ${BASH_VERSION:-0} in
  [0-3] | [0-3].* | 4.[0-3].*)
    echo 'this script needs bash 4.4 or newer: start it with bash, on macOS that of brew install bash' >&2
    exit 1
    ;;
esac
set -Eeuo pipefail
shopt -s inherit_errexit
export AWS_PAGER=''

PLAN='r20261123t124407z-aff1b1e3'
RESTORE_POINT='2026-11-23T12:44:07Z'
PLAN_WARNINGS=('MySQL: run this on the machine that has the backup and the binary logs, as the operating system user of MySQL, or say what leads there: --database kind=mysql,via='\''sudo -u mysql'\''')
PLAN_IDS=('mysql.prepare' 'mysql.check' 'mysql.flush' 'mysql.copy' 'mysql.verify-copy' 'mysql.start')
PLAN_PHASES=('prepare' 'check' 'capture' 'copy' 'verify-copy' 'replace')
PLAN_TITLES=('Say where MySQL'\''s backup is' 'Look at the backup, the binary logs, and the place for the new data directory' 'Begin a new binary log' 'Restore the backup into a new data directory, and replay the binary logs up to the restore point' 'See that no row is half-done' 'Start the restored server at db.example.com:3306, in the place of the old one')
PLAN_UNDO=('' '' 'there is nothing to undo: no data was changed.' 'remove "$MYSQL_DATA_DIRECTORY.r20261123t124407z" and "$MYSQL_DATA_DIRECTORY"; nothing else was changed.' '' 'stop it, give the service the old data directory again, and start it: that directory was not touched.')
PLAN_DATABASES=('mysql' 'mysql' 'mysql' 'mysql' 'mysql' 'mysql')
PLAN_ASKS=('' '' '' '' '' 'yes')
PLAN_BESIDE=('copy' 'safety' 'replace')
PLAN_LOOKS=('yes' '' '' '' '' '')
PLAN_NO_RETURN=('' '' '' '' '' '')
PLAN_NAMES=('MYSQL_DUMP' 'MYSQL_BINLOGS' 'MYSQL_DATA_DIRECTORY')
PLAN_LATER='When all is well:

Take a full backup of the restored server, and build its replicas anew. Its history goes on from the restore point: no replica and no binary log of the old server fit it. Keep the old data directory until the restore has been accepted.
  rm -r "$MYSQL_DATA_DIRECTORY/r20261123t124407z"'

(the functions of runtime.sh, and the libraries of the databases)

plan_check_tools() {
  plan_need 'mysql' '' 'Install mysql, then run this again'
  plan_need 'mysqld' '' 'of the release that made the backup'
  true
}

# 1. Say where MySQL's backup is
step_1() {
  say 'a dump of all databases that ended before the restore point, made with --single-transaction and --source-data (MariaDB: --master-data), plain or gzipped. Export MYSQL_DUMP, or fill it in here'
  MYSQL_DUMP="${MYSQL_DUMP:?export it first}"
  say 'the directory with the binary logs from that backup to the restore point: the server'\''s own, or a copy. Export MYSQL_BINLOGS, or fill it in here'
  MYSQL_BINLOGS="${MYSQL_BINLOGS:?export it first}"
  say 'the directory to restore into, which must not exist yet: /var/lib/mysql-restored. Export MYSQL_DATA_DIRECTORY, or fill it in here'
  MYSQL_DATA_DIRECTORY="${MYSQL_DATA_DIRECTORY:?export it first}"
}

# 2. Look at the backup, the binary logs, and the place for the new data directory
step_2() {
  ls -l --time-style=full-iso "$MYSQL_DUMP"
  ls -l --time-style=full-iso "$MYSQL_BINLOGS"
  run mysqld --version
  run mysqlbinlog --version
  say 'The new directory must not exist, unless this restore has made it'
  ! test -e "$MYSQL_DATA_DIRECTORY" || test -d "$MYSQL_DATA_DIRECTORY/r20261123t124407z"
}

# 3. Begin a new binary log
step_3() {
  if {
    test -d "$MYSQL_DATA_DIRECTORY/r20261123t124407z"
  } >/dev/null 2>&1; then
    plan_skip 'Begin a new binary log'
  else
mysql -h db.example.com -P 3306 -u root <<'END'
FLUSH BINARY LOGS;
SHOW BINARY LOGS;
END
  fi
}

# 4. Restore the backup into a new data directory, and replay the binary logs up to the restore point
step_4() {
  if {
    test -d "$MYSQL_DATA_DIRECTORY/r20261123t124407z" ||
      { test -e "$MYSQL_DATA_DIRECTORY.r20261123t124407z/r20261123t124407z/loaded" && ! test -e "$MYSQL_DATA_DIRECTORY.r20261123t124407z/r20261123t124407z/replaying"; }
  } >/dev/null 2>&1; then
    plan_skip 'The backup'
  else
    say 'The backup'
bash -s -- "$MYSQL_DATA_DIRECTORY" "$MYSQL_DUMP" <<'END'
set -euo pipefail
shopt -s inherit_errexit
PATH=$PATH:/usr/sbin:/usr/local/sbin
final=$1
dump=$2
data=$final.r20261123t124407z work=$data/r20261123t124407z
die() { echo "$*" >&2; exit 1; }
rm -rf "$data"
mysqld --no-defaults --initialize-insecure --datadir="$data" >/dev/null
chmod 700 "$data"
mkdir "$work"
mysqld --no-defaults --datadir="$data" --socket="$work/socket" --pid-file="$work/pid" --log-error="$work/error.log" \
  --skip-networking --skip-grant-tables --skip-log-bin --loose-skip-slave-start --loose-skip-replica-start \
  --loose-mysqlx=off >"$work/output.log" 2>&1 </dev/null &
server=$!
trap 'kill "$server" 2>/dev/null && wait "$server" || true' EXIT
client() { mysql --no-defaults --socket="$work/socket" --user=root --batch --skip-column-names "$@"; }
until client --execute='SELECT 1' >/dev/null 2>&1; do
  kill -0 "$server" 2>/dev/null || { tail -n 20 "$work/error.log" >&2; die 'the server ended'; }
  sleep 0.5
done
gzip -cdf "$dump" | client
trap - EXIT
kill "$server"
wait "$server"
# Where it ends in the binary log.
gzip -cdf "$dump" | sed -nE "1,200s/^(-- )?CHANGE (MASTER|REPLICATION SOURCE) TO (MASTER|SOURCE)_LOG_FILE='([^']+)', (MASTER|SOURCE)_LOG_POS=([0-9]+).*/\4 \6/p" >"$work/position"
[[ -s $work/position ]] || die "$dump does not say where in the binary log it ends: it was made without --source-data (MariaDB: --master-data)"
cat "$work/position"
touch "$work/loaded"
END
    plan_held $? 'bash -s -- "$MYSQL_DATA_DIRECTORY" "$MYSQL_DUMP" <<'\''END'\''
set -euo pipefail
shopt -s inherit_errexit
PATH=$PATH:/usr/sbin:/usr/local/sbin
final=$1
dump=$2
data=$final.r20261123t124407z work=$data/r20261123t124407z
die() { echo "$*" >&2; exit 1; }
rm -rf "$data"
mysqld --no-defaults --initialize-insecure --datadir="$data" >/dev/null
chmod 700 "$data"
mkdir "$work"
mysqld --no-defaults --datadir="$data" --socket="$work/socket" --pid-file="$work/pid" --log-error="$work/error.log" \
  --skip-networking --skip-grant-tables --skip-log-bin --loose-skip-slave-start --loose-skip-replica-start \
  --loose-mysqlx=off >"$work/output.log" 2>&1 </dev/null &
server=$!
trap '\''kill "$server" 2>/dev/null && wait "$server" || true'\'' EXIT
client() { mysql --no-defaults --socket="$work/socket" --user=root --batch --skip-column-names "$@"; }
until client --execute='\''SELECT 1'\'' >/dev/null 2>&1; do
  kill -0 "$server" 2>/dev/null || { tail -n 20 "$work/error.log" >&2; die '\''the server ended'\''; }
  sleep 0.5
done
gzip -cdf "$dump" | client
trap - EXIT
kill "$server"
wait "$server"
# Where it ends in the binary log.
gzip -cdf "$dump" | sed -nE "1,200s/^(-- )?CHANGE (MASTER|REPLICATION SOURCE) TO (MASTER|SOURCE)_LOG_FILE='\''([^'\'']+)'\'', (MASTER|SOURCE)_LOG_POS=([0-9]+).*/\4 \6/p" >"$work/position"
[[ -s $work/position ]] || die "$dump does not say where in the binary log it ends: it was made without --source-data (MariaDB: --master-data)"
cat "$work/position"
touch "$work/loaded"
END'
  fi
  if {
    test -d "$MYSQL_DATA_DIRECTORY/r20261123t124407z"
  } >/dev/null 2>&1; then
    plan_skip 'The binary logs'
  else
    say 'The binary logs'
bash -s -- "$MYSQL_DATA_DIRECTORY" "$MYSQL_BINLOGS" <<'END'
set -euo pipefail
shopt -s inherit_errexit
PATH=$PATH:/usr/sbin:/usr/local/sbin
final=$1
binlogs=$2
data=$final.r20261123t124407z work=$data/r20261123t124407z
die() { echo "$*" >&2; exit 1; }
read -r first position _ <"$work/position"
files=()
for each in "$binlogs/${first%.*}".[0-9]*; do [[ ${each##*/} < $first ]] || files+=("$each"); done
last=${files[-1]}
[[ ${files[0]##*/} == "$first" ]] || die "$binlogs/$first is missing"
((10#${last##*.} - 10#${first##*.} + 1 == ${#files[@]})) || die "a binary log between $first and ${last##*/} is missing in $binlogs"
export TZ=UTC
when() { awk '/^#[0-9]+ +[0-9:]+ server id/ {split($2, t, ":"); print sprintf("%s %02d:%s:%s", $1, t[1], t[2], t[3])}' | sort | tail -n 1; }
begun=$(mysqlbinlog --no-defaults --base64-output=decode-rows --stop-position="$position" "${files[0]}" | when)
[[ $begun && $begun < '#261123 12:44:07' ]] || die "the backup holds what was written at $begun (yymmdd, UTC): it does not end before 2026-11-23 12:44:07 UTC, take an older one"
ended=$(mysqlbinlog --no-defaults --base64-output=decode-rows --start-datetime='2026-11-23 12:44:07' "$last" | when)
[[ ! $ended < '#261123 12:44:07' ]] || die "$last ends at $ended (yymmdd, UTC), before 2026-11-23 12:44:07 UTC: flush the source's binary logs, copy what is missing, and run this again"
touch "$work/replaying"
mysqld --no-defaults --datadir="$data" --socket="$work/socket" --pid-file="$work/pid" --log-error="$work/error.log" \
  --skip-networking --skip-grant-tables --skip-log-bin --loose-skip-slave-start --loose-skip-replica-start \
  --loose-mysqlx=off >"$work/output.log" 2>&1 </dev/null &
server=$!
trap 'kill "$server" 2>/dev/null && wait "$server" || true' EXIT
client() { mysql --no-defaults --socket="$work/socket" --user=root --batch --skip-column-names "$@"; }
until client --execute='SELECT 1' >/dev/null 2>&1; do
  kill -0 "$server" 2>/dev/null || { tail -n 20 "$work/error.log" >&2; die 'the server ended'; }
  sleep 0.5
done
# Grants of the source hold from here on for what comes out of its binary log; this connection keeps its rights.
{ echo 'FLUSH PRIVILEGES;'; mysqlbinlog --no-defaults --skip-gtids --start-position="$position" --stop-datetime='2026-11-23 12:44:07' "${files[@]}"; } |
  client --binary-mode
trap - EXIT
kill "$server"
wait "$server"
rm "$work/replaying"
mv -T "$data" "$final"
END
    plan_held $? 'bash -s -- "$MYSQL_DATA_DIRECTORY" "$MYSQL_BINLOGS" <<'\''END'\''
set -euo pipefail
shopt -s inherit_errexit
PATH=$PATH:/usr/sbin:/usr/local/sbin
final=$1
binlogs=$2
data=$final.r20261123t124407z work=$data/r20261123t124407z
die() { echo "$*" >&2; exit 1; }
read -r first position _ <"$work/position"
files=()
for each in "$binlogs/${first%.*}".[0-9]*; do [[ ${each##*/} < $first ]] || files+=("$each"); done
last=${files[-1]}
[[ ${files[0]##*/} == "$first" ]] || die "$binlogs/$first is missing"
((10#${last##*.} - 10#${first##*.} + 1 == ${#files[@]})) || die "a binary log between $first and ${last##*/} is missing in $binlogs"
export TZ=UTC
when() { awk '\''/^#[0-9]+ +[0-9:]+ server id/ {split($2, t, ":"); print sprintf("%s %02d:%s:%s", $1, t[1], t[2], t[3])}'\'' | sort | tail -n 1; }
begun=$(mysqlbinlog --no-defaults --base64-output=decode-rows --stop-position="$position" "${files[0]}" | when)
[[ $begun && $begun < '\''#261123 12:44:07'\'' ]] || die "the backup holds what was written at $begun (yymmdd, UTC): it does not end before 2026-11-23 12:44:07 UTC, take an older one"
ended=$(mysqlbinlog --no-defaults --base64-output=decode-rows --start-datetime='\''2026-11-23 12:44:07'\'' "$last" | when)
[[ ! $ended < '\''#261123 12:44:07'\'' ]] || die "$last ends at $ended (yymmdd, UTC), before 2026-11-23 12:44:07 UTC: flush the source'\''s binary logs, copy what is missing, and run this again"
touch "$work/replaying"
mysqld --no-defaults --datadir="$data" --socket="$work/socket" --pid-file="$work/pid" --log-error="$work/error.log" \
  --skip-networking --skip-grant-tables --skip-log-bin --loose-skip-slave-start --loose-skip-replica-start \
  --loose-mysqlx=off >"$work/output.log" 2>&1 </dev/null &
server=$!
trap '\''kill "$server" 2>/dev/null && wait "$server" || true'\'' EXIT
client() { mysql --no-defaults --socket="$work/socket" --user=root --batch --skip-column-names "$@"; }
until client --execute='\''SELECT 1'\'' >/dev/null 2>&1; do
  kill -0 "$server" 2>/dev/null || { tail -n 20 "$work/error.log" >&2; die '\''the server ended'\''; }
  sleep 0.5
done
# Grants of the source hold from here on for what comes out of its binary log; this connection keeps its rights.
{ echo '\''FLUSH PRIVILEGES;'\''; mysqlbinlog --no-defaults --skip-gtids --start-position="$position" --stop-datetime='\''2026-11-23 12:44:07'\'' "${files[@]}"; } |
  client --binary-mode
trap - EXIT
kill "$server"
wait "$server"
rm "$work/replaying"
mv -T "$data" "$final"
END'
  fi
}

# 5. See that no row is half-done
step_5() {
  if {
    test -e "$MYSQL_DATA_DIRECTORY/r20261123t124407z/verified"
  } >/dev/null 2>&1; then
    plan_skip 'Every transactional table, and how many of its rows are not committed'
  else
    say 'Every transactional table, and how many of its rows are not committed'
bash -s -- "$MYSQL_DATA_DIRECTORY" <<'END' | awk -F '\t' '{print; n += $2} END {if (n) print "WARNING: " n " rows are not committed: was the restore point inside a pause?"}'
set -euo pipefail
shopt -s inherit_errexit
PATH=$PATH:/usr/sbin:/usr/local/sbin
data=$1
work=$data/r20261123t124407z
die() { echo "$*" >&2; exit 1; }
mysqld --no-defaults --datadir="$data" --socket="$work/socket" --pid-file="$work/pid" --log-error="$work/error.log" \
  --skip-networking --skip-grant-tables --skip-log-bin --loose-skip-slave-start --loose-skip-replica-start \
  --loose-mysqlx=off >"$work/output.log" 2>&1 </dev/null &
server=$!
trap 'kill "$server" 2>/dev/null && wait "$server" || true' EXIT
client() { mysql --no-defaults --socket="$work/socket" --user=root --batch --skip-column-names "$@"; }
until client --execute='SELECT 1' >/dev/null 2>&1; do
  kill -0 "$server" 2>/dev/null || { tail -n 20 "$work/error.log" >&2; die 'the server ended'; }
  sleep 0.5
done
client >"$work/counts.sql" <<'SQL'
SELECT CONCAT('SELECT ', QUOTE(CONCAT(table_schema, '.', table_name)), ', COUNT(*) FROM `',
    REPLACE(table_schema, '`', '``'), '`.`', REPLACE(table_name, '`', '``'), '` WHERE tx_state <> 3;')
  FROM information_schema.columns AS state JOIN information_schema.columns AS version USING (table_schema, table_name)
  WHERE state.column_name = 'tx_state' AND version.column_name = 'tx_version'
  ORDER BY table_schema, table_name
SQL
client <"$work/counts.sql"
trap - EXIT
kill "$server"
wait "$server"
touch "$work/verified"
END
    plan_held $? 'bash -s -- "$MYSQL_DATA_DIRECTORY" <<'\''END'\'' | awk -F '\''\t'\'' '\''{print; n += $2} END {if (n) print "WARNING: " n " rows are not committed: was the restore point inside a pause?"}'\''
set -euo pipefail
shopt -s inherit_errexit
PATH=$PATH:/usr/sbin:/usr/local/sbin
data=$1
work=$data/r20261123t124407z
die() { echo "$*" >&2; exit 1; }
mysqld --no-defaults --datadir="$data" --socket="$work/socket" --pid-file="$work/pid" --log-error="$work/error.log" \
  --skip-networking --skip-grant-tables --skip-log-bin --loose-skip-slave-start --loose-skip-replica-start \
  --loose-mysqlx=off >"$work/output.log" 2>&1 </dev/null &
server=$!
trap '\''kill "$server" 2>/dev/null && wait "$server" || true'\'' EXIT
client() { mysql --no-defaults --socket="$work/socket" --user=root --batch --skip-column-names "$@"; }
until client --execute='\''SELECT 1'\'' >/dev/null 2>&1; do
  kill -0 "$server" 2>/dev/null || { tail -n 20 "$work/error.log" >&2; die '\''the server ended'\''; }
  sleep 0.5
done
client >"$work/counts.sql" <<'\''SQL'\''
SELECT CONCAT('\''SELECT '\'', QUOTE(CONCAT(table_schema, '\''.'\'', table_name)), '\'', COUNT(*) FROM `'\'',
    REPLACE(table_schema, '\''`'\'', '\''``'\''), '\''`.`'\'', REPLACE(table_name, '\''`'\'', '\''``'\''), '\''` WHERE tx_state <> 3;'\'')
  FROM information_schema.columns AS state JOIN information_schema.columns AS version USING (table_schema, table_name)
  WHERE state.column_name = '\''tx_state'\'' AND version.column_name = '\''tx_version'\''
  ORDER BY table_schema, table_name
SQL
client <"$work/counts.sql"
trap - EXIT
kill "$server"
wait "$server"
touch "$work/verified"
END'
  fi
}

# 6. Start the restored server at db.example.com:3306, in the place of the old one
step_6() {
  by_hand 'mysql.start' 'systemctl stop mysql   # or what runs the old server: it must never write again
# in the option file of the service: datadir="$MYSQL_DATA_DIRECTORY", port=3306, and log_bin in a directory of its own
systemctl start mysql'
}

plan_main "$@"
exit
