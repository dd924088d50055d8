#!/usr/bin/env bash
# Restores databases of ScalarDL or ScalarDB to one restore point.
#
# Restore point: 2026-11-23T12:44:07Z (1795437847 seconds since 1970)
# Record: scalardl-20261123t124400z-my-ledger, consistent
# Mode: a rehearsal: copies only, nothing existing is changed
# Plan: r20261123t124407z-5bb3b5c5, computed by kubectl-scalardl 0.1.0; nothing was run
# Database: postgresql, PostgreSQL at db.example.com:5432, used by ledger my-ledger in namespace ledger
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

PLAN='r20261123t124407z-5bb3b5c5'
RESTORE_POINT='2026-11-23T12:44:07Z'
PLAN_WARNINGS=()
PLAN_IDS=('postgresql.check' 'postgresql.archive' 'postgresql.copy' 'postgresql.replay' 'postgresql.verify-copy')
PLAN_PHASES=('check' 'capture' 'copy' 'copy' 'verify-copy')
PLAN_TITLES=('Look at the base backup and the place for the new data directory' 'Archive a commit later than the restore point' 'Put the base backup into a new data directory, and say where its recovery ends' 'Start it, and let it replay the WAL up to the restore point' 'See where recovery stopped, and that no row is half-done')
PLAN_UNDO=('' 'there is nothing to undo: no data was changed.' 'remove /var/lib/postgresql/15/restored.partial and /var/lib/postgresql/15/restored; nothing else was changed.' 'stop it (ssh postgres@db.example.com /usr/lib/postgresql/15/bin/pg_ctl -D /var/lib/postgresql/15/restored -m immediate stop), then remove /var/lib/postgresql/15/restored.' '')
PLAN_DATABASES=('postgresql' 'postgresql' 'postgresql' 'postgresql' 'postgresql')
PLAN_ASKS=('' '' '' '' '')
PLAN_BESIDE=('copy' 'safety' 'replace')
PLAN_LOOKS=('' '' '' '' '')
PLAN_NO_RETURN=('' '' '' '' '')
PLAN_NAMES=()
PLAN_LATER='When all is well:

Remove the rehearsal'\''s server. It has shown what it was for; nothing else was changed.
  ssh postgres@db.example.com /usr/lib/postgresql/15/bin/pg_ctl -D /var/lib/postgresql/15/restored \
    -m immediate -w stop
  ssh postgres@db.example.com rm -r /var/lib/postgresql/15/restored'

(the functions of runtime.sh, and the libraries of the databases)

plan_check_tools() {
  true
}

# 1. Look at the base backup and the place for the new data directory
step_1() {
  run ssh postgres@db.example.com grep -H '^START' /backups/2026-11-22/backup_label
  run ssh postgres@db.example.com cat /backups/2026-11-22/PG_VERSION
  ssh postgres@db.example.com test ! -e /backups/2026-11-22/backup_manifest ||
    ssh postgres@db.example.com /usr/lib/postgresql/15/bin/pg_verifybackup --no-parse-wal /backups/2026-11-22
  run ssh postgres@db.example.com /usr/lib/postgresql/15/bin/pg_ctl --version
  run ssh postgres@db.example.com test -r /backups/wal
  say 'The new directory must not exist, unless this restore has made it'
  ssh postgres@db.example.com test ! -e /var/lib/postgresql/15/restored || ssh postgres@db.example.com test -d /var/lib/postgresql/15/restored/r20261123t124407z
}

# 2. Archive a commit later than the restore point
step_2() {
  if {
    ssh postgres@db.example.com test -d /var/lib/postgresql/15/restored/r20261123t124407z
  } >/dev/null 2>&1; then
    plan_skip 'Archive a commit later than the restore point'
  else
ssh postgres@db.example.com /usr/lib/postgresql/15/bin/psql -X -At -q \
  -v ON_ERROR_STOP=1 -h db.example.com -p 5432 -U postgres -d app <<'END'
SELECT txid_current();
SELECT pg_switch_wal();
END
  fi
  look() {
    ssh postgres@db.example.com test -d /var/lib/postgresql/15/restored/r20261123t124407z ||
      [ "$(ssh postgres@db.example.com /usr/lib/postgresql/15/bin/psql -X -At -q -v ON_ERROR_STOP=1 -h db.example.com -p 5432 -U postgres -d app <<< "SELECT NOT EXISTS (SELECT FROM pg_ls_archive_statusdir() WHERE name LIKE '%.ready')")" = t ]
  }
  wait_until 2 600 'every WAL segment is archived' look
}

