#!/usr/bin/env bash
# Restores databases of ScalarDL or ScalarDB to one restore point.
#
# Restore point: 2026-11-23T12:44:07Z (1795437847 seconds since 1970)
# Record: scalardl-20261123t124400z-my-ledger, consistent
# Mode: back under the old names; a new account or server where a database allows nothing else
# Plan: r20261123t124407z-5de0c055, computed by kubectl-scalardl 0.1.0; nothing was run
# Database: postgresql, PostgreSQL at db.example.com:5432, used by ledger my-ledger in namespace ledger
# WARNING: PostgreSQL: run this on the machine that has the base backup and the WAL archive, as the operating system user of PostgreSQL, or say what leads there: --database kind=postgresql,via='sudo -u postgres'
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

PLAN='r20261123t124407z-5de0c055'
RESTORE_POINT='2026-11-23T12:44:07Z'
PLAN_WARNINGS=('PostgreSQL: run this on the machine that has the base backup and the WAL archive, as the operating system user of PostgreSQL, or say what leads there: --database kind=postgresql,via='\''sudo -u postgres'\''')
PLAN_IDS=('postgresql.prepare' 'postgresql.check' 'postgresql.archive' 'postgresql.copy' 'postgresql.replay' 'postgresql.verify-copy' 'postgresql.stop-old' 'postgresql.open')
PLAN_PHASES=('prepare' 'check' 'capture' 'copy' 'copy' 'verify-copy' 'replace' 'settings')
PLAN_TITLES=('Say where PostgreSQL'\''s backup is' 'Look at the base backup and the place for the new data directory' 'Archive a commit later than the restore point' 'Put the base backup into a new data directory, and say where its recovery ends' 'Start it, and let it replay the WAL up to the restore point' 'See where recovery stopped, and that no row is half-done' 'Stop the old server' 'Give it the source'\''s settings back, and the network with them')
PLAN_UNDO=('' '' 'there is nothing to undo: no data was changed.' 'remove "$POSTGRESQL_DATA_DIRECTORY.partial" and "$POSTGRESQL_DATA_DIRECTORY"; nothing else was changed.' 'stop it (pg_ctl -D "$POSTGRESQL_DATA_DIRECTORY" -m immediate stop), then remove "$POSTGRESQL_DATA_DIRECTORY".' '' 'stop the restored server and start the old one again: its data directory was not touched.' 'stop it (pg_ctl -D "$POSTGRESQL_DATA_DIRECTORY" -m fast stop); the old data directory is still as it was.')
PLAN_DATABASES=('postgresql' 'postgresql' 'postgresql' 'postgresql' 'postgresql' 'postgresql' 'postgresql' 'postgresql')
PLAN_ASKS=('' '' '' '' '' '' 'yes' '')
PLAN_BESIDE=('copy' 'safety' 'replace')
PLAN_LOOKS=('yes' '' '' '' '' '' '' '')
PLAN_NO_RETURN=('' '' '' '' '' '' '' '')
PLAN_NAMES=('POSTGRESQL_DATA_DIRECTORY' 'POSTGRESQL_BASE_BACKUP' 'POSTGRESQL_ARCHIVE')
PLAN_LATER='When all is well:

Make the restored server the one that starts with the machine. Its service must start it from "$POSTGRESQL_DATA_DIRECTORY". It writes a new timeline: take a base backup of it now, and build every streaming replica anew from it, since none can follow on the old one. Keep the old data directory until the restore has been accepted.
  pg_ctl -D "$POSTGRESQL_DATA_DIRECTORY" status
  rm -r "$POSTGRESQL_DATA_DIRECTORY/r20261123t124407z"'

(the functions of runtime.sh, and the libraries of the databases)

plan_check_tools() {
  plan_need 'pg_ctl' '' 'of the restored server'\''s major version, which is the base backup'\''s'
  plan_need 'psql' '' 'Install psql, then run this again'
  true
}

# 1. Say where PostgreSQL's backup is
step_1() {
  say 'the directory to restore into, which must not exist yet: /var/lib/postgresql/15/restored. Export POSTGRESQL_DATA_DIRECTORY, or fill it in here'
  POSTGRESQL_DATA_DIRECTORY="${POSTGRESQL_DATA_DIRECTORY:?export it first}"
  say 'a base backup that ended before the restore point: a directory (pg_basebackup, plain format) or a tar file of one. Export POSTGRESQL_BASE_BACKUP, or fill it in here'
  POSTGRESQL_BASE_BACKUP="${POSTGRESQL_BASE_BACKUP:?export it first}"
  say 'the directory with the archived WAL. Export POSTGRESQL_ARCHIVE, or fill it in here'
  POSTGRESQL_ARCHIVE="${POSTGRESQL_ARCHIVE:?export it first}"
}

# 2. Look at the base backup and the place for the new data directory
step_2() {
  grep -H '^START' "$POSTGRESQL_BASE_BACKUP/backup_label"
  cat "$POSTGRESQL_BASE_BACKUP/PG_VERSION"
  test ! -e "$POSTGRESQL_BASE_BACKUP/backup_manifest" ||
    pg_verifybackup --no-parse-wal "$POSTGRESQL_BASE_BACKUP"
  run pg_ctl --version
  test -r "$POSTGRESQL_ARCHIVE"
  say 'The new directory must not exist, unless this restore has made it'
  test ! -e "$POSTGRESQL_DATA_DIRECTORY" || test -d "$POSTGRESQL_DATA_DIRECTORY/r20261123t124407z"
}

# 3. Archive a commit later than the restore point
step_3() {
  if {
    test -d "$POSTGRESQL_DATA_DIRECTORY/r20261123t124407z"
  } >/dev/null 2>&1; then
    plan_skip 'Archive a commit later than the restore point'
  else
psql -X -At -q -v ON_ERROR_STOP=1 -h db.example.com -p 5432 -U postgres -d app <<'END'
SELECT txid_current();
SELECT pg_switch_wal();
END
  fi
  look() {
    test -d "$POSTGRESQL_DATA_DIRECTORY/r20261123t124407z" ||
      [ "$(psql -X -At -q -v ON_ERROR_STOP=1 -h db.example.com -p 5432 -U postgres -d app <<< "SELECT NOT EXISTS (SELECT FROM pg_ls_archive_statusdir() WHERE name LIKE '%.ready')")" = t ]
  }
  wait_until 2 600 'every WAL segment is archived' look
}

# 4. Put the base backup into a new data directory, and say where its recovery ends
step_4() {
  if {
    test -d "$POSTGRESQL_DATA_DIRECTORY/r20261123t124407z"
  } >/dev/null 2>&1; then
    plan_skip 'The files of the base backup. rmdir fails where there are tablespaces: they would lead into the old server'\''s files, and have to be restored by hand'
  else
    say 'The files of the base backup. rmdir fails where there are tablespaces: they would lead into the old server'\''s files, and have to be restored by hand'
    mkdir -p "$POSTGRESQL_DATA_DIRECTORY.partial" &&
    cp -a "$POSTGRESQL_BASE_BACKUP/." "$POSTGRESQL_DATA_DIRECTORY.partial" &&
    chmod 700 "$POSTGRESQL_DATA_DIRECTORY.partial" &&
    rm -f "$POSTGRESQL_DATA_DIRECTORY.partial/standby.signal" "$POSTGRESQL_DATA_DIRECTORY.partial/postmaster.pid" &&
    rmdir "$POSTGRESQL_DATA_DIRECTORY.partial/pg_tblspc" &&
    mkdir -m 700 "$POSTGRESQL_DATA_DIRECTORY.partial/pg_tblspc" &&
    mkdir -p "$POSTGRESQL_DATA_DIRECTORY.partial/r20261123t124407z" &&
    cp -p "$POSTGRESQL_DATA_DIRECTORY.partial/postgresql.auto.conf" "$POSTGRESQL_DATA_DIRECTORY.partial/r20261123t124407z/postgresql.auto.conf"
    plan_held $? 'mkdir -p "$POSTGRESQL_DATA_DIRECTORY.partial" &&
cp -a "$POSTGRESQL_BASE_BACKUP/." "$POSTGRESQL_DATA_DIRECTORY.partial" &&
chmod 700 "$POSTGRESQL_DATA_DIRECTORY.partial" &&
rm -f "$POSTGRESQL_DATA_DIRECTORY.partial/standby.signal" "$POSTGRESQL_DATA_DIRECTORY.partial/postmaster.pid" &&
rmdir "$POSTGRESQL_DATA_DIRECTORY.partial/pg_tblspc" &&
mkdir -m 700 "$POSTGRESQL_DATA_DIRECTORY.partial/pg_tblspc" &&
mkdir -p "$POSTGRESQL_DATA_DIRECTORY.partial/r20261123t124407z" &&
cp -p "$POSTGRESQL_DATA_DIRECTORY.partial/postgresql.auto.conf" "$POSTGRESQL_DATA_DIRECTORY.partial/r20261123t124407z/postgresql.auto.conf"'
  fi
  if {
    test -d "$POSTGRESQL_DATA_DIRECTORY/r20261123t124407z"
  } >/dev/null 2>&1; then
    plan_skip 'Where recovery ends'
  else
    say 'Where recovery ends'
tee -a "$POSTGRESQL_DATA_DIRECTORY.partial/postgresql.auto.conf" <<END
restore_command = 'cp "$POSTGRESQL_ARCHIVE/%f" "%p"'
recovery_target_time = '2026-11-23 12:44:07+00'
recovery_target_inclusive = true
recovery_target_action = 'promote'
recovery_target_timeline = 'latest'
hot_standby = off
archive_mode = off
listen_addresses = ''
unix_socket_directories = '$POSTGRESQL_DATA_DIRECTORY/r20261123t124407z'
port = 5432
logging_collector = off
log_destination = 'stderr'
lc_messages = 'C'
END
  fi
  if {
    test -d "$POSTGRESQL_DATA_DIRECTORY/r20261123t124407z"
  } >/dev/null 2>&1; then
    plan_skip 'A base backup with later commits in its files would look like a restored one: PostgreSQL does not notice'
  else
    say 'A base backup with later commits in its files would look like a restored one: PostgreSQL does not notice'
env TZ=UTC LC_ALL=C pg_controldata "$POSTGRESQL_DATA_DIRECTORY.partial" |
  awk '/^Time of latest checkpoint:/ {
    month = (index("JanFebMarAprMayJunJulAugSepOctNovDec", $6) + 2) / 3
    begun = sprintf("%d-%02d-%02d %s", $9, month, $7, $8)
    print "the base backup began at " begun " UTC"
  } END {exit !(begun && begun < "2026-11-23 12:44:07")}' || {
  echo 'the base backup does not end before 2026-11-23 12:44:07+00: take an older one' >&2
  false
}
    plan_held $? 'env TZ=UTC LC_ALL=C pg_controldata "$POSTGRESQL_DATA_DIRECTORY.partial" |
  awk '\''/^Time of latest checkpoint:/ {
    month = (index("JanFebMarAprMayJunJulAugSepOctNovDec", $6) + 2) / 3
    begun = sprintf("%d-%02d-%02d %s", $9, month, $7, $8)
    print "the base backup began at " begun " UTC"
  } END {exit !(begun && begun < "2026-11-23 12:44:07")}'\'' || {
  echo '\''the base backup does not end before 2026-11-23 12:44:07+00: take an older one'\'' >&2
  false
}'
  fi
  if {
    test -d "$POSTGRESQL_DATA_DIRECTORY/r20261123t124407z"
  } >/dev/null 2>&1; then
    plan_skip 'Complete: it gets its name'
  else
    say 'Complete: it gets its name'
    touch "$POSTGRESQL_DATA_DIRECTORY.partial/recovery.signal" &&
    mv -T "$POSTGRESQL_DATA_DIRECTORY.partial" "$POSTGRESQL_DATA_DIRECTORY"
    plan_held $? 'touch "$POSTGRESQL_DATA_DIRECTORY.partial/recovery.signal" &&
mv -T "$POSTGRESQL_DATA_DIRECTORY.partial" "$POSTGRESQL_DATA_DIRECTORY"'
  fi
}

