#!/usr/bin/env bash
# Restores databases of ScalarDL or ScalarDB to one restore point.
#
# Restore point: 2026-11-23T12:44:07Z (1795437847 seconds since 1970)
# Record: scalardl-20261123t124400z-my-ledger, consistent
# Mode: back under the old names; a new account or server where a database allows nothing else
# Plan: r20261123t124407z-ce8d1d5a, computed by kubectl-scalardl 0.1.0; nothing was run
# Database: blob-storage, Azure Blob Storage container myaccount/ledger, used by ledger my-ledger in namespace ledger
# WARNING: Blob Storage is restored by turning to https://myaccount.blob.core.windows.net/ledger-20261123: see that it was copied whole while everything was paused, about 2026-11-23T12:44:07Z
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
PLAN_WARNINGS=('Blob Storage is restored by turning to https://myaccount.blob.core.windows.net/ledger-20261123: see that it was copied whole while everything was paused, about 2026-11-23T12:44:07Z')
PLAN_IDS=('blob-storage.copy')
PLAN_PHASES=('verify-copy')
PLAN_TITLES=('See that https://myaccount.blob.core.windows.net/ledger-20261123 is the copy that was made while everything was paused')
PLAN_UNDO=('Nothing is changed here; the way back later is the old scalar.db.contact_points.')
PLAN_DATABASES=('blob-storage')
PLAN_ASKS=('')
PLAN_BESIDE=('copy' 'safety' 'replace')
PLAN_LOOKS=('')
PLAN_NO_RETURN=('')
PLAN_NAMES=()
PLAN_LATER='When all is well:'

(the functions of runtime.sh, and the libraries of the databases)

plan_check_tools() {
  plan_need 'az' '' 'Get it from https://learn.microsoft.com/cli/azure/install-azure-cli'
  true
}

# 1. See that https://myaccount.blob.core.windows.net/ledger-20261123 is the copy that was made while everything was paused
step_1() {
  run az account show --query '{subscription:name, id:id, tenant:tenantId, user:user.name}' \
    -o table --subscription 11111111-2222-3333-4444-555555555555
  say 'The blobs that were written last'
  az storage blob list --container-name ledger-20261123 --account-name myaccount --num-results '*' --auth-mode login --query '[].[name, properties.lastModified]' -o tsv --subscription 11111111-2222-3333-4444-555555555555 | LC_ALL=C sort -k 2 | tail -n 3
}

plan_main "$@"
exit
