#!/usr/bin/env bash
# Restores databases of ScalarDL or ScalarDB to one restore point.
#
# Restore point: 2026-11-23T12:44:07Z (1795437847 seconds since 1970)
# Record: scalardl-20261123t124400z-my-ledger, consistent
# Mode: back under the old names; a new account or server where a database allows nothing else
# Plan: r20261123t124407z-4dfcc3ae, computed by kubectl-scalardl 0.1.0; nothing was run
# Database: cloud-sql, Google Cloud SQL instance my-instance in my-project, used by ledger my-ledger in namespace ledger
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

PLAN='r20261123t124407z-4dfcc3ae'
RESTORE_POINT='2026-11-23T12:44:07Z'
PLAN_WARNINGS=()
PLAN_IDS=('cloud-sql.identity' 'cloud-sql.window' 'cloud-sql.settings' 'cloud-sql.copy' 'cloud-sql.in-flight' 'cloud-sql.high-availability')
PLAN_PHASES=('prepare' 'check' 'capture' 'copy' 'verify-copy' 'settings')
PLAN_TITLES=('See who is logged in to Google Cloud, and in which project' 'See that my-instance can be recovered to the restore point' 'Note how my-instance is set up' 'Clone my-instance at the restore point into my-instance-r20261123t124407z' 'Ask the clone for transactions that were half done' 'Give my-instance-r20261123t124407z back what a clone does not have')
PLAN_UNDO=('' '' '' 'Delete the clone: gcloud sql instances delete my-instance-r20261123t124407z --project=my-project --quiet' '' '')
PLAN_DATABASES=('cloud-sql' 'cloud-sql' 'cloud-sql' 'cloud-sql' 'cloud-sql' 'cloud-sql')
PLAN_ASKS=('' '' '' '' '' 'yes')
PLAN_BESIDE=('copy' 'safety' 'replace')
PLAN_LOOKS=('' '' 'yes' '' 'yes' '')
PLAN_NO_RETURN=('' '' '' '' '' '')
PLAN_NAMES=('CLOUD_SQL_AVAILABILITY' 'CLOUD_SQL_HOST')
PLAN_LATER='When all is well:

Delete my-instance when the restored database has been accepted. Until then it is the way back.
  gcloud sql instances delete my-instance --project=my-project --quiet'

(the functions of runtime.sh, and the libraries of the databases)

plan_check_tools() {
  plan_need 'gcloud' '' 'Google Cloud CLI: https://cloud.google.com/sdk/docs/install'
  true
}

# 1. See who is logged in to Google Cloud, and in which project
step_1() {
  run gcloud auth list --filter=status:ACTIVE '--format=value(account)'
  run gcloud projects describe my-project '--format=value(projectId)' --project=my-project --quiet
}

# 2. See that my-instance can be recovered to the restore point
step_2() {
  run gcloud sql instances describe my-instance '--format=yaml(state,databaseVersion,settings.backupConfiguration,settings.availabilityType)' \
    --project=my-project --quiet
  look() {
    [[ "$(gcloud sql instances get-latest-recovery-time my-instance '--format=value(latestRecoveryTime)' --project=my-project --quiet)" > 2026-11-23T12:44:07Z ]]
  }
  wait_until 30 3600 'my-instance to be recoverable to 2026-11-23T12:44:07Z' look
}

# 3. Note how my-instance is set up
step_3() {
  if plan_acts; then
    if {
      [ -s "${STATE:-.}/my-instance.json" ]
    } >/dev/null 2>&1; then
      plan_skip 'Note how my-instance is set up'
    else
      gcloud sql instances describe my-instance --format=json --project=my-project --quiet > "${STATE:-.}/my-instance.json"
    fi
  fi
  CLOUD_SQL_AVAILABILITY=$(gcloud sql instances describe my-instance '--format=value(settings.availabilityType)' --project=my-project --quiet)
}

# 4. Clone my-instance at the restore point into my-instance-r20261123t124407z
step_4() {
  if {
    gcloud sql instances describe my-instance-r20261123t124407z '--format=value(name)' --project=my-project --quiet >/dev/null 2>&1
  } >/dev/null 2>&1; then
    plan_skip 'Clone my-instance at the restore point into my-instance-r20261123t124407z'
  else
    run gcloud sql instances clone my-instance my-instance-r20261123t124407z \
      --point-in-time=2026-11-23T12:44:07Z --async --project=my-project \
      --quiet
  fi
  look() {
    [ "$(gcloud sql instances describe my-instance-r20261123t124407z '--format=value(state)' --project=my-project --quiet)" = RUNNABLE ]
  }
  wait_until 30 86400 'my-instance-r20261123t124407z to be RUNNABLE' look
}

# 5. Ask the clone for transactions that were half done
step_5() {
  CLOUD_SQL_HOST=$(gcloud sql instances describe my-instance-r20261123t124407z '--format=value(ipAddresses[0].ipAddress)' --project=my-project --quiet)
  if plan_acts; then
printf '%s\n' 'SELECT CONCAT('\''SELECT '\'', QUOTE(CONCAT(table_schema, '\''.'\'', table_name)), '\'', COUNT(*) FROM `'\'',
    REPLACE(table_schema, '\''`'\'', '\''``'\''), '\''`.`'\'', REPLACE(table_name, '\''`'\'', '\''``'\''), '\''` WHERE tx_state <> 3;'\'')
  FROM information_schema.columns AS state JOIN information_schema.columns AS version USING (table_schema, table_name)
  WHERE state.column_name = '\''tx_state'\'' AND version.column_name = '\''tx_version'\''
  ORDER BY table_schema, table_name' \
  | mysql --host="$CLOUD_SQL_HOST" --port=3306 --batch --skip-column-names --raw \
  | mysql --host="$CLOUD_SQL_HOST" --port=3306 --batch --skip-column-names --raw \
  | awk -F '\t' '{print; n += $2} END {if (n) print "WARNING: " n " rows are not committed: was the restore point inside a pause?"}'
  fi
}

# 6. Give my-instance-r20261123t124407z back what a clone does not have
step_6() {
  gcloud sql instances patch my-instance-r20261123t124407z \
    --availability-type="$CLOUD_SQL_AVAILABILITY" --project=my-project \
    --quiet
  run gcloud sql instances patch my-instance-r20261123t124407z \
    --deletion-protection --project=my-project --quiet
  by_hand 'cloud-sql.high-availability' 'Compare with my-instance.json and bring back by hand: read replicas, alerts, authorized networks, private connections of its users.'
}

plan_main "$@"
exit
