#!/usr/bin/env bash
# Restores databases of ScalarDL or ScalarDB to one restore point.
#
# Restore point: 2026-11-23T12:44:07Z (1795437847 seconds since 1970)
# Record: scalardl-20261123t124400z-my-ledger, consistent
# Mode: back under the old names; a new account or server where a database allows nothing else
# Plan: r20261123t124407z-ce8d1d5a, computed by kubectl-scalardl 0.1.0; nothing was run
# Database: blob-storage, Azure Blob Storage container myaccount/ledger, used by ledger my-ledger in namespace ledger
# WARNING: Blob Storage is restored in place: what was written to myaccount/ledger after 2026-11-23T12:44:07Z is gone afterwards
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

PLAN='r20261123t124407z-ce8d1d5a'
RESTORE_POINT='2026-11-23T12:44:07Z'
PLAN_WARNINGS=('Blob Storage is restored in place: what was written to myaccount/ledger after 2026-11-23T12:44:07Z is gone afterwards')
PLAN_IDS=('blob-storage.names' 'blob-storage.window' 'blob-storage.before' 'blob-storage.restore')
PLAN_PHASES=('prepare' 'check' 'safety' 'replace')
PLAN_TITLES=('Find the storage account myaccount' 'See that myaccount can be restored to 2026-11-23T12:44:07Z' 'Note the time from which there is a way back' 'Restore myaccount/ledger in place to 2026-11-23T12:44:07Z')
PLAN_UNDO=('' '' '' 'restore to the moment before: az storage blob restore -g my-group --account-name myaccount --time-to-restore "$BLOB_STORAGE_BEFORE" --blob-range ledger/ ledger0 --subscription 11111111-2222-3333-4444-555555555555')
PLAN_DATABASES=('blob-storage' 'blob-storage' 'blob-storage' 'blob-storage')
PLAN_ASKS=('' '' '' '')
PLAN_BESIDE=('copy' 'safety' 'replace')
PLAN_LOOKS=('' '' 'yes' 'yes')
PLAN_NO_RETURN=('' '' '' 'yes')
PLAN_NAMES=('BLOB_STORAGE_BEFORE' 'BLOB_STORAGE_STATE')
PLAN_LATER='When all is well:'

(the functions of runtime.sh, and the libraries of the databases)

plan_check_tools() {
  plan_need 'az' '' 'Get it from https://learn.microsoft.com/cli/azure/install-azure-cli'
  true
}

# 1. Find the storage account myaccount
step_1() {
  run az account show --query '{subscription:name, id:id, tenant:tenantId, user:user.name}' \
    -o table --subscription 11111111-2222-3333-4444-555555555555
}

# 2. See that myaccount can be restored to 2026-11-23T12:44:07Z
step_2() {
  run az storage account blob-service-properties show -g my-group \
    --account-name myaccount --query '{restore:restorePolicy, versions:isVersioningEnabled, feed:changeFeed.enabled, keeps:deleteRetentionPolicy}' \
    -o json --subscription 11111111-2222-3333-4444-555555555555
  [ -n "$(az storage account blob-service-properties show -g my-group --account-name myaccount --query "restorePolicy.minRestoreTime && restorePolicy.minRestoreTime<='2026-11-23T12:44:07' && 'yes' || ''" -o tsv --subscription 11111111-2222-3333-4444-555555555555)" ] || { echo 'point-in-time restore of myaccount does not reach back to 2026-11-23T12:44:07Z' >&2; false; }
  plan_held $? '[ -n "$(az storage account blob-service-properties show -g my-group --account-name myaccount --query "restorePolicy.minRestoreTime && restorePolicy.minRestoreTime<='\''2026-11-23T12:44:07'\'' && '\''yes'\'' || '\'''\''" -o tsv --subscription 11111111-2222-3333-4444-555555555555)" ] || { echo '\''point-in-time restore of myaccount does not reach back to 2026-11-23T12:44:07Z'\'' >&2; false; }'
  look() {
    [ "$(date -u +%s)" -ge 1795438447 ]
  }
  wait_until 30 3600 'the change feed has passed 2026-11-23T12:44:07Z' look
}

# 3. Note the time from which there is a way back
step_3() {
  if plan_acts; then
    if {
      [ -s "${STATE:-$PWD}/blob-storage-before" ]
    } >/dev/null 2>&1; then
      plan_skip 'Note the time from which there is a way back'
    else
      date -u +%Y-%m-%dT%H:%M:%SZ >"${STATE:-$PWD}/blob-storage-before"
    fi
  fi
  BLOB_STORAGE_BEFORE=$(cat "${STATE:-$PWD}/blob-storage-before")
}

# 4. Restore myaccount/ledger in place to 2026-11-23T12:44:07Z
step_4() {
  say 'See whether an earlier run of this plan has begun it'
  BLOB_STORAGE_STATE=$(az storage account show -g my-group -n myaccount --expand blobRestoreStatus --query "blobRestoreStatus && join(' ', blobRestoreStatus.[status, parameters.timeToRestore, parameters.blobRanges[0].startRange])" -o tsv --subscription 11111111-2222-3333-4444-555555555555)
  plan_held $? 'BLOB_STORAGE_STATE=$(az storage account show -g my-group -n myaccount --expand blobRestoreStatus --query "blobRestoreStatus && join('\'' '\'', blobRestoreStatus.[status, parameters.timeToRestore, parameters.blobRanges[0].startRange])" -o tsv --subscription 11111111-2222-3333-4444-555555555555)'
  if plan_acts; then
    if {
      case "$BLOB_STORAGE_STATE" in 'Complete 2026-11-23T12:44:07'*ledger/|'InProgress 2026-11-23T12:44:07'*ledger/) ;; *) false ;; esac
    } >/dev/null 2>&1; then
      plan_skip 'Restore myaccount/ledger in place to 2026-11-23T12:44:07Z'
    else
      run az storage blob restore -g my-group --account-name myaccount \
        --time-to-restore 2026-11-23T12:44:07Z --blob-range ledger/ ledger0 \
        -o json --subscription 11111111-2222-3333-4444-555555555555
    fi
    look() {
      case "$(az storage account show -g my-group -n myaccount --expand blobRestoreStatus --query "blobRestoreStatus && join(' ', blobRestoreStatus.[status, parameters.timeToRestore, parameters.blobRanges[0].startRange])" -o tsv --subscription 11111111-2222-3333-4444-555555555555)" in 'Complete 2026-11-23T12:44:07'*) ;; *) false ;; esac
    }
    wait_until 30 86400 'myaccount says that the restore is Complete' look
  fi
}

plan_main "$@"
exit
