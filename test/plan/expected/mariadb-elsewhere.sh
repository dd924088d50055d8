#!/usr/bin/env bash
# Restores databases of ScalarDL or ScalarDB to one restore point.
#
# Restore point: 2026-11-23T12:44:07Z (1795437847 seconds since 1970)
# Record: scalardl-20261123t124400z-my-ledger, consistent
# Mode: back under the old names; a new account or server where a database allows nothing else
# Plan: r20261123t124407z-aff1b1e3, computed by kubectl-scalardl 0.1.0; nothing was run
# Database: mysql, MariaDB at db.example.com:3306, used by ledger my-ledger in namespace ledger
# WARNING: MariaDB: the binary logs must go beyond the restore point; the copy stops where they do not
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
PLAN_WARNINGS=('MariaDB: the binary logs must go beyond the restore point; the copy stops where they do not')
PLAN_IDS=('mysql.check' 'mysql.copy' 'mysql.verify-copy' 'mysql.start')
PLAN_PHASES=('check' 'copy' 'verify-copy' 'replace')
PLAN_TITLES=('Look at the backup, the binary logs, and the place for the new data directory' 'Restore the backup into a new data directory, and replay the binary logs up to the restore point' 'See that no row is half-done' 'Start the restored server at db2.example.com:3306')
PLAN_UNDO=('' 'remove /srv/restored.r20261123t124407z and /srv/restored; nothing else was changed.' '' 'stop it: the old server was not touched.')
PLAN_DATABASES=('mysql' 'mysql' 'mysql' 'mysql')
PLAN_ASKS=('' '' '' 'yes')
PLAN_BESIDE=('copy' 'safety' 'replace')
PLAN_LOOKS=('' '' '' '')
PLAN_NO_RETURN=('' '' '' '')
PLAN_NAMES=()
PLAN_LATER='When all is well:

Take a full backup of the restored server, and build its replicas anew. Its history goes on from the restore point: no replica and no binary log of the old server fit it. Keep the old data directory until the restore has been accepted.
  sudo -u mysql rm -r /srv/restored/r20261123t124407z'

(the functions of runtime.sh, and the libraries of the databases)

plan_check_tools() {
  true
}

# 1. Look at the backup, the binary logs, and the place for the new data directory
step_1() {
  run sudo -u mysql ls -l --time-style=full-iso /backups/2026-11-22
  run sudo -u mysql ls -l --time-style=full-iso /backups/binlogs
  run sudo -u mysql mariadbd --version
  run sudo -u mysql mariadb-binlog --version
  say 'The new directory must not exist, unless this restore has made it'
  ! sudo -u mysql test -e /srv/restored || sudo -u mysql test -d /srv/restored/r20261123t124407z
}

