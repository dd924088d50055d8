#!/usr/bin/env bash
# Restores databases of ScalarDL or ScalarDB to one restore point.
#
# Restore point: 2026-11-23T12:44:07Z (1795437847 seconds since 1970)
# Record: scalardl-20261123t124400z-my-ledger, consistent
# Mode: back under the old names; a new account or server where a database allows nothing else
# Plan: r20261123t124407z-5ca5878c, computed by kubectl-scalardl 0.1.0; nothing was run
# Database: yugabytedb, YugabyteDB database scalar at db1, used by ledger my-ledger in namespace ledger
# WARNING: YugabyteDB is rewound in place: what was written after the restore point is then in the snapshot alone that is taken before
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

PLAN='r20261123t124407z-5ca5878c'
RESTORE_POINT='2026-11-23T12:44:07Z'
PLAN_WARNINGS=('YugabyteDB is rewound in place: what was written after the restore point is then in the snapshot alone that is taken before')
PLAN_IDS=('yugabytedb.schedule' 'yugabytedb.snapshot' 'yugabytedb.rewind' 'yugabytedb.in-flight')
PLAN_PHASES=('check' 'safety' 'replace' 'verify')
PLAN_TITLES=('See that a snapshot schedule of scalar reaches back to the restore point' 'Take a snapshot of scalar as it is now' 'Rewind scalar to the restore point' 'Ask the database for transactions that were half done')
PLAN_UNDO=('' '' 'yb-admin … restore_snapshot with the identifier of the snapshot that was taken before (list_snapshots has it)' '')
PLAN_DATABASES=('yugabytedb' 'yugabytedb' 'yugabytedb' 'yugabytedb')
PLAN_ASKS=('' '' '' '')
PLAN_BESIDE=('copy' 'safety' 'replace')
PLAN_LOOKS=('yes' '' '' '')
PLAN_NO_RETURN=('' '' 'yes' '')
PLAN_NAMES=('YUGABYTEDB_SCHEDULE')
PLAN_LATER='When all is well:'

(the functions of runtime.sh, and the libraries of the databases)

plan_check_tools() {
  plan_need 'yb-admin' '' 'comes with YugabyteDB; run this where the masters can be reached'
  plan_need 'jq' '' 'Get it from https://jqlang.org/download/'
  true
}

# 1. See that a snapshot schedule of scalar reaches back to the restore point
step_1() {
  if plan_acts; then
    yb-admin --master_addresses=m1:7100,m2:7100,m3:7100 list_snapshot_schedules | jq .
  fi
  YUGABYTEDB_SCHEDULE=$(yb-admin --master_addresses=m1:7100,m2:7100,m3:7100 list_snapshot_schedules | jq -r '[.schedules[] | select(.options.filter == "ysql.scalar") | .id] | if length == 1 then .[0] else "" end'); test -n "$YUGABYTEDB_SCHEDULE"
}

# 2. Take a snapshot of scalar as it is now
step_2() {
  if {
    [ -s "${STATE:-.}/yugabytedb-r20261123t124407z-snapshot" ]
  } >/dev/null 2>&1; then
    plan_skip 'Take a snapshot of scalar as it is now'
  else
    yb-admin --master_addresses=m1:7100,m2:7100,m3:7100 create_database_snapshot ysql.scalar > "${STATE:-.}/yugabytedb-r20261123t124407z-snapshot".new && mv "${STATE:-.}/yugabytedb-r20261123t124407z-snapshot".new "${STATE:-.}/yugabytedb-r20261123t124407z-snapshot" && cat "${STATE:-.}/yugabytedb-r20261123t124407z-snapshot"
    plan_held $? 'yb-admin --master_addresses=m1:7100,m2:7100,m3:7100 create_database_snapshot ysql.scalar > "${STATE:-.}/yugabytedb-r20261123t124407z-snapshot".new && mv "${STATE:-.}/yugabytedb-r20261123t124407z-snapshot".new "${STATE:-.}/yugabytedb-r20261123t124407z-snapshot" && cat "${STATE:-.}/yugabytedb-r20261123t124407z-snapshot"'
  fi
  look() {
    yb-admin --master_addresses=m1:7100,m2:7100,m3:7100 list_snapshots | grep -F "$(grep -oE '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}' "${STATE:-.}/yugabytedb-r20261123t124407z-snapshot" | head -n 1)" | grep -q COMPLETE
  }
  wait_until 10 3600 'the snapshot to be COMPLETE' look
}

# 3. Rewind scalar to the restore point
step_3() {
  if {
    [ -s "${STATE:-.}/yugabytedb-r20261123t124407z-restoration" ]
  } >/dev/null 2>&1; then
    plan_skip 'Rewind scalar to the restore point'
  else
    yb-admin --master_addresses=m1:7100,m2:7100,m3:7100 restore_snapshot_schedule "$YUGABYTEDB_SCHEDULE" 1795437847 > "${STATE:-.}/yugabytedb-r20261123t124407z-restoration".new && mv "${STATE:-.}/yugabytedb-r20261123t124407z-restoration".new "${STATE:-.}/yugabytedb-r20261123t124407z-restoration" && cat "${STATE:-.}/yugabytedb-r20261123t124407z-restoration"
    plan_held $? 'yb-admin --master_addresses=m1:7100,m2:7100,m3:7100 restore_snapshot_schedule "$YUGABYTEDB_SCHEDULE" 1795437847 > "${STATE:-.}/yugabytedb-r20261123t124407z-restoration".new && mv "${STATE:-.}/yugabytedb-r20261123t124407z-restoration".new "${STATE:-.}/yugabytedb-r20261123t124407z-restoration" && cat "${STATE:-.}/yugabytedb-r20261123t124407z-restoration"'
  fi
  look() {
    yb-admin --master_addresses=m1:7100,m2:7100,m3:7100 list_snapshot_restorations | jq -e --arg id "$(jq -r .restoration_id "${STATE:-.}/yugabytedb-r20261123t124407z-restoration")" '.restorations[] | select(.id == $id) | .state == "RESTORED"'
  }
  wait_until 10 21600 'the restoration to be RESTORED' look
}

# 4. Ask the database for transactions that were half done
step_4() {
printf '%s\n' 'SELECT format('\''SELECT %L, count(*) FROM %I.%I WHERE tx_state <> 3'\'',
    table_schema || '\''.'\'' || table_name, table_schema, table_name)
  FROM information_schema.columns AS state JOIN information_schema.columns AS version USING (table_schema, table_name)
  WHERE state.column_name = '\''tx_state'\'' AND version.column_name = '\''tx_version'\''
  ORDER BY table_schema, table_name
\gexec' \
  | psql --host=db1 --port=5433 --dbname=scalar --no-psqlrc --no-align --tuples-only --set=ON_ERROR_STOP=1 \
  | awk -F '|' '{print; n += $2} END {if (n) print "WARNING: " n " rows are not committed: was the restore point inside a pause?"}'
}

plan_main "$@"
exit
