#!/usr/bin/env bash
# Restores databases of ScalarDL or ScalarDB to one restore point.
#
# Restore point: 2026-11-23T12:44:07Z (1795437847 seconds since 1970)
# Record: scalardl-20261123t124400z-my-ledger, consistent
# Mode: back under the old names; a new account or server where a database allows nothing else
# Plan: r20261123t124407z-0cec26c5, computed by kubectl-scalardl 0.1.0; nothing was run
# Database: vendor, Oracle Database at jdbc:oracle:thin:@db:1521/ORCL, used by ledger my-ledger in namespace ledger
# WARNING: there are no commands here for Oracle Database: follow its maker's procedure at the place that the steps mark
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

PLAN='r20261123t124407z-0cec26c5'
RESTORE_POINT='2026-11-23T12:44:07Z'
PLAN_WARNINGS=('there are no commands here for Oracle Database: follow its maker'\''s procedure at the place that the steps mark')
PLAN_IDS=('vendor.restore' 'vendor.in-flight')
PLAN_PHASES=('replace' 'verify')
PLAN_TITLES=('Recover Oracle Database to the restore point' 'Ask the database for transactions that were half done')
PLAN_UNDO=('Keep the database as it is now until the restored one has been accepted.' '')
PLAN_DATABASES=('vendor' 'vendor')
PLAN_ASKS=('yes' 'yes')
PLAN_BESIDE=('copy' 'safety' 'replace')
PLAN_LOOKS=('' '')
PLAN_NO_RETURN=('yes' '')
PLAN_NAMES=()
PLAN_LATER='When all is well:'

(the functions of runtime.sh, and the libraries of the databases)

plan_check_tools() {
  true
}

# 1. Recover Oracle Database to the restore point
step_1() {
  by_hand 'vendor.restore' 'By Oracle Database'\''s own point-in-time recovery, into a new place where it can: recover to 2026-11-23T12:44:07Z (UTC; 1795437847 s since 1970), all of that second'\''s commits or none, and nothing later.'
}

# 2. Ask the database for transactions that were half done
step_2() {
  by_hand 'vendor.in-flight' 'For every table with a column tx_state, but those of the schemas coordinator and scalardb:
SELECT COUNT(*) FROM TABLE WHERE tx_state <> 3'
}

plan_main "$@"
exit