# 3. Put the base backup into a new data directory, and say where its recovery ends
step_3() {
  if {
    ssh postgres@db.example.com test -d /var/lib/postgresql/15/restored/r20261123t124407z
  } >/dev/null 2>&1; then
    plan_skip 'The files of the base backup. rmdir fails where there are tablespaces: they would lead into the old server'\''s files, and have to be restored by hand'
  else
    say 'The files of the base backup. rmdir fails where there are tablespaces: they would lead into the old server'\''s files, and have to be restored by hand'
    ssh postgres@db.example.com mkdir -p /var/lib/postgresql/15/restored.partial &&
    ssh postgres@db.example.com cp -a /backups/2026-11-22/. /var/lib/postgresql/15/restored.partial &&
    ssh postgres@db.example.com chmod 700 /var/lib/postgresql/15/restored.partial &&
    ssh postgres@db.example.com rm -f /var/lib/postgresql/15/restored.partial/standby.signal /var/lib/postgresql/15/restored.partial/postmaster.pid &&
    ssh postgres@db.example.com rmdir /var/lib/postgresql/15/restored.partial/pg_tblspc &&
    ssh postgres@db.example.com mkdir -m 700 /var/lib/postgresql/15/restored.partial/pg_tblspc &&
    ssh postgres@db.example.com mkdir -p /var/lib/postgresql/15/restored.partial/r20261123t124407z &&
    ssh postgres@db.example.com cp -p /var/lib/postgresql/15/restored.partial/postgresql.auto.conf /var/lib/postgresql/15/restored.partial/r20261123t124407z/postgresql.auto.conf
    plan_held $? 'ssh postgres@db.example.com mkdir -p /var/lib/postgresql/15/restored.partial &&
ssh postgres@db.example.com cp -a /backups/2026-11-22/. /var/lib/postgresql/15/restored.partial &&
ssh postgres@db.example.com chmod 700 /var/lib/postgresql/15/restored.partial &&
ssh postgres@db.example.com rm -f /var/lib/postgresql/15/restored.partial/standby.signal /var/lib/postgresql/15/restored.partial/postmaster.pid &&
ssh postgres@db.example.com rmdir /var/lib/postgresql/15/restored.partial/pg_tblspc &&
ssh postgres@db.example.com mkdir -m 700 /var/lib/postgresql/15/restored.partial/pg_tblspc &&
ssh postgres@db.example.com mkdir -p /var/lib/postgresql/15/restored.partial/r20261123t124407z &&
ssh postgres@db.example.com cp -p /var/lib/postgresql/15/restored.partial/postgresql.auto.conf /var/lib/postgresql/15/restored.partial/r20261123t124407z/postgresql.auto.conf'
  fi
  if {
    ssh postgres@db.example.com test -d /var/lib/postgresql/15/restored/r20261123t124407z
  } >/dev/null 2>&1; then
    plan_skip 'Where recovery ends'
  else
    say 'Where recovery ends'
ssh postgres@db.example.com tee -a /var/lib/postgresql/15/restored.partial/postgresql.auto.conf <<END
restore_command = 'cp "/backups/wal/%f" "%p"'
recovery_target_time = '2026-11-23 12:44:07+00'
recovery_target_inclusive = true
recovery_target_action = 'promote'
recovery_target_timeline = 'latest'
hot_standby = off
archive_mode = off
listen_addresses = ''
unix_socket_directories = '/var/lib/postgresql/15/restored/r20261123t124407z'
port = 5432
logging_collector = off
log_destination = 'stderr'
lc_messages = 'C'
END
  fi
  if {
    ssh postgres@db.example.com test -d /var/lib/postgresql/15/restored/r20261123t124407z
  } >/dev/null 2>&1; then
    plan_skip 'A base backup with later commits in its files would look like a restored one: PostgreSQL does not notice'
  else
    say 'A base backup with later commits in its files would look like a restored one: PostgreSQL does not notice'
ssh postgres@db.example.com env TZ=UTC LC_ALL=C /usr/lib/postgresql/15/bin/pg_controldata /var/lib/postgresql/15/restored.partial |
  awk '/^Time of latest checkpoint:/ {
    month = (index("JanFebMarAprMayJunJulAugSepOctNovDec", $6) + 2) / 3
    begun = sprintf("%d-%02d-%02d %s", $9, month, $7, $8)
    print "the base backup began at " begun " UTC"
  } END {exit !(begun && begun < "2026-11-23 12:44:07")}' || {
  echo 'the base backup does not end before 2026-11-23 12:44:07+00: take an older one' >&2
  false
}
    plan_held $? 'ssh postgres@db.example.com env TZ=UTC LC_ALL=C /usr/lib/postgresql/15/bin/pg_controldata /var/lib/postgresql/15/restored.partial |
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
    ssh postgres@db.example.com test -d /var/lib/postgresql/15/restored/r20261123t124407z
  } >/dev/null 2>&1; then
    plan_skip 'Complete: it gets its name'
  else
    say 'Complete: it gets its name'
    ssh postgres@db.example.com touch /var/lib/postgresql/15/restored.partial/recovery.signal &&
    ssh postgres@db.example.com mv -T /var/lib/postgresql/15/restored.partial /var/lib/postgresql/15/restored
    plan_held $? 'ssh postgres@db.example.com touch /var/lib/postgresql/15/restored.partial/recovery.signal &&
