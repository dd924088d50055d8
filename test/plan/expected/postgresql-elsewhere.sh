#!/usr/bin/env bash
# Restores databases of ScalarDL or ScalarDB to one restore point.
#
# Restore point: 2026-11-23T12:44:07Z (1795437847 seconds since 1970)
# Record: scalardl-20261123t124400z-my-ledger, consistent
# Mode: back under the old names; a new account or server where a database allows nothing else
# Plan: r20261123t124407z-5de0c055, computed by kubectl-scalardl 0.1.0; nothing was run
# Database: postgresql, PostgreSQL at db.example.com:5432, used by ledger my-ledger in namespace ledger
# WARNING: PostgreSQL: the archive must hold a commit later than the restore point; else the log ends with "recovery ended before configured recovery target was reached": copy what is missing into the archive (the old server's pg_wal has it), and go on
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
PLAN_WARNINGS=('PostgreSQL: the archive must hold a commit later than the restore point; else the log ends with "recovery ended before configured recovery target was reached": copy what is missing into the archive (the old server'\''s pg_wal has it), and go on')
PLAN_IDS=('postgresql.check' 'postgresql.copy' 'postgresql.replay' 'postgresql.verify-copy' 'postgresql.open')
PLAN_PHASES=('check' 'copy' 'copy' 'verify-copy' 'settings')
PLAN_TITLES=('Look at the base backup and the place for the new data directory' 'Put the base backup into a new data directory, and say where its recovery ends' 'Start it, and let it replay the WAL up to the restore point' 'See where recovery stopped, and that no row is half-done' 'Give it the source'\''s settings back, and the network with them')
PLAN_UNDO=('' 'remove /srv/restored.partial and /srv/restored; nothing else was changed.' 'stop it (kubectl exec -i -n db postgres-0 -- pg_ctl -D /srv/restored -m immediate stop), then remove /srv/restored.' '' 'stop it (kubectl exec -i -n db postgres-0 -- pg_ctl -D /srv/restored -m fast stop); the old data directory is still as it was.')
PLAN_DATABASES=('postgresql' 'postgresql' 'postgresql' 'postgresql' 'postgresql')
PLAN_ASKS=('' '' '' '' '')
PLAN_BESIDE=('copy' 'safety' 'replace')
PLAN_LOOKS=('' '' '' '' '')
PLAN_NO_RETURN=('' '' '' '' '')
PLAN_NAMES=()
PLAN_LATER='When all is well:

Make the restored server the one that starts with the machine. Its service must start it from /srv/restored. It writes a new timeline: take a base backup of it now, and build every streaming replica anew from it, since none can follow on the old one. Keep the old data directory until the restore has been accepted.
  kubectl exec -i -n db postgres-0 -- pg_ctl -D /srv/restored status
  kubectl exec -i -n db postgres-0 -- rm -r /srv/restored/r20261123t124407z'

(the functions of runtime.sh, and the libraries of the databases)

plan_check_tools() {
  true
}

# 1. Look at the base backup and the place for the new data directory
step_1() {
  kubectl exec -i -n db postgres-0 -- tar --wildcards -xOf /backups/base.tar.gz '*backup_label' | grep '^START'
  run kubectl exec -i -n db postgres-0 -- pg_ctl --version
  say 'The new directory must not exist, unless this restore has made it'
  kubectl exec -i -n db postgres-0 -- test ! -e /srv/restored || kubectl exec -i -n db postgres-0 -- test -d /srv/restored/r20261123t124407z
}

# 2. Put the base backup into a new data directory, and say where its recovery ends
step_2() {
  if {
    kubectl exec -i -n db postgres-0 -- test -d /srv/restored/r20261123t124407z
  } >/dev/null 2>&1; then
    plan_skip 'The files of the base backup. rmdir fails where there are tablespaces: they would lead into the old server'\''s files, and have to be restored by hand'
  else
    say 'The files of the base backup. rmdir fails where there are tablespaces: they would lead into the old server'\''s files, and have to be restored by hand'
    kubectl exec -i -n db postgres-0 -- mkdir -p /srv/restored.partial &&
    kubectl exec -i -n db postgres-0 -- tar -xf /backups/base.tar.gz -C /srv/restored.partial &&
    kubectl exec -i -n db postgres-0 -- chmod 700 /srv/restored.partial &&
    kubectl exec -i -n db postgres-0 -- rm -f /srv/restored.partial/standby.signal /srv/restored.partial/postmaster.pid &&
    kubectl exec -i -n db postgres-0 -- rmdir /srv/restored.partial/pg_tblspc &&
    kubectl exec -i -n db postgres-0 -- mkdir -m 700 /srv/restored.partial/pg_tblspc &&
    kubectl exec -i -n db postgres-0 -- mkdir -p /srv/restored.partial/r20261123t124407z &&
    kubectl exec -i -n db postgres-0 -- cp -p /srv/restored.partial/postgresql.auto.conf /srv/restored.partial/r20261123t124407z/postgresql.auto.conf
    plan_held $? 'kubectl exec -i -n db postgres-0 -- mkdir -p /srv/restored.partial &&
kubectl exec -i -n db postgres-0 -- tar -xf /backups/base.tar.gz -C /srv/restored.partial &&
kubectl exec -i -n db postgres-0 -- chmod 700 /srv/restored.partial &&
kubectl exec -i -n db postgres-0 -- rm -f /srv/restored.partial/standby.signal /srv/restored.partial/postmaster.pid &&
kubectl exec -i -n db postgres-0 -- rmdir /srv/restored.partial/pg_tblspc &&
kubectl exec -i -n db postgres-0 -- mkdir -m 700 /srv/restored.partial/pg_tblspc &&
kubectl exec -i -n db postgres-0 -- mkdir -p /srv/restored.partial/r20261123t124407z &&
kubectl exec -i -n db postgres-0 -- cp -p /srv/restored.partial/postgresql.auto.conf /srv/restored.partial/r20261123t124407z/postgresql.auto.conf'
  fi
  if {
    kubectl exec -i -n db postgres-0 -- test -d /srv/restored/r20261123t124407z
  } >/dev/null 2>&1; then
    plan_skip 'The source'\''s configuration, with this directory'\''s own places'
  else
    say 'The source'\''s configuration, with this directory'\''s own places'
kubectl exec -i -n db postgres-0 -- tee /srv/restored.partial/postgresql.conf <<END
hba_file = '/etc/postgresql/15/main/pg_hba.conf'
ident_file = '/etc/postgresql/15/main/pg_ident.conf'
include '/etc/postgresql/15/main/postgresql.conf'
data_directory = '/srv/restored'
external_pid_file = ''
END
  fi
  if {
    kubectl exec -i -n db postgres-0 -- test -d /srv/restored/r20261123t124407z
  } >/dev/null 2>&1; then
    plan_skip 'Where recovery ends'
  else
    say 'Where recovery ends'
kubectl exec -i -n db postgres-0 -- tee -a /srv/restored.partial/postgresql.auto.conf <<END
restore_command = 'pgbackrest --stanza=main archive-get %f "%p"'
recovery_target_time = '2026-11-23 12:44:07+00'
recovery_target_inclusive = true
recovery_target_action = 'promote'
recovery_target_timeline = 'current'
hot_standby = off
archive_mode = off
listen_addresses = ''
unix_socket_directories = '/srv/restored/r20261123t124407z'
port = 5433
logging_collector = off
log_destination = 'stderr'
lc_messages = 'C'
END
  fi
  if {
    kubectl exec -i -n db postgres-0 -- test -d /srv/restored/r20261123t124407z
  } >/dev/null 2>&1; then
    plan_skip 'A base backup with later commits in its files would look like a restored one: PostgreSQL does not notice'
  else
    say 'A base backup with later commits in its files would look like a restored one: PostgreSQL does not notice'
kubectl exec -i -n db postgres-0 -- env TZ=UTC LC_ALL=C pg_controldata /srv/restored.partial |
  awk '/^Time of latest checkpoint:/ {
    month = (index("JanFebMarAprMayJunJulAugSepOctNovDec", $6) + 2) / 3
    begun = sprintf("%d-%02d-%02d %s", $9, month, $7, $8)
    print "the base backup began at " begun " UTC"
  } END {exit !(begun && begun < "2026-11-23 12:44:07")}' || {
  echo 'the base backup does not end before 2026-11-23 12:44:07+00: take an older one' >&2
  false
}
    plan_held $? 'kubectl exec -i -n db postgres-0 -- env TZ=UTC LC_ALL=C pg_controldata /srv/restored.partial |
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
    kubectl exec -i -n db postgres-0 -- test -d /srv/restored/r20261123t124407z
  } >/dev/null 2>&1; then
    plan_skip 'Complete: it gets its name'
  else
    say 'Complete: it gets its name'
    kubectl exec -i -n db postgres-0 -- touch /srv/restored.partial/recovery.signal &&
    kubectl exec -i -n db postgres-0 -- mv -T /srv/restored.partial /srv/restored
    plan_held $? 'kubectl exec -i -n db postgres-0 -- touch /srv/restored.partial/recovery.signal &&
