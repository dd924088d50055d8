#!/usr/bin/env bash
# Restores databases of ScalarDL or ScalarDB to one restore point.
#
# Restore point: 2026-11-23T12:44:07Z (1795437847 seconds since 1970)
# Record: scalardl-20261123t124400z-my-ledger, consistent
# Mode: back under the old names; a new account or server where a database allows nothing else
# Plan: r20261123t124407z-4ccdd89b, computed by kubectl-scalardl 0.1.0; nothing was run
# Database: cloud-storage, Google Cloud Storage bucket ledger, used by ledger my-ledger in namespace ledger
# WARNING: Cloud Storage is restored by turning to the bucket ledger-20261123: see that it was copied whole while everything was paused, about 2026-11-23T12:44:07Z
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

PLAN='r20261123t124407z-4ccdd89b'
RESTORE_POINT='2026-11-23T12:44:07Z'
PLAN_WARNINGS=('Cloud Storage is restored by turning to the bucket ledger-20261123: see that it was copied whole while everything was paused, about 2026-11-23T12:44:07Z')
PLAN_IDS=('cloud-storage.identity' 'cloud-storage.copy')
PLAN_PHASES=('prepare' 'verify-copy')
PLAN_TITLES=('See who is logged in to Google Cloud, and in which project' 'See that ledger-20261123 is the copy that was made while everything was paused')
PLAN_UNDO=('' 'Nothing is changed here; the way back later is scalar.db.contact_points=ledger.')
PLAN_DATABASES=('cloud-storage' 'cloud-storage')
PLAN_ASKS=('' '')
PLAN_BESIDE=('copy' 'safety' 'replace')
PLAN_LOOKS=('' '')
PLAN_NO_RETURN=('' '')
PLAN_NAMES=()
PLAN_LATER='When all is well:'

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

# 2. See that ledger-20261123 is the copy that was made while everything was paused
step_2() {
  run gcloud storage buckets describe gs://ledger-20261123 '--format=yaml(location,creation_time,default_storage_class)' \
    --quiet
  run gcloud storage du --summarize gs://ledger-20261123 --quiet
  run gcloud storage du --summarize gs://ledger --quiet
}

plan_main "$@"
exit