ssh postgres@db.example.com mv -T /var/lib/postgresql/15/restored.partial /var/lib/postgresql/15/restored'
  fi
}

# 4. Start it, and let it replay the WAL up to the restore point
step_4() {
  if {
    ssh postgres@db.example.com /usr/lib/postgresql/15/bin/pg_ctl -D /var/lib/postgresql/15/restored status
  } >/dev/null 2>&1; then
    plan_skip 'Start it, and let it replay the WAL up to the restore point'
  else
    ssh postgres@db.example.com /usr/lib/postgresql/15/bin/pg_ctl -D /var/lib/postgresql/15/restored \
      -l /var/lib/postgresql/15/restored/r20261123t124407z/restore.log -w \
      -t 86400 start || {
      ssh postgres@db.example.com tail -n 20 /var/lib/postgresql/15/restored/r20261123t124407z/restore.log
      false
    }
  fi
  look() {
    ssh postgres@db.example.com test ! -f /var/lib/postgresql/15/restored/r20261123t124407z/postgresql.auto.conf ||
      ssh postgres@db.example.com /usr/lib/postgresql/15/bin/pg_isready -q -h /var/lib/postgresql/15/restored/r20261123t124407z -p 5432 ||
      ! ssh postgres@db.example.com /usr/lib/postgresql/15/bin/pg_ctl -D /var/lib/postgresql/15/restored status >/dev/null
  }
  wait_until 5 604800 'its recovery to 2026-11-23 12:44:07+00 has ended' look
  say 'Well, or with the reason in the end of its log'
  ssh postgres@db.example.com test ! -f /var/lib/postgresql/15/restored/r20261123t124407z/postgresql.auto.conf ||
    ssh postgres@db.example.com /usr/lib/postgresql/15/bin/pg_isready -q -h /var/lib/postgresql/15/restored/r20261123t124407z -p 5432 || {
    ssh postgres@db.example.com tail -n 20 /var/lib/postgresql/15/restored/r20261123t124407z/restore.log
    false
  }
}

# 5. See where recovery stopped, and that no row is half-done
step_5() {
  if {
    ssh postgres@db.example.com test ! -f /var/lib/postgresql/15/restored/r20261123t124407z/postgresql.auto.conf
  } >/dev/null 2>&1; then
    plan_skip 'See where recovery stopped, and that no row is half-done'
  else
    run ssh postgres@db.example.com grep recovery.stopping /var/lib/postgresql/15/restored/r20261123t124407z/restore.log
  fi
  if {
    ssh postgres@db.example.com test ! -f /var/lib/postgresql/15/restored/r20261123t124407z/postgresql.auto.conf
  } >/dev/null 2>&1; then
    plan_skip 'Every transactional table in app, and how many of its rows are not committed'
  else
    say 'Every transactional table in app, and how many of its rows are not committed'
ssh postgres@db.example.com /usr/lib/postgresql/15/bin/psql -X -At -q -v ON_ERROR_STOP=1 -h /var/lib/postgresql/15/restored/r20261123t124407z -p 5432 -U postgres -d app <<'END' | awk -F '|' '{print; n += $2} END {if (n) print "WARNING: " n " rows are not committed: was the restore point inside a pause?"}'
SELECT format('SELECT %L, count(*) FROM %I.%I WHERE tx_state <> 3',
    table_schema || '.' || table_name, table_schema, table_name)
  FROM information_schema.columns AS state JOIN information_schema.columns AS version USING (table_schema, table_name)
  WHERE state.column_name = 'tx_state' AND version.column_name = 'tx_version'
  ORDER BY table_schema, table_name
\gexec
END
  fi
}

plan_main "$@"
exit