# 2. Restore the backup into a new data directory, and replay the binary logs up to the restore point
step_2() {
  if {
    sudo -u mysql test -d /srv/restored/r20261123t124407z ||
      { sudo -u mysql test -e /srv/restored.r20261123t124407z/r20261123t124407z/loaded && ! sudo -u mysql test -e /srv/restored.r20261123t124407z/r20261123t124407z/replaying; }
  } >/dev/null 2>&1; then
    plan_skip 'The backup'
  else
    say 'The backup'
sudo -u mysql bash -s -- /srv/restored /backups/2026-11-22 <<'END'
set -euo pipefail
shopt -s inherit_errexit
PATH=$PATH:/usr/sbin:/usr/local/sbin
final=$1
backup=$2
data=$final.r20261123t124407z work=$data/r20261123t124407z
die() { echo "$*" >&2; exit 1; }
grep -qsE '(full-prepared|log-applied)' "$backup"/{xtrabackup,mariadb_backup}_checkpoints || die "$backup is not prepared: run mariadb-backup or xtrabackup with --prepare on it"
rm -rf "$data"
mkdir -m 700 "$data" "$work"
cp -a "$backup/." "$data"
# Where it ends in the binary log.
cat "$backup"/{xtrabackup,mariadb_backup}_binlog_info 2>/dev/null | head -n 1 >"$work/position" || true
[[ -s $work/position ]] || die "$backup does not say where in the binary log it ends"
cat "$work/position"
touch "$work/loaded"
END
  fi
  if {
    sudo -u mysql test -d /srv/restored/r20261123t124407z
  } >/dev/null 2>&1; then
    plan_skip 'The binary logs'
  else
    say 'The binary logs'
sudo -u mysql bash -s -- /srv/restored /backups/binlogs <<'END'
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
begun=$(mariadb-binlog --no-defaults --base64-output=decode-rows --stop-position="$position" "${files[0]}" | when)
[[ $begun && $begun < '#261123 12:44:07' ]] || die "the backup holds what was written at $begun (yymmdd, UTC): it does not end before 2026-11-23 12:44:07 UTC, take an older one"
ended=$(mariadb-binlog --no-defaults --base64-output=decode-rows --start-datetime='2026-11-23 12:44:07' "$last" | when)
[[ ! $ended < '#261123 12:44:07' ]] || die "$last ends at $ended (yymmdd, UTC), before 2026-11-23 12:44:07 UTC: flush the source's binary logs, copy what is missing, and run this again"
touch "$work/replaying"
mariadbd --defaults-file=/etc/mysql/restored.cnf --datadir="$data" --socket="$work/socket" --pid-file="$work/pid" --log-error="$work/error.log" \
  --skip-networking --skip-grant-tables --skip-log-bin --loose-skip-slave-start --loose-skip-replica-start \
  --loose-mysqlx=off >"$work/output.log" 2>&1 </dev/null &
server=$!
trap 'kill "$server" 2>/dev/null && wait "$server" || true' EXIT
client() { mariadb --no-defaults --socket="$work/socket" --user=root --batch --skip-column-names "$@"; }
until client --execute='SELECT 1' >/dev/null 2>&1; do
  kill -0 "$server" 2>/dev/null || { tail -n 20 "$work/error.log" >&2; die 'the server ended'; }
  sleep 0.5
done
# Grants of the source hold from here on for what comes out of its binary log; this connection keeps its rights.
{ echo 'FLUSH PRIVILEGES;'; mariadb-binlog --no-defaults --start-position="$position" --stop-datetime='2026-11-23 12:44:07' "${files[@]}"; } |
  client --binary-mode
trap - EXIT
kill "$server"
wait "$server"
rm "$work/replaying"
mv -T "$data" "$final"
END
    plan_held $? 'sudo -u mysql bash -s -- /srv/restored /backups/binlogs <<'\''END'\''
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
begun=$(mariadb-binlog --no-defaults --base64-output=decode-rows --stop-position="$position" "${files[0]}" | when)
[[ $begun && $begun < '\''#261123 12:44:07'\'' ]] || die "the backup holds what was written at $begun (yymmdd, UTC): it does not end before 2026-11-23 12:44:07 UTC, take an older one"
ended=$(mariadb-binlog --no-defaults --base64-output=decode-rows --start-datetime='\''2026-11-23 12:44:07'\'' "$last" | when)
[[ ! $ended < '\''#261123 12:44:07'\'' ]] || die "$last ends at $ended (yymmdd, UTC), before 2026-11-23 12:44:07 UTC: flush the source'\''s binary logs, copy what is missing, and run this again"
touch "$work/replaying"
mariadbd --defaults-file=/etc/mysql/restored.cnf --datadir="$data" --socket="$work/socket" --pid-file="$work/pid" --log-error="$work/error.log" \
  --skip-networking --skip-grant-tables --skip-log-bin --loose-skip-slave-start --loose-skip-replica-start \
  --loose-mysqlx=off >"$work/output.log" 2>&1 </dev/null &
server=$!
trap '\''kill "$server" 2>/dev/null && wait "$server" || true'\'' EXIT
client() { mariadb --no-defaults --socket="$work/socket" --user=root --batch --skip-column-names "$@"; }
until client --execute='\''SELECT 1'\'' >/dev/null 2>&1; do
  kill -0 "$server" 2>/dev/null || { tail -n 20 "$work/error.log" >&2; die '\''the server ended'\''; }
  sleep 0.5
done
# Grants of the source hold from here on for what comes out of its binary log; this connection keeps its rights.
{ echo '\''FLUSH PRIVILEGES;'\''; mariadb-binlog --no-defaults --start-position="$position" --stop-datetime='\''2026-11-23 12:44:07'\'' "${files[@]}"; } |
  client --binary-mode
trap - EXIT
kill "$server"
wait "$server"
rm "$work/replaying"
mv -T "$data" "$final"
END'
  fi
}

# 3. See that no row is half-done
step_3() {
  if {
    sudo -u mysql test -e /srv/restored/r20261123t124407z/verified
  } >/dev/null 2>&1; then
    plan_skip 'Every transactional table, and how many of its rows are not committed'
  else
    say 'Every transactional table, and how many of its rows are not committed'
sudo -u mysql bash -s -- /srv/restored <<'END' | awk -F '\t' '{print; n += $2} END {if (n) print "WARNING: " n " rows are not committed: was the restore point inside a pause?"}'
set -euo pipefail
shopt -s inherit_errexit
PATH=$PATH:/usr/sbin:/usr/local/sbin
data=$1
work=$data/r20261123t124407z
die() { echo "$*" >&2; exit 1; }
mariadbd --defaults-file=/etc/mysql/restored.cnf --datadir="$data" --socket="$work/socket" --pid-file="$work/pid" --log-error="$work/error.log" \
  --skip-networking --skip-grant-tables --skip-log-bin --loose-skip-slave-start --loose-skip-replica-start \
  --loose-mysqlx=off >"$work/output.log" 2>&1 </dev/null &
server=$!
trap 'kill "$server" 2>/dev/null && wait "$server" || true' EXIT
client() { mariadb --no-defaults --socket="$work/socket" --user=root --batch --skip-column-names "$@"; }
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
    plan_held $? 'sudo -u mysql bash -s -- /srv/restored <<'\''END'\'' | awk -F '\''\t'\'' '\''{print; n += $2} END {if (n) print "WARNING: " n " rows are not committed: was the restore point inside a pause?"}'\''
set -euo pipefail
shopt -s inherit_errexit
PATH=$PATH:/usr/sbin:/usr/local/sbin
data=$1
work=$data/r20261123t124407z
die() { echo "$*" >&2; exit 1; }
mariadbd --defaults-file=/etc/mysql/restored.cnf --datadir="$data" --socket="$work/socket" --pid-file="$work/pid" --log-error="$work/error.log" \
  --skip-networking --skip-grant-tables --skip-log-bin --loose-skip-slave-start --loose-skip-replica-start \
  --loose-mysqlx=off >"$work/output.log" 2>&1 </dev/null &
server=$!
trap '\''kill "$server" 2>/dev/null && wait "$server" || true'\'' EXIT
client() { mariadb --no-defaults --socket="$work/socket" --user=root --batch --skip-column-names "$@"; }
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

# 4. Start the restored server at db2.example.com:3306
step_4() {
  by_hand 'mysql.start' '# in the option file of the service: datadir=/srv/restored, port=3306, and log_bin in a directory of its own
systemctl start mariadb'
}

plan_main "$@"
exit