kubectl exec -i -n db postgres-0 -- mv -T /srv/restored.partial /srv/restored'
  fi
}

# 3. Start it, and let it replay the WAL up to the restore point
step_3() {
  if {
    kubectl exec -i -n db postgres-0 -- pg_ctl -D /srv/restored status
  } >/dev/null 2>&1; then
    plan_skip 'Start it, and let it replay the WAL up to the restore point'
  else
    kubectl exec -i -n db postgres-0 -- pg_ctl -D /srv/restored -l /srv/restored/r20261123t124407z/restore.log \
      -w -t 86400 start || {
      kubectl exec -i -n db postgres-0 -- tail -n 20 /srv/restored/r20261123t124407z/restore.log
      false
    }
  fi
  look() {
    kubectl exec -i -n db postgres-0 -- test ! -f /srv/restored/r20261123t124407z/postgresql.auto.conf ||
      kubectl exec -i -n db postgres-0 -- pg_isready -q -h /srv/restored/r20261123t124407z -p 5433 ||
      ! kubectl exec -i -n db postgres-0 -- pg_ctl -D /srv/restored status >/dev/null
  }
  wait_until 5 604800 'its recovery to 2026-11-23 12:44:07+00 has ended' look
  say 'Well, or with the reason in the end of its log'
  kubectl exec -i -n db postgres-0 -- test ! -f /srv/restored/r20261123t124407z/postgresql.auto.conf ||
    kubectl exec -i -n db postgres-0 -- pg_isready -q -h /srv/restored/r20261123t124407z -p 5433 || {
    kubectl exec -i -n db postgres-0 -- tail -n 20 /srv/restored/r20261123t124407z/restore.log
    false
  }
}