# 5. Start it, and let it replay the WAL up to the restore point
step_5() {
  if {
    pg_ctl -D "$POSTGRESQL_DATA_DIRECTORY" status
  } >/dev/null 2>&1; then
    plan_skip 'Start it, and let it replay the WAL up to the restore point'
  else
    pg_ctl -D "$POSTGRESQL_DATA_DIRECTORY" -l "$POSTGRESQL_DATA_DIRECTORY/r20261123t124407z/restore.log" \
      -w -t 86400 start || {
      tail -n 20 "$POSTGRESQL_DATA_DIRECTORY/r20261123t124407z/restore.log"
      false
    }
  fi
  look() {
    test ! -f "$POSTGRESQL_DATA_DIRECTORY/r20261123t124407z/postgresql.auto.conf" ||
      pg_isready -q -h "$POSTGRESQL_DATA_DIRECTORY/r20261123t124407z" -p 5432 ||
      ! pg_ctl -D "$POSTGRESQL_DATA_DIRECTORY" status >/dev/null
  }
  wait_until 5 604800 'its recovery to 2026-11-23 12:44:07+00 has ended' look
  say 'Well, or with the reason in the end of its log'
  test ! -f "$POSTGRESQL_DATA_DIRECTORY/r20261123t124407z/postgresql.auto.conf" ||
    pg_isready -q -h "$POSTGRESQL_DATA_DIRECTORY/r20261123t124407z" -p 5432 || {
    tail -n 20 "$POSTGRESQL_DATA_DIRECTORY/r20261123t124407z/restore.log"
    false
  }
}

