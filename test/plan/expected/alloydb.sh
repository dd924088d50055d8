#!/usr/bin/env bash
# Restores databases of ScalarDL or ScalarDB to one restore point.
#
# Restore point: 2026-11-23T12:44:07Z (1795437847 seconds since 1970)
# Record: scalardl-20261123t124400z-my-ledger, consistent
# Mode: back under the old names; a new account or server where a database allows nothing else
# Plan: r20261123t124407z-95b12c44, computed by kubectl-scalardl 0.1.0; nothing was run
# Database: alloydb, Google AlloyDB cluster my-cluster in asia-northeast1, used by ledger my-ledger in namespace ledger
# WARNING: my-cluster must still exist: AlloyDB restores to a moment from a living cluster only; of a deleted one only its backups can be restored
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

PLAN='r20261123t124407z-95b12c44'
RESTORE_POINT='2026-11-23T12:44:07Z'
PLAN_WARNINGS=('my-cluster must still exist: AlloyDB restores to a moment from a living cluster only; of a deleted one only its backups can be restored')
PLAN_IDS=('alloydb.identity' 'alloydb.window' 'alloydb.settings' 'alloydb.copy' 'alloydb.in-flight' 'alloydb.instances')
PLAN_PHASES=('prepare' 'check' 'capture' 'copy' 'verify-copy' 'settings')
PLAN_TITLES=('See who is logged in to Google Cloud, and in which project' 'See that my-cluster can be recovered to the restore point' 'Note how my-cluster and its instances are set up' 'Restore my-cluster at the restore point into my-cluster-r20261123t124407z, and give it an instance' 'Ask the new cluster for transactions that were half done' 'Give my-cluster-r20261123t124407z back what a restore does not bring')
PLAN_UNDO=('' '' '' 'Delete the new cluster: gcloud alloydb clusters delete my-cluster-r20261123t124407z --region=asia-northeast1 --force --quiet' '' '')
PLAN_DATABASES=('alloydb' 'alloydb' 'alloydb' 'alloydb' 'alloydb' 'alloydb')
PLAN_ASKS=('' '' '' '' '' 'yes')
PLAN_BESIDE=('copy' 'safety' 'replace')
PLAN_LOOKS=('' '' 'yes' '' 'yes' '')
PLAN_NO_RETURN=('' '' '' '' '' '')
PLAN_NAMES=('ALLOYDB_CPUS' 'ALLOYDB_HOST')
PLAN_LATER='When all is well:

Delete my-cluster when the restored database has been accepted. Until then it is the way back.
  gcloud alloydb clusters delete my-cluster --region=asia-northeast1 --force --quiet'

(the functions of runtime.sh, and the libraries of the databases)

plan_check_tools() {
  plan_need 'gcloud' '' 'Google Cloud CLI: https://cloud.google.com/sdk/docs/install'
  true
}

# 1. See who is logged in to Google Cloud, and in which project
step_1() {
  run gcloud auth list --filter=status:ACTIVE '--format=value(account)'
  run gcloud config get-value project
}

# 2. See that my-cluster can be recovered to the restore point
step_2() {
  run gcloud alloydb clusters describe my-cluster --region=asia-northeast1 '--format=yaml(state,continuousBackupConfig,continuousBackupInfo,network,networkConfig)' \
    --quiet
}

# 3. Note how my-cluster and its instances are set up
step_3() {
  if plan_acts; then
    if {
      [ -s "${STATE:-.}/my-cluster.json" ]
    } >/dev/null 2>&1; then
      plan_skip 'Note how my-cluster and its instances are set up'
    else
      gcloud alloydb clusters describe my-cluster --region=asia-northeast1 --format=json --quiet > "${STATE:-.}/my-cluster.json"
    fi
    if {
      [ -s "${STATE:-.}/my-cluster-instances.json" ]
    } >/dev/null 2>&1; then
      plan_skip 'Note how my-cluster and its instances are set up'
    else
      gcloud alloydb instances list --cluster=my-cluster --region=asia-northeast1 --format=json --quiet > "${STATE:-.}/my-cluster-instances.json"
    fi
  fi
  ALLOYDB_CPUS=$(gcloud alloydb instances list --cluster=my-cluster --region=asia-northeast1 --filter=instanceType=PRIMARY '--format=value(machineConfig.cpuCount)' --quiet)
}

# 4. Restore my-cluster at the restore point into my-cluster-r20261123t124407z, and give it an instance
step_4() {
  if {
    gcloud alloydb clusters describe my-cluster-r20261123t124407z --region=asia-northeast1 '--format=value(name)' --quiet >/dev/null 2>&1
  } >/dev/null 2>&1; then
    plan_skip 'Restore my-cluster at the restore point into my-cluster-r20261123t124407z, and give it an instance'
  else
    run gcloud alloydb clusters restore my-cluster-r20261123t124407z \
      --region=asia-northeast1 --source-cluster=my-cluster \
      --point-in-time=2026-11-23T12:44:07Z --async --quiet
  fi
  look() {
    [ "$(gcloud alloydb clusters describe my-cluster-r20261123t124407z --region=asia-northeast1 '--format=value(state)' --quiet)" = READY ]
  }
  wait_until 30 86400 'my-cluster-r20261123t124407z to be READY' look
  if {
    gcloud alloydb instances describe primary-r20261123t124407z --cluster=my-cluster-r20261123t124407z --region=asia-northeast1 '--format=value(name)' --quiet >/dev/null 2>&1
  } >/dev/null 2>&1; then
    plan_skip 'Restore my-cluster at the restore point into my-cluster-r20261123t124407z, and give it an instance'
  else
    gcloud alloydb instances create primary-r20261123t124407z \
      --cluster=my-cluster-r20261123t124407z --region=asia-northeast1 \
      --instance-type=PRIMARY --cpu-count="$ALLOYDB_CPUS" --async --quiet
  fi
  look() {
    [ "$(gcloud alloydb instances describe primary-r20261123t124407z --cluster=my-cluster-r20261123t124407z --region=asia-northeast1 '--format=value(state)' --quiet)" = READY ]
  }
  wait_until 30 7200 'primary-r20261123t124407z to be READY' look
}

# 5. Ask the new cluster for transactions that were half done
step_5() {
  ALLOYDB_HOST=$(gcloud alloydb instances describe primary-r20261123t124407z --cluster=my-cluster-r20261123t124407z --region=asia-northeast1 '--format=value(ipAddress)' --quiet)
  if plan_acts; then
printf '%s\n' 'SELECT format('\''SELECT %L, count(*) FROM %I.%I WHERE tx_state <> 3'\'',
    table_schema || '\''.'\'' || table_name, table_schema, table_name)
  FROM information_schema.columns AS state JOIN information_schema.columns AS version USING (table_schema, table_name)
  WHERE state.column_name = '\''tx_state'\'' AND version.column_name = '\''tx_version'\''
  ORDER BY table_schema, table_name
\gexec' \
  | psql --host="$ALLOYDB_HOST" --port=5432 --dbname=scalar --no-psqlrc --no-align --tuples-only --set=ON_ERROR_STOP=1 \
  | awk -F '|' '{print; n += $2} END {if (n) print "WARNING: " n " rows are not committed: was the restore point inside a pause?"}'
  fi
}

# 6. Give my-cluster-r20261123t124407z back what a restore does not bring
step_6() {
  by_hand 'alloydb.instances' 'Compare with my-cluster.json and my-cluster-instances.json, and bring back by hand: database flags, read pools, automated and continuous backup, alerts.'
}

plan_main "$@"
exit