# 4. See where recovery stopped, and that no row is half-done
step_4() {
  if {
    kubectl exec -i -n db postgres-0 -- test ! -f /srv/restored/r20261123t124407z/postgresql.auto.conf
  } >/dev/null 2>&1; then
    plan_skip 'See where recovery stopped, and that no row is half-done'
  else
    run kubectl exec -i -n db postgres-0 -- grep recovery.stopping /srv/restored/r20261123t124407z/restore.log
  fi
  if {
    kubectl exec -i -n db postgres-0 -- test ! -f /srv/restored/r20261123t124407z/postgresql.auto.conf
  } >/dev/null 2>&1; then
    plan_skip 'Every transactional table in app, and how many of its rows are not committed'
  else
    say 'Every transactional table in app, and how many of its rows are not committed'
kubectl exec -i -n db postgres-0 -- psql -X -At -q -v ON_ERROR_STOP=1 -h /srv/restored/r20261123t124407z -p 5433 -U postgres -d app <<'END' | awk -F '|' '{print; n += $2} END {if (n) print "WARNING: " n " rows are not committed: was the restore point inside a pause?"}'
SELECT format('SELECT %L, count(*) FROM %I.%I WHERE tx_state <> 3',
    table_schema || '.' || table_name, table_schema, table_name)
  FROM information_schema.columns AS state JOIN information_schema.columns AS version USING (table_schema, table_name)
  WHERE state.column_name = 'tx_state' AND version.column_name = 'tx_version'
  ORDER BY table_schema, table_name
\gexec
END
  fi
}

# 5. Give it the source's settings back, and the network with them
step_5() {
  if {
    kubectl exec -i -n db postgres-0 -- test ! -f /srv/restored/r20261123t124407z/postgresql.auto.conf
  } >/dev/null 2>&1; then
    plan_skip 'Give it the source'\''s settings back, and the network with them'
  else
kubectl exec -i -n db postgres-0 -- tee -a /srv/restored/r20261123t124407z/postgresql.auto.conf <<'END'
port = 5433
END
  fi
  if {
    kubectl exec -i -n db postgres-0 -- test ! -f /srv/restored/r20261123t124407z/postgresql.auto.conf
  } >/dev/null 2>&1; then
    plan_skip 'Give it the source'\''s settings back, and the network with them'
  else
    run kubectl exec -i -n db postgres-0 -- mv /srv/restored/r20261123t124407z/postgresql.auto.conf /srv/restored/postgresql.auto.conf
  fi
  if {
    kubectl exec -i -n db postgres-0 -- pg_ctl -D /srv/restored status && kubectl exec -i -n db postgres-0 -- test ! -S /srv/restored/r20261123t124407z/.s.PGSQL.5433
  } >/dev/null 2>&1; then
    plan_skip 'Give it the source'\''s settings back, and the network with them'
  else
    run kubectl exec -i -n db postgres-0 -- pg_ctl -D /srv/restored -l /srv/restored/r20261123t124407z/restore.log \
      -m fast -w restart
  fi
}

plan_main "$@"
exit
