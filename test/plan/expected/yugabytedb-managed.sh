#!/usr/bin/env bash
# Restores databases of ScalarDL or ScalarDB to one restore point.
#
# Restore point: 2026-11-23T12:44:07Z (1795437847 seconds since 1970)
# Record: scalardl-20261123t124400z-my-ledger, consistent
# Mode: back under the old names; a new account or server where a database allows nothing else
# Plan: r20261123t124407z-cb120d65, computed by kubectl-scalardl 0.1.0; nothing was run
# Database: yugabytedb-managed, YugabyteDB Managed x.ybdb.io, used by ledger my-ledger in namespace ledger
# WARNING: YugabyteDB Managed is restored from the backup backup-42 in its console: see there that it was completed while everything was paused, about 2026-11-23T12:44:07Z
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

PLAN='r20261123t124407z-cb120d65'
RESTORE_POINT='2026-11-23T12:44:07Z'
PLAN_WARNINGS=('YugabyteDB Managed is restored from the backup backup-42 in its console: see there that it was completed while everything was paused, about 2026-11-23T12:44:07Z')
PLAN_IDS=('yugabytedb-managed.restore')
PLAN_PHASES=('replace')
PLAN_TITLES=('Restore the backup backup-42')
PLAN_UNDO=('Take another backup on demand before you begin: it is the way back.')
PLAN_DATABASES=('yugabytedb-managed')
PLAN_ASKS=('yes')
PLAN_BESIDE=('copy' 'safety' 'replace')
PLAN_LOOKS=('')
PLAN_NO_RETURN=('yes')
PLAN_NAMES=()
PLAN_LATER='When all is well:'

(the functions of runtime.sh, and the libraries of the databases)

plan_check_tools() {
  true
}

# 1. Restore the backup backup-42
step_1() {
  by_hand 'yugabytedb-managed.restore' 'In the console of YugabyteDB: Backups, backup-42, Restore; all databases of ScalarDB, coordinator and scalardb among them.'
}

plan_main "$@"
exit