# 6. See where recovery stopped, and that no row is half-done
step_6() {
  if {
    test ! -f "$POSTGRESQL_DATA_DIRECTORY/r20261123t124407z/postgresql.auto.conf"
  } >/dev/null 2>&1; then
    plan_skip 'See where recovery stopped, and that no row is half-done'
  else
    grep recovery.stopping "$POSTGRESQL_DATA_DIRECTORY/r20261123t124407z/restore.log"
  fi
  if {
    test ! -f "$POSTGRESQL_DATA_DIRECTORY/r20261123t124407z/postgresql.auto.conf"
  } >/dev/null 2>&1; then
    plan_skip 'Every transactional table in app, and how many of its rows are not committed'
  else
    say 'Every transactional table in app, and how many of its rows are not committed'
psql -X -At -q -v ON_ERROR_STOP=1 -h "$POSTGRESQL_DATA_DIRECTORY/r20261123t124407z" -p 5432 -U postgres -d app <<'END' | awk -F '|' '{print; n += $2} END {if (n) print "WARNING: " n " rows are not committed: was the restore point inside a pause?"}'
SELECT format('SELECT %L, count(*) FROM %I.%I WHERE tx_state <> 3',
    table_schema || '.' || table_name, table_schema, table_name)
  FROM information_schema.columns AS state JOIN information_schema.columns AS version USING (table_schema, table_name)
  WHERE state.column_name = 'tx_state' AND version.column_name = 'tx_version'
  ORDER BY table_schema, table_name
\gexec
END
  fi
}

