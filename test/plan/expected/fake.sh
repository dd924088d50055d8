#!/usr/bin/env bash
# Restores databases of ScalarDL or ScalarDB to one restore point.
#
# Restore point: 2026-11-23T12:44:07Z (1795437847 seconds since 1970)
# Record: scalardl-20261123t124400z-my-ledger, consistent
# Mode: back under the old names; a new account or server where a database allows nothing else
# Plan: r20261123t124407z-31e45d72, computed by kubectl-scalardl 0.1.0; nothing was run
# Database: fake, Fake DB on db.example.com, used by ledger my-ledger in namespace ledger
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

PLAN='r20261123t124407z-31e45d72'
RESTORE_POINT='2026-11-23T12:44:07Z'
PLAN_WARNINGS=()
PLAN_IDS=('fake.check' 'fake.copy' 'fake.replace')
PLAN_PHASES=('check' 'copy' 'replace')
PLAN_TITLES=('Ask for the window' 'Copy the tables' 'Put the copy in the place of the original')
PLAN_UNDO=('' 'fakectl delete r20261123t124407z' 'restore the backup that was made before.')
PLAN_DATABASES=('fake' 'fake' 'fake')
PLAN_ASKS=('' '' '')
PLAN_BESIDE=('copy' 'safety' 'replace')
PLAN_LOOKS=('yes' '' '')
PLAN_NO_RETURN=('' '' 'yes')
PLAN_NAMES=('FAKE_WINDOW')
PLAN_LATER='When all is well:

Delete the copy. It costs as much as the original.
  fakectl delete r20261123t124407z'

(the functions of runtime.sh, and the libraries of the databases)

plan_check_tools() {
  plan_need 'fakectl' '2.1' 'older ones cannot copy'
  true
}

# 1. Ask for the window
step_1() {
  say 'The window'
  FAKE_WINDOW=$(fakectl window --output text)
  if plan_acts; then
    test "$FAKE_WINDOW" = open && echo open
    plan_held $? 'test "$FAKE_WINDOW" = open && echo open'
  fi
}

# 2. Copy the tables
step_2() {
  if {
    fakectl exists r20261123t124407z
  } >/dev/null 2>&1; then
    plan_skip 'Start the copy'
  else
    say 'Start the copy'
    run fakectl copy --host db.example.com --at 1795437847 --to r20261123t124407z scalar.asset coordinator.state
  fi
  wait_until 15 14400 'the copy is complete' fakectl copied r20261123t124407z
}

# 3. Put the copy in the place of the original
step_3() {
  run fakectl replace --host db.example.com --by r20261123t124407z
}

plan_main "$@"
exit