# 7. Stop the old server
step_7() {
  by_hand 'postgresql.stop-old' 'systemctl stop postgresql   # or what runs the server at db.example.com:5432; for good: systemctl disable'
}

# 8. Give it the source's settings back, and the network with them
step_8() {
  if {
    test ! -f "$POSTGRESQL_DATA_DIRECTORY/r20261123t124407z/postgresql.auto.conf"
  } >/dev/null 2>&1; then
    plan_skip 'Give it the source'\''s settings back, and the network with them'
  else
    mv "$POSTGRESQL_DATA_DIRECTORY/r20261123t124407z/postgresql.auto.conf" "$POSTGRESQL_DATA_DIRECTORY/postgresql.auto.conf"
  fi
  if {
    pg_ctl -D "$POSTGRESQL_DATA_DIRECTORY" status && test ! -S "$POSTGRESQL_DATA_DIRECTORY/r20261123t124407z/.s.PGSQL.5432"
  } >/dev/null 2>&1; then
    plan_skip 'Give it the source'\''s settings back, and the network with them'
  else
    pg_ctl -D "$POSTGRESQL_DATA_DIRECTORY" -l "$POSTGRESQL_DATA_DIRECTORY/r20261123t124407z/restore.log" \
      -m fast -w restart
  fi
}

plan_main "$@"
exit
